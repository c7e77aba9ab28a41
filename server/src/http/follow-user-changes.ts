import { isRecordId } from '@trellis/metamodel'
import type { FastifyInstance, FastifyRequest } from 'fastify'

import type { Context } from '../access/context.ts'
import { endAccess } from '../access/end-access.ts'
import { loadActor } from '../access/load-actor.ts'
import { ORGANIZATION_SOURCES } from '../access/load-organization.ts'
import { changeSignInEmail } from '../access/sign-in.ts'
import type { Identities } from './authenticate.ts'

/**
 * Lets a change of who belongs where take effect with the next request: rights are read anew, a
 * user made inactive or deleted loses all sessions and keys, and a new address is the one to sign in with.
 */
export function followUserChanges(app: FastifyInstance, identities: Identities): void {
  app.addHook('onSend', async (request, reply) => {
    const { callContext, method } = request
    if (callContext === undefined || method === 'GET' || reply.statusCode >= 400) return
    const { object, id } = paramsOf(request)
    if (typeof object !== 'string' || !ORGANIZATION_SOURCES.has(object)) return
    identities.actors.forget()
    if (object !== 'user' || !isRecordId(id)) return
    await settleUser(callContext, id, identities).catch((error: unknown) => {
      // The record is saved; what was not done here is done when the user is next seen.
      request.log.error({ err: error }, 'The change of a user could not be followed')
    })
  })
}

function paramsOf({ params }: FastifyRequest): Readonly<Record<string, unknown>> {
  return typeof params === 'object' && params !== null ? { ...params } : {}
}

async function settleUser(
  { db, release, actor: { tenant } }: Context,
  userId: string,
  { sessions, apiKeys }: Identities,
): Promise<void> {
  const user = await loadActor(db, release, { tenant, userId, by: 'system' })
  if (user === undefined) {
    await endAccess(db, { tenant, userId })
    sessions.forget()
    apiKeys.forget()
  } else if (user.email !== '') {
    await changeSignInEmail(db, { tenant, userId, email: user.email })
  }
}
