import { isShown, isTold, type Locale, type ObjectModel } from '@trellis/metamodel'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import Type from 'typebox'

import type { Context } from '../../access/context.ts'
import type { RecordRequest } from '../../effects/record-request.ts'
import { message, refuse, RequestError, wireError, wireProblem } from '../../errors.ts'
import { shownValue } from '../../query/mask-cells.ts'
import { perform, performOne } from '../../records/perform.ts'
import { previewChange } from '../../records/preview-change.ts'
import { localeOf } from '../locale.ts'
import { noteRefusedOperations } from '../note-refused-operations.ts'
import {
  expectedVersion,
  requireId,
  requireObject,
  toRequests,
  withCurrentRecord,
} from '../record-requests.ts'
import { sendRecord } from '../send-record.ts'
import { BATCH_BODY_LIMIT } from '../server-settings.ts'
import type { Services } from '../services.ts'
import { tellOutcome } from '../tell-outcome.ts'
import { typedRoutes } from '../typed-routes.ts'

const CONFIG = { policy: 'signed_in', surface: 'records' } as const
const closed = { additionalProperties: false } as const
const ObjectParams = Type.Object({ object: Type.String() }, closed)
const RecordParams = Type.Object({ object: Type.String(), id: Type.String() }, closed)
const UpsertParams = Type.Object(
  { object: Type.String(), field: Type.String(), value: Type.String() },
  closed,
)
const SaveParameters = Type.Object(
  {
    allow_duplicates: Type.Optional(
      Type.Union([Type.Literal('true'), Type.Literal('false')], {
        description: 'true: save although duplicate rules warn; what they block stays refused',
      }),
    ),
  },
  closed,
)
/** Field API names are the keys; the record engine judges them against the model. */
const RecordBody = Type.Record(Type.String(), Type.Unknown(), {
  description: 'Fields and their values',
})
const BatchBody = Type.Object(
  {
    atomic: Type.Optional(
      Type.Boolean({ description: 'true: all or nothing; false: what is valid is saved' }),
    ),
    operations: Type.Array(
      Type.Object(
        {
          op: Type.Union(['create', 'update', 'upsert', 'delete'].map((op) => Type.Literal(op))),
          id: Type.Optional(Type.String()),
          by: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
          record: Type.Optional(RecordBody),
          version: Type.Optional(Type.Integer({ minimum: 1 })),
        },
        closed,
      ),
      { minItems: 1, maxItems: 2000 },
    ),
  },
  closed,
)
const Empty = Type.Union([Type.Null(), Type.Object({}, closed)])

/** Creating, changing, deleting and restoring records, one by one and in batches. */
export function recordWriteRoutes(app: FastifyInstance, services: Services): void {
  saveRoutes(app, services)
  binRoutes(app, services)
  batchRoutes(app, services)
  previewRoutes(app, services)
}

/** Asks only: a repeat asks anew. */
const ASKS = { config: { ...CONFIG, keepsAnswer: false } }

const say = (summary: string, more: object) => ({
  config: CONFIG,
  schema: { summary, tags: ['records'], ...more },
})

function saveRoutes(app: FastifyInstance, services: Services): void {
  const routes = typedRoutes(app)

  routes.post(
    '/api/v1/records/:object',
    say('Create a record', {
      params: ObjectParams,
      querystring: SaveParameters,
      body: RecordBody,
    }),
    async (request, reply) => {
      const context = services.contextOf(request)
      const { object } = params(request)
      return save(request, reply, context, {
        op: 'create',
        object,
        values: request.body as Record<string, unknown>,
        ...allowsDuplicates(request),
      })
    },
  )
  routes.patch(
    '/api/v1/records/:object/:id',
    say('Change some fields of a record', {
      params: RecordParams,
      querystring: SaveParameters,
      body: RecordBody,
    }),
    async (request, reply) => {
      const context = services.contextOf(request)
      const { object, id = '' } = params(request)
      return save(request, reply, context, {
        op: 'update',
        object,
        id: requireId(id),
        values: request.body as Record<string, unknown>,
        ...expectedVersion(request),
        ...allowsDuplicates(request),
      })
    },
  )
  routes.put(
    '/api/v1/records/:object/by/:field/:value',
    {
      ...say('Create or change the record with this unique value', {
        params: UpsertParams,
        querystring: SaveParameters,
        body: RecordBody,
      }),
    },
    async (request, reply) => {
      const context = services.contextOf(request)
      const { object, field = '', value = '' } = params(request)
      const by = {
        field,
        value: uniqueValue(context, requireObject(context, object), field, value),
      }
      return save(request, reply, context, {
        op: 'upsert',
        object,
        by,
        values: request.body as Record<string, unknown>,
        ...allowsDuplicates(request),
      })
    },
  )
}

function binRoutes(app: FastifyInstance, services: Services): void {
  const routes = typedRoutes(app)
  routes.delete(
    '/api/v1/records/:object/:id',
    { ...say('Move a record to the recycle bin', { params: RecordParams }) },
    async (request, reply) => {
      const context = services.contextOf(request)
      const { object, id = '' } = params(request)
      const model = requireObject(context, object)
      await attempt(context, model, requireId(id), () =>
        performOne(context, {
          op: 'delete',
          object,
          id: requireId(id),
          ...expectedVersion(request),
        }),
      )
      return reply.code(204).send()
    },
  )
  routes.post(
    '/api/v1/records/:object/:id/restore',
    { ...say('Restore a record from the recycle bin', { params: RecordParams, body: Empty }) },
    async (request, reply) => {
      const context = services.contextOf(request)
      const { object, id = '' } = params(request)
      return save(request, reply, context, { op: 'restore', object, id: requireId(id) })
    },
  )
}

