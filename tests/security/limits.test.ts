import { connect } from 'node:net'

import { createApp } from '@trellis/server'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { startTestServer, type TestServer } from '../support/index.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ accountFactor: 0.1 })
})
afterAll(() => server.stop())

describe('what a request may cost', () => {
  it('is bounded for each account, with a time to wait', async () => {
    const statuses: number[] = []
    for (let at = 0; at < 5; at += 1) {
      const answer = await server.admin.get('/api/v1/meta/package')
      statuses.push(answer.status)
      if (answer.status === 429) {
        expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
        expect(answer.body.code).toBe('too_many_requests')
      }
    }
    expect(statuses).toEqual([200, 200, 200, 429, 429])
    // Another address, another session, an API key: the same account.
    const { key } = (await server.admin.post('/api/v1/api-keys', { label: 'again' })).body
    const byKey = server.stranger.with({ authorization: `Bearer ${key}` })
    expect((await byKey.get('/api/v1/meta/package')).status).toBe(429)
    const other = await server.signIn(await server.createUser({ sets: ['admin'] }))
    expect((await other.get('/api/v1/meta/package')).status).toBe(200)
  })

  it('does not grow by other words for the same account (Strapi CVE-2025-64526)', async () => {
    const user = await server.createUser({ sets: [] })
    const statuses: number[] = []
    const words = [
      user.email,
      user.email.toUpperCase(),
      user.email.replace('user', 'User'),
      user.email,
      user.email,
      user.email,
      user.email.toUpperCase(),
    ]
    for (const email of words) {
      const answer = await server.stranger.post('/api/v1/auth/login', { email, password: 'wrong' })
      statuses.push(answer.status)
    }
    expect(statuses.slice(-2)).toEqual([429, 429])
  })

  it('is bounded in one question: conditions, names, depth and page', async () => {
    const list = '/api/v1/records/account/query'
    const many = Array.from({ length: 5000 }, () => ({ '==': [{ var: 'name' }, 'x'] }))
    const nested = (depth: number): unknown =>
      depth === 0 ? { '==': [{ var: 'name' }, 'x'] } : { and: [nested(depth - 1)] }
    const started = performance.now()
    for (const body of [
      { where: { or: many } },
      { where: nested(40) },
      { limit: 1001 },
      { limit: -1 },
      { select: Array.from({ length: 5000 }, () => 'name') },
      { sort: Array.from({ length: 500 }, () => 'name') },
      { select: [`owner${'.owner'.repeat(50)}`] },
    ]) {
      const answer = await server.admin.post(list, body)
      expect(answer.status, JSON.stringify(body).slice(0, 80)).toBe(400)
    }
    expect(performance.now() - started).toBeLessThan(3000)
  })

  it('is bounded for aliases (Directus CVE-2026-35441)', async () => {
    const measures = Array.from({ length: 2000 }, (_, at) => ({ fn: 'count', as: `n${at}` }))
    const answer = await server.admin.post('/api/v1/records/account/aggregate', { measures })
    expect(answer.status).toBe(400)
  })

  it('is bounded for the operator’s own questions (Directus GHSA-6q22-g298-grjh)', async () => {
    const started = performance.now()
    await Promise.all(Array.from({ length: 200 }, () => server.stranger.get('/healthz')))
    expect(performance.now() - started).toBeLessThan(2000)
  })
})

describe('time', () => {
  it('ends in the database for statements, locks and idle transactions', async () => {
    const [row] = await server.test.database.query<Record<string, string>>(
      `select current_setting('statement_timeout') as statement, current_setting('lock_timeout') as lock,
         current_setting('idle_in_transaction_session_timeout') as idle`,
    )
    expect(row).toEqual({ statement: '15s', lock: '3s', idle: '30s' })
  })

  it('ends for whoever sends a body byte by byte', async () => {
    const app = await createApp(server.foundation, { requestMs: 300 })
    await app.listen({ host: '127.0.0.1', port: 0 })
    const { port } = app.server.address() as { port: number }
    const started = performance.now()
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => undefined)
    socket.write(
      'POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{',
    )
    const drip = setInterval(() => socket.write(' '), 50)
    await new Promise((resolve) => socket.once('close', resolve))
    clearInterval(drip)
    expect(performance.now() - started).toBeLessThan(3000)
    await app.close()
  })
})

describe('the headers', () => {
  it('of every answer hold browsers to the rules', async () => {
    for (const url of ['/api/v1/me', '/healthz', '/nowhere', '/api/docs/']) {
      const { headers } = await server.stranger.get(url)
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'same-origin',
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
        'strict-transport-security': 'max-age=31536000; includeSubDomains',
      })
      const policy = String(headers['content-security-policy'])
      expect(policy).toMatch(/script-src [^;]*'self'/)
      expect(/script-src [^;]*unsafe/.test(policy)).toBe(false)
      expect(policy).toContain("base-uri 'none'")
      expect(policy).toContain("form-action 'self'")
    }
  })

  it('name neither the server nor its version (Directus GHSA-rmjh-cf9q-pv7q)', async () => {
    const { headers } = await server.stranger.get('/api/v1/me')
    expect(headers['server']).toBeUndefined()
    expect(headers['x-powered-by']).toBeUndefined()
    expect((await server.stranger.get('/api/v1/openapi.json')).status).toBe(401)
  })
})
