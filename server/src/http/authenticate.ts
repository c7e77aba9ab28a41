import { timingSafeEqual } from 'node:crypto'

import type { FastifyInstance, FastifyRequest } from 'fastify'

import type { Actor } from '../access/actor.ts'
import type { ApiKeys } from '../access/api-keys.ts'
import type { Context } from '../access/context.ts'
import type { Actors } from '../access/load-actor.ts'
import type { SecondFactors } from '../access/second-factors.ts'
import type { OpenedSession, Session, Sessions } from '../access/sessions.ts'
import { message, RequestError } from '../errors.ts'
import type { Release } from '../schema/release.ts'
import { needsNoPermission, type Policy } from './route-policy.ts'
import type { Foundation } from './services.ts'
import { tokenOf } from './session-cookie.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks and under which release; undefined on routes that are open to everyone. */
    callContext: Context | undefined
    /** The session behind the cookie; undefined for keys and on routes that are open to everyone. */
    session: OpenedSession | undefined
  }
}

/** What tells who somebody is. */
export interface Identities {
  readonly sessions: Sessions
  readonly apiKeys: ApiKeys
  readonly actors: Actors
  readonly secondFactors: SecondFactors
}

/**
 * Finds out who asks before anything of the request is read, and holds each route to its policy: 401
 * without a session or key, 403 without the permission, 403 for a write that another site sent, and 403
 * for everything but the door itself while the session has a password that was made for its user, or lacks the second
 * step that is asked of them.
 */
export function authenticate(
  app: FastifyInstance,
  foundation: Foundation,
  identities: Identities,
): void {
  app.decorateRequest('callContext', undefined)
  app.decorateRequest('session', undefined)
  app.addHook('onRequest', async (request) => {
    const policy = request.routeOptions.config?.policy
    if (policy === undefined) return
    const key = bearerOf(request)
    if (key === undefined && isWrite(request)) checkOrigin(request)
    if (policy === 'public') return
    const release = releaseOf(foundation)
    const ground = { release, isNow: policy === 'at_the_door' }
    const actor = await (key === undefined
      ? findBySession(request, ground, identities)
      : findByKey(key, ground, identities))
    if (actor === undefined) throw new RequestError('not_signed_in')
    if (request.session !== undefined && isWrite(request)) checkCsrf(request, request.session)
    if (policy !== 'at_the_door') {
      checkOwnPassword(request.session)
      checkSecondStep(foundation, actor, request.session)
    }
    // Before the last question, so that the audit log can tell who was refused.
    request.callContext = contextFor(request, { db: foundation.db, release, actor })
    checkPolicy(policy, actor)
  })
}

function contextFor(
  request: FastifyRequest,
  { db, release, actor }: Pick<Context, 'db' | 'release' | 'actor'>,
): Context {
  const cause = actor.by === 'api_key' ? 'api_key' : 'user'
  return { db, release, actor, now: new Date(), requestId: request.id, address: request.ip, cause }
}

function releaseOf({ currentModel }: Foundation): Release {
  if (!currentModel.ready) throw new RequestError('unavailable')
  return currentModel.release
}

/** The API key that a request carries. */
export function bearerOf({ headers }: Pick<FastifyRequest, 'headers'>): string | undefined {
  return /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1]
}

/** Under which release, and whether nothing that another process has just done about a user may be missed. */
interface Ground {
  readonly release: Release
  readonly isNow: boolean
}

async function findBySession(
  request: FastifyRequest,
  { release, isNow }: Ground,
  { sessions, actors }: Identities,
): Promise<Actor | undefined> {
  const token = tokenOf(request, 'session')
  if (token === undefined) return undefined
  const session = await sessions.find(token, isNow)
  if (session === undefined) return undefined
  const { tenant, userId } = session
  const actor = await actors.load(release, { tenant, userId, by: 'session', isNow })
  // Made active again, they sign in anew.
  if (actor === undefined) await sessions.endAllOf(tenant, userId)
  else request.session = { ...session, token }
  return actor
}

