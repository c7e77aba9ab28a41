import type { FastifyInstance } from 'fastify'

import { RequestError } from '../errors.ts'
import type { KnownRoute } from './route-policy.ts'

/** Answers 404 where nothing is, and 405 with `Allow` where something answers to another method. */
export function refuseUnknownRoutes(app: FastifyInstance): void {
  app.setNotFoundHandler((request) => {
    const path = request.url.split('?')[0] ?? ''
    const allowed = methodsAt(app.routes(), path).filter((method) => method !== request.method)
    if (allowed.length === 0) throw new RequestError('not_found')
    throw new RequestError('method_not_allowed', { headers: { allow: allowed.join(', ') } })
  })
}

function methodsAt(routes: readonly KnownRoute[], path: string): string[] {
  const here = routes.filter((route) => !route.path.endsWith('*') && patternOf(route).test(path))
  return [...new Set(here.map(({ method }) => method))]
}

function patternOf({ path }: KnownRoute): RegExp {
  const parts = path.split('/').map((part) => {
    return part.startsWith(':') ? '[^/]+' : part.replaceAll(/[$()*+.?[\\\]^{|}]/g, '\\$&')
  })
  return new RegExp(`^${parts.join('/')}$`)
}
