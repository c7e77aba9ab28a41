import type { FastifyInstance, FastifyRequest } from 'fastify'
import Type from 'typebox'

import type { Actor } from '../../access/actor.ts'
import { checkPassword } from '../../access/check-password.ts'
import { endAccess } from '../../access/end-access.ts'
import { loadActor } from '../../access/load-actor.ts'
import { readToken, takeToken } from '../../access/one-time-tokens.ts'
import { askForReset } from '../../access/password-reset.ts'
import {
  createSignIn,
  findAccountKey,
  findSignInEmail,
  setPassword,
  type UserOf,
  verifySignIn,
} from '../../access/sign-in.ts'
import { type Failure, failure, message, refuse, RequestError } from '../../errors.ts'
import { auditEntrance } from '../audit-entrance.ts'
import { addressOf, renewSession, sessionOf, type SignInParts } from '../enter.ts'
import type { Services } from '../services.ts'
import { typedRoutes } from '../typed-routes.ts'

const Password = Type.String({ minLength: 1, maxLength: 1024 })
const NOTHING = Type.Null({ description: 'Done' })

const PasswordBody = Type.Object(
  { current: Password, new: Password },
  { additionalProperties: false },
)

const ForgotBody = Type.Object(
  { email: Type.String({ minLength: 1, maxLength: 254 }) },
  { additionalProperties: false },
)

const ResetBody = Type.Object(
  { token: Type.String({ minLength: 1, maxLength: 100 }), password: Password },
  { additionalProperties: false },
)

/** Changing the own password, and choosing another one when it is forgotten. */
export function passwordRoutes(app: FastifyInstance, services: Services, parts: SignInParts): void {
  changeRoute(app, services, parts)
  forgotRoute(app, services, parts)
  resetRoute(app, services, parts)
}

function changeRoute(app: FastifyInstance, services: Services, parts: SignInParts): void {
  const schema = {
    summary: 'Change the own password',
    description:
      'Ends every other session and every API key of the user, and gives this session another cookie and csrf_token.',
    tags: ['auth'],
    body: PasswordBody,
    response: { 204: NOTHING },
  }
  const config = { policy: 'at_the_door', surface: 'auth' } as const
  typedRoutes(app).post('/api/v1/auth/password', { config, schema }, async (request, reply) => {
    const session = sessionOf(request)
    const { current, new: password } = request.body
    const { actor } = services.contextOf(request)
    const email = await findSignInEmail(services.db, session)
    if (email === undefined) throw new RequestError('conflict')
    await requirePassword(services, parts, request, current, 'current')
    const place = { path: 'new', email, name: actor.name }
    refuseFailures([
      ...checkPassword(password, place),
      ...(password === current ? [samePassword()] : []),
    ])
    await services.db.inTransaction(async (tx) => {
      await setPassword(tx, { tenant: session.tenant, userId: session.userId, password })
      await endAccess(tx, { ...session, except: session.token })
    })
    forget(parts)
    await auditEntrance(services, request, { action: 'password_changed', actor: session.userId })
    await renewSession(parts.identities, [request, reply], session)
    return reply.code(204).send()
  })
}

/**
 * Asks the one who is signed in for their password, unless they have none here.
 *
 * @throws RequestError `validation_failed` when it is wrong, `too_many_requests` after too many wrong ones.
 */
export async function requirePassword(
  services: Services,
  { limiters }: SignInParts,
  request: FastifyRequest,
  password: string | undefined,
  path: string,
): Promise<void> {
  const email = await findSignInEmail(services.db, sessionOf(request))
  if (email === undefined) return
  const place = {
    account: await findAccountKey(services.db, { tenant: services.config.tenant, email }),
    address: addressOf(request),
  }
  const user = await limiters.passwords.try(place, () =>
    verifySignIn(services.db, { tenant: services.config.tenant, email }, password ?? ''),
  )
  if (user !== undefined) return
  throw refuse('validation_failed', path, message('The password is wrong', '密码不正确'))
}

function forgotRoute(app: FastifyInstance, services: Services, { limiters }: SignInParts): void {
  const schema = {
    summary: 'Ask for a letter with a link to choose another password',
    description: 'Answers the same whether there is an account with the address or not.',
    tags: ['auth'],
    body: ForgotBody,
    response: { 204: NOTHING },
  }
  const config = { policy: 'public', surface: 'auth' } as const
  const path = '/api/v1/auth/forgot-password'
  typedRoutes(app).post(path, { config, schema }, async (request, reply) => {
    const { email } = request.body
    if (!services.currentModel.ready) throw new RequestError('unavailable')
    const account = await findAccountKey(services.db, { tenant: services.config.tenant, email })
    await limiters.letters.count({ account, address: addressOf(request) })
    await askForReset(services.db, services.currentModel.release, email)
    return reply.code(204).send()
  })
}

function resetRoute(app: FastifyInstance, services: Services, parts: SignInParts): void {
  const schema = {
    summary: 'Choose another password with the token of the letter',
    description: 'The token is good for 30 minutes, and once. Ends all sessions and API keys.',
    tags: ['auth'],
    body: ResetBody,
    response: { 204: NOTHING },
  }
  const config = { policy: 'public', surface: 'auth' } as const
  const path = '/api/v1/auth/reset-password'
  typedRoutes(app).post(path, { config, schema }, async (request, reply) => {
    const { token, password } = request.body
    const user = await findResetUser(services, token)
    refuseFailures(
      checkPassword(password, { path: 'password', email: user.email, name: user.name }),
    )
    await replacePassword(services, { token, user, password })
    forget(parts)
    await auditEntrance(services, request, {
      action: 'password_changed',
      actor: user.userId,
      details: { by_letter: true },
    })
    return reply.code(204).send()
  })
}

async function findResetUser(
  { db, currentModel, config }: Services,
  token: string,
): Promise<Actor> {
  if (!currentModel.ready) throw new RequestError('unavailable')
  const open = await readToken(db, 'password_reset', { tenant: config.tenant, token })
  const { user } = open ?? {}
  const actor = user && (await loadActor(db, currentModel.release, { ...user, by: 'system' }))
  if (actor === undefined) throw uselessToken()
  return actor
}

function replacePassword(
  { db }: Services,
  { token, user, password }: { token: string; user: Actor; password: string },
): Promise<void> {
  const { tenant, userId, email } = user
  return db.inTransaction(async (tx) => {
    const taken = await takeToken(tx, 'password_reset', { tenant, token })
    if (taken === undefined) throw uselessToken()
    const asked: UserOf & { password: string } = { tenant, userId, password }
    if (!(await setPassword(tx, asked))) await createSignIn(tx, { ...asked, email })
    await endAccess(tx, { tenant, userId })
  })
}

function uselessToken(): RequestError {
  const text = message(
    'The link is too old or was used already; ask for another one',
    '链接已过期或已使用，请重新申请',
  )
  return refuse('validation_failed', 'token', text)
}

function samePassword(): Failure {
  const text = message('Choose another password than the one you have', '新密码不能与当前密码相同')
  return failure('new', 'unchanged', text)
}

function refuseFailures(failures: readonly Failure[]): void {
  if (failures.length > 0) throw new RequestError('validation_failed', { failures })
}

function forget({ identities: { sessions, apiKeys } }: SignInParts): void {
  sessions.forget()
  apiKeys.forget()
}
