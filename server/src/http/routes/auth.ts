import { normalizeIP } from '@fastify/rate-limit'
import type { Me } from '@trellis/metamodel'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import Type from 'typebox'

import type { Actor } from '../../access/actor.ts'
import type { Context } from '../../access/context.ts'
import { loadDepartmentName } from '../../access/load-actor.ts'
import { checkPassword } from '../../access/passwords.ts'
import { findSignInEmail, setPassword, type UserOf, verifySignIn } from '../../access/sign-in.ts'
import { message, refuse, RequestError } from '../../errors.ts'
import { type Identities, SESSION_COOKIE } from '../authenticate.ts'
import type { Services } from '../services.ts'
import { clearSessionCookie, setSessionCookie } from '../session-cookie.ts'
import type { SignInLimiter } from '../sign-in-limiter.ts'
import { typedRoutes } from '../typed-routes.ts'
import { MeSchema } from '../wire-schemas.ts'

/** What signing in needs besides the services. */
export interface SignInParts {
  readonly identities: Identities
  readonly limiter: SignInLimiter
}

const Password = Type.String({ minLength: 1, maxLength: 1024 })

const LoginBody = Type.Object(
  { email: Type.String({ minLength: 1, maxLength: 254 }), password: Password },
  { additionalProperties: false },
)

const PasswordBody = Type.Object(
  { current: Password, new: Password },
  { additionalProperties: false },
)

// The currency that amounts are in; one for all tenants as long as no object has a currency field.
const CURRENCY = 'CNY'

/** Signing in and out, and who one is. */
export function authRoutes(app: FastifyInstance, services: Services, parts: SignInParts): void {
  loginRoute(app, services, parts)
  logoutRoute(app, parts)
  passwordRoute(app, services, parts)
  meRoute(app, services)
}

function loginRoute(
  app: FastifyInstance,
  services: Services,
  { identities, limiter }: SignInParts,
): void {
  const schema = {
    summary: 'Sign in',
    description: 'Sets the session cookie. Writes then need the csrf_token in X-CSRF-Token.',
    tags: ['auth'],
    body: LoginBody,
    response: { 200: MeSchema },
  }
  const config = { policy: 'public', surface: 'auth' } as const
  typedRoutes(app).post('/api/v1/auth/login', { config, schema }, async (request, reply) => {
    const { email, password } = request.body
    const place = { account: email, address: normalizeIP(request.ip, 64) }
    const actor = await limiter.try(place, () =>
      findUser(services, identities, { email, password }),
    )
    if (actor === undefined) throw new RequestError('wrong_credentials')
    return startSession(services, identities, { actor, request, reply })
  })
}

/** The active user whose address and password these are. */
async function findUser(
  { db, currentModel }: Services,
  { actors }: Identities,
  { email, password }: { email: string; password: string },
): Promise<Actor | undefined> {
  if (!currentModel.ready) throw new RequestError('unavailable')
  const user = await verifySignIn(db, email, password)
  if (user === undefined) return undefined
  actors.forget()
  return actors.load(currentModel.release, { ...user, by: 'session' })
}

async function startSession(
  { db, currentModel }: Services,
  { sessions }: Identities,
  { actor, request, reply }: { actor: Actor; request: FastifyRequest; reply: FastifyReply },
): Promise<Me> {
  // Whoever signs in anew leaves the session that the browser had.
  const old = request.cookies[SESSION_COOKIE]
  if (old !== undefined) await sessions.end(old)
  const { token, csrfToken } = await sessions.start({
    tenant: actor.tenant,
    userId: actor.userId,
    userAgent: request.headers['user-agent'],
    ip: request.ip,
  })
  setSessionCookie(request, reply, token)
  return loadMe({ db, release: currentModel.release, actor }, csrfToken)
}

function logoutRoute(app: FastifyInstance, { identities }: SignInParts): void {
  const schema = {
    summary: 'Sign out',
    tags: ['auth'],
    response: { 204: Type.Null({ description: 'Signed out' }) },
  }
  const config = { policy: 'signed_in', surface: 'auth' } as const
  app.post('/api/v1/auth/logout', { config, schema }, async (request, reply) => {
    if (request.session !== undefined) await identities.sessions.end(request.session.token)
    clearSessionCookie(request, reply)
    return reply.code(204).send()
  })
}

function passwordRoute(
  app: FastifyInstance,
  services: Services,
  { identities, limiter }: SignInParts,
): void {
  const schema = {
    summary: 'Change the own password',
    description: 'Ends every other session of the user.',
    tags: ['auth'],
    body: PasswordBody,
    response: { 204: Type.Null({ description: 'Changed' }) },
  }
  const config = { policy: 'signed_in', surface: 'auth' } as const
  typedRoutes(app).post('/api/v1/auth/password', { config, schema }, async (request, reply) => {
    const { session, body, ip } = request
    if (session === undefined) throw needsSession()
    const email = await findSignInEmail(services.db, session)
    if (email === undefined) throw new RequestError('conflict')
    const place = { account: email, address: normalizeIP(ip, 64) }
    const user = await limiter.try(place, () => verifySignIn(services.db, email, body.current))
    if (user === undefined) throw wrongPassword()
    await changePassword(services, user, { password: body.new, email })
    await identities.sessions.endAllOf(user.tenant, user.userId, session.token)
    return reply.code(204).send()
  })
}

async function changePassword(
  { db }: Services,
  user: UserOf,
  { password, email }: { password: string; email: string },
): Promise<void> {
  const failures = checkPassword(password, { path: 'new', email })
  if (failures.length > 0) throw new RequestError('validation_failed', { failures })
  await setPassword(db, { ...user, password })
}

function needsSession(): RequestError {
  const detail = message('An API key cannot do this; sign in', 'API 密钥无法执行此操作，请登录')
  return new RequestError('forbidden', { detail })
}

function wrongPassword(): RequestError {
  return refuse('validation_failed', 'current', message('The password is wrong', '密码不正确'))
}

function meRoute(app: FastifyInstance, services: Services): void {
  const schema = {
    summary: 'Who is signed in',
    tags: ['auth'],
    response: { 200: MeSchema },
  }
  const config = { policy: 'signed_in', surface: 'auth' } as const
  app.get('/api/v1/me', { config, schema }, async (request) =>
    loadMe(services.contextOf(request), request.session?.csrfToken ?? null),
  )
}

async function loadMe(
  { db, release, actor }: Pick<Context, 'db' | 'release' | 'actor'>,
  csrfToken: string | null,
): Promise<Me> {
  const { userId: id, name, email, role, departmentId, rights } = actor
  const department =
    departmentId === null
      ? null
      : { id: departmentId, name: await loadDepartmentName(db, release, departmentId) }
  return {
    user: { id, name, email, role, department },
    tenant: actor.tenant,
    locale: actor.locale,
    time_zone: actor.timeZone,
    currency: CURRENCY,
    permissions: {
      sets: [...actor.permissionSets],
      system: [...rights.system],
      custom: [...rights.custom],
    },
    csrf_token: csrfToken,
    release: release.number,
  }
}
