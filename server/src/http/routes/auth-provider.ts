import type { SignInOptions } from '@trellis/metamodel'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import Type from 'typebox'

import type { Journey, ProvenIdentity } from '../../access/identity-provider.ts'
import { linkIdentity } from '../../access/link-identity.ts'
import { issueToken, takeToken } from '../../access/one-time-tokens.ts'
import { RequestError } from '../../errors.ts'
import { noteFailedEntrance } from '../audit-entrance.ts'
import { addressOf, enter, type SignInParts } from '../enter.ts'
import type { Services } from '../services.ts'
import { clearToken, ENTRANCE_SECONDS, setToken, tokenOf } from '../session-cookie.ts'
import { typedRoutes } from '../typed-routes.ts'
import { SignInOptionsSchema } from '../wire-schemas.ts'

const CONFIG = { policy: 'public', surface: 'auth' } as const
const MOVED = { 302: Type.Null({ description: 'On to where it says' }) }

const StartQuery = Type.Object(
  { next: Type.Optional(Type.String({ maxLength: 2000, description: 'A path of this site' })) },
  { additionalProperties: false },
)

/** Signing in by the provider that the environment names (OpenID Connect). */
export function providerRoutes(app: FastifyInstance, services: Services, parts: SignInParts): void {
  const { config } = services
  const options = {
    summary: 'How one may sign in',
    tags: ['auth'],
    response: { 200: SignInOptionsSchema },
  }
  app.get('/api/v1/auth/options', { config: CONFIG, schema: options }, async () => {
    const provider = config.identityProvider
    const answer: SignInOptions = {
      provider: provider === undefined ? null : { label: provider.label },
      password_reset: config.smtpUrl !== undefined,
    }
    return answer
  })
  startRoute(app, services, parts)
  callbackRoute(app, services, parts)
}

function startRoute(app: FastifyInstance, { db, config }: Services, parts: SignInParts): void {
  const { provider, limiters } = parts
  const schema = {
    summary: 'On to the provider of sign-ins',
    tags: ['auth'],
    querystring: StartQuery,
    response: MOVED,
  }
  const path = '/api/v1/auth/oidc/start'
  typedRoutes(app).get(path, { config: CONFIG, schema }, async (request, reply) => {
    if (provider === undefined) throw new RequestError('not_found')
    const address = addressOf(request)
    await limiters.journeys.count({ account: address, address })
    const next = pathWithin(request.query.next)
    const departure = await provider.depart().catch((error: unknown) => {
      request.log.error({ err: error }, 'The provider of sign-ins cannot be reached')
    })
    if (!departure) return reply.redirect(doorWith('provider', next))
    const { url, journey } = departure
    const content = { ...journey, next }
    const seconds = ENTRANCE_SECONDS
    const { tenant } = config
    const token = await issueToken(db, { purpose: 'sign_in_elsewhere', tenant, content, seconds })
    // The way back is open to the browser alone that went there.
    setToken([request, reply], 'journey', token)
    return reply.redirect(url.href)
  })
}

const TEXT = { type: 'string' }

function callbackRoute(app: FastifyInstance, services: Services, parts: SignInParts): void {
  const schema = {
    summary: 'Back from the provider of sign-ins',
    tags: ['auth'],
    // What the provider sends along is its own matter; the library reads it.
    querystring: {
      type: 'object',
      properties: { code: TEXT, state: TEXT, error: TEXT },
      additionalProperties: true,
    },
    response: MOVED,
  }
  const path = '/api/v1/auth/oidc/callback'
  app.get(path, { config: CONFIG, schema }, async (request, reply) => {
    const back = await comeBack(services, parts, request)
    clearToken([request, reply], 'journey')
    if (typeof back === 'string') {
      noteFailedEntrance(services, request, { reason: back })
      return reply.redirect(doorWith(back, '/'))
    }
    return letIn(services, parts, [request, reply], back)
  })
}

interface Return {
  readonly identity: ProvenIdentity
  readonly next: string
}

async function comeBack(
  { db, config }: Services,
  { provider }: SignInParts,
  request: FastifyRequest,
): Promise<Return | 'provider'> {
  const token = tokenOf(request, 'journey') ?? ''
  const taken = await takeToken(db, 'sign_in_elsewhere', { tenant: config.tenant, token })
  if (provider === undefined || taken === undefined) return 'provider'
  const { state = '', nonce = '', verifier = '', next = '/' } = taken.content
  const journey: Journey = { state, nonce, verifier }
  try {
    const query = request.url.slice(request.url.indexOf('?') + 1)
    return { identity: await provider.arrive(query, journey), next }
  } catch (error) {
    // The message alone: what came along may hold tokens.
    const reason = error instanceof Error ? error.message : String(error)
    request.log.warn({ reason }, 'A sign-in by the provider was refused')
    return 'provider'
  }
}

async function letIn(
  services: Services,
  parts: SignInParts,
  [request, reply]: readonly [FastifyRequest, FastifyReply],
  { identity, next }: Return,
): Promise<FastifyReply> {
  const { db, currentModel, config } = services
  const actor = await linkIdentity(db, currentModel.release, { ...identity, tenant: config.tenant })
  if (actor === undefined) {
    noteFailedEntrance(services, request, { reason: 'unknown_user' })
    return reply.redirect(doorWith('unknown_user', next))
  }
  const { hadSecondStep } = identity
  try {
    const arrival = { actor, hadSecondStep, beganElsewhere: true }
    await enter(services, parts, [request, reply], arrival)
  } catch (error) {
    const isHalfWay = error instanceof RequestError && error.code === 'second_step_required'
    if (!isHalfWay) throw error
    return reply.redirect(doorWith('second_step', next))
  }
  return reply.redirect(next)
}

function doorWith(word: 'provider' | 'unknown_user' | 'second_step', next: string): string {
  const query = new URLSearchParams({ [word === 'second_step' ? 'step' : 'problem']: word })
  if (next !== '/') query.set('next', next)
  return `/login?${query}`
}

/** A path of this site, whatever was asked for. */
function pathWithin(next: string | undefined): string {
  const site = 'http://site.invalid'
  if (next === undefined || !next.startsWith('/') || !URL.canParse(next, site)) return '/'
  const { origin, pathname, search } = new URL(next, site)
  return origin === site && !pathname.startsWith('//') ? `${pathname}${search}` : '/'
}
