import { join } from 'node:path'

import {
  compileModel,
  fieldSchema,
  type FieldTypes,
  KINDS,
  mapReferences,
  type Model,
  type RawComponent,
  type ReferenceMap,
} from '@trellis/metamodel'
import { beforeAll, describe, expect, it } from 'vitest'

import { readPackages } from '../../server/src/catalog/index.ts'
import { loadPlugins } from '../../server/src/plugin-host.ts'
import { ROOT_DIR } from '../support/index.ts'

let fieldTypes: FieldTypes
let components: RawComponent[]
let model: Model
beforeAll(async () => {
  fieldTypes = (await loadPlugins(join(ROOT_DIR, 'plugins'))).fieldTypes
  const packages = await readPackages(
    ['platform', 'crm'].map((app) => ({ app, folder: join(ROOT_DIR, 'metadata', app) })),
  )
  components = packages.flatMap((one) => one.components)
  const compiled = compileModel(components, fieldTypes)
  if (!compiled.model) throw new Error('The shipped metadata does not compile')
  model = compiled.model
})

/** Where a component names a field of an object, by what the schemas say. */
function placesOf(component: RawComponent): Set<string> {
  const places = new Set<string>()
  const note = (value: unknown, _object: string, path: string): unknown => {
    places.add(path)
    return value
  }
  const map: ReferenceMap = {
    object: note,
    rule: (value) => value,
    field: note,
    expression: note,
    formula: note,
    template: note,
  }
  mapReferences(component, { objects: model.objects, fieldTypes }, map)
  return places
}

describe('the schemas', () => {
  it('know every place at which a component names a field: without the field, nothing else is wrong', () => {
    const unknown: string[] = []
    const fields = components.filter(
      ({ kind, name }) => kind === 'field' && /^(account|quote|opportunity)\./.test(name),
    )
    for (const field of fields) {
      const { problems } = compileModel(
        components.filter((one) => one !== field),
        fieldTypes,
      )
      for (const { code, kind, name, path } of problems) {
        const component = components.find((one) => one.kind === kind && one.name === name)
        // Relationships are names of their own; a field that is gone takes its relationship along.
        if (!component || !['unknown_field', 'unknown_key'].includes(code)) continue
        const known = [...placesOf(component)]
        if (known.some((place) => path === place || path.startsWith(`${place}.`))) continue
        unknown.push(`${kind} ${name} ${path}`)
      }
    }
    expect(unknown).toEqual([])
  })

  it('say of each condition whose records it is about', () => {
    const schemas = [
      ...Object.values(KINDS).flatMap(({ schema }) => (schema ? [schema] : [])),
      ...[...fieldTypes.values()].map(fieldSchema),
    ]
    expect(schemas.flatMap((schema) => silentConditions(schema, ''))).toEqual([])
  })
})

const CONDITIONS = /^(where|criteria|entry|error_if|derive|default|when|formula|.*_when)$/

function silentConditions(schema: unknown, key: string): string[] {
  if (typeof schema !== 'object' || schema === null) return []
  const { properties = {}, refers } = schema as { properties?: object; refers?: unknown }
  if (refers !== undefined) return []
  const own = CONDITIONS.test(key) && !isPlain(schema) ? [key] : []
  return [
    ...own,
    ...Object.entries(properties).flatMap(([name, inner]) => silentConditions(inner, name)),
    ...['items', 'anyOf', 'patternProperties'].flatMap((word) =>
      Object.values(Object(Reflect.get(schema, word))).flatMap((inner) =>
        silentConditions(inner, ''),
      ),
    ),
    ...silentConditions(Reflect.get(schema, 'items'), ''),
  ]
}

/** A text or a yes and no is no condition. */
function isPlain(schema: object): boolean {
  return ['string', 'boolean'].includes(String(Reflect.get(schema, 'type')))
}
