import type { WireSession } from '@trellis/metamodel'
import type { FastifyInstance } from 'fastify'
import Type from 'typebox'

import { describeDevice } from '../../access/describe-device.ts'
import { RequestError } from '../../errors.ts'
import { auditEntrance } from '../audit-entrance.ts'
import { sessionOf, type SignInParts } from '../enter.ts'
import type { Services } from '../services.ts'
import { IdParams, typedRoutes } from '../typed-routes.ts'
import { SessionsSchema } from '../wire-schemas.ts'

const CONFIG = { policy: 'signed_in', surface: 'auth' } as const
const NOTHING = { 204: Type.Null({ description: 'Ended' }) }

/** The devices on which one is signed in. */
export function deviceRoutes(
  app: FastifyInstance,
  services: Services,
  { identities: { sessions } }: SignInParts,
): void {
  const list = {
    summary: 'The own sessions, one for each device',
    tags: ['auth'],
    response: { 200: SessionsSchema },
  }
  app.get('/api/v1/auth/sessions', { config: CONFIG, schema: list }, async (request) => {
    const own = sessionOf(request)
    const open = await sessions.listOf(own)
    return {
      sessions: open.map(
        ({ handle, createdAt, lastSeenAt, expiresAt, userAgent, address }): WireSession => ({
          id: handle,
          created_at: createdAt,
          last_seen_at: lastSeenAt,
          expires_at: expiresAt,
          device: describeDevice(userAgent),
          address,
          current: handle === own.handle,
        }),
      ),
    }
  })

  const endOne = {
    summary: 'End one of the own sessions',
    tags: ['auth'],
    params: IdParams,
    response: NOTHING,
  }
  const one = { config: CONFIG, schema: endOne }
  typedRoutes(app).delete('/api/v1/auth/sessions/:id', one, async (request, reply) => {
    const own = sessionOf(request)
    if (!(await sessions.endOne(own, request.params.id))) throw new RequestError('not_found')
    await auditEntrance(services, request, { action: 'session_ended', actor: own.userId })
    return reply.code(204).send()
  })

  const endOthers = {
    summary: 'End all of the own sessions but this one',
    tags: ['auth'],
    response: NOTHING,
  }
  const others = { config: CONFIG, schema: endOthers }
  app.delete('/api/v1/auth/sessions', others, async (request, reply) => {
    const own = sessionOf(request)
    await sessions.endAllOf(own.tenant, own.userId, own.token)
    const details = { all_others: true }
    await auditEntrance(services, request, { action: 'session_ended', actor: own.userId, details })
    return reply.code(204).send()
  })
}
