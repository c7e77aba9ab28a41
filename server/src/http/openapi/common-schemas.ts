import { BUCKETS } from '@trellis/metamodel'

import { ERRORS } from '../../errors.ts'
import { type JsonSchema, listOf, orNull, schemaRef, shape } from './document.ts'
import { FILE, FILE_INPUT, POLYMORPHIC_INPUT, REFERENCE_INPUT } from './value-schemas.ts'

export const TEXT: JsonSchema = { type: 'string' }
export const TEXT_OR_NULL: JsonSchema = { type: ['string', 'null'] }
export const FLAG: JsonSchema = { type: 'boolean' }
export const COUNT: JsonSchema = { type: 'integer', minimum: 0 }
export const UUID: JsonSchema = { type: 'string', format: 'uuid' }
export const MOMENT: JsonSchema = { type: 'string', format: 'date-time' }
export const REFERENCE = schemaRef('Reference')
export const REFERENCE_OR_NULL = orNull(REFERENCE)
/** Whatever JSON has. */
export const ANYTHING: JsonSchema = {}

export function oneOf(...words: readonly string[]): JsonSchema {
  return { type: 'string', enum: words }
}

const FIGURE: JsonSchema = { type: ['number', 'string', 'null'] }
const EXPRESSION: JsonSchema = {
  description: 'JSON Logic in the typed profile, such as {"==": [{"var": "stage"}, "won"]}',
}
const FIELD_PATH: JsonSchema = { type: 'string', description: 'A field, or account.industry' }
const SORT = listOf({
  anyOf: [
    { type: 'string', description: 'A field path; "-" before it sorts downwards' },
    shape({ field: FIELD_PATH, 'direction?': oneOf('asc', 'desc') }),
  ],
})

/** The members of a list query as a body. */
const LIST_QUERY = {
  'select?': listOf(FIELD_PATH),
  'where?': EXPRESSION,
  'sort?': SORT,
  'limit?': { type: 'integer', minimum: 0, maximum: 1000, description: '50 if left out' },
  'cursor?': TEXT,
  'count?': oneOf('none', 'estimate', 'exact'),
  'view?': { type: 'string', description: 'A list view' },
  'q?': { type: 'string', description: 'Text to search for' },
}

/** The members of a page besides what is on it. */
export const PAGE_MEMBERS = { next_cursor: TEXT_OR_NULL }

const errorCodes = Object.entries(ERRORS).map(
  ([code, { status, title }]) => `\`${code}\` (${status}): ${title['en-US']}`,
)

const PROBLEM = shape(
  {
    type: { type: 'string', description: 'urn:problem:…' },
    title: TEXT,
    status: { type: 'integer' },
    code: { ...oneOf(...Object.keys(ERRORS)), description: errorCodes.join('; ') },
    'detail?': TEXT,
    'instance?': { type: 'string', description: 'The id of the request' },
    'errors?': listOf(schemaRef('Error')),
    'record?': { type: 'object', description: 'The current record, with 412' },
    'results?': listOf(schemaRef('BatchResult')),
  },
  'Problem details (RFC 9457)',
)

