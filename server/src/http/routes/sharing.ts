import {
  EXPLAINED_RIGHTS,
  type ExplainedRight,
  type NewShare,
  GIVEN_CAUSES,
  SHARE_PRINCIPALS,
  SHARED_ACCESS,
} from '@trellis/metamodel'
import type { FastifyInstance, FastifySchema } from 'fastify'
import Type from 'typebox'

import { checkRecordId, findObject } from '../../query/index.ts'
import { explainAccess } from '../../sharing/explain-access.ts'
import { addShare, changeShare, endShare, listShares } from '../../sharing/share-record.ts'
import { transferRecord, transferRecords } from '../../sharing/transfer-records.ts'
import { inAskedLanguage, localeOf } from '../locale.ts'
import { ObjectParams, RecordParams } from '../record-queries.ts'
import { expectedVersion, withCurrentRecord } from '../record-requests.ts'
import type { Services } from '../services.ts'
import { tellOutcome } from '../tell-outcome.ts'
import { typedRoutes } from '../typed-routes.ts'

const RECORD = '/api/v1/records/:object/:id'
const closed = { additionalProperties: false } as const

function words<Word extends string>(list: readonly Word[]) {
  return Type.Unsafe<Word>({ type: 'string', enum: [...list] })
}

const ShareParams = Type.Object(
  {
    object: Type.String({ maxLength: 200 }),
    id: Type.String({ maxLength: 200 }),
    share: Type.String({ maxLength: 200 }),
  },
  closed,
)
const Id = Type.String({ format: 'uuid' })
const TeamRole = Type.Optional(Type.Union([Type.String({ maxLength: 80 }), Type.Null()]))
const Expiry = Type.Optional(
  Type.Union([Type.String({ maxLength: 40 }), Type.Null()], {
    description: 'RFC 3339; without it the share does not end by itself',
  }),
)
const ShareBody = Type.Object(
  {
    principal: Type.Object(
      {
        type: words(SHARE_PRINCIPALS),
        id: Type.String({
          minLength: 1,
          maxLength: 63,
          description: 'An id, or the name of a role',
        }),
      },
      closed,
    ),
    access: words(SHARED_ACCESS),
    cause: words(GIVEN_CAUSES),
    team_role: TeamRole,
    expires_at: Expiry,
  },
  closed,
)
const ShareEditBody = Type.Object(
  { access: Type.Optional(words(SHARED_ACCESS)), team_role: TeamRole, expires_at: Expiry },
  { ...closed, minProperties: 1 },
)
const TransferBody = Type.Object(
  {
    owner: Id,
    with: Type.Optional(
      Type.Array(Type.String({ maxLength: 200 }), {
        maxItems: 50,
        description: 'Relationships whose records of the same owner go along',
      }),
    ),
    keep_team: Type.Optional(Type.Boolean({ description: 'true if left out' })),
  },
  closed,
)
const MassTransferBody = Type.Object(
  {
    ids: Type.Array(Type.String({ maxLength: 200 }), { minItems: 1, maxItems: 2000 }),
    owner: Id,
    keep_team: Type.Optional(Type.Boolean({ description: 'true if left out' })),
  },
  closed,
)
const AccessQuery = Type.Object(
  {
    user: Type.Optional(Id),
    right: Type.Optional(words<ExplainedRight>(EXPLAINED_RIGHTS)),
  },
  closed,
)

/** With whom records are shared, who owns them, and why somebody may see them. */
export function sharingRoutes(app: FastifyInstance, services: Services): void {
  shareRoutes(app, services)
  shareEditRoutes(app, services)
  transferRoutes(app, services)
  accessRoutes(app, services)
}

function say<Schema extends FastifySchema>(
  summary: string,
  schema: Schema,
): { config: { policy: 'signed_in'; surface: string }; schema: Schema & { summary: string } } {
  return { config: { policy: 'signed_in', surface: 'sharing' }, schema: { ...schema, summary } }
}

