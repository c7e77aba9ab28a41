import type { TSchema } from 'typebox'

import { checkShape } from '../check-shape.ts'
import type { FieldTypes } from '../field-types/index.ts'
import { hasKnownKind, splitName } from '../kinds/component-files.ts'
import { fieldSchema, KINDS, type RawComponent } from '../kinds/index.ts'
import type { ReferenceGround, ReferenceTarget, Refers } from '../refers.ts'
import type { ObjectModel } from './model.ts'

/** What becomes of a thing that a definition names. */
type MapReference = (
  value: unknown,
  /** Whose fields are meant. */
  object: string,
  path: string,
  /** The object that the component belongs to. */
  own: string,
) => unknown

/** What becomes of each thing that a definition names. */
export type ReferenceMap = Readonly<Record<ReferenceTarget, MapReference>>

type Json = Readonly<Record<string, unknown>>
type Schema = TSchema & Json

/** Where a value stands: the objects around it, from the outside in, and the nearest key that names an object. */
interface Place {
  own: string
  around: readonly Json[]
  key: string
  path: string
}

/** What references are looked up in. */
export interface ReferenceGrounds {
  objects: ReadonlyMap<string, ObjectModel>
  fieldTypes: FieldTypes
}

/**
 * The definition of a component with everything that it names mapped. Which values are names, and whose, is what the
 * schemas say (`refers`, `keyedBy`): there is no other list of references.
 */
export function mapReferences(
  component: RawComponent,
  grounds: ReferenceGrounds,
  map: ReferenceMap,
): unknown {
  const schema = schemaOf(component, grounds.fieldTypes)
  if (!schema) return component.definition
  const [own] = splitName(component.name)
  const mapper = new Mapper(grounds, map)
  return mapper.map(schema as Schema, component.definition, { own, around: [], key: '', path: '' })
}

function schemaOf(component: RawComponent, types: FieldTypes): TSchema | undefined {
  if (!hasKnownKind(component)) return undefined
  if (component.kind !== 'field') return KINDS[component.kind].schema
  const type = types.get((component.definition as { type: string }).type)
  return type && fieldSchema(type)
}

class Mapper {
  readonly #grounds: ReferenceGrounds
  readonly #map: ReferenceMap

  constructor(grounds: ReferenceGrounds, map: ReferenceMap) {
    this.#grounds = grounds
    this.#map = map
  }

  map(schema: Schema, value: unknown, place: Place): unknown {
    const refers = schema['refers'] as Refers | undefined
    if (refers) {
      const object = this.#object(refers.of, place)
      return this.#map[refers.to](value, object, place.path, place.own)
    }
    const options = schema['anyOf'] as Schema[] | undefined
    if (options) {
      const fitting = options.find((option) => checkShape(option, value).length === 0)
      return fitting ? this.map(fitting, value, place) : value
    }
    if (Array.isArray(value)) return this.#mapList(schema['items'] as Schema, value, place)
    if (typeof value === 'object' && value !== null) {
      return this.#mapObject(schema, value as Json, place)
    }
    return value
  }

  #mapList(items: Schema | undefined, values: readonly unknown[], place: Place): unknown[] {
    return values.map((value, index) =>
      items ? this.map(items, value, { ...place, path: joined(place.path, String(index)) }) : value,
    )
  }

  #mapObject(schema: Schema, value: Json, place: Place): Json {
    const properties = (schema['properties'] ?? {}) as Record<string, Schema>
    const [pattern] = Object.values((schema['patternProperties'] ?? {}) as Record<string, Schema>)
    const keys = schema['keys'] as Refers | undefined
    const entries = Object.entries(value).map(([key, item]): [string, unknown] => {
      const inner = properties[key] ?? pattern
      const at = { ...place, around: [...place.around, value], path: joined(place.path, key) }
      if (!inner) return [key, item]
      const mapped = this.map(inner, item, keys?.to === 'object' ? { ...at, key } : at)
      if (!keys) return [key, mapped]
      const object = this.#object(keys.of, place)
      return [String(this.#map[keys.to](key, object, at.path, place.own)), mapped]
    })
    return Object.fromEntries(entries)
  }

  #object(of: ReferenceGround, { own, around, key }: Place): string {
    const nearest = (property: string): string | undefined =>
      around.map((one) => one[property]).findLast((one) => typeof one === 'string')
    if (of === 'key') return key
    const object = nearest('object') ?? own
    if (of === 'object') return object
    // A field of users or departments is of the type that is called so.
    if (of === 'target') return nearest('target') ?? nearest('type') ?? own
    if (of === 'among') return nearest('among') ?? own
    if (of === 'own') return own
    const relationship = nearest(of) ?? ''
    return this.#grounds.objects.get(object)?.relationships.get(relationship)?.object ?? ''
  }
}

function joined(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`
}
