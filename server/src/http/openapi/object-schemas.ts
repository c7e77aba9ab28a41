import type { FieldModel, ObjectModel, Rights } from '@trellis/metamodel'

import { LIST_QUERY_PROPERTIES, PAGE_PROPERTIES } from './common-schemas.ts'
import { closedObject, type JsonSchema, listOf, schemaRef } from './document.ts'
import { readSchema, writeSchema } from './value-schemas.ts'

/** The schemas of one object for a caller; their names begin with that of the object. */
export function objectSchemas(object: ObjectModel, rights: Rights): Record<string, JsonSchema> {
  const { name } = object
  const fields = [...object.fields.values()].filter((field) => rights.field(field) !== 'none')
  const writable = fields.filter((field) => !field.isReadOnly && rights.field(field) === 'edit')
  return {
    [name]: recordSchema(fields),
    [`${name}.create`]: createSchema(writable),
    [`${name}.patch`]: closedObject(mapFields(writable, writeSchema), { required: [] }),
    [`${name}.page`]: closedObject(
      { records: listOf(schemaRef(name)), ...PAGE_PROPERTIES },
      { required: ['records', 'next_cursor'] },
    ),
    [`${name}.query`]: closedObject(LIST_QUERY_PROPERTIES, { required: [] }),
    [`${name}.batch`]: batchSchema(name),
    [`${name}.preview`]: closedObject({
      record: { type: 'object', additionalProperties: true },
      errors: listOf(schemaRef('Error')),
    }),
    [`${name}.overview`]: overviewSchema(name),
  }
}

/** Every key may be there, as `select` asks for; these three always are. */
function recordSchema(fields: readonly FieldModel[]): JsonSchema {
  return {
    type: 'object',
    properties: mapFields(fields, readSchema),
    required: ['id', 'name', 'version'],
  }
}

function createSchema(writable: readonly FieldModel[]): JsonSchema {
  const required = writable.filter(mustBeGiven).map(({ name }) => name)
  return closedObject(mapFields(writable, writeSchema), { required })
}

function mustBeGiven({ isRequired, isSystem, definition }: FieldModel): boolean {
  const fillsItself = definition.default !== undefined || definition.default_from !== undefined
  return isRequired && !isSystem && !fillsItself
}

function mapFields(
  fields: readonly FieldModel[],
  schemaOf: (field: FieldModel) => JsonSchema,
): Record<string, JsonSchema> {
  return Object.fromEntries(fields.map((field) => [field.name, schemaOf(field)]))
}

function op(word: string): JsonSchema {
  return { type: 'string', const: word }
}

function batchSchema(name: string): JsonSchema {
  const id = { type: 'string', format: 'uuid' }
  const version = { type: 'integer', minimum: 1 }
  const by = { type: 'object', minProperties: 1, maxProperties: 1, additionalProperties: true }
  const patch = schemaRef(`${name}.patch`)
  return closedObject(
    {
      atomic: { type: 'boolean', description: 'All or nothing; false if left out' },
      operations: {
        type: 'array',
        maxItems: 2000,
        items: {
          oneOf: [
            closedObject({ op: op('create'), record: schemaRef(`${name}.create`) }),
            closedObject(
              { op: op('update'), id, record: patch, version },
              { required: ['op', 'id', 'record'] },
            ),
            closedObject({ op: op('upsert'), by, record: patch }),
            closedObject({ op: op('delete'), id, version }, { required: ['op', 'id'] }),
          ],
        },
      },
    },
    { required: ['operations'] },
  )
}

function overviewSchema(name: string): JsonSchema {
  return closedObject({
    record: schemaRef(name),
    facts: listOf(schemaRef('Fact')),
    related: listOf(schemaRef('RelatedList')),
    timeline: listOf(schemaRef('TimelineEntry')),
    approvals: listOf(schemaRef('ApprovalSummary')),
    actions: listOf({ type: 'string', description: 'edit, delete, submit, approve:<work item> …' }),
  })
}