async function findByKey(
  key: string,
  { release, isNow }: Ground,
  { apiKeys, actors }: Identities,
): Promise<Actor | undefined> {
  const holder = await apiKeys.find(key, isNow)
  if (holder === undefined) return undefined
  const { tenant, userId, permissionSet } = holder
  const user = await actors.load(release, { tenant, userId, by: 'api_key', isNow })
  // Made active again, they make new ones.
  if (user === undefined) await apiKeys.revokeAllOf({ tenant, userId })
  if (user === undefined) return undefined
  if (!user.rights.system.has('api')) {
    throw new RequestError('forbidden', {
      detail: message(
        'The user of this key may not use API keys any more (permission "api")',
        '该密钥的用户已无权使用 API 密钥（权限“api”）',
      ),
    })
  }
  return actors.load(release, { tenant, userId, by: 'api_key', within: permissionSet })
}

function checkOwnPassword(session: Session | undefined): void {
  if (session?.mustChangePassword !== true) return
  throw new RequestError('password_change_required', {
    detail: message(
      'The password was made for you; choose your own with POST /api/v1/auth/password',
      '当前密码由他人设置，请先通过 POST /api/v1/auth/password 设置自己的密码',
    ),
  })
}

/** Whether somebody must have a second step to sign in, and this session began without one. */
export function lacksSecondStep(
  { config: { requireTotp } }: Pick<Foundation, 'config'>,
  { rights }: Pick<Actor, 'rights'>,
  session: Session | undefined,
): boolean {
  if (session === undefined || session.hasSecondStep || requireTotp === 'none') return false
  return requireTotp === 'all' || POWERS.some((power) => rights.system.has(power))
}

const POWERS = ['manage_users', 'customize', 'view_all_data', 'modify_all_data'] as const

function checkSecondStep(foundation: Foundation, actor: Actor, session: Session | undefined): void {
  if (!lacksSecondStep(foundation, actor, session)) return
  throw new RequestError('second_step_setup_required', {
    detail: message(
      'Your permissions need a second step to sign in; set it up with POST /api/v1/auth/totp',
      '您的权限要求两步验证，请先通过 POST /api/v1/auth/totp 设置',
    ),
  })
}

function checkPolicy(policy: Policy, actor: Actor): void {
  if (needsNoPermission(policy) || actor.rights.system.has(policy)) return
  throw new RequestError('forbidden', {
    detail: message(`Needs the permission "${policy}"`, `需要权限“${policy}”`),
  })
}

function isWrite({ method }: FastifyRequest): boolean {
  return method !== 'GET' && method !== 'HEAD' && method !== 'OPTIONS'
}

/** Refuses what a page of another site makes a browser send. */
function checkOrigin({ headers, host, protocol }: FastifyRequest): void {
  const site = headers['sec-fetch-site']
  const isForeignSite = site === 'cross-site' || site === 'same-site'
  const { origin } = headers
  const isForeignOrigin = origin !== undefined && hostOf(origin) !== hostOf(`${protocol}://${host}`)
  if (!isForeignSite && !isForeignOrigin) return
  throw new RequestError('csrf', {
    detail: message(
      'Requests from pages of another origin are refused',
      '拒绝来自其他来源页面的请求',
    ),
  })
}

/** Host and port, the port only where it is not the usual one. */
function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined
}

function checkCsrf({ headers }: FastifyRequest, { csrfToken }: Session): void {
  const given = headers['x-csrf-token']
  if (typeof given === 'string' && isSameText(given, csrfToken)) return
  throw new RequestError('csrf', {
    detail: message(
      'Send the csrf_token of sign-in or GET /api/v1/me in the header X-CSRF-Token',
      '请在请求头 X-CSRF-Token 中发送登录或 GET /api/v1/me 返回的 csrf_token',
    ),
  })
}

function isSameText(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)]
  return a.length === b.length && timingSafeEqual(a, b)
}
