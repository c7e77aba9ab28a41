import type { TSchema } from 'typebox'

/** What a part of a kind's schema asks for, in the words of a form. */
export type Shape =
  | { is: 'text'; limit: number | undefined }
  | { is: 'number'; isWhole: boolean; min: number | undefined; max: number | undefined }
  | { is: 'flag' }
  | { is: 'choice'; words: readonly (string | number)[] }
  | { is: 'localized' }
  | { is: 'list'; item: TSchema; most: number | undefined }
  | { is: 'object'; properties: readonly Property[] }
  | { is: 'union'; branches: readonly Branch[] }
  | { is: 'map'; value: TSchema }
  | { is: 'expression' }

export interface Property {
  key: string
  schema: TSchema
  isRequired: boolean
}

/** One form that a value of a union may take: told by the literal at `by`, or by having the key at all. */
export interface Branch {
  word: string
  by: string | undefined
  schema: TSchema
}

type Raw = TSchema & Record<string, unknown>

/** Reads a schema of a kind; what it does not know is an expression (any JSON). */
export function shapeOf(schema: TSchema): Shape {
  const raw = schema as Raw
  if (Array.isArray(raw['anyOf'])) return shapeOfUnion(raw['anyOf'] as Raw[])
  if (Array.isArray(raw['enum'])) return { is: 'choice', words: raw['enum'] as string[] }
  if ('const' in raw) return { is: 'choice', words: [raw['const'] as string] }
  switch (raw['type']) {
    case 'string':
      return { is: 'text', limit: raw['maxLength'] as number | undefined }
    case 'integer':
    case 'number':
      return shapeOfNumber(raw)
    case 'boolean':
      return { is: 'flag' }
    case 'array':
      return {
        is: 'list',
        item: raw['items'] as TSchema,
        most: raw['maxItems'] as number | undefined,
      }
    case 'object':
      return shapeOfObject(raw)
    default:
      return { is: 'expression' }
  }
}

function shapeOfNumber(raw: Raw): Shape {
  return {
    is: 'number',
    isWhole: raw['type'] === 'integer',
    min: raw['minimum'] as number | undefined,
    max: raw['maximum'] as number | undefined,
  }
}

function shapeOfObject(raw: Raw): Shape {
  const patterns = Object.values((raw['patternProperties'] ?? {}) as Record<string, TSchema>)
  if (patterns[0]) return { is: 'map', value: patterns[0] }
  return { is: 'object', properties: propertiesOf(raw) }
}

/** The keys that an object's schema allows, in the order in which it names them. */
export function propertiesOf(schema: TSchema): Property[] {
  const raw = schema as Raw
  const required = new Set((raw['required'] ?? []) as string[])
  const properties = (raw['properties'] ?? {}) as Record<string, TSchema>
  return Object.entries(properties).map(([key, one]) => ({
    key,
    schema: one,
    isRequired: required.has(key),
  }))
}

function shapeOfUnion(options: Raw[]): Shape {
  if (options.every((option) => 'const' in option)) {
    return { is: 'choice', words: options.map((option) => option['const'] as string) }
  }
  const isLocalized = options.some((option) =>
    Object.hasOwn((option['properties'] ?? {}) as object, 'zh-CN'),
  )
  return isLocalized ? { is: 'localized' } : { is: 'union', branches: options.flatMap(branchesOf) }
}

/** A branch whose literal allows several words is one branch for each. */
function branchesOf(option: Raw): Branch[] {
  const properties = propertiesOf(option)
  for (const { key, schema } of properties) {
    const shape = shapeOf(schema)
    const isLiteral = 'const' in (schema as Raw) || Array.isArray((schema as Raw)['anyOf'])
    if (shape.is === 'choice' && isLiteral) {
      return shape.words.map((word) => ({ word: String(word), by: key, schema: option }))
    }
  }
  return [{ word: properties[0]?.key ?? '', by: undefined, schema: option }]
}

/** Which branch of a union a value takes. */
export function branchOf(branches: readonly Branch[], value: unknown): Branch | undefined {
  const given = (value ?? {}) as Record<string, unknown>
  return branches.find((branch) =>
    branch.by === undefined ? given[branch.word] !== undefined : given[branch.by] === branch.word,
  )
}

/** The least value of a schema: required keys only, still to be filled in by a person. */
export function blankValue(schema: TSchema): unknown {
  const shape = shapeOf(schema)
  switch (shape.is) {
    case 'text':
    case 'localized':
      return ''
    case 'number':
      return shape.min ?? 0
    case 'flag':
      return false
    case 'choice':
      return shape.words[0]
    case 'list':
      return []
    case 'object':
      return blankObject(shape.properties)
    case 'union':
      return shape.branches[0] ? blankBranch(shape.branches[0]) : {}
    case 'map':
      return {}
    case 'expression':
      return null
  }
}

/** The least value of one branch. */
export function blankBranch(branch: Branch): Record<string, unknown> {
  const blank = blankObject(propertiesOf(branch.schema))
  return branch.by === undefined ? blank : { ...blank, [branch.by]: branch.word }
}

function blankObject(properties: readonly Property[]): Record<string, unknown> {
  const required = properties.filter((property) => property.isRequired)
  return Object.fromEntries(required.map(({ key, schema }) => [key, blankValue(schema)]))
}
