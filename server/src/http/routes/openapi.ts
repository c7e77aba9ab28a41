import type { FastifyInstance } from 'fastify'
import Type from 'typebox'

import { documentFor } from '../openapi/caller-document.ts'
import { routesDocument } from '../openapi/describe-routes.ts'
import type { OpenApiDocument } from '../openapi/document.ts'
import type { Services } from '../services.ts'

/** The OpenAPI document of what the caller may call. */
export function openApiRoutes(app: FastifyInstance, services: Services): void {
  let base: OpenApiDocument | undefined
  const schema = {
    summary: 'This API as OpenAPI 3.1',
    description: 'Exactly what the caller may call, in the current release.',
    tags: ['documentation'],
    response: {
      200: Type.Object({}, { description: 'OpenAPI 3.1', additionalProperties: true }),
      304: Type.Null({ description: 'Unchanged' }),
    },
  }
  const config = { policy: 'signed_in', surface: 'openapi' } as const
  app.get('/api/v1/openapi.json', { config, schema }, async (request, reply) => {
    base ??= routesDocument(app)
    const { text, etag } = documentFor(base, services.contextOf(request))
    reply.header('etag', etag)
    if (request.headers['if-none-match'] === etag) return reply.code(304).send()
    return reply.type('application/json; charset=utf-8').send(text)
  })
}