function batchRoutes(app: FastifyInstance, services: Services): void {
  const routes = typedRoutes(app)
  routes.post(
    '/api/v1/records/:object/batch',
    {
      bodyLimit: BATCH_BODY_LIMIT,
      ...say('Up to 2,000 creates, updates, upserts and deletes', {
        params: ObjectParams,
        querystring: SaveParameters,
        body: BatchBody,
      }),
    },
    async (request, reply) => {
      const context = services.contextOf(request)
      const { atomic = false, operations } = request.body as Parameters<typeof batch>[2]
      return batch(context, reply, {
        refusals: services.refusals,
        atomic,
        operations,
        ...allowsDuplicates(request),
        object: requireObject(context, params(request).object),
        locale: localeOf(request),
      })
    },
  )
}

function previewRoutes(app: FastifyInstance, services: Services): void {
  const routes = typedRoutes(app)
  routes.post(
    '/api/v1/records/:object/preview',
    { ...say('Dry run of a create', { params: ObjectParams, body: RecordBody }), ...ASKS },
    async (request) => {
      const { object } = params(request)
      return preview(request, services.contextOf(request), {
        op: 'create',
        object,
        values: request.body as Record<string, unknown>,
      })
    },
  )
  routes.post(
    '/api/v1/records/:object/:id/preview',
    { ...say('Dry run of a change', { params: RecordParams, body: RecordBody }), ...ASKS },
    async (request) => {
      const { object, id = '' } = params(request)
      return preview(request, services.contextOf(request), {
        op: 'update',
        object,
        id: requireId(id),
        values: request.body as Record<string, unknown>,
      })
    },
  )
}

function params(request: { params: unknown }): {
  object: string
  id?: string
  field?: string
  value?: string
} {
  return request.params as { object: string; id?: string; field?: string; value?: string }
}

/** Whether the caller knows of likely twins. */
function allowsDuplicates({ query }: FastifyRequest): { allowDuplicates?: true } {
  const asked = query as { allow_duplicates?: 'true' | 'false' }
  return asked.allow_duplicates === 'true' ? { allowDuplicates: true } : {}
}

async function save(
  request: FastifyRequest,
  reply: FastifyReply,
  context: Context,
  asked: RecordRequest,
): Promise<FastifyReply> {
  const object = requireObject(context, asked.object)
  const id = 'id' in asked && asked.id !== undefined ? asked.id : ''
  const outcome = await attempt(context, object, id, () => performOne(context, asked))
  const { id: written, version } = outcome
  return sendRecord([request, reply], context, object, {
    status: outcome.status === 201 ? 201 : 200,
    id: written,
    version,
  })
}

async function attempt<Result>(
  context: Context,
  object: ObjectModel,
  id: string,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    throw await withCurrentRecord(context, object, id, error)
  }
}

/** The value of an address as the field reads it; of a field that the caller may not know, the text. */
function uniqueValue({ actor }: Context, object: ObjectModel, name: string, text: string): unknown {
  const field = object.fields.get(name)
  if (!field || !isTold(actor.rights.field(field))) return text
  const parsed = field.type.parseText(text, field.options)
  // An auto-number cannot be given, but a record can be found by it.
  if (field.type.isReadOnly) return text
  if ('fault' in parsed) throw refuse('malformed', name, parsed.fault.message)
  return parsed.value
}

interface BatchAsked {
  refusals: Services['refusals']
  atomic: boolean
  allowDuplicates?: true
  operations: Parameters<typeof toRequests>[1]
  object: ObjectModel
  locale: Locale
}

async function batch(
  context: Context,
  reply: FastifyReply,
  { refusals, atomic, operations, allowDuplicates, object, locale }: BatchAsked,
): Promise<unknown> {
  const requests = toRequests(object, operations).map((one) =>
    allowDuplicates ? { ...one, allowDuplicates } : one,
  )
  const outcomes = await perform(context, requests, { atomic })
  noteRefusedOperations(refusals, context, { object: object.name, outcomes })
  const results = outcomes.map((outcome) => tellOutcome(outcome, locale))
  const failed = outcomes.some((outcome) => 'error' in outcome)
  if (!atomic || !failed) return { results }
  const refusal = new RequestError('validation_failed', {
    detail: message('Nothing was saved: see results', '全部未保存，详见 results'),
  })
  return reply
    .code(refusal.status)
    .type('application/problem+json')
    .send({ ...wireProblem(refusal, locale, context.requestId), results })
}

async function preview(
  call: FastifyRequest,
  context: Context,
  request: Parameters<typeof previewChange>[2],
): Promise<unknown> {
  const object = requireObject(context, request.object)
  const { values, failures } = await previewChange(context, object, request)
  const { rights } = context.actor
  const shown = Object.entries(values).flatMap(([name, value]) => {
    const field = object.fields.get(name)
    if (field === undefined || !isShown(rights.field(field))) return []
    return [[name, shownValue(context, field, value)]]
  })
  return {
    record: Object.fromEntries(shown),
    errors: failures.map((one) => wireError(one, localeOf(call))),
  }
}
