import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import Type from 'typebox'

import { message, RequestError } from '../../errors.ts'
import {
  type DescribedAnswer,
  describedApps,
  describedObject,
  describedObjects,
} from '../describe-model.ts'
import { localeOf } from '../locale.ts'
import type { Services } from '../services.ts'
import { typedRoutes } from '../typed-routes.ts'

const CONFIG = { policy: 'signed_in', surface: 'meta' } as const
const ObjectParams = Type.Object({ object: Type.String() }, { additionalProperties: false })

/** What the caller may use: objects, menus and dashboards, described in their language. */
export function metaRoutes(app: FastifyInstance, services: Services): void {
  const routes = typedRoutes(app)
  const say = (summary: string) => ({ summary, tags: ['meta'] })

  routes.get(
    '/api/v1/meta/objects',
    { config: CONFIG, schema: say('What the caller may use') },
    async (request, reply) =>
      sendDescribed(
        request,
        reply,
        describedObjects(services.contextOf(request), localeOf(request)),
      ),
  )
  routes.get(
    '/api/v1/meta/objects/:object',
    {
      config: CONFIG,
      schema: { ...say('One object as the caller may use it'), params: ObjectParams },
    },
    async (request, reply) => {
      const context = services.contextOf(request)
      const { object } = request.params
      const described = describedObject(context, localeOf(request), object)
      if (described) return sendDescribed(request, reply, described)
      const isKnown = context.release.model.objects.has(object)
      throw isKnown
        ? new RequestError('forbidden')
        : new RequestError('not_found', {
            detail: message(`There is no object "${object}"`, `没有对象“${object}”`),
          })
    },
  )
  routes.get(
    '/api/v1/meta/apps',
    { config: CONFIG, schema: say('Menus and dashboards of the caller') },
    async (request, reply) =>
      sendDescribed(request, reply, describedApps(services.contextOf(request), localeOf(request))),
  )
}

function sendDescribed(
  request: FastifyRequest,
  reply: FastifyReply,
  { json, etag }: DescribedAnswer,
): FastifyReply {
  void reply
    .header('etag', etag)
    .header('cache-control', 'private, no-cache')
    .header('vary', 'Accept-Language, Cookie, Authorization')
  if (request.headers['if-none-match'] === etag) return reply.code(304).send()
  return reply.header('content-type', 'application/json; charset=utf-8').send(json)
}
