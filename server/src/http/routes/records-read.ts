import type { ObjectModel } from '@trellis/metamodel'
import type { FastifyInstance, FastifyReply, FastifyRequest, FastifySchema } from 'fastify'

import type { Context } from '../../access/context.ts'
import { RequestError } from '../../errors.ts'
import {
  aggregateRecords,
  checkRecordId,
  findObject,
  getRecord,
  listRecords,
  listRelated,
  listToJson,
  loadAsOf,
  loadHistory,
  loadOverview,
  loadTimeline,
  listOf,
  parseListParameters,
  type Parameters,
  type StoryRequest,
} from '../../query/index.ts'
import { inAskedLanguage } from '../locale.ts'
import {
  AggregateBody,
  AsOfParameters,
  ListParameters,
  ObjectParams,
  QueryBody,
  RecordParams,
  RelatedParams,
  SelectParameter,
  StoryParameters,
} from '../record-queries.ts'
import type { Services } from '../services.ts'
import { typedRoutes } from '../typed-routes.ts'

const RECORDS = '/api/v1/records/:object'
const USUAL_STORY = 50

/** What every reading route says of itself, with its own schema. */
function say<Schema extends FastifySchema>(
  summary: string,
  schema: Schema,
): { config: { policy: 'signed_in'; surface: string }; schema: Schema & { summary: string } } {
  return { config: { policy: 'signed_in', surface: 'records' }, schema: { ...schema, summary } }
}

/** The same of a route that asks by POST: a repeat asks anew. */
function ask<Schema extends FastifySchema>(
  summary: string,
  schema: Schema,
): ReturnType<typeof say<Schema>> & { config: { keepsAnswer: false } } {
  const said = say(summary, schema)
  return { ...said, config: { ...said.config, keepsAnswer: false } }
}

/** Reading records: lists, single ones, groups, and everything around a record. */
export function recordReadRoutes(app: FastifyInstance, services: Services): void {
  listRoutes(app, services)
  relatedRoutes(app, services)
  recordRoutes(app, services)
  storyRoutes(app, services)
}

function listRoutes(app: FastifyInstance, services: Services): void {
  const { cursorKey } = services.secrets
  const routes = typedRoutes(app)
  const list = { params: ObjectParams, querystring: ListParameters }
  routes.get(RECORDS, say('List records', list), async (request, reply) => {
    const context = services.contextOf(request)
    const object = findObject(context, request.params.object)
    const asked = parseListParameters(context, object, request.query as Parameters)
    return sendJson(reply, listToJson(await listRecords(context, { object, asked, cursorKey })))
  })
  const query = { params: ObjectParams, body: QueryBody }
  routes.post(`${RECORDS}/query`, ask('List records by a body', query), async (request, reply) => {
    const context = services.contextOf(request)
    const object = findObject(context, request.params.object)
    const asked = { query: request.body, filters: [], failures: [] }
    return sendJson(reply, listToJson(await listRecords(context, { object, asked, cursorKey })))
  })
}

function relatedRoutes(app: FastifyInstance, services: Services): void {
  const { cursorKey } = services.secrets
  const routes = typedRoutes(app)
  const groups = ask('Group and measure records', { params: ObjectParams, body: AggregateBody })
  routes.post(`${RECORDS}/aggregate`, groups, async (request, reply) => {
    const context = services.contextOf(request)
    const object = findObject(context, request.params.object)
    const query = request.body
    return sendJson(reply, await aggregateRecords(context, { object, query, cursorKey }))
  })
  const related = { params: RelatedParams, querystring: ListParameters }
  const path = `${RECORDS}/:id/related/:relationship` as const
  routes.get(path, say('List related records', related), async (request, reply) => {
    const context = services.contextOf(request)
    const { id, relationship } = request.params
    const object = findObject(context, request.params.object)
    const parameters = request.query as Parameters
    const list = { object, id, relationship, parameters, cursorKey }
    return sendJson(reply, listToJson(await listRelated(context, list)))
  })
}

function recordRoutes(app: FastifyInstance, services: Services): void {
  const { cursorKey } = services.secrets
  const routes = typedRoutes(app)
  const one = { params: RecordParams, querystring: SelectParameter }
  routes.get(`${RECORDS}/:id`, say('Read a record', one), async (request, reply) => {
    const context = services.contextOf(request)
    const object = findObject(context, request.params.object)
    const id = checkRecordId(request.params.id)
    const { select } = request.query
    const paths = select === undefined ? undefined : listOf([select])
    const record = await getRecord(context, object, { id, select: paths })
    if (!record) throw new RequestError('not_found')
    const etag = `"${record.version}"`
    reply.header('etag', etag)
    return isOfRecord(object, paths) && isKnown(request, etag)
      ? reply.code(304).send()
      : sendJson(reply, record.json)
  })
  const page = say('The 360° view of a record', { params: RecordParams })
  routes.get(`${RECORDS}/:id/overview`, page, async (request, reply) => {
    const context = inAskedLanguage(request, services.contextOf(request))
    const object = findObject(context, request.params.object)
    const id = checkRecordId(request.params.id)
    return sendJson(reply, await loadOverview(context, { object, id, cursorKey }))
  })
}

interface StoryCall {
  params: { object: string; id: string }
  query: { limit?: number; cursor?: string }
}

function storyRoutes(app: FastifyInstance, services: Services): void {
  const { cursorKey } = services.secrets
  const routes = typedRoutes(app)
  const schema = { params: RecordParams, querystring: StoryParameters }
  const asked = (context: Context, { params, query }: StoryCall): StoryRequest => ({
    object: findObject(context, params.object),
    id: checkRecordId(params.id),
    limit: query.limit ?? USUAL_STORY,
    cursor: query.cursor,
    cursorKey,
  })
  const history = say('Changes of a record, newest first', schema)
  routes.get(`${RECORDS}/:id/history`, history, async (request) => {
    const context = services.contextOf(request)
    return loadHistory(context, asked(context, request))
  })
  const past = say('A record as it was at a moment', {
    params: RecordParams,
    querystring: AsOfParameters,
  })
  routes.get(`${RECORDS}/:id/as-of`, past, async (request) => {
    const context = services.contextOf(request)
    const object = findObject(context, request.params.object)
    const id = checkRecordId(request.params.id)
    return loadAsOf(context, { object, id, at: new Date(request.query.at) })
  })
  const timeline = say('All that happened around a record, newest first', schema)
  routes.get(`${RECORDS}/:id/timeline`, timeline, async (request) => {
    const context = inAskedLanguage(request, services.contextOf(request))
    return loadTimeline(context, asked(context, request))
  })
}

function sendJson(reply: FastifyReply, json: string): FastifyReply {
  return reply.type('application/json; charset=utf-8').send(json)
}

/** Whether nothing is told but what is saved in the record: its version knows nothing of what is computed of others. */
function isOfRecord({ fields }: ObjectModel, paths: readonly string[] | undefined): boolean {
  const told = paths ?? [...fields.keys()]
  return !told.some((path) => path.includes('.') || fields.get(path)?.type.isComputed === true)
}

/** Whether the caller has this version already (RFC 9110, If-None-Match). */
function isKnown({ headers }: FastifyRequest, etag: string): boolean {
  const known = headers['if-none-match']
  if (known === undefined) return false
  return known.split(',').some((one) => ['*', etag].includes(one.trim().replace(/^W\//, '')))
}
