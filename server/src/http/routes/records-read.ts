import { API_NAME, BUCKETS, type Expression, MAX_NAME_LENGTH } from '@trellis/metamodel'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import Type from 'typebox'

import type { Context } from '../../access/context.ts'
import { RequestError } from '../../errors.ts'
import {
  aggregateRecords, checkRecordId, findObject, getRecord, listRecords, listRelated, listToJson, loadHistory, loadOverview, loadTimeline,
  listOf, parseListParameters, type Parameters, type StoryRequest,
} from '../../query/index.ts'
import { inAskedLanguage } from '../locale.ts'
import type { Services } from '../services.ts'
import { typedRoutes } from '../typed-routes.ts'

const closed = { additionalProperties: false }
const config = { policy: 'signed_in', surface: 'records' } as const

const Name = Type.String({ maxLength: 200 })
const ObjectParams = Type.Object({ object: Name }, closed)
const RecordParams = Type.Object({ object: Name, id: Name }, closed)
const RelatedParams = Type.Object({ object: Name, id: Name, relationship: Name }, closed)

const Path = Type.String({ minLength: 1, maxLength: 400 })
const Condition = Type.Unsafe<Expression>({ description: 'JSON Logic in the typed profile' })
const Sort = Type.Array(
  Type.Union([
    Path,
    Type.Object({ field: Path, direction: Type.Unsafe<'asc' | 'desc'>({ type: 'string', enum: ['asc', 'desc'] }) }, closed),
  ]),
  { maxItems: 20 },
)
const Cursor = Type.String({ maxLength: 200_000 })
const Count = Type.Unsafe<'none' | 'estimate' | 'exact'>({ type: 'string', enum: ['none', 'estimate', 'exact'] })

/**
 * The parameters of a list, for the documentation. They are read all at once by `parseListParameters`, which
 * refuses each that it does not know.
 */
const ListParameters = Type.Object(
  {
    select: Type.Optional(Type.String({ description: 'name,amount,account.industry' })),
    where: Type.Optional(Type.String({ description: 'JSON Logic' })),
    view: Type.Optional(Type.String({ description: 'name of a list view' })),
    q: Type.Optional(Type.String({ description: 'a text in the name or a searchable field' })),
    sort: Type.Optional(Type.String({ description: '-amount,name' })),
    limit: Type.Optional(Type.Unsafe<string>({ type: ['integer', 'string'], description: '0 to 1000; 50 if left out' })),
    cursor: Type.Optional(Type.String({ description: 'next_cursor of the page before' })),
    count: Type.Optional(Type.String({ description: 'none, estimate or exact' })),
  },
  { additionalProperties: true },
)

