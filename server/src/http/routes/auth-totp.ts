import type { TwoStepState } from '@trellis/metamodel'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { toString as drawCode } from 'qrcode'
import Type from 'typebox'

import { endSessions } from '../../access/sessions.ts'
import { message, RequestError } from '../../errors.ts'
import { auditEntrance } from '../audit-entrance.ts'
import { lacksSecondStep } from '../authenticate.ts'
import { addressOf, renewSession, sessionOf, type SignInParts } from '../enter.ts'
import type { Services } from '../services.ts'
import { typedRoutes } from '../typed-routes.ts'
import { NewFactorSchema, RecoveryCodesSchema, TwoStepSchema } from '../wire-schemas.ts'
import { requirePassword } from './auth-password.ts'
import { wrongCode } from './auth.ts'

const Code = Type.String({ minLength: 1, maxLength: 64 })
const Password = Type.Optional(
  Type.String({ maxLength: 1024, description: 'The own; whoever has none here leaves it out' }),
)
const PasswordBody = Type.Object({ password: Password }, { additionalProperties: false })
const CodeBody = Type.Object({ code: Code }, { additionalProperties: false })
const BothBody = Type.Object({ password: Password, code: Code }, { additionalProperties: false })

const CONFIG = { policy: 'at_the_door', surface: 'auth' } as const
const PATH = '/api/v1/auth/totp'

/** The own second step of signing in: an authenticator, and recovery codes for when it is lost. */
export function totpRoutes(app: FastifyInstance, services: Services, parts: SignInParts): void {
  stateRoute(app, services, parts)
  beginRoute(app, services, parts)
  confirmRoute(app, services, parts)
  renewRoute(app, services, parts)
  removeRoute(app, services, parts)
}

function stateRoute(app: FastifyInstance, services: Services, { identities }: SignInParts): void {
  const schema = {
    summary: 'Whether the own second step is set up',
    tags: ['auth'],
    response: { 200: TwoStepSchema },
  }
  app.get(PATH, { config: CONFIG, schema }, async (request): Promise<TwoStepState> => {
    const session = sessionOf(request)
    const state = await identities.secondFactors.stateOf(session)
    const { actor } = services.contextOf(request)
    const bare = { ...session, hasSecondStep: false }
    return {
      enabled: state !== undefined,
      enabled_at: state?.confirmedAt ?? null,
      recovery_codes_left: state?.recoveryCodesLeft ?? 0,
      required: lacksSecondStep(services, actor, bare),
    }
  })
}

function beginRoute(app: FastifyInstance, services: Services, parts: SignInParts): void {
  const schema = {
    summary: 'Begin to set up an authenticator',
    description: 'It is asked for once POST /auth/totp/confirm has been shown a code of it.',
    tags: ['auth'],
    body: PasswordBody,
    response: { 200: NewFactorSchema },
  }
  typedRoutes(app).post(PATH, { config: CONFIG, schema }, async (request) => {
    const session = sessionOf(request)
    await requirePassword(services, parts, request, request.body.password, 'password')
    const { email } = services.contextOf(request).actor
    const made = await parts.identities.secondFactors.begin(session, email)
    if (made === undefined) throw alreadySetUp()
    return { ...made, qr_svg: await drawCode(made.uri, { type: 'svg', margin: 1 }) }
  })
}

function alreadySetUp(): RequestError {
  const detail = message(
    'The second step is set up already; remove it first',
    '两步验证已启用，请先停用',
  )
  return new RequestError('conflict', { detail })
}

function confirmRoute(app: FastifyInstance, services: Services, parts: SignInParts): void {
  const schema = {
    summary: 'Put the authenticator to work',
    description: 'Ends every other session of the user. The recovery codes are shown only here.',
    tags: ['auth'],
    body: CodeBody,
    response: { 200: RecoveryCodesSchema },
  }
  typedRoutes(app).post(`${PATH}/confirm`, { config: CONFIG, schema }, async (request, reply) => {
    const session = sessionOf(request)
    const { sessions, secondFactors } = parts.identities
    const codes = await tryCode(parts, request, () =>
      services.db.inTransaction(async (tx) => {
        const made = await secondFactors.confirm(tx, session, request.body.code)
        if (made !== undefined) await endSessions(tx, { ...session, except: session.token })
        return made
      }),
    )
    sessions.forget()
    await auditEntrance(services, request, { action: 'totp_enabled', actor: session.userId })
    await renewSession(parts.identities, [request, reply], session)
    return { recovery_codes: codes }
  })
}

function renewRoute(app: FastifyInstance, services: Services, parts: SignInParts): void {
  const schema = {
    summary: 'Make new recovery codes',
    description: 'Those there were are good no longer.',
    tags: ['auth'],
    body: BothBody,
    response: { 200: RecoveryCodesSchema },
  }
  const path = `${PATH}/recovery-codes`
  typedRoutes(app).post(path, { config: CONFIG, schema }, async (request) => {
    const session = sessionOf(request)
    const { password, code } = request.body
    await requirePassword(services, parts, request, password, 'password')
    const { secondFactors } = parts.identities
    const codes = await tryCode(parts, request, () =>
      services.db.inTransaction(async (tx) =>
        (await secondFactors.take(tx, session, code)) === undefined
          ? undefined
          : secondFactors.renewRecoveryCodes(tx, session),
      ),
    )
    const details = { new_recovery_codes: codes.length }
    await auditEntrance(services, request, {
      action: 'totp_enabled',
      actor: session.userId,
      details,
    })
    return { recovery_codes: codes }
  })
}

function removeRoute(app: FastifyInstance, services: Services, parts: SignInParts): void {
  const schema = {
    summary: 'Sign in without a second step from now on',
    tags: ['auth'],
    body: BothBody,
    response: { 204: Type.Null({ description: 'Removed' }) },
  }
  typedRoutes(app).post(`${PATH}/remove`, { config: CONFIG, schema }, async (request, reply) => {
    const session = sessionOf(request)
    const { password, code } = request.body
    await requirePassword(services, parts, request, password, 'password')
    const { secondFactors } = parts.identities
    await tryCode(parts, request, () =>
      services.db.inTransaction(async (tx) => {
        if ((await secondFactors.take(tx, session, code)) === undefined) return undefined
        return secondFactors.remove(tx, session)
      }),
    )
    parts.identities.sessions.forget()
    await auditEntrance(services, request, { action: 'totp_disabled', actor: session.userId })
    await renewSession(parts.identities, [request, reply], session)
    return reply.code(204).send()
  })
}

/** @throws RequestError `validation_failed` when the code is not taken. */
async function tryCode<Result>(
  { limiters }: SignInParts,
  request: FastifyRequest,
  attempt: () => Promise<Result | undefined>,
): Promise<Result> {
  const place = { account: sessionOf(request).userId, address: addressOf(request) }
  const result = await limiters.codes.try(place, attempt)
  if (result === undefined) throw wrongCode()
  return result
}
