import { API_NAME, BUCKETS, type Expression, MAX_NAME_LENGTH } from '@trellis/metamodel'
import Type from 'typebox'

/** Schemas of what is asked of the reading calls of records. */

const closed = { additionalProperties: false }

const Name = Type.String({ maxLength: 200 })
export const ObjectParams = Type.Object({ object: Name }, closed)
export const RecordParams = Type.Object({ object: Name, id: Name }, closed)
export const RelatedParams = Type.Object({ object: Name, id: Name, relationship: Name }, closed)

const Path = Type.String({ minLength: 1, maxLength: 400 })
const Condition = Type.Unsafe<Expression>({ description: 'JSON Logic in the typed profile' })
const Sort = Type.Array(
  Type.Union([
    Path,
    Type.Object(
      {
        field: Path,
        direction: Type.Unsafe<'asc' | 'desc'>({ type: 'string', enum: ['asc', 'desc'] }),
      },
      closed,
    ),
  ]),
  { maxItems: 20 },
)
const Cursor = Type.String({ maxLength: 200_000 })
const Count = Type.Unsafe<'none' | 'estimate' | 'exact'>({
  type: 'string',
  enum: ['none', 'estimate', 'exact'],
})

/**
 * The parameters of a list, for the documentation. They are read all at once by `parseListParameters`, which
 * refuses each that it does not know.
 */
export const ListParameters = Type.Object(
  {
    select: Type.Optional(Type.String({ description: 'name,amount,account.industry' })),
    where: Type.Optional(Type.String({ description: 'JSON Logic' })),
    view: Type.Optional(Type.String({ description: 'name of a list view' })),
    q: Type.Optional(Type.String({ description: 'a text in the name or a searchable field' })),
    sort: Type.Optional(Type.String({ description: '-amount,name' })),
    limit: Type.Optional(
      Type.Unsafe<string>({
        type: ['integer', 'string'],
        description: '0 to 1000; 50 if left out',
      }),
    ),
    cursor: Type.Optional(Type.String({ description: 'next_cursor of the page before' })),
    count: Type.Optional(Type.String({ description: 'none, estimate or exact' })),
  },
  { additionalProperties: true },
)

export const QueryBody = Type.Object(
  {
    select: Type.Optional(Type.Array(Path, { maxItems: 500 })),
    where: Type.Optional(Condition),
    sort: Type.Optional(Sort),
    limit: Type.Optional(Type.Integer({ minimum: 0, maximum: 1000 })),
    cursor: Type.Optional(Cursor),
    count: Type.Optional(Count),
    view: Type.Optional(Type.String({ maxLength: 200 })),
    q: Type.Optional(Type.String({ maxLength: 200 })),
  },
  closed,
)

const ResultName = Type.String({
  pattern: API_NAME,
  maxLength: MAX_NAME_LENGTH,
  description: 'lower-case letters, digits and _',
})
type MeasureFunction = 'count' | 'count_distinct' | 'sum' | 'avg' | 'min' | 'max'
export const AggregateBody = Type.Object(
  {
    where: Type.Optional(Condition),
    group_by: Type.Optional(
      Type.Array(
        Type.Union([
          Path,
          Type.Object(
            {
              field: Path,
              bucket: Type.Optional(
                Type.Unsafe<(typeof BUCKETS)[number]>({ type: 'string', enum: [...BUCKETS] }),
              ),
              as: Type.Optional(ResultName),
            },
            closed,
          ),
        ]),
        { maxItems: 10 },
      ),
    ),
    measures: Type.Array(
      Type.Object(
        {
          fn: Type.Unsafe<MeasureFunction>({
            type: 'string',
            enum: ['count', 'count_distinct', 'sum', 'avg', 'min', 'max'],
          }),
          field: Type.Optional(Path),
          as: ResultName,
        },
        closed,
      ),
      { minItems: 1, maxItems: 50 },
    ),
    having: Type.Optional(Condition),
    sort: Type.Optional(Sort),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 2000 })),
    cursor: Type.Optional(Cursor),
  },
  closed,
)

export const SelectParameter = Type.Object(
  {
    select: Type.Optional(
      Type.String({ maxLength: 20_000, description: 'name,amount,account.industry' }),
    ),
  },
  closed,
)
export const AsOfParameters = Type.Object(
  { at: Type.String({ format: 'date-time', description: '2026-11-21T08:00:00Z' }) },
  closed,
)
export const StoryParameters = Type.Object(
  {
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })),
    cursor: Type.Optional(Cursor),
  },
  closed,
)
