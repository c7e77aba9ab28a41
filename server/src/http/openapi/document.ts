/** The parts of an OpenAPI 3.1 document that the house reads or makes. */

/** JSON Schema 2020-12. */
export type JsonSchema = Readonly<Record<string, unknown>>

export interface Parameter {
  readonly name: string
  readonly in: 'query' | 'path' | 'header' | 'cookie'
  readonly required?: boolean
  readonly description?: string
  readonly style?: string
  readonly explode?: boolean
  readonly schema: JsonSchema
}

export interface MediaContent {
  readonly [mediaType: string]: { readonly schema?: JsonSchema }
}

export interface Answer {
  readonly description: string
  readonly headers?: Readonly<Record<string, unknown>>
  readonly content?: MediaContent
}

export interface Operation {
  readonly operationId?: string
  readonly summary?: string
  readonly description?: string
  readonly tags?: readonly string[]
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: { readonly required?: boolean; readonly content: MediaContent }
  readonly responses: Readonly<Record<string, Answer | { readonly $ref: string }>>
  /** The policy of the route; for us, not for the reader. */
  readonly 'x-policy'?: string
}

export const HTTP_METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const
export type HttpMethod = (typeof HTTP_METHODS)[number]

export type PathItem = Readonly<Partial<Record<HttpMethod, Operation>>>

export interface OpenApiDocument {
  readonly openapi: string
  readonly info: Readonly<Record<string, unknown>>
  readonly paths: Readonly<Record<string, PathItem>>
  readonly components: {
    readonly schemas: Readonly<Record<string, JsonSchema>>
    readonly responses?: Readonly<Record<string, unknown>>
    readonly securitySchemes?: Readonly<Record<string, unknown>>
  }
  readonly [member: string]: unknown
}

/** A reference to a schema of the document. */
export function schemaRef(name: string): { readonly $ref: string } {
  return { $ref: `#/components/schemas/${name}` }
}

/** A schema that also takes null. */
export function orNull(schema: JsonSchema): JsonSchema {
  return { anyOf: [schema, { type: 'null' }] }
}

/**
 * An object of exactly these properties; a key that ends in `?` may be left out.
 *
 * @example shape({ id: UUID, 'comment?': TEXT })
 */
export function shape(
  properties: Readonly<Record<string, JsonSchema>>,
  description?: string,
): JsonSchema {
  const entries = Object.entries(properties)
  const required = entries.flatMap(([key]) => (key.endsWith('?') ? [] : [key]))
  return {
    type: 'object',
    properties: Object.fromEntries(entries.map(([key, schema]) => [key.replace('?', ''), schema])),
    ...(required.length > 0 ? { required } : {}),
    additionalProperties: false,
    ...(description === undefined ? {} : { description }),
  }
}

export function listOf(items: JsonSchema): JsonSchema {
  return { type: 'array', items }
}

/** A JSON answer. */
export function jsonAnswer(description: string, schema: JsonSchema): Answer {
  return { description, content: { 'application/json': { schema } } }
}

/** An answer that is no JSON. */
export function textAnswer(description: string, mediaType: string): Answer {
  return { description, content: { [mediaType]: { schema: { type: 'string' } } } }
}

/** Whether a value has the members that make an OpenAPI 3.1 document. */
export function isOpenApiDocument(value: unknown): value is OpenApiDocument {
  if (typeof value !== 'object' || value === null) return false
  return (
    'paths' in value && 'components' in value && 'openapi' in value && value.openapi === '3.1.0'
  )
}
