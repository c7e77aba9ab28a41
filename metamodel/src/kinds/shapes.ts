import Type, { type Static, type TProperties, type TSchema } from 'typebox'

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

/** A JSON Logic tree in the typed profile; its meaning is checked by `checkExpression` against the model. */
export const ExpressionShape = Type.Unsafe<unknown>({
  description: 'JSON Logic in the typed profile',
})

/** A field of the object or of a parent: `amount`, `account.industry`. */
export const FieldPath = Type.String({ minLength: 1, maxLength: 400 })

export const SortKey = Type.Object(
  {
    field: FieldPath,
    direction: Type.Optional(Type.Union([Type.Literal('asc'), Type.Literal('desc')])),
  },
  { additionalProperties: false },
)
export type SortKey = Static<typeof SortKey>

export const MEASURE_FUNCTIONS = ['count', 'sum', 'avg', 'min', 'max'] as const
export const Measure = Type.Object(
  { fn: oneOf(MEASURE_FUNCTIONS), field: Type.Optional(FieldPath) },
  { additionalProperties: false },
)
export type Measure = Static<typeof Measure>

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
