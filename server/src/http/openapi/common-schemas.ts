import { BUCKETS } from '@trellis/metamodel'

import { ERRORS } from '../../errors.ts'
import { closedObject, type JsonSchema, listOf, orNull, schemaRef } from './document.ts'
import { REFERENCE_INPUT } from './value-schemas.ts'

const TEXT: JsonSchema = { type: 'string' }
const FLAG: JsonSchema = { type: 'boolean' }
const COUNT: JsonSchema = { type: 'integer', minimum: 0 }
const UUID: JsonSchema = { type: 'string', format: 'uuid' }
const MOMENT: JsonSchema = { type: 'string', format: 'date-time' }
const REFERENCE = schemaRef('Reference')
const REFERENCE_OR_NULL = orNull(REFERENCE)
const EXPRESSION: JsonSchema = {
  description: 'JSON Logic in the typed profile, such as {"==": [{"var": "stage"}, "won"]}',
}
const SORT = listOf({
  anyOf: [
    { type: 'string', description: 'A field path; "-" before it sorts downwards' },
    closedObject(
      { field: TEXT, direction: { type: 'string', enum: ['asc', 'desc'] } },
      { required: ['field'] },
    ),
  ],
})

const ERROR_CODES = Object.entries(ERRORS)
  .map(([code, { status, title }]) => `\`${code}\` (${status}): ${title['en-US']}`)
  .join('; ')

const WireError = closedObject(
  {
    path: { type: 'string', description: 'A field, or a dotted path in the body' },
    code: TEXT,
    message: TEXT,
    rule: TEXT,
    suggestion: TEXT,
  },
  { required: ['path', 'code', 'message'] },
)

const Problem = closedObject(
  {
    type: { type: 'string', description: 'urn:problem:…' },
    title: TEXT,
    status: { type: 'integer' },
    code: { type: 'string', enum: Object.keys(ERRORS), description: ERROR_CODES },
    detail: TEXT,
    instance: { type: 'string', description: 'The id of the request' },
    errors: listOf(schemaRef('Error')),
    record: { type: 'object', description: 'The current record, with 412' },
  },
  { required: ['type', 'title', 'status', 'code'], description: 'Problem details (RFC 9457)' },
)

/** The schemas that do not depend on an object. */
export const COMMON_SCHEMAS: Readonly<Record<string, JsonSchema>> = {
  Error: WireError,
  Problem,
  Reference: {
    type: 'object',
    description: 'Another record; further keys as select asks for',
    properties: { id: UUID, name: { type: ['string', 'null'] } },
    required: ['id', 'name'],
  },
  ReferenceInput: REFERENCE_INPUT,
  FilterValue: { type: ['string', 'number', 'boolean'] },
  AggregateQuery: closedObject(
    {
      where: EXPRESSION,
      group_by: listOf({
        anyOf: [
          TEXT,
          closedObject(
            { field: TEXT, bucket: { type: 'string', enum: [...BUCKETS] }, as: TEXT },
            { required: ['field'] },
          ),
        ],
      }),
      measures: listOf(
        closedObject(
          {
            fn: { type: 'string', enum: ['count', 'count_distinct', 'sum', 'avg', 'min', 'max'] },
            field: TEXT,
            as: TEXT,
          },
          { required: ['fn', 'as'] },
        ),
      ),
      having: EXPRESSION,
      sort: SORT,
      limit: { type: 'integer', minimum: 1 },
      cursor: TEXT,
    },
    { required: ['measures'] },
  ),
  AggregatePage: closedObject({
    groups: listOf({
      type: 'object',
      description: 'What was grouped by, and the measures under their names',
      additionalProperties: true,
    }),
    next_cursor: { type: ['string', 'null'] },
  }),
  HistoryPage: closedObject({
    entries: listOf(
      closedObject({
        id: TEXT,
        at: MOMENT,
        by: REFERENCE_OR_NULL,
        action: { type: 'string', enum: ['created', 'updated', 'deleted', 'restored'] },
        cause: { type: 'string', description: 'user, api_key, import, approval …' },
        field: { type: ['string', 'null'] },
        old: {},
        new: {},
      }),
    ),
    next_cursor: { type: ['string', 'null'] },
  }),
  TimelineEntry: closedObject(
    {
      id: TEXT,
      at: MOMENT,
      by: REFERENCE_OR_NULL,
      type: { type: 'string', description: 'record_created, field_changed, approval, activity' },
      object: TEXT,
      record: REFERENCE,
      title: TEXT,
      text: { type: ['string', 'null'] },
      changes: listOf(closedObject({ field: TEXT, label: TEXT, old: {}, new: {} })),
    },
    { required: ['id', 'at', 'by', 'type', 'object', 'record', 'title', 'text'] },
  ),
  TimelinePage: closedObject({
    entries: listOf(schemaRef('TimelineEntry')),
    next_cursor: { type: ['string', 'null'] },
  }),
  ApprovalSummary: closedObject({
    id: UUID,
    process: TEXT,
    process_label: TEXT,
    status: { type: 'string', enum: ['pending', 'approved', 'rejected', 'recalled'] },
    object: TEXT,
    record: REFERENCE,
    submitted_by: REFERENCE_OR_NULL,
    submitted_at: MOMENT,
    finished_at: orNull(MOMENT),
    comment: { type: ['string', 'null'] },
    current_step: { type: ['string', 'null'] },
    waiting_for: listOf(closedObject({ work_item: UUID, assignee: REFERENCE, since: MOMENT })),
  }),
  BatchResults: closedObject({
    results: listOf(
      closedObject(
        { status: COUNT, id: UUID, version: COUNT, errors: listOf(schemaRef('Error')) },
        { required: ['status'] },
      ),
    ),
  }),
  Fact: closedObject({
    name: TEXT,
    label: TEXT,
    value: { type: ['number', 'string', 'null'] },
    type: TEXT,
    relationship: TEXT,
    tone: { type: 'string', enum: ['neutral', 'good', 'bad'] },
  }),
  RelatedList: closedObject(
    {
      relationship: TEXT,
      label: TEXT,
      object: TEXT,
      field: TEXT,
      count: COUNT,
      total: closedObject({
        label: TEXT,
        value: { type: ['number', 'string', 'null'] },
        type: TEXT,
      }),
      columns: listOf(TEXT),
      records: listOf({ type: 'object', additionalProperties: true }),
      next_cursor: { type: ['string', 'null'] },
    },
    {
      required: [
        'relationship',
        'label',
        'object',
        'field',
        'count',
        'columns',
        'records',
        'next_cursor',
      ],
    },
  ),
}

/** Schemas of `where`, `sort` and the rest of a list query as a body. */
export const LIST_QUERY_PROPERTIES: Readonly<Record<string, JsonSchema>> = {
  select: listOf({ type: 'string', description: 'A field, or a path such as account.industry' }),
  where: EXPRESSION,
  sort: SORT,
  limit: { type: 'integer', minimum: 1, maximum: 1000, description: '50 if left out' },
  cursor: TEXT,
  count: { type: 'string', enum: ['none', 'estimate', 'exact'] },
  view: { type: 'string', description: 'A list view' },
  q: { type: 'string', description: 'Text to search for' },
}

/** The members of a page of records besides the records. */
export const PAGE_PROPERTIES: Readonly<Record<string, JsonSchema>> = {
  next_cursor: { type: ['string', 'null'] },
  count: COUNT,
  count_is_estimate: FLAG,
}
