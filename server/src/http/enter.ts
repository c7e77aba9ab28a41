import { normalizeIP } from '@fastify/rate-limit'
import type { Me } from '@trellis/metamodel'
import type { FastifyReply, FastifyRequest } from 'fastify'

import type { Actor } from '../access/actor.ts'
import type { IdentityProvider } from '../access/identity-provider.ts'
import { issueToken } from '../access/one-time-tokens.ts'
import type { OpenedSession } from '../access/sessions.ts'
import type { SignInLimiter } from '../access/sign-in-limiter.ts'
import { message, RequestError } from '../errors.ts'
import { auditEntrance } from './audit-entrance.ts'
import type { Identities } from './authenticate.ts'
import { loadMe } from './load-me.ts'
import type { Services } from './services.ts'
import { clearToken, ENTRANCE_SECONDS, setToken, tokenOf } from './session-cookie.ts'

/** How often somebody may try what, by account and by network address. */
export interface EntranceLimiters {
  readonly passwords: SignInLimiter
  readonly codes: SignInLimiter
  /** Letters with a link to reset a password. */
  readonly letters: SignInLimiter
  /** Ways to the provider of sign-ins. */
  readonly journeys: SignInLimiter
}

/** What signing in needs besides the services. */
export interface SignInParts {
  readonly identities: Identities
  readonly limiters: EntranceLimiters
  readonly provider: IdentityProvider | undefined
}

/** A request and its answer, which takes cookies. */
export type Exchange = readonly [FastifyRequest, FastifyReply]

/** Who stands at the door, and what they have shown so far. */
export interface Arrival {
  readonly actor: Actor
  readonly hadSecondStep: boolean
  /** A provider of sign-ins vouched for them. */
  readonly beganElsewhere: boolean
}

/**
 * Begins the session of somebody who has shown who they are, or asks for the second step.
 *
 * @throws RequestError `second_step_required`; the way there is in a cookie.
 */
export async function enter(
  services: Services,
  { identities }: SignInParts,
  exchange: Exchange,
  { actor, hadSecondStep, beganElsewhere }: Arrival,
): Promise<Me> {
  const { tenant, userId } = actor
  if (!hadSecondStep && (await identities.secondFactors.stateOf(actor)) !== undefined) {
    const token = await issueToken(services.db, {
      purpose: 'second_step',
      user: { tenant, userId },
      content: { began: beganElsewhere ? 'elsewhere' : 'here' },
      seconds: ENTRANCE_SECONDS,
    })
    setToken(exchange, 'second_step', token)
    throw new RequestError('second_step_required')
  }
  const [request] = exchange
  const session = await startSession(identities, exchange, {
    actor,
    hadSecondStep,
    beganElsewhere,
  })
  await auditEntrance(services, request, {
    action: 'sign_in',
    actor: userId,
    details: { second_step: hadSecondStep, provider: beganElsewhere },
  })
  return loadMe(services, actor, session)
}

async function startSession(
  { sessions }: Identities,
  exchange: Exchange,
  { actor: { tenant, userId }, hadSecondStep, beganElsewhere }: Arrival,
): Promise<OpenedSession> {
  const [request] = exchange
  // Whoever signs in anew leaves the session that the browser had.
  const old = tokenOf(request, 'session')
  if (old !== undefined) await sessions.end(old)
  const session = await sessions.start({
    tenant,
    userId,
    userAgent: request.headers['user-agent'],
    ip: request.ip,
    hadSecondStep,
    beganElsewhere,
  })
  setToken(exchange, 'session', session.token)
  if (tokenOf(request, 'second_step') !== undefined) clearToken(exchange, 'second_step')
  return session
}

/**
 * The session of the request, for what a key may not do.
 *
 * @throws RequestError `forbidden` for the holder of a key.
 */
export function sessionOf({ session }: FastifyRequest): OpenedSession {
  if (session !== undefined) return session
  const detail = message('An API key cannot do this; sign in', 'API 密钥无法执行此操作，请登录')
  throw new RequestError('forbidden', { detail })
}

/** Gives the own session another token, after its owner has shown anew who they are. */
export async function renewSession(
  { sessions }: Identities,
  exchange: Exchange,
  { token }: OpenedSession,
): Promise<void> {
  const renewed = await sessions.renew(token)
  if (renewed !== undefined) setToken(exchange, 'session', renewed.token)
}

/** The network address by which attempts are counted: of IPv6 the network that one household has. */
export function addressOf({ ip }: FastifyRequest): string {
  return normalizeIP(ip, 64)
}
