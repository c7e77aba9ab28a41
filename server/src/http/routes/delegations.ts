import type { FastifyInstance } from 'fastify'
import Type from 'typebox'

import {
  addDelegation,
  endDelegation,
  listDelegations,
} from '../../approvals/delegate-approvals.ts'
import { inAskedLanguage } from '../locale.ts'
import type { Services } from '../services.ts'
import { IdParams, typedRoutes } from '../typed-routes.ts'

const closed = { additionalProperties: false } as const
const CONFIG = { policy: 'signed_in', surface: 'approvals' } as const
const Id = Type.String({ format: 'uuid' })

const DelegationQuery = Type.Object(
  {
    user: Type.Optional(
      Type.String({
        format: 'uuid',
        description: 'The caller if left out; others only for those who manage users',
      }),
    ),
  },
  closed,
)
const DelegationBody = Type.Object(
  {
    user: Type.Optional(
      Type.String({
        format: 'uuid',
        description:
          'In whose name; the caller if left out, others only for those who manage users',
      }),
    ),
    delegate: Id,
    starts_at: Type.Optional(
      Type.String({ maxLength: 40, description: 'RFC 3339; at once if left out' }),
    ),
    ends_at: Type.String({
      maxLength: 40,
      description: 'RFC 3339; at most 366 days after the beginning',
    }),
    note: Type.Optional(Type.Union([Type.String({ maxLength: 500 }), Type.Null()])),
  },
  closed,
)

/** Who decides on approvals in whose place, and for how long. */
export function delegationRoutes(app: FastifyInstance, services: Services): void {
  const routes = typedRoutes(app)
  const list = {
    summary: 'Who decides in whose place, now or later',
    tags: ['approvals'],
    querystring: DelegationQuery,
  }
  routes.get('/api/v1/delegations', { config: CONFIG, schema: list }, async (request) => {
    const context = inAskedLanguage(request, services.contextOf(request))
    return listDelegations(context, request.query.user?.toLowerCase())
  })
  const add = {
    summary: 'Let somebody decide on approvals in the own place',
    tags: ['approvals'],
    body: DelegationBody,
  }
  routes.post('/api/v1/delegations', { config: CONFIG, schema: add }, async (request, reply) => {
    const context = inAskedLanguage(request, services.contextOf(request))
    const { user, delegate, ...period } = request.body
    const made = await addDelegation(context, {
      ...period,
      ...(user === undefined ? {} : { user: user.toLowerCase() }),
      delegate: delegate.toLowerCase(),
    })
    return reply.code(201).send(made)
  })
  const end = { summary: 'End a delegation at once', tags: ['approvals'], params: IdParams }
  const options = { config: CONFIG, schema: end }
  routes.delete('/api/v1/delegations/:id', options, async (request, reply) => {
    await endDelegation(services.contextOf(request), request.params.id.toLowerCase())
    return reply.code(204).send()
  })
}
