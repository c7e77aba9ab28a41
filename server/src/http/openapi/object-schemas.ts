import {
  isShown,
  type FieldModel,
  type ObjectModel,
  ownFields,
  type Rights,
} from '@trellis/metamodel'

import { isComputedOfOthers } from '../../query/calculating-fields.ts'
import { COUNT, FLAG, oneOf, PAGE_MEMBERS, UUID } from './common-schemas.ts'
import { type JsonSchema, listOf, schemaRef, shape } from './document.ts'
import { maskedSchema, readSchema, writeSchema } from './value-schemas.ts'

/** The schemas of one object for a caller; their names begin with that of the object. */
export function objectSchemas(object: ObjectModel, rights: Rights): Record<string, JsonSchema> {
  const { name } = object
  const fields = ownFields(object.fields.values()).filter((field) => isShown(rights.field(field)))
  const writable = fields.filter((field) => !field.isReadOnly && rights.field(field) === 'edit')
  return {
    [name]: recordSchema(fields, rights),
    [`${name}.create`]: shape(mapWritable(writable, mustBeGiven)),
    [`${name}.patch`]: shape(mapWritable(writable, () => false)),
    [`${name}.page`]: shape({
      records: listOf(schemaRef(name)),
      ...PAGE_MEMBERS,
      'count?': COUNT,
      'count_is_estimate?': FLAG,
    }),
    [`${name}.batch`]: batchSchema(name),
    [`${name}.preview`]: shape({
      record: { type: 'object', additionalProperties: true },
      errors: listOf(schemaRef('Error')),
    }),
    [`${name}.overview`]: overviewSchema(name),
  }
}

/** Every key may be there, as `select` asks for; these three always are. */
function recordSchema(fields: readonly FieldModel[], rights: Rights): JsonSchema {
  const schemaOf = (field: FieldModel): JsonSchema =>
    rights.field(field) === 'masked' ? maskedSchema(field) : readSchema(field)
  return {
    type: 'object',
    properties: {
      ...Object.fromEntries(fields.map((field) => [field.name, schemaOf(field)])),
      ...(fields.some(isComputedOfOthers) ? { _calculating: CALCULATING } : {}),
    },
    required: ['id', 'name', 'version'],
  }
}

const CALCULATING: JsonSchema = {
  ...listOf({ type: 'string' }),
  description: 'Stored formulas that are being computed anew',
}

function mapWritable(
  fields: readonly FieldModel[],
  isRequired: (field: FieldModel) => boolean,
): Record<string, JsonSchema> {
  const keyOf = (field: FieldModel): string => `${field.name}${isRequired(field) ? '' : '?'}`
  return Object.fromEntries(fields.map((field) => [keyOf(field), writeSchema(field)]))
}

function mustBeGiven({ isRequired, isSystem, definition }: FieldModel): boolean {
  const fillsItself = definition.default !== undefined || definition.default_from !== undefined
  return isRequired && !isSystem && !fillsItself
}

function batchSchema(name: string): JsonSchema {
  const patch = schemaRef(`${name}.patch`)
  const by = { type: 'object', minProperties: 1, maxProperties: 1, additionalProperties: true }
  return shape({
    'atomic?': { type: 'boolean', description: 'All or nothing; false if left out' },
    operations: {
      type: 'array',
      maxItems: 2000,
      items: {
        oneOf: [
          shape({ op: oneOf('create'), record: schemaRef(`${name}.create`) }),
          shape({ op: oneOf('update'), id: UUID, record: patch, 'version?': COUNT }),
          shape({ op: oneOf('upsert'), by, record: patch }),
          shape({ op: oneOf('delete'), id: UUID, 'version?': COUNT }),
        ],
      },
    },
  })
}

function overviewSchema(name: string): JsonSchema {
  return shape({
    record: schemaRef(name),
    facts: listOf(schemaRef('Fact')),
    related: listOf(schemaRef('RelatedList')),
    timeline: listOf(schemaRef('TimelineEntry')),
    approvals: listOf(schemaRef('ApprovalSummary')),
    actions: listOf({ type: 'string', description: 'edit, delete, submit, approve:<work item> …' }),
  })
}
