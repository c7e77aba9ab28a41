import { fileURLToPath } from 'node:url'

import {
  compileEvaluator,
  compileModel,
  createFieldTypes,
  type EvaluationContext,
  type Expression,
  type FieldModel,
  filterOfRecord,
  type FieldType,
  type Model,
  objectScope,
  type ObjectModel,
} from '@trellis/metamodel'
import { describe, expect, test } from 'vitest'

import { readPackage } from '../catalog/package-files.ts'
import type { DemoData, DemoRecord, DemoValue } from './demo-data.ts'
import { generateDemo } from './generate-demo.ts'
import { byKey, fieldsOf, isFile, isReference, keyIn } from './read-demo.ts'

const model = await compileApps()

describe.each(['2026-11-21', '2027-01-01', '2028-02-29'])('the data of %s', (today) => {
  const data = generateDemo(today)

  test('fits the fields of the objects', () => {
    const faults = [...data.objects, ...data.updates].flatMap(({ object, records }) =>
      records.flatMap((record) =>
        fieldsOf(record).flatMap(([name, value]) =>
          faultOf(objectOf(object).fields.get(name), { data, at: `${record._key} ${name}`, value }),
        ),
      ),
    )
    expect(faults).toEqual([])
  })

  test('has a value wherever one is required', () => {
    const missing = data.objects.flatMap(({ object, records }) => {
      const required = [...objectOf(object).fields.values()].filter(isToBeGiven)
      return records.flatMap((record) =>
        required
          .filter(({ name }) => record[name] === undefined)
          .map(({ name }) => `${record._key} ${name}`),
      )
    })
    expect(missing).toEqual([])
  })

  test('repeats no value of a unique field', () => {
    const repeated = data.objects.flatMap(({ object, records }) =>
      [...objectOf(object).fields.values()]
        .filter(({ isUnique }) => isUnique)
        .filter(({ name }) => {
          const values = records.flatMap((record) => record[name] ?? [])
          return values.length > new Set(values).size
        })
        .map(({ name }) => `${object}.${name}`),
    )
    expect(repeated).toEqual([])
  })

  test('breaks no validation rule, no lookup filter and no condition under which a value is required', () => {
    expect(brokenConditions(data, today)).toEqual([])
  })
})

test('a record that breaks a rule or lacks a conditional value would be found', () => {
  const data = generateDemo('2026-11-21')
  for (const { records } of data.objects) {
    for (const record of records) {
      delete record['lost_reason']
      delete record['sign_date']
    }
  }
  const broken = brokenConditions(data, '2026-11-21').map((found) =>
    found.split(' ').slice(1).join(' '),
  )
  expect(new Set(broken)).toEqual(new Set(['lost_needs_reason', 'sign_date']))
})

async function compileApps(): Promise<Model> {
  const metadata = fileURLToPath(new URL('../../../metadata/', import.meta.url))
  const packages = await Promise.all(
    ['platform', 'crm'].map((app) => readPackage(`${metadata}${app}`, app)),
  )
  const components = packages.flatMap((one) => one.components)
  const compiled = compileModel(components, createFieldTypes([creditCode()]))
  const problems = [...packages.flatMap((one) => one.problems), ...compiled.problems]
  if (!compiled.model || problems.length > 0) throw new Error(JSON.stringify(problems, null, 1))
  return compiled.model
}

/** The plugin's type as far as the server knows plugins: what it checks is tested with the data itself. */
function creditCode(): FieldType {
  const text = createFieldTypes().get('text')
  if (!text) throw new Error('text is a built-in type')
  return { ...text, name: 'credit_code', options: {} }
}

function objectOf(name: string): ObjectModel {
  const object = model.objects.get(name)
  if (!object) throw new Error(`There is no object ${name}`)
  return object
}

function isToBeGiven(field: FieldModel): boolean {
  const { default: given, default_from: follows } = field.definition
  return field.isRequired && !field.isSystem && given === undefined && follows === undefined
}

/** Why a value does not fit its field. */
function faultOf(
  field: FieldModel | undefined,
  { data, at, value }: { data: DemoData; at: string; value: DemoValue },
): string[] {
  if (!field) return [`${at}: there is no such field`]
  if (field.isReadOnly) return [`${at}: the system fills it`]
  if (isReference(value)) {
    const target = field.definition.targets?.find((one) => one === value._of) ?? field.target
    const targets = data.objects.find(({ object }) => object === target)?.records ?? []
    return targets.some(({ _key }) => _key === value._ref) ? [] : [`${at}: no ${target}`]
  }
  if (isFile(value)) {
    const most = field.type.fileLimits?.(field.options).bytes ?? 0
    return value._file.bytes.length <= most ? [] : [`${at}: too large a file`]
  }
  const parsed = field.type.parse(value, field.options)
  return 'fault' in parsed ? [`${at}: ${parsed.fault.message['en-US']}`] : []
}

interface Condition {
  name: string
  isBroken(context: EvaluationContext, record: DemoRecord): boolean
}

function conditionsOf(object: ObjectModel): Condition[] {
  const ready = (expression: unknown): ReturnType<typeof compileEvaluator> =>
    compileEvaluator(expression as Expression, objectScope(model, object, 'save'), 'boolean')
  const rules = object.validationRules
    .filter(({ definition }) => definition.on?.includes('create') !== false)
    .map(({ name, definition }): Condition => {
      const evaluate = ready(definition.error_if)
      return { name, isBroken: (context) => evaluate(context) === true }
    })
  const required = [...object.fields.values()].flatMap(({ name, definition }): Condition[] => {
    if (definition.required_when === undefined) return []
    const evaluate = ready(definition.required_when)
    const isBroken: Condition['isBroken'] = (context, record) =>
      record[name] === undefined && evaluate(context) === true
    return [{ name, isBroken }]
  })
  const filters = [...object.fields.values()].flatMap((field): Condition[] => {
    const condition = filterOfRecord(field)
    if (condition === undefined) return []
    const evaluate = ready(condition)
    const isBroken: Condition['isBroken'] = (context, record) =>
      record[field.name] !== undefined && evaluate(context) !== true
    return [{ name: field.name, isBroken }]
  })
  return [...rules, ...required, ...filters]
}

function brokenConditions(data: DemoData, today: string): string[] {
  const read = reader(data)
  const now = new Date(`${today}T00:10:00+08:00`).toISOString()
  return data.objects.flatMap(({ object, records }) => {
    const conditions = conditionsOf(objectOf(object))
    return records.flatMap((record) => {
      const context = { record: read(record), before: null, now, timeZone: 'Asia/Shanghai' }
      return conditions
        .filter(({ isBroken }) => isBroken(context, record))
        .map(({ name }) => `${record._key} ${name}`)
    })
  })
}

/** Reads records as expressions do: references are ids, paths lead to parents. */
function reader(data: DemoData): (record: DemoRecord) => (path: string) => unknown {
  const records = byKey(data.objects.flatMap((one) => one.records))
  const idOf = new Map(
    [...records.keys()].map((key, index) => [
      key,
      `00000000-0000-7000-8000-${String(index).padStart(12, '0')}`,
    ]),
  )
  const read = (record: DemoRecord, path: string): unknown => {
    const [first = '', ...rest] = path.split('.')
    if (first === 'id') return idOf.get(record._key)
    const key = keyIn(record, first)
    if (key === undefined) return record[first] ?? null
    const parent = records.get(key)
    return parent && rest.length > 0 ? read(parent, rest.join('.')) : idOf.get(key)
  }
  return (record) => (path) => read(record, path)
}
