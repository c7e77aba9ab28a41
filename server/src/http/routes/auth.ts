import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import Type from 'typebox'

import type { Actor } from '../../access/actor.ts'
import { readToken, takeToken } from '../../access/one-time-tokens.ts'
import type { ShownFactor } from '../../access/second-factors.ts'
import { findAccountKey, type UserOf, verifySignIn } from '../../access/sign-in.ts'
import { message, refuse, RequestError } from '../../errors.ts'
import { auditEntrance, noteFailedEntrance } from '../audit-entrance.ts'
import { addressOf, enter, type SignInParts } from '../enter.ts'
import type { Services } from '../services.ts'
import { clearToken, tokenOf } from '../session-cookie.ts'
import { typedRoutes } from '../typed-routes.ts'
import { MeSchema } from '../wire-schemas.ts'

const LoginBody = Type.Object(
  {
    email: Type.String({ minLength: 1, maxLength: 254 }),
    password: Type.String({ minLength: 1, maxLength: 1024 }),
  },
  { additionalProperties: false },
)

const CodeBody = Type.Object(
  {
    code: Type.String({
      minLength: 1,
      maxLength: 64,
      description: 'Six digits of the authenticator, or a recovery code',
    }),
  },
  { additionalProperties: false },
)

const PUBLIC = { policy: 'public', surface: 'auth' } as const

/** Signing in and out. */
export function authRoutes(app: FastifyInstance, services: Services, parts: SignInParts): void {
  loginRoute(app, services, parts)
  secondStepRoute(app, services, parts)
  logoutRoute(app, services, parts)
}

function loginRoute(app: FastifyInstance, services: Services, parts: SignInParts): void {
  const schema = {
    summary: 'Sign in',
    description:
      'Sets the session cookie; writes then need the csrf_token in X-CSRF-Token. 401 second_step_required where a code of an authenticator is asked for: POST /auth/second-step.',
    tags: ['auth'],
    body: LoginBody,
    response: { 200: MeSchema },
  }
  typedRoutes(app).post(
    '/api/v1/auth/login',
    { config: PUBLIC, schema },
    async (request, reply) => {
      const { email, password } = request.body
      const account = await findAccountKey(services.db, { tenant: services.config.tenant, email })
      const actor = await parts.limiters.passwords.try(
        { account, address: addressOf(request) },
        () => findUser(services, parts, { email, password }),
      )
      if (actor === undefined) {
        noteFailedEntrance(services, request, { reason: 'wrong_credentials', email })
        throw new RequestError('wrong_credentials')
      }
      const arrival = { actor, hadSecondStep: false, beganElsewhere: false }
      return enter(services, parts, [request, reply], arrival)
    },
  )
}

/** The active user whose address and password these are. */
async function findUser(
  services: Services,
  parts: SignInParts,
  { email, password }: { email: string; password: string },
): Promise<Actor | undefined> {
  if (!services.currentModel.ready) throw new RequestError('unavailable')
  const user = await verifySignIn(services.db, { tenant: services.config.tenant, email }, password)
  return user && loadUser(services, parts, user)
}

function loadUser(
  { currentModel }: Services,
  { identities: { actors } }: SignInParts,
  user: UserOf,
): Promise<Actor | undefined> {
  actors.forget()
  return actors.load(currentModel.release, { ...user, by: 'session' })
}

function secondStepRoute(app: FastifyInstance, services: Services, parts: SignInParts): void {
  const schema = {
    summary: 'Sign in: the second step',
    description: 'After 401 second_step_required; a code is taken once.',
    tags: ['auth'],
    body: CodeBody,
    response: { 200: MeSchema },
  }
  const path = '/api/v1/auth/second-step'
  typedRoutes(app).post(path, { config: PUBLIC, schema }, async (request, reply) => {
    const token = tokenOf(request, 'second_step') ?? ''
    const open = await readToken(services.db, 'second_step', {
      tenant: services.config.tenant,
      token,
    })
    if (open?.user === undefined) throw new RequestError('not_signed_in')
    const { user, content } = open
    const place = { account: user.userId, address: addressOf(request) }
    const shown = await parts.limiters.codes.try(place, () =>
      takeSecondStep(services, parts, { token, user, code: request.body.code }),
    )
    if (shown === undefined) {
      noteFailedEntrance(services, request, { reason: 'wrong_code' })
      throw wrongCode()
    }
    const actor = await loadUser(services, parts, user)
    if (actor === undefined) throw new RequestError('not_signed_in')
    if (shown === 'recovery_code') {
      const entrance = { action: 'recovery_code_used', actor: user.userId } as const
      await auditEntrance(services, request, entrance)
    }
    const beganElsewhere = content['began'] === 'elsewhere'
    return enter(services, parts, [request, reply], { actor, hadSecondStep: true, beganElsewhere })
  })
}

/** Takes the code and, with it, the way that led here: both are good for once. */
function takeSecondStep(
  { db }: Services,
  { identities }: SignInParts,
  { token, user, code }: { token: string; user: UserOf; code: string },
): Promise<ShownFactor | undefined> {
  return db.inTransaction(async (tx) => {
    const shown = await identities.secondFactors.take(tx, user, code)
    if (shown === undefined) return undefined
    const taken = await takeToken(tx, 'second_step', { tenant: user.tenant, token })
    if (taken === undefined) throw new RequestError('not_signed_in')
    return shown
  })
}

/** A code that is not right, was used before, or is too old. */
export function wrongCode(): RequestError {
  const text = message(
    'The code is wrong, too old, or was used before',
    '验证码不正确、已过期或已使用过',
  )
  return refuse('validation_failed', 'code', text)
}

function logoutRoute(app: FastifyInstance, services: Services, { identities }: SignInParts): void {
  const schema = {
    summary: 'Sign out',
    tags: ['auth'],
    response: { 204: Type.Null({ description: 'Signed out' }) },
  }
  const options = { config: { policy: 'at_the_door', surface: 'auth' }, schema } as const
  app.post('/api/v1/auth/logout', options, async (request: FastifyRequest, reply: FastifyReply) => {
    const { session } = request
    if (session !== undefined) {
      await identities.sessions.end(session.token)
      await auditEntrance(services, request, { action: 'sign_out', actor: session.userId })
    }
    clearToken([request, reply], 'session')
    return reply.code(204).send()
  })
}
