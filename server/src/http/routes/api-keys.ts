import { nearest, parseMoment } from '@trellis/metamodel'
import type { FastifyInstance } from 'fastify'
import Type, { type Static } from 'typebox'

import type { Actor } from '../../access/actor.ts'
import type { Context } from '../../access/context.ts'
import { failure, type Failure, message, RequestError } from '../../errors.ts'
import { auditEntrance } from '../audit-entrance.ts'
import type { Identities } from '../authenticate.ts'
import type { Services } from '../services.ts'
import { IdParams, typedRoutes } from '../typed-routes.ts'
import { ApiKeysSchema, NewApiKeySchema } from '../wire-schemas.ts'

const ApiKeyBody = Type.Object(
  {
    label: Type.String({ minLength: 1, maxLength: 200, description: 'What the key is for' }),
    permission_set: Type.Optional(
      Type.Union([Type.String({ maxLength: 63 }), Type.Null()], {
        description: 'The key may do no more than this permission set allows',
      }),
    ),
    expires_at: Type.Optional(
      Type.Union([Type.String({ maxLength: 40 }), Type.Null()], {
        description: 'RFC 3339; without it the key does not expire',
      }),
    ),
  },
  { additionalProperties: false },
)

const CONFIG = { policy: 'signed_in', surface: 'api_keys' } as const

/** The keys by which programs act as their user. */
export function apiKeyRoutes(
  app: FastifyInstance,
  services: Services,
  { apiKeys }: Identities,
): void {
  createRoute(app, services, apiKeys)
  const list = {
    summary: 'The own API keys',
    tags: ['auth'],
    response: { 200: ApiKeysSchema },
  }
  app.get('/api/v1/api-keys', { config: CONFIG, schema: list }, async (request) => {
    const { tenant, userId } = services.contextOf(request).actor
    return { keys: await apiKeys.listOf(tenant, userId) }
  })
  const revoke = {
    summary: 'Revoke an API key',
    tags: ['auth'],
    params: IdParams,
    response: { 204: Type.Null({ description: 'Revoked' }) },
  }
  const options = { config: CONFIG, schema: revoke }
  typedRoutes(app).delete('/api/v1/api-keys/:id', options, async (request, reply) => {
    const { tenant, userId } = sessionActor(services.contextOf(request))
    const { id } = request.params
    if (!(await apiKeys.revoke(id, tenant, userId))) throw new RequestError('not_found')
    const entrance = { action: 'key_revoked', actor: userId, details: { key: id } } as const
    await auditEntrance(services, request, entrance)
    return reply.code(204).send()
  })
}

function createRoute(
  app: FastifyInstance,
  services: Services,
  apiKeys: Identities['apiKeys'],
): void {
  const schema = {
    summary: 'Make an API key',
    description: 'The key is shown only here; use it as "Authorization: Bearer <key>".',
    tags: ['auth'],
    body: ApiKeyBody,
    response: { 201: NewApiKeySchema },
  }
  typedRoutes(app).post('/api/v1/api-keys', { config: CONFIG, schema }, async (request, reply) => {
    const context = services.contextOf(request)
    const { tenant, userId, rights } = sessionActor(context)
    if (!rights.system.has('api')) throw needsPermission()
    const { label, permission_set: permissionSet = null } = request.body
    const failures = findFaults(request.body, context)
    if (failures.length > 0) throw new RequestError('validation_failed', { failures })
    const expiresAt = parseMoment(request.body.expires_at ?? '') ?? null
    const made = await apiKeys.create({ label, permissionSet, expiresAt, tenant, userId })
    await auditEntrance(services, request, {
      action: 'key_created',
      actor: userId,
      details: { key: made.id, permission_set: permissionSet, expires_at: expiresAt },
    })
    return reply.code(201).send(made)
  })
}

/** A key may not make or end keys: a narrow one would make itself a wide one. */
function sessionActor({ actor }: Context): Actor {
  if (actor.by === 'session') return actor
  const detail = message(
    'An API key cannot manage keys; sign in',
    'API 密钥不能管理密钥，请登录后操作',
  )
  throw new RequestError('forbidden', { detail })
}

function needsPermission(): RequestError {
  const detail = message('Needs the permission "api"', '需要权限“api”')
  return new RequestError('forbidden', { detail })
}

function findFaults(body: Static<typeof ApiKeyBody>, { release, now }: Context): Failure[] {
  const { permission_set: set, expires_at: expiry } = body
  const sets = release.model.permissionSets
  const failures = []
  if (typeof set === 'string' && !sets.has(set)) failures.push(unknownSet(set, sets.keys()))
  if (typeof expiry === 'string') failures.push(...expiryFaults(expiry, now))
  return failures
}

function unknownSet(name: string, known: Iterable<string>): Failure {
  const suggestion = nearest(name, known)
  const text = message(`There is no permission set "${name}"`, `不存在权限集“${name}”`)
  return failure(
    'permission_set',
    'unknown_value',
    text,
    suggestion === undefined ? {} : { suggestion },
  )
}

function expiryFaults(expiry: string, now: Date): Failure[] {
  const moment = parseMoment(expiry)
  if (moment === undefined) {
    const text = message(
      'Must be a time such as 2026-11-21T08:00:00Z',
      '应为时间，如 2026-11-21T08:00:00Z',
    )
    return [failure('expires_at', 'not_a_datetime', text)]
  }
  if (new Date(moment) > now) return []
  return [failure('expires_at', 'out_of_range', message('Must be in the future', '应晚于当前时间'))]
}
