import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { type Call, startTestServer, type TestServer } from '../support/index.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.stop())

type Method = NonNullable<Call['method']>

/** Routes that are not open to everyone, as addresses. */
function closedRoutes(): { method: Method; path: string }[] {
  return server.routes
    .filter(({ policy }) => policy !== 'public')
    .map(({ method, path }) => ({
      method: method as Method,
      path: path.replaceAll(/:\w+/g, '0190a000-0000-7000-8000-000000000000'),
    }))
}

describe('an entrance that is open to everyone', () => {
  it('opens no other when its path is appended (Budibase CVE-2026-31816)', async () => {
    const open = server.routes
      .filter(({ policy, surface }) => policy === 'public' && surface !== 'front_end')
      .map(({ path }) => path.replaceAll(/[:*]\w*/g, 'x'))
    const leaks: string[] = []
    for (const { method, path } of closedRoutes()) {
      const suffixes = new Set(
        open.flatMap((one) => [`?${one}`, `?x=${one}`, `/..${one}`, `;${one}`]),
      )
      for (const suffix of suffixes) {
        const { status } = await server.stranger.send({ method, url: `${path}${suffix}` })
        const isClosed = [400, 401, 404, 405].includes(status)
        if (!isClosed) leaks.push(`${method} ${path}${suffix}: ${status}`)
      }
    }
    expect(leaks).toEqual([])
  })

  it.each(['//', '/./', '/%2e/', '/%2F', '/api/v1/auth/..%2f'])(
    'is not reached by another spelling that others would understand: %s (@fastify/static CVE-2026-6414)',
    async (spelling) => {
      for (const { method, path } of closedRoutes().slice(0, 40)) {
        const url = `${spelling}${path.slice(1)}`
        const { status } = await server.stranger.send({ method, url })
        expect([400, 401, 404, 405], `${method} ${url}`).toContain(status)
      }
    },
  )

  it.each([
    { 'x-original-url': '/healthz' },
    { 'x-rewrite-url': '/healthz' },
    { 'x-http-method-override': 'GET' },
    { 'x-forwarded-for': '127.0.0.1', 'x-real-ip': '127.0.0.1' },
    { 'x-forwarded-host': 'localhost', forwarded: 'for=127.0.0.1' },
    { authorization: 'Bearer null' },
    { authorization: 'Bearer undefined' },
    { authorization: 'Basic YWRtaW46YWRtaW4=' },
    { cookie: 'trellis_session=undefined; __Host-trellis_session=null' },
  ])('is not opened by a header: %o (Budibase CVE-2026-48151)', async (headers) => {
    for (const { method, path } of closedRoutes()) {
      const { status } = await server.stranger.with(headers).send({ method, url: path })
      expect([400, 401], `${method} ${path}`).toContain(status)
    }
  })
})

describe('a secret', () => {
  it('is not taken from the address (keys in the URL)', async () => {
    const made = await server.admin.post('/api/v1/api-keys', { label: 'for the address' })
    const { key } = made.body
    for (const name of ['api_key', 'key', 'access_token', 'token', 'authorization']) {
      const { status } = await server.stranger.get(`/api/v1/me?${name}=${key}`)
      expect(status).toBe(401)
    }
  })

  it.each([
    'eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9.',
    'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZG1pbiJ9.c2ln',
    '.',
    'trl_' + 'A'.repeat(43),
    "trl_' or 1=1 --",
  ])('that nobody gave opens nothing: %s (Strapi CVE-2023-22893)', async (token) => {
    const { status } = await server.stranger
      .with({ authorization: `Bearer ${token}` })
      .get('/api/v1/me')
    expect(status).toBe(401)
  })
})

describe('a content type', () => {
  it.each([
    'application/json\t;',
    ' application/json ',
    'application/json;a',
    'APPLICATION/JSON',
    'application/x-www-form-urlencoded',
    'text/plain',
    'application/json, text/plain',
    'application/vnd.api+json',
  ])('%j lets no body past its schema (Fastify CVE-2025-32442, CVE-2026-25223)', async (type) => {
    const answer = await server.admin.send({
      method: 'POST',
      url: '/api/v1/api-keys',
      payload: JSON.stringify({ label: 'x', is_admin: true }),
      headers: { 'content-type': type },
    })
    expect([400, 415]).toContain(answer.status)
  })

  it('of a form sends nothing from another site (CSRF)', async () => {
    const { cookie = '' } = server.admin.headers
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data']) {
      const answer = await server.stranger.send({
        method: 'POST',
        url: '/api/v1/records/account',
        payload: '{"name":"x"}',
        headers: { cookie, 'content-type': type, origin: 'https://evil.example' },
      })
      expect(answer.status).toBe(403)
      expect(answer.body.code).toBe('csrf')
    }
  })
})

describe('a secret of the installation', () => {
  it('that is short or missing keeps the server from starting (NocoBase CVE-2025-13877)', async () => {
    const { createApp } = await import('@trellis/server')
    const secrets = { ...server.foundation.secrets, cursorKey: Buffer.from('secret') }
    await expect(createApp({ ...server.foundation, secrets })).rejects.toThrow('32 bytes')
  })
})
