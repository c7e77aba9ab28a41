import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'

import { RequestError } from '../../errors.ts'

const CONFIG = { policy: 'public', surface: 'docs' } as const

/**
 * Shows the API at `/api/docs`. The page is open, what it shows is not: the document comes from
 * `/api/v1/openapi.json` and holds what the signed-in reader may call.
 */
export async function docsRoutes(app: FastifyInstance): Promise<void> {
  await app.register(async (docs) => {
    docs.addHook('onRoute', (route) => {
      route.config = { ...route.config, ...CONFIG }
    })
    docs.addHook('onRequest', async (request, reply) => {
      const path = request.url.split('?')[0] ?? ''
      if (path.endsWith('/json')) return reply.redirect('/api/v1/openapi.json', 302)
      if (path.endsWith('/yaml')) throw new RequestError('not_found')
      return undefined
    })
    // The page of the library writes style sheets and markup of its own into itself; where scripts come from stays as
    // strict as everywhere.
    docs.addHook('onSend', async (_request, reply, payload) => {
      const policy = String(reply.getHeader('content-security-policy') ?? '')
      reply.header(
        'content-security-policy',
        policy
          .replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")
          .replace(/;(require-trusted-types-for|trusted-types)[^;]*/g, ''),
      )
      return payload
    })
    await docs.register(swaggerUi, {
      routePrefix: '/api/docs',
      theme: { title: 'Trellis API' },
      uiConfig: { tryItOutEnabled: true, persistAuthorization: false, requestInterceptor },
    })
  })
}

interface DocsRequest {
  readonly method?: string
  readonly headers?: Record<string, string>
}

// Runs in the browser, as text: it stands alone, and sends what writes under a cookie need.
async function requestInterceptor(request: DocsRequest): Promise<DocsRequest> {
  const { method = 'GET', headers = {} } = request
  if (method === 'GET' || headers['Authorization'] !== undefined) return request
  const answer = await fetch('/api/v1/me')
  const me = (await answer.json()) as { csrf_token?: string | null }
  return { ...request, headers: { ...headers, 'X-CSRF-Token': me.csrf_token ?? '' } }
}
