import { existsSync } from 'node:fs'
import { join } from 'node:path'

import staticFiles from '@fastify/static'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

/** A built front end and where it is shown. */
interface FrontEnd {
  readonly path: '/' | '/studio/'
  readonly folder: string
}

const ROUTE = {
  config: { policy: 'public', surface: 'front_end' },
  // What stands behind the question mark of a page is the page's own matter: its filter, its sort.
  schema: { hide: true, querystring: { type: 'object' } },
} as const

/**
 * Serves the runtime at `/` and the studio at `/studio/`. Paths without a file are places inside of
 * the front end: a browser that asks for a page there gets its index.
 */
export async function serveFrontEnds(app: FastifyInstance, rootDir: string): Promise<void> {
  const all: readonly FrontEnd[] = [
    { path: '/studio/', folder: join(rootDir, 'studio', 'dist') },
    { path: '/', folder: join(rootDir, 'runtime-ui', 'dist') },
  ]
  const built = all.filter(({ folder }) => existsSync(join(folder, 'index.html')))
  if (built.length === 0) return
  await app.register(staticFiles, { serve: false, dotfiles: 'ignore' })
  for (const frontEnd of built) {
    app.get(`${frontEnd.path}*`, ROUTE, (request, reply) => sendPart(frontEnd, request, reply))
  }
  app.get('/studio', ROUTE, (_request, reply) => reply.redirect('/studio/', 308))
}

function sendPart(
  { path, folder }: FrontEnd,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const file = pathOf(request).slice(path.length)
  const isFile = file.split('/').at(-1)?.includes('.') === true
  if (isFile) {
    // The name of a built asset holds the hash of its content; another content has another name.
    const isHashed = file.startsWith('assets/')
    return reply.sendFile(file, folder, { maxAge: isHashed ? '365d' : 0, immutable: isHashed })
  }
  const wantsPage = request.headers.accept?.includes('text/html') === true
  if (!wantsPage || request.url.startsWith('/api/')) {
    reply.callNotFound()
    return reply
  }
  return reply
    .header('cache-control', 'no-cache')
    .sendFile('index.html', folder, { cacheControl: false })
}

function pathOf({ url }: FastifyRequest): string {
  return url.split('?')[0] ?? ''
}
