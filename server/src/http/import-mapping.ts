import Type from 'typebox'

const closed = { additionalProperties: false } as const
const Words = Type.Record(Type.String(), Type.String())

/** The field `mapping` of the form of an import: header of a column → where its cells go. */
export const ImportMapping = Type.Record(
  Type.String(),
  Type.Union([
    Type.Null(),
    Type.String({ description: 'API name of a field' }),
    Type.Object(
      {
        field: Type.String({ description: 'API name of a field' }),
        by: Type.Optional(
          Type.String({ description: 'The unique field, or name, of the record referred to' }),
        ),
        values: Type.Optional(Words),
        aliases: Type.Optional(Words),
      },
      closed,
    ),
  ]),
)
