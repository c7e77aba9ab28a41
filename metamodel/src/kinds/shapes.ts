import Type, { type Static, type TProperties, type TSchema } from 'typebox'

import { type ReferenceGround, refers } from '../refers.ts'

/** The words that other kinds' schemas are made of. */

/** An API name: lower-case letters, digits and single underscores; a customer's ends in `__c`. */
export const API_NAME = '^[a-z][a-z0-9]*(_[a-z0-9]+)*(__[a-z][a-z0-9]*)?$'
/** PostgreSQL cuts names after this many bytes; a longer API name is refused rather than cut. */
export const MAX_NAME_LENGTH = 63

export const ApiName = Type.String({
  pattern: API_NAME,
  maxLength: MAX_NAME_LENGTH,
  description: 'lower-case letters, digits and _',
})

/** Names that it had: what renaming leaves behind, so that data is found and callers who know the old name are heard. */
export const FormerNames = formerNames(
  'Names that it had before; requests that still use them are answered, with a warning',
)

/** Names that a rule had: nothing is kept under them, but what a customer's tests expect follows. */
export const FormerRuleNames = formerNames('Names that it had before; tests that expect it follow')

function formerNames(description: string) {
  return Type.Optional(Type.Array(ApiName, { maxItems: 20, description }))
}

/** A JSON Logic tree in the typed profile; its meaning is checked by `checkExpression` against the model. */
export const ExpressionShape = expressionOn('own')

/** A JSON Logic tree over the records of another object. */
export function expressionOn(of: ReferenceGround) {
  return refers(
    Type.Unsafe<unknown>({ description: 'JSON Logic in the typed profile' }),
    'expression',
    of,
  )
}

/** A field of the object or of a parent: `amount`, `account.industry`. */
export const FieldPath = fieldPathOf('own')

/** The same of another object. */
export function fieldPathOf(of: ReferenceGround) {
  return refers(Type.String({ minLength: 1, maxLength: 400 }), 'field', of)
}

/** A field of the object itself: `amount`. */
export const FieldName = fieldOf('own')

/** The same of another object. */
export function fieldOf(of: ReferenceGround) {
  return refers(ApiName, 'field', of)
}

/** An object by its name. */
export const ObjectName = refers(ApiName, 'object')

export const SortKey = sortKeyOf('own')
export type SortKey = Static<typeof SortKey>

/** One key of an order of records of another object. */
export function sortKeyOf(of: ReferenceGround) {
  return Type.Object(
    {
      field: fieldPathOf(of),
      direction: Type.Optional(Type.Union([Type.Literal('asc'), Type.Literal('desc')])),
    },
    { additionalProperties: false },
  )
}

export const MEASURE_FUNCTIONS = ['count', 'sum', 'avg', 'min', 'max'] as const
/** What is measured of records of another object. */
export function measureOf(of: ReferenceGround) {
  return Type.Object(
    { fn: oneOf(MEASURE_FUNCTIONS), field: Type.Optional(fieldPathOf(of)) },
    { additionalProperties: false },
  )
}
export type Measure = Static<ReturnType<typeof measureOf>>

/** An object of exactly these keys. */
export function closed<P extends TProperties>(properties: P, description?: string) {
  return Type.Object(properties, {
    additionalProperties: false,
    ...(description === undefined ? {} : { description }),
  })
}

/** One of these words. */
export function oneOf<const W extends readonly string[]>(words: W, description?: string) {
  return Type.Unsafe<W[number]>({
    type: 'string',
    enum: [...words],
    ...(description === undefined ? {} : { description }),
  })
}

export function optional<S extends TSchema>(schema: S) {
  return Type.Optional(schema)
}

/** Optional true/false with its meaning. */
export function flag(description: string) {
  return Type.Optional(Type.Boolean({ description }))
}
