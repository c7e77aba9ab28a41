import type { AuditAction, SignInState } from '@trellis/metamodel'
import type { FastifyInstance } from 'fastify'
import Type from 'typebox'

import { checkPassword } from '../../access/check-password.ts'
import type { Context } from '../../access/context.ts'
import { endAccess } from '../../access/end-access.ts'
import { findManagedUser } from '../../access/find-managed-user.ts'
import { makeOneTimePassword } from '../../access/passwords.ts'
import { endSessions } from '../../access/sessions.ts'
import { createSignIn, findAccountKey, findSignInEmail } from '../../access/sign-in.ts'
import { type AuditEntry, callerOf, recordAudit } from '../../audit/index.ts'
import { message, refuse, RequestError } from '../../errors.ts'
import { findObject } from '../../query/index.ts'
import { isVisible } from '../../query/visible-record.ts'
import type { Identities } from '../authenticate.ts'
import type { EntranceLimiters, SignInParts } from '../enter.ts'
import type { Services } from '../services.ts'
import { IdParams, typedRoutes } from '../typed-routes.ts'
import { SignInSchema } from '../wire-schemas.ts'

const SignInBody = Type.Union([
  Type.Null(),
  Type.Object(
    { password: Type.Optional(Type.String({ minLength: 1, maxLength: 1024 })) },
    { additionalProperties: false },
  ),
])

const CONFIG = { policy: 'manage_users', surface: 'users' } as const

/** Letting users sign in, which a record of a user alone does not; and ending that they are in. */
export function signInRoutes(
  app: FastifyInstance,
  services: Services,
  { identities, limiters }: SignInParts,
): void {
  stateRoute(app, services, identities)
  letInRoute(app, services, identities)
  endRoute(app, services, identities)
  resetFactorRoute(app, services, identities)
  unlockRoute(app, services, limiters)
}

function stateRoute(app: FastifyInstance, services: Services, identities: Identities): void {
  const schema = { summary: 'How a user gets in', tags: ['auth'], params: IdParams }
  const options = { config: CONFIG, schema }
  typedRoutes(app).get('/api/v1/users/:id/sign-in', options, async (request) => {
    const context = services.contextOf(request)
    const { db, actor } = context
    const user = { tenant: actor.tenant, userId: request.params.id.toLowerCase() }
    if (!(await isVisible(context, findObject(context, 'user'), user.userId))) {
      throw new RequestError('not_found')
    }
    const email = await findSignInEmail(db, user)
    const [open, keys, factor] = await Promise.all([
      identities.sessions.listOf(user),
      identities.apiKeys.listOf(user.tenant, user.userId),
      identities.secondFactors.stateOf(user),
    ])
    return {
      email: email ?? null,
      last_seen_at: open[0]?.lastSeenAt ?? null,
      sessions: open.length,
      api_keys: keys.length,
      second_step: factor !== undefined,
    } satisfies SignInState
  })
}

function letInRoute(app: FastifyInstance, services: Services, identities: Identities): void {
  const schema = {
    summary: 'Let a user sign in, or reset their password',
    description:
      'Without a password, answers with a one-time password. Ends the sessions and API keys of the user.',
    tags: ['auth'],
    params: IdParams,
    body: SignInBody,
    response: { 200: SignInSchema },
  }
  const options = { config: CONFIG, schema }
  typedRoutes(app).post('/api/v1/users/:id/sign-in', options, async (request) => {
    const context = services.contextOf(request)
    const { tenant, userId, email, name } = await findManagedUser(context, request.params.id)
    if (email === '') throw withoutAddress()
    const chosen = request.body?.password
    const place = { path: 'password', email, name }
    const failures = chosen === undefined ? [] : checkPassword(chosen, place)
    if (failures.length > 0) throw new RequestError('validation_failed', { failures })
    const password = chosen ?? makeOneTimePassword()
    await context.db.inTransaction(async (tx) => {
      await createSignIn(tx, { tenant, userId, email, password, mustChange: true })
      await endAccess(tx, { tenant, userId })
      recordAudit(tx, entryOf(context, 'password_changed', userId))
    })
    forget(identities)
    return { email, ...(chosen === undefined ? { one_time_password: password } : {}) }
  })
}

function endRoute(app: FastifyInstance, services: Services, identities: Identities): void {
  const schema = {
    summary: 'End all sessions and API keys of a user',
    tags: ['auth'],
    params: IdParams,
    response: { 204: Type.Null({ description: 'Ended' }) },
  }
  const options = { config: CONFIG, schema }
  typedRoutes(app).delete('/api/v1/users/:id/sessions', options, async (request, reply) => {
    const context = services.contextOf(request)
    const { tenant, userId } = await findManagedUser(context, request.params.id)
    await context.db.inTransaction(async (tx) => {
      await endAccess(tx, { tenant, userId })
      recordAudit(tx, entryOf(context, 'session_ended', userId))
    })
    forget(identities)
    return reply.code(204).send()
  })
}

function resetFactorRoute(app: FastifyInstance, services: Services, identities: Identities): void {
  const schema = {
    summary: 'Take the second step from a user who has lost their authenticator',
    description: 'Ends their sessions: whoever signs in next needs their password.',
    tags: ['auth'],
    params: IdParams,
    response: { 204: Type.Null({ description: 'Taken away' }) },
  }
  const options = { config: CONFIG, schema }
  typedRoutes(app).delete('/api/v1/users/:id/totp', options, async (request, reply) => {
    const context = services.contextOf(request)
    const { tenant, userId } = await findManagedUser(context, request.params.id)
    await context.db.inTransaction(async (tx) => {
      const had = await identities.secondFactors.remove(tx, { tenant, userId })
      if (!had) throw new RequestError('not_found')
      await endSessions(tx, { tenant, userId })
      recordAudit(tx, entryOf(context, 'totp_reset', userId))
    })
    forget(identities)
    return reply.code(204).send()
  })
}

function unlockRoute(app: FastifyInstance, services: Services, limiters: EntranceLimiters): void {
  const schema = {
    summary: 'Let a user try again at once after too many wrong passwords or codes',
    tags: ['auth'],
    params: IdParams,
    response: { 204: Type.Null({ description: 'Forgotten' }) },
  }
  const options = { config: CONFIG, schema }
  typedRoutes(app).delete('/api/v1/users/:id/attempts', options, async (request, reply) => {
    const context = services.contextOf(request)
    const { userId, email } = await findManagedUser(context, request.params.id)
    const { tenant } = context.actor
    await limiters.passwords.forget(await findAccountKey(context.db, { tenant, email }))
    await limiters.codes.forget(userId)
    await context.db.inTransaction(async (tx) => {
      recordAudit(tx, entryOf(context, 'unlocked', userId))
    })
    return reply.code(204).send()
  })
}

function entryOf(context: Context, action: AuditAction, userId: string): AuditEntry {
  return { ...callerOf(context), action, object: 'user', record: userId }
}

function forget({ sessions, apiKeys }: Identities): void {
  sessions.forget()
  apiKeys.forget()
}

function withoutAddress(): RequestError {
  return refuse('validation_failed', 'email', message('The user has no e-mail', '该用户没有邮箱'))
}
