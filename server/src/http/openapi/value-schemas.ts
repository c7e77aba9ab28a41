import type { FieldModel } from '@trellis/metamodel'

import { type JsonSchema, listOf, orNull, schemaRef, shape } from './document.ts'

const UUID: JsonSchema = { type: 'string', format: 'uuid' }

/** What a record tells of a file. */
export const FILE: JsonSchema = shape({
  id: UUID,
  name: { type: 'string' },
  size: { type: 'integer', description: 'In bytes' },
  type: { type: 'string', description: 'The media type that its bytes have' },
})

/** A file that was uploaded before: by its id. */
export const FILE_INPUT: JsonSchema = {
  anyOf: [
    UUID,
    {
      type: 'object',
      description: 'As a record tells it; the id alone counts',
      properties: { id: UUID },
      required: ['id'],
    },
  ],
}

/** The schema of a field's value as it is read. */
export function readSchema(field: FieldModel): JsonSchema {
  const schema = schemaOf(field, '')
  return isNeverNull(field) ? schema : orNull(schema)
}

/** The schema of what is shown of a field whose value the caller may not know; a name stays a text. */
export function maskedSchema(field: FieldModel): JsonSchema {
  const schema: JsonSchema = field.name === 'name' ? { type: 'string' } : schemaRef('Masked')
  return isNeverNull(field) ? schema : orNull(schema)
}

/** The schema of a field's value as it is written. */
export function writeSchema(field: FieldModel): JsonSchema {
  const schema = schemaOf(field, 'Input')
  return isNeverNull(field) ? schema : orNull(schema)
}

function schemaOf(field: FieldModel, use: '' | 'Input'): JsonSchema {
  if (field.type.fileLimits) return schemaRef(`File${use}`)
  if (field.members) return schemaRef(`PolymorphicReference${use}`)
  return field.target === undefined ? plainSchema(field) : schemaRef(`Reference${use}`)
}

/** A record of one of several objects. */
export const POLYMORPHIC_INPUT: JsonSchema = {
  type: 'object',
  description: 'The object, and the id of the record or one of its unique fields with its value',
  properties: { object: { type: 'string' } },
  required: ['object'],
  minProperties: 2,
  maxProperties: 2,
  additionalProperties: { type: ['string', 'number'] },
}

/** A parent: by its id, or by the value of one of its unique fields. */
export const REFERENCE_INPUT: JsonSchema = {
  anyOf: [
    UUID,
    shape({ id: UUID }),
    {
      type: 'object',
      description: 'A unique field of the other object and its value',
      minProperties: 1,
      maxProperties: 1,
      additionalProperties: { type: ['string', 'number'] },
    },
  ],
}

/** The fields that every stored record has a value for. */
const ALWAYS_SET = new Set(['id', 'name', 'created_at', 'updated_at', 'version', 'locked'])

function isNeverNull(field: FieldModel): boolean {
  if (field.isSystem || field.name === 'name') return ALWAYS_SET.has(field.name)
  return field.isRequired || field.type.expressionType === 'boolean'
}

function plainSchema(field: FieldModel): JsonSchema {
  const { values, type, options } = field
  const codes = values?.map(({ code }) => code) ?? []
  switch (type.expressionType) {
    case 'text':
      return { type: 'string', ...(codes.length > 0 ? { enum: codes } : lengthOf(options)) }
    case 'list':
      return listOf({ type: 'string', ...(codes.length > 0 ? { enum: codes } : {}) })
    case 'number':
      return { type: isWhole(field) ? 'integer' : 'number', ...rangeOf(options) }
    case 'boolean':
      return { type: 'boolean' }
    case 'date':
      return { type: 'string', format: 'date' }
    case 'datetime':
      return { type: 'string', format: 'date-time' }
    case 'time':
      return { type: 'string', pattern: TIME_PATTERN, examples: ['08:30:00'] }
    case 'file':
    case 'id':
      return UUID
    case 'sealed':
      return { type: 'string', ...lengthOf(options) }
    case 'structure':
      return structureSchema(field)
  }
}

/** An object with its parts, none of them needed but those of a place; JSON is whatever JSON can say. */
function structureSchema({ type }: FieldModel): JsonSchema {
  if (!type.parts) return {}
  const parts = type.parts.map(({ name, type: { expressionType } }) => [
    name,
    { type: expressionType === 'number' ? 'number' : 'string' },
  ])
  const required = type.parts.filter((part) => part.type.expressionType === 'number')
  return {
    type: 'object',
    properties: Object.fromEntries(parts),
    required: required.map(({ name }) => name),
    additionalProperties: false,
  }
}

const TIME_PATTERN = '^([01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d$'

function isWhole({ type, options }: FieldModel): boolean {
  return type.storage(options).as === 'bigint'
}

function lengthOf(options: FieldModel['options']): JsonSchema {
  const { max_length: maxLength } = options
  return typeof maxLength === 'number' ? { maxLength } : {}
}

function rangeOf({ min, max }: FieldModel['options']): JsonSchema {
  return {
    ...(typeof min === 'number' ? { minimum: min } : {}),
    ...(typeof max === 'number' ? { maximum: max } : {}),
  }
}
