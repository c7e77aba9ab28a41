import { anyFieldSchema, fieldSchema, type FieldTypes, type Kind, KINDS } from '@trellis/metamodel'

type JsonSchema = Readonly<Record<string, unknown>>

const DIALECT = 'https://json-schema.org/draft/2020-12/schema'

/**
 * A JSON Schema for the files of each kind, for editors: the schema that a publish checks, and
 * `$schema`, by which a file names it.
 *
 * @example kindSchemas(fieldTypes).get('list_view')
 */
export function kindSchemas(fieldTypes: FieldTypes): ReadonlyMap<Kind, JsonSchema> {
  const schemas = Object.values(KINDS).map(({ kind, schema }): [Kind, JsonSchema] => [
    kind,
    {
      $schema: DIALECT,
      title: kind,
      ...(schema === undefined ? fieldFile(fieldTypes) : withSchemaKey(schema)),
    },
  ])
  return new Map(schemas)
}

/** What a field may say depends on its type. */
function fieldFile(fieldTypes: FieldTypes): JsonSchema {
  const branches = [...fieldTypes.values()].map((type) => ({
    if: { properties: { type: { const: type.name } } },
    // oxlint-disable-next-line unicorn/no-thenable -- a word of JSON Schema; nobody awaits it
    then: withSchemaKey(fieldSchema(type)),
  }))
  return { ...withSchemaKey(anyFieldSchema(fieldTypes)), allOf: branches }
}

function withSchemaKey(schema: object): JsonSchema {
  const properties = 'properties' in schema ? schema.properties : {}
  return { ...schema, properties: { $schema: { type: 'string' }, ...Object(properties) } }
}
