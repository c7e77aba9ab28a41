import type { FastifyInstance } from 'fastify'
import Type from 'typebox'

import { loadActor } from '../../access/load-actor.ts'
import { RequestError } from '../../errors.ts'
import { findObject, loadUserAccess } from '../../query/index.ts'
import { localeOf } from '../locale.ts'
import type { Services } from '../services.ts'
import { typedRoutes } from '../typed-routes.ts'

const AccessParameters = Type.Object(
  { user: Type.String({ format: 'uuid' }), object: Type.String({ maxLength: 63 }) },
  { additionalProperties: false },
)

/** Whoever manages users may ask what one of them sees, and by what. */
export function accessRoutes(app: FastifyInstance, services: Services): void {
  const schema = {
    summary: 'What a user may do with an object, and which records they see',
    tags: ['meta'],
    querystring: AccessParameters,
  }
  const config = { policy: 'manage_users', surface: 'meta' } as const
  typedRoutes(app).get('/api/v1/meta/access', { config, schema }, async (request) => {
    const context = services.contextOf(request)
    const { db, release, actor } = context
    const object = findObject(context, request.query.object)
    const userId = request.query.user
    const user = await loadActor(db, release, { tenant: actor.tenant, userId, by: 'session' })
    if (user === undefined) throw new RequestError('not_found')
    return loadUserAccess(context, { object, user, locale: localeOf(request) })
  })
}