/** The same route, which answers no values: whoever gave a record away is told of it again, too. */
function plain<Route extends { config: object }>(
  route: Route,
): Route & { config: { tellsValues: false } } {
  return { ...route, config: { ...route.config, tellsValues: false } }
}

function shareRoutes(app: FastifyInstance, services: Services): void {
  const routes = typedRoutes(app)
  const list = say('With whom a record is shared', { params: RecordParams })
  routes.get(`${RECORD}/shares`, list, async (request) => {
    const context = inAskedLanguage(request, services.contextOf(request))
    const object = findObject(context, request.params.object)
    return listShares(context, object, checkRecordId(request.params.id))
  })
  const add = say('Share a record, or put somebody on its team', {
    params: RecordParams,
    body: ShareBody,
  })
  routes.post(`${RECORD}/shares`, add, async (request, reply) => {
    const context = inAskedLanguage(request, services.contextOf(request))
    const object = findObject(context, request.params.object)
    const id = checkRecordId(request.params.id)
    const { share, isNew } = await addShare(context, object, {
      id,
      asked: request.body as NewShare,
    })
    return reply.code(isNew ? 201 : 200).send(share)
  })
}

function shareEditRoutes(app: FastifyInstance, services: Services): void {
  const routes = typedRoutes(app)
  const change = say('Change a share', { params: ShareParams, body: ShareEditBody })
  routes.patch(`${RECORD}/shares/:share`, change, async (request) => {
    const context = inAskedLanguage(request, services.contextOf(request))
    const { params, body } = request
    const object = findObject(context, params.object)
    const at = { id: checkRecordId(params.id), share: checkRecordId(params.share) }
    return changeShare(context, object, { ...at, edit: body })
  })
  const end = say('End a share', { params: ShareParams })
  routes.delete(`${RECORD}/shares/:share`, end, async (request, reply) => {
    const context = services.contextOf(request)
    const { params } = request
    const object = findObject(context, params.object)
    const at = { id: checkRecordId(params.id), share: checkRecordId(params.share) }
    await endShare(context, object, at)
    return reply.code(204).send()
  })
}

function transferRoutes(app: FastifyInstance, services: Services): void {
  const routes = typedRoutes(app)
  const one = say('Make somebody else the owner', { params: RecordParams, body: TransferBody })
  routes.post(`${RECORD}/actions/transfer`, plain(one), async (request) => {
    const context = services.contextOf(request)
    const object = findObject(context, request.params.object)
    const id = checkRecordId(request.params.id)
    const asked = { ...request.body, owner: request.body.owner.toLowerCase() }
    try {
      return await transferRecord(context, {
        object,
        id,
        request: asked,
        ...expectedVersion(request),
      })
    } catch (error) {
      throw await withCurrentRecord(context, object, id, error)
    }
  })
  const many = say('Make somebody the owner of up to 2,000 records', {
    params: ObjectParams,
    body: MassTransferBody,
  })
  routes.post('/api/v1/records/:object/actions/transfer', plain(many), async (request) => {
    const context = services.contextOf(request)
    const object = findObject(context, request.params.object)
    const { ids, owner, keep_team: keepTeam = true } = request.body
    const outcomes = await transferRecords(context, object, { ids, owner, keepTeam })
    return { results: outcomes.map((outcome) => tellOutcome(outcome, localeOf(request))) }
  })
}

function accessRoutes(app: FastifyInstance, services: Services): void {
  const schema = say('Why somebody may, or may not', {
    params: RecordParams,
    querystring: AccessQuery,
  })
  typedRoutes(app).get(`${RECORD}/access`, schema, async (request) => {
    const context = inAskedLanguage(request, services.contextOf(request))
    const { user, right = 'read' } = request.query
    const object = findObject(context, request.params.object)
    const id = checkRecordId(request.params.id)
    return explainAccess(context, { object, id, right, user: user?.toLowerCase() })
  })
}
