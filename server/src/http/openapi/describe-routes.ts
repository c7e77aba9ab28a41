import swagger from '@fastify/swagger'
import type { FastifyInstance, FastifySchema } from 'fastify'

import { isOpenApiDocument, type OpenApiDocument } from './document.ts'

const DESCRIPTION = `REST API of this Trellis installation, as its current release defines it.
A parameter, key or field either applies or is refused by name; nothing is ignored.`

/** Collects what the routes say about themselves; to be called before any of them is made. */
export async function describeRoutes(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Trellis', version: 'v1', description: DESCRIPTION },
      servers: [{ url: '/' }],
      components: {
        securitySchemes: {
          session: { type: 'apiKey', in: 'cookie', name: 'trellis_session' },
          csrf: { type: 'apiKey', in: 'header', name: 'X-CSRF-Token' },
          apiKey: { type: 'http', scheme: 'bearer' },
        },
      },
      security: [{ session: [] }, { apiKey: [] }],
    },
    convertConstToEnum: false,
    transform: ({ schema, url, route }) => {
      const { body, ...rest } = schema
      const policy = { 'x-policy': route.config?.policy }
      return { url, schema: { ...rest, ...(isNoBody(body) ? {} : { body }), ...policy } }
    },
  })
}

/** What the routes of an app say about themselves; the app must be ready. */
export function routesDocument(app: FastifyInstance): OpenApiDocument {
  const document: unknown = app.swagger()
  if (!isOpenApiDocument(document)) throw new Error('The routes gave no OpenAPI 3.1 document')
  return document
}

function isNoBody(body: FastifySchema['body']): boolean {
  return typeof body === 'object' && body !== null && 'type' in body && body.type === 'null'
}
