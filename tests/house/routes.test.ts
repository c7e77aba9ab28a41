import { createApp } from '@trellis/server'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { type Call, startTestServer, type TestServer } from '../support/index.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.stop())

/** The routes that answer to everyone; each new one is a decision to be made here. */
const OPEN_TO_EVERYONE = ['GET /healthz', 'GET /metrics', 'GET /readyz', 'POST /api/v1/auth/login']

describe('the routes of the API', () => {
  it('each name a policy, a surface and a schema', () => {
    const { routes } = server
    expect(routes.length).toBeGreaterThan(30)
    expect(routes.filter(({ policy, surface }) => !policy || !surface)).toEqual([])
  })

  it('are open to everyone only where that was decided', () => {
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

  it('keep the server from starting when they say nothing of themselves', async () => {
    const app = await createApp(server.foundation)
    app.get('/api/v1/undeclared', async () => 'x')
    app.get('/api/v1/half', { config: { policy: 'signed_in' }, schema: {} }, async () => 'x')
    const reason = await app.ready().then(
      () => '',
      (error: Error) => error.message,
    )
    expect(reason).toContain('GET /api/v1/undeclared: config.policy, config.surface, schema')
    expect(reason).toContain('GET /api/v1/half: config.surface')
    await app.close()
  })
})