/** The schemas of the records API that do not depend on an object. */
export const COMMON_SCHEMAS: Readonly<Record<string, JsonSchema>> = {
  Problem: PROBLEM,
  Error: shape({
    path: { type: 'string', description: 'A field, or a dotted path in the body' },
    code: TEXT,
    message: TEXT,
    'rule?': TEXT,
    'suggestion?': TEXT,
    'value?': {
      anyOf: [TEXT, listOf(TEXT)],
      description: 'Of not_of_record_type: what the record has that its type does not offer',
    },
    'allowed?': { ...listOf(TEXT), description: 'The values that may take its place' },
    'matches?': {
      ...listOf(
        shape({ object: TEXT, id: orNull(UUID), name: TEXT_OR_NULL, 'owner?': TEXT_OR_NULL }),
      ),
      description:
        'Records that a duplicate rule found, as far as the caller may know them; likely_duplicate passes with allow_duplicates',
    },
  }),
  Reference: {
    type: 'object',
    description: 'Another record; further keys as select asks for',
    properties: { id: UUID, name: TEXT_OR_NULL },
    required: ['id', 'name'],
  },
  Masked: shape(
    { masked: { type: 'string', description: 'As much of the value as the caller may know' } },
    'A value that the caller may not know',
  ),
  ReferenceInput: REFERENCE_INPUT,
  PolymorphicReference: {
    type: 'object',
    description: 'A record of one of several objects; further keys as select asks for',
    properties: { id: UUID, name: TEXT_OR_NULL, object: { type: 'string' } },
    required: ['id', 'name', 'object'],
  },
  PolymorphicReferenceInput: POLYMORPHIC_INPUT,
  File: FILE,
  FileInput: FILE_INPUT,
  FilterValue: { type: ['string', 'number', 'boolean'] },
  ListQuery: shape(LIST_QUERY),
  AggregateQuery: shape({
    'where?': EXPRESSION,
    'group_by?': listOf({
      anyOf: [FIELD_PATH, shape({ field: FIELD_PATH, 'bucket?': oneOf(...BUCKETS), 'as?': TEXT })],
    }),
    measures: listOf(
      shape({
        fn: oneOf('count', 'count_distinct', 'sum', 'avg', 'min', 'max'),
        'field?': FIELD_PATH,
        as: TEXT,
      }),
    ),
    'having?': EXPRESSION,
    'sort?': SORT,
    'limit?': { type: 'integer', minimum: 1, maximum: 2000 },
    'cursor?': TEXT,
  }),
  AggregatePage: shape({
    'currency?': TEXT,
    groups: listOf({
      type: 'object',
      description: 'What was grouped by, and the measures under their names',
      additionalProperties: true,
    }),
    ...PAGE_MEMBERS,
  }),
  HistoryEntry: shape({
    id: TEXT,
    at: MOMENT,
    by: REFERENCE_OR_NULL,
    action: oneOf(
      'created',
      'updated',
      'deleted',
      'restored',
      'shared',
      'unshared',
      'merged',
      'erased',
    ),
    cause: { type: 'string', description: 'user, api_key, import, merge, approval, system …' },
    field: TEXT_OR_NULL,
    old: ANYTHING,
    new: ANYTHING,
    of: REFERENCE_OR_NULL,
  }),
  HistoryPage: shape({ entries: listOf(schemaRef('HistoryEntry')), ...PAGE_MEMBERS }),
  RecordAsOf: shape({
    at: MOMENT,
    state: oneOf('not_made', 'deleted', 'there'),
    record: orNull({
      type: 'object',
      description: 'The fields of which history is kept, as they were',
      additionalProperties: true,
    }),
    unknown: listOf(TEXT),
  }),
  BinPage: shape({
    records: listOf(
      shape({
        id: UUID,
        name: TEXT_OR_NULL,
        deleted_at: MOMENT,
        deleted_by: REFERENCE_OR_NULL,
        merged_into: REFERENCE_OR_NULL,
      }),
    ),
    ...PAGE_MEMBERS,
  }),
  TimelineEntry: shape({
    id: TEXT,
    at: MOMENT,
    by: REFERENCE_OR_NULL,
    type: { type: 'string', description: 'record_created, field_changed, approval, activity' },
    object: TEXT,
    record: REFERENCE,
    title: TEXT,
    text: TEXT_OR_NULL,
    'changes?': listOf(shape({ field: TEXT, label: TEXT, old: ANYTHING, new: ANYTHING })),
  }),
  TimelinePage: shape({ entries: listOf(schemaRef('TimelineEntry')), ...PAGE_MEMBERS }),
  BatchResult: shape({
    status: COUNT,
    'id?': UUID,
    'version?': COUNT,
    'errors?': listOf(schemaRef('Error')),
  }),
  BatchResults: shape({ results: listOf(schemaRef('BatchResult')) }),
  Fact: shape({
    name: TEXT,
    label: TEXT,
    value: FIGURE,
    type: TEXT,
    relationship: TEXT,
    tone: oneOf('neutral', 'good', 'bad'),
  }),
  RelatedList: shape({
    relationship: TEXT,
    label: TEXT,
    object: TEXT,
    field: TEXT,
    count: COUNT,
    'total?': shape({ label: TEXT, value: FIGURE, type: TEXT }),
    columns: listOf(FIELD_PATH),
    records: listOf({ type: 'object', additionalProperties: true }),
    ...PAGE_MEMBERS,
  }),
}
