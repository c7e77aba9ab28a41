import { createApp } from '@trellis/server'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import type { KnownRoute } from '../../server/src/http/route-policy.ts'
import { type Call, startTestServer, type TestServer } from '../support/index.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.stop())

/** The routes that answer to everyone; each new one is a decision to be made here. */
const OPEN_TO_EVERYONE = [
  'GET /api/v1/auth/oidc/callback',
  'GET /api/v1/auth/oidc/start',
  'GET /api/v1/auth/options',
  'GET /healthz',
  'GET /metrics',
  'GET /readyz',
  'POST /api/v1/auth/forgot-password',
  'POST /api/v1/auth/login',
  'POST /api/v1/auth/reset-password',
  'POST /api/v1/auth/second-step',
]

describe('the routes of the API', () => {
  it('each name a policy, a surface and a schema (Strapi CVE-2023-36472, Budibase CVE-2026-48151, Frappe CVE-2026-44208)', () => {
    const { routes } = server
    expect(routes.length).toBeGreaterThan(30)
    expect(routes.filter(({ policy, surface }) => !policy || !surface)).toEqual([])
  })

  it('are open to everyone only where that was decided (SuiteCRM CVE-2024-36412)', () => {
    const open = server.routes
      .filter(({ policy, surface, method }) => {
        return policy === 'public' && method !== 'HEAD' && !['docs', 'front_end'].includes(surface)
      })
      .map(({ method, path }) => `${method} ${path}`)
    expect(open.toSorted()).toEqual(OPEN_TO_EVERYONE)
  })

  it('each refuse a stranger, unless they are open to everyone', async () => {
    const closed = server.routes.filter(({ policy }) => policy !== 'public')
    const statuses = new Map<string, number>()
    for (const { method, path } of closed) {
      const url = path.replaceAll(/:\w+/g, 'x')
      const answer = await server.stranger.send({ method: method as Call['method'] & string, url })
      statuses.set(`${method} ${path}`, answer.status)
    }
    expect([...statuses].filter(([, status]) => status !== 401)).toEqual([])
  })

  it('each refuse an unknown query parameter by name', async () => {
    const reading = server.routes.filter(({ policy, method }) => {
      return policy !== 'public' && method === 'GET'
    })
    const statuses = new Map<string, number>()
    for (const { path } of reading) {
      const url = `${path.replaceAll(/:\w+/g, 'x')}?no_such_parameter=1`
      statuses.set(path, (await server.admin.send({ method: 'GET', url })).status)
    }
    expect([...statuses].filter(([, status]) => status !== 400 && status !== 404)).toEqual([])
  })

  it('each say what they answer', async () => {
    const { paths } = (await server.admin.get('/api/v1/openapi.json')).body as {
      paths: Record<string, Record<string, { responses: Record<string, { content?: object }> }>>
    }
    const isTold = ({ surface, method, path }: KnownRoute): boolean =>
      // A value behind a mask is asked for by those who see a mask; no field of accounts is marked as personal.
      !['docs', 'front_end'].includes(surface) &&
      method !== 'HEAD' &&
      !/\/(reveal|erase-personal-data)$/.test(path)
    const silent = server.routes.filter(isTold).filter(({ method, path }) => {
      const shown = path
        .replace('/records/:object', '/records/account')
        .replace(':relationship', 'contacts')
        .replaceAll(/:(\w+)/g, '{$1}')
      const good = Object.entries(paths[shown]?.[method.toLowerCase()]?.responses ?? {})
      return !good.some(([status, { content }]) => content || /^(204|3..)$/.test(status))
    })
    expect(silent.map(({ method, path }) => `${method} ${path}`)).toEqual([])
  })

  it('keep the server from starting when they say nothing of themselves', async () => {
    const app = await createApp(server.foundation)
    app.get('/api/v1/undeclared', async () => 'x')
    app.get('/api/v1/half', { config: { policy: 'signed_in' }, schema: {} }, async () => 'x')
    app.get(
      '/api/v1/open/:id',
      { config: { policy: 'signed_in', surface: 'x' }, schema: {} },
      async () => 'x',
    )
    const reason = await app.ready().then(
      () => '',
      (error: Error) => error.message,
    )
    expect(reason).toContain('GET /api/v1/undeclared: config.policy, config.surface, schema')
    expect(reason).toContain('GET /api/v1/half: config.surface')
    expect(reason).toContain('GET /api/v1/open/:id: schema.params')
    await app.close()
  })
})