const QueryBody = Type.Object(
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

const ResultName = Type.String({ pattern: API_NAME, maxLength: MAX_NAME_LENGTH, description: 'lower-case letters, digits and _' })
type MeasureFunction = 'count' | 'count_distinct' | 'sum' | 'avg' | 'min' | 'max'
const AggregateBody = Type.Object(
  {
    where: Type.Optional(Condition),
    group_by: Type.Optional(Type.Array(
      Type.Union([
        Path,
        Type.Object({ field: Path, bucket: Type.Optional(Type.Unsafe<(typeof BUCKETS)[number]>({ type: 'string', enum: [...BUCKETS] })), as: Type.Optional(ResultName) }, closed),
      ]),
      { maxItems: 10 },
    )),
    measures: Type.Array(
      Type.Object(
        {
          fn: Type.Unsafe<MeasureFunction>({ type: 'string', enum: ['count', 'count_distinct', 'sum', 'avg', 'min', 'max'] }),
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

const SelectParameter = Type.Object({ select: Type.Optional(Type.String({ maxLength: 20_000, description: 'name,amount,account.industry' })) }, closed)
const StoryParameters = Type.Object(
  { limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })), cursor: Type.Optional(Cursor) },
  closed,
)
const USUAL_STORY = 50

/** Reading records: lists, single ones, groups, and everything around a record. */
export function recordReadRoutes(app: FastifyInstance, services: Services): void {
  listRoutes(app, services)
  recordRoutes(app, services)
  storyRoutes(app, services)
}

function listRoutes(app: FastifyInstance, services: Services): void {
  const { cursorKey } = services.secrets
  const routes = typedRoutes(app)
  routes.get('/api/v1/records/:object', { config, schema: { summary: 'List records', params: ObjectParams, querystring: ListParameters } }, async (request, reply) => {
    const context = services.contextOf(request)
    const object = findObject(context, request.params.object)
    const asked = parseListParameters(context, object, request.query as Parameters)
    return sendJson(reply, listToJson(await listRecords(context, { object, asked, cursorKey })))
  })
  routes.post('/api/v1/records/:object/query', { config, schema: { summary: 'List records, asked by a body', params: ObjectParams, body: QueryBody } }, async (request, reply) => {
    const context = services.contextOf(request)
    const object = findObject(context, request.params.object)
    const asked = { query: request.body, filters: [], failures: [] }
    return sendJson(reply, listToJson(await listRecords(context, { object, asked, cursorKey })))
  })
  routes.post('/api/v1/records/:object/aggregate', { config, schema: { summary: 'Group and measure records', params: ObjectParams, body: AggregateBody } }, async (request, reply) => {
    const context = services.contextOf(request)
    const object = findObject(context, request.params.object)
    return sendJson(reply, await aggregateRecords(context, { object, query: request.body, cursorKey }))
  })
  routes.get('/api/v1/records/:object/:id/related/:relationship', { config, schema: { summary: 'List related records', params: RelatedParams, querystring: ListParameters } }, async (request, reply) => {
    const context = services.contextOf(request)
    const { object, id, relationship } = request.params
    const parameters = request.query as Parameters
    return sendJson(reply, listToJson(await listRelated(context, { object: findObject(context, object), id, relationship, parameters, cursorKey })))
  })
}

function recordRoutes(app: FastifyInstance, services: Services): void {
  const { cursorKey } = services.secrets
  const routes = typedRoutes(app)
  routes.get('/api/v1/records/:object/:id', { config, schema: { summary: 'Read a record', params: RecordParams, querystring: SelectParameter } }, async (request, reply) => {
    const context = services.contextOf(request)
    const object = findObject(context, request.params.object)
    const { select } = request.query
    const record = await getRecord(context, object, { id: checkRecordId(request.params.id), select: select === undefined ? undefined : listOf([select]) })
    if (!record) throw new RequestError('not_found')
    const etag = `"${record.version}"`
    reply.header('etag', etag)
    return isKnown(request, etag) ? reply.code(304).send() : sendJson(reply, record.json)
  })
  routes.get('/api/v1/records/:object/:id/overview', { config, schema: { summary: 'The 360° view of a record', params: RecordParams } }, async (request, reply) => {
    const context = inAskedLanguage(request, services.contextOf(request))
    const object = findObject(context, request.params.object)
    return sendJson(reply, await loadOverview(context, { object, id: checkRecordId(request.params.id), cursorKey }))
  })
}

function storyRoutes(app: FastifyInstance, services: Services): void {
  const schema = { params: RecordParams, querystring: StoryParameters }
  const routes = typedRoutes(app)
  const asked = (context: Context, { params, query }: { params: { object: string; id: string }; query: { limit?: number; cursor?: string } }): StoryRequest => ({
    object: findObject(context, params.object), id: checkRecordId(params.id), limit: query.limit ?? USUAL_STORY, cursor: query.cursor, cursorKey: services.secrets.cursorKey,
  })
  routes.get('/api/v1/records/:object/:id/history', { config, schema: { ...schema, summary: 'Changes of a record, newest first' } }, async (request) => {
    const context = services.contextOf(request)
    return loadHistory(context, asked(context, request))
  })
  routes.get('/api/v1/records/:object/:id/timeline', { config, schema: { ...schema, summary: 'All that happened around a record, newest first' } }, async (request) => {
    const context = inAskedLanguage(request, services.contextOf(request))
    return loadTimeline(context, asked(context, request))
  })
}

function sendJson(reply: FastifyReply, json: string): FastifyReply {
  return reply.type('application/json; charset=utf-8').send(json)
}

/** Whether the caller has this version already (RFC 9110, If-None-Match). */
function isKnown({ headers }: FastifyRequest, etag: string): boolean {
  const known = headers['if-none-match']
  if (known === undefined) return false
  return known.split(',').some((one) => ['*', etag].includes(one.trim().replace(/^W\//, '')))
}
