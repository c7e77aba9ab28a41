import { createApp } from '@trellis/server'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { Caller, cookieOf, startTestServer, type TestServer } from '../support/index.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ signInLimits: { perAccount: 5, perAddress: 10_000 } })
})
afterAll(() => server.stop())

const SESSIONS = '/api/v1/auth/sessions'
const ME = '/api/v1/me'
const CHROME =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36'
const PHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1'

async function signInWith(
  user: { email: string; password: string },
  userAgent: string,
): Promise<Caller> {
  const answer = await server.stranger
    .with({ 'user-agent': userAgent })
    .post('/api/v1/auth/login', { email: user.email, password: user.password })
  return new Caller(server.app, {
    cookie: cookieOf(answer, 'trellis_session') ?? '',
    'x-csrf-token': answer.body.csrf_token,
  })
}

describe('the devices of a user', () => {
  it('are listed in words, with the one that asks', async () => {
    const user = await server.createUser({ sets: [] })
    const phone = await signInWith(user, PHONE)
    const desk = await signInWith(user, CHROME)
    const { sessions } = (await desk.get(SESSIONS)).body
    expect(sessions).toHaveLength(2)
    expect(sessions[0]).toEqual({
      id: expect.stringMatching(/^[\da-f-]{36}$/),
      created_at: expect.any(String),
      last_seen_at: expect.any(String),
      expires_at: expect.any(String),
      device: { browser: 'Chrome', system: 'Windows' },
      address: '127.0.0.1',
      current: true,
    })
    expect(sessions[1]).toMatchObject({
      device: { browser: 'Safari', system: 'iPhone' },
      current: false,
    })
    const text = (await phone.get(SESSIONS)).text
    for (const caller of [phone, desk]) {
      expect(text).not.toContain(String(caller.headers['cookie']).split('=')[1])
    }
  })

  it('are ended one by one, or all but this one', async () => {
    const user = await server.createUser({ sets: [] })
    const [one, two, three] = await Promise.all(
      [CHROME, PHONE, CHROME].map((agent) => signInWith(user, agent)),
    )
    if (!one || !two || !three) throw new Error('Not signed in')
    const phone = (await one.get(SESSIONS)).body.sessions.find(
      (session: { device: { system: string } }) => session.device.system === 'iPhone',
    )
    expect((await one.delete(`${SESSIONS}/${phone.id}`)).status).toBe(204)
    expect((await two.get(ME)).status).toBe(401)
    expect((await one.delete(`${SESSIONS}/${phone.id}`)).status).toBe(404)
    expect((await one.delete(SESSIONS)).status).toBe(204)
    expect((await three.get(ME)).status).toBe(401)
    expect((await one.get(ME)).status).toBe(200)
    expect((await one.get(SESSIONS)).body.sessions).toHaveLength(1)
  })

  it('of somebody else are not there', async () => {
    const mine = await server.signIn(await server.createUser({ sets: [] }))
    const theirs = await server.signIn(await server.createUser({ sets: [] }))
    const [{ id }] = (await theirs.get(SESSIONS)).body.sessions
    expect((await mine.delete(`${SESSIONS}/${id}`)).status).toBe(404)
    expect((await theirs.get(ME)).status).toBe(200)
  })

  it('are ended by whoever manages users, with their keys, unless the user may do more', async () => {
    const user = await server.createUser({ sets: ['admin'] })
    const caller = await server.signIn(user)
    const { key } = (await caller.post('/api/v1/api-keys', { label: 'k' })).body
    const rep = await server.signIn(await server.createUser({ sets: ['sales_rep'] }))
    const path = `/api/v1/users/${user.id}/sessions`
    expect((await rep.delete(path)).status).toBe(403)
    expect((await server.admin.delete(path)).status).toBe(204)
    expect((await caller.get(ME)).status).toBe(401)
    const program = server.stranger.with({ authorization: `Bearer ${key}` })
    expect((await program.get(ME)).status).toBe(401)
  })

  it('are not for keys to see', async () => {
    const { key } = (await server.admin.post('/api/v1/api-keys', { label: 'k' })).body
    const program = server.stranger.with({ authorization: `Bearer ${key}` })
    expect((await program.get(SESSIONS)).status).toBe(403)
    expect((await program.delete(SESSIONS)).status).toBe(403)
  })
})

describe('the cookie of a session', () => {
  it('belongs to this very host behind a proxy that speaks https, and no other is taken there', async () => {
    const user = await server.createUser({ sets: [] })
    const config = { ...server.foundation.config, trustedProxies: ['loopback'] }
    const app = await createApp({ ...server.foundation, config })
    const https = new Caller(app, { 'x-forwarded-proto': 'https' })
    const answer = await https.post('/api/v1/auth/login', {
      email: user.email,
      password: user.password,
    })
    expect(answer.headers['set-cookie']).toMatch(
      /^__Host-trellis_session=[\w-]{43}; Max-Age=604800; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    )
    const cookie = cookieOf(answer, '__Host-trellis_session') ?? ''
    expect((await https.with({ cookie }).get(ME)).status).toBe(200)
    const planted = cookie.replace('__Host-', '')
    expect((await https.with({ cookie: planted }).get(ME)).status).toBe(401)
    await app.close()
  })
})

describe('the audit log', () => {
  it('tells of who came in, who did not, who left, and whose password was changed', async () => {
    const user = await server.createUser({ sets: ['admin'] })
    const caller = await server.signIn(user)
    await server.stranger.post('/api/v1/auth/login', { email: user.email, password: 'wrong' })
    await caller.post('/api/v1/api-keys', { label: 'k' })
    await caller.post('/api/v1/auth/logout')
    await server.admin.post(`/api/v1/users/${user.id}/sign-in`)
    const actions = async () => {
      const rows = await server.test.database.query<{ action: string }>(
        `select action from main._audit
         where actor = $1 or record = $1 or details->>'email' = $2`,
        [user.id, user.email],
      )
      return new Set(rows.map(({ action }) => action))
    }
    const expected = ['sign_in', 'sign_in_failed', 'key_created', 'sign_out', 'password_changed']
    await expect.poll(actions, { timeout: 3000 }).toEqual(new Set(expected))
  })
})
