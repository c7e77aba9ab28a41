import { createApp } from '@trellis/server'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import {
  Caller,
  renewed,
  startTestServer,
  type TestServer,
  type TestUser,
} from '../support/index.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ signInLimits: { perAccount: 5, perAddress: 10_000 } })
})
afterAll(() => server.stop())

const LOGIN = '/api/v1/auth/login'
const ME = '/api/v1/me'
const KEYS = '/api/v1/api-keys'

function bearer(key: string): Caller {
  return server.stranger.with({ authorization: `Bearer ${key}` })
}

function withoutId(body: object): object {
  return { ...body, instance: '' }
}

function changeUser(id: string, sql: string): Promise<number> {
  return server.test.database.execute(`update main."user" set ${sql} where id = $1`, [id])
}

describe('signing in', () => {
  it('answers who one is and sets a cookie that no script can read', async () => {
    const user = await server.createUser({ sets: ['sales_rep'], name: '李雷', locale: 'en-US' })
    const answer = await server.stranger.post(LOGIN, { email: user.email, password: user.password })
    expect(answer.status).toBe(200)
    expect(answer.body).toEqual({
      user: { id: user.id, name: '李雷', email: user.email, role: null, department: null },
      tenant: 'main',
      locale: 'en-US',
      time_zone: 'Asia/Shanghai',
      currency: 'CNY',
      permissions: { sets: ['sales_rep'], system: expect.any(Array), custom: expect.any(Array) },
      must_change_password: false,
      must_set_up_second_step: false,
      csrf_token: expect.stringMatching(/^[\w-]{43}$/),
      release: 1,
    })
    expect(answer.headers['set-cookie']).toMatch(
      /^trellis_session=[\w-]{43}; Max-Age=604800; Path=\/; HttpOnly; SameSite=Lax$/,
    )
  })

  it('marks the cookie Secure behind a trusted proxy that speaks https, and nowhere else', async () => {
    const { email, password } = await server.createUser({ sets: [] })
    const headers = { 'x-forwarded-proto': 'https' }
    const direct = await server.stranger.with(headers).post(LOGIN, { email, password })
    expect(direct.headers['set-cookie']).not.toContain('Secure')
    const config = { ...server.foundation.config, trustedProxies: ['loopback'] }
    const app = await createApp({ ...server.foundation, config })
    const proxied = await new Caller(app, headers).post(LOGIN, { email, password })
    expect(proxied.headers['set-cookie']).toContain('; Secure')
    await app.close()
  })

  it('leaves the session that the browser had', async () => {
    const user = await server.createUser({ sets: [] })
    const caller = await server.signIn(user)
    const again = await caller.post(LOGIN, { email: user.email, password: user.password })
    expect(again.status).toBe(200)
    expect((await caller.get(ME)).status).toBe(401)
  })

  it('takes the address in any case', async () => {
    const { email, password } = await server.createUser({ sets: [] })
    const answer = await server.stranger.post(LOGIN, { email: email.toUpperCase(), password })
    expect(answer.status).toBe(200)
  })

  it('answers the same for a wrong password and for an unknown address', async () => {
    const { email } = await server.createUser({ sets: [] })
    const wrong = await server.stranger.post(LOGIN, { email, password: 'not the password' })
    const unknown = await server.stranger.post(LOGIN, { email: `no.${email}`, password: 'x' })
    expect(wrong.status).toBe(401)
    expect(withoutId(wrong.body)).toEqual(withoutId(unknown.body))
    expect(wrong.body.code).toBe('wrong_credentials')
    expect(Object.keys(wrong.headers)).toEqual(Object.keys(unknown.headers))
  })

  it.each(['known', 'unknown'])('slows down guessing at an address that is %s', async (kind) => {
    const user = await server.createUser({ sets: [] })
    const email = kind === 'known' ? user.email : `nobody.${user.email}`
    for (let guess = 1; guess <= 5; guess += 1) {
      const answer = await server.stranger.post(LOGIN, { email, password: `guess ${guess}` })
      expect(answer.status).toBe(401)
    }
    const answer = await server.stranger.post(LOGIN, { email, password: user.password })
    expect(answer.status).toBe(429)
    expect(answer.body.code).toBe('too_many_requests')
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
  })

  it('refuses unknown keys, missing keys and wrong types by name', async () => {
    const caller = server.stranger.with({ 'accept-language': 'en' })
    const answer = await caller.post(LOGIN, { email: 5, pasword: 'x' })
    expect(answer.status).toBe(400)
    expect(answer.body.errors).toEqual([
      { path: 'password', code: 'missing_key', message: '"password" is missing' },
      { path: 'email', code: 'wrong_type', message: 'Must be a text, not number' },
      {
        path: 'pasword',
        code: 'unknown_parameter',
        message: 'Unknown key "pasword". Did you mean "password"?',
        suggestion: 'password',
      },
    ])
  })

  it('refuses what a page of another site sends', async () => {
    const { email, password } = await server.createUser({ sets: [] })
    const foreign = server.stranger.with({ origin: 'https://evil.example' })
    expect((await foreign.post(LOGIN, { email, password })).body.code).toBe('csrf')
    const own = server.stranger.with({ origin: 'http://localhost:80', host: 'localhost:80' })
    expect((await own.post(LOGIN, { email, password })).status).toBe(200)
  })
})

describe('a session', () => {
  it('is needed, and said to be', async () => {
    for (const headers of [
      {},
      { cookie: 'trellis_session=' },
      { cookie: `trellis_session=${'x'.repeat(43)}` },
      { cookie: `trellis_session=${'x'.repeat(5000)}` },
      { authorization: 'Bearer nonsense' },
      { authorization: `Bearer trl_${'x'.repeat(43)}` },
      { authorization: 'Basic YTpi' },
    ]) {
      const answer = await server.stranger.with(headers).get(ME)
      expect({ headers, ...answer.body }).toMatchObject({ headers, code: 'not_signed_in' })
      expect(answer.status).toBe(401)
      expect(answer.headers['www-authenticate']).toBe('Bearer')
    }
  })

  it('writes only with its CSRF token', async () => {
    const { 'x-csrf-token': token, ...headers } = server.admin.headers
    const without = server.stranger.with(headers)
    expect((await without.get(ME)).status).toBe(200)
    for (const given of [{}, { 'x-csrf-token': '' }, { 'x-csrf-token': `${token}x` }]) {
      const answer = await without.with(given).post(KEYS, { label: 'x' })
      expect(answer.status).toBe(403)
      expect(answer.body.code).toBe('csrf')
    }
    const cross = server.admin.with({ 'sec-fetch-site': 'cross-site' })
    expect((await cross.post(KEYS, { label: 'x' })).body.code).toBe('csrf')
    const other = server.admin.with({ origin: 'https://evil.example' })
    expect((await other.post(KEYS, { label: 'x' })).body.code).toBe('csrf')
  })

  it('ends with signing out, at once', async () => {
    const caller = await server.signIn(await server.createUser({ sets: [] }))
    expect((await caller.get(ME)).status).toBe(200)
    const answer = await caller.post('/api/v1/auth/logout')
    expect(answer.status).toBe(204)
    expect(answer.headers['set-cookie']).toMatch(/^trellis_session=; .*Expires=Thu, 01 Jan 1970/)
    expect((await caller.get(ME)).status).toBe(401)
  })

  it.each([
    ['its week is over', `expires_at = now() - interval '1 second'`],
    ['it was idle for half a day', `last_seen_at = now() - interval '12 hours 1 second'`],
    ['it was revoked', 'revoked_at = now()'],
  ])('ends within a second on every server when %s', async (_when, change) => {
    const user = await server.createUser({ sets: [] })
    const caller = await server.signIn(user)
    expect((await caller.get(ME)).status).toBe(200)
    await server.test.database.execute(`update platform.session set ${change} where user_id = $1`, [
      user.id,
    ])
    await expect.poll(async () => (await caller.get(ME)).status, { timeout: 1500 }).toBe(401)
  })

  it('is stored in a form with which nobody can sign in', async () => {
    const user = await server.createUser({ sets: [] })
    const caller = await server.signIn(user)
    const token = caller.headers['cookie']?.split('=')[1] ?? ''
    const rows = await server.test.database.query(
      'select s::text as row from platform.session s where user_id = $1',
      [user.id],
    )
    expect(rows).toHaveLength(1)
    expect(JSON.stringify(rows)).not.toContain(token)
  })
})

describe('the password', () => {
  const PASSWORD = '/api/v1/auth/password'
  let user: TestUser
  let caller: Caller
  beforeAll(async () => {
    user = await server.createUser({ sets: ['admin'], name: '诸葛孔明' })
    caller = await server.signIn(user)
  })

  it('is not changed without the current one', async () => {
    const answer = await caller.post(PASSWORD, { current: 'wrong', new: 'something quite new' })
    expect(answer.status).toBe(422)
    expect(answer.body.errors[0]).toMatchObject({ path: 'current' })
  })

  it.each([
    ['short', 'too_short'],
    ['aaaaaaaaaaaaaa', 'too_easy'],
    ['x'.repeat(200), 'too_long'],
    ['qwertyuiopasdf', 'too_easy'],
    ['abcdefghijklmn', 'too_easy'],
    ['123456789012', 'breached'],
    ['1q2w3e4r5t6y', 'breached'],
    ['诸葛孔明 rides at dawn', 'too_personal'],
    ['my user.EMAIL address', 'too_personal'],
  ])('may not be %s', async (password, code) => {
    const local = user.email.split('@')[0] ?? ''
    const chosen = password.replace('user.EMAIL', local.toUpperCase())
    const answer = await caller.post(PASSWORD, { current: user.password, new: chosen })
    expect(answer.status).toBe(422)
    const codes = answer.body.errors.map((error: { code: string }) => error.code)
    expect(codes).toContain(code)
  })

  it('ends every other session and every key when it is changed, and renews the own one', async () => {
    const other = await server.signIn(user)
    const next = 'something quite new'
    const { key } = (await caller.post(KEYS, { label: 'k' })).body
    expect((await other.get(ME)).status).toBe(200)
    expect((await bearer(key).get(ME)).status).toBe(200)
    const answer = await caller.post(PASSWORD, { current: user.password, new: next })
    expect(answer.status).toBe(204)
    expect((await other.get(ME)).status).toBe(401)
    expect((await caller.get(ME)).status).toBe(401)
    expect((await bearer(key).get(ME)).status).toBe(401)
    caller = await renewed(caller, answer)
    expect((await caller.get(ME)).status).toBe(200)
    await expect(server.signIn(user)).rejects.toThrow('401')
    expect((await (await server.signIn({ ...user, password: next })).get(ME)).status).toBe(200)
  })

  it('is kept as argon2id and as nothing else', async () => {
    const [row] = await server.test.database.query<{ hash: string }>(
      'select password_hash as hash from platform.sign_in where user_id = $1',
      [user.id],
    )
    expect(row?.hash).toMatch(/^\$argon2id\$v=19\$m=65536,t=3,p=1\$/)
  })
})

describe('an API key', () => {
  it('is shown once and acts as its user', async () => {
    const made = await server.admin.post(KEYS, { label: '同步程序' })
    expect(made.status).toBe(201)
    expect(made.body).toEqual({
      id: expect.any(String),
      key: expect.stringMatching(/^trl_[\w-]{43}$/),
    })
    const own = bearer(made.body.key)
    const me = await own.get(ME)
    expect(me.body.user.id).toBe((await server.admin.get(ME)).body.user.id)
    expect(me.body.csrf_token).toBeNull()
    const list = await server.admin.get(KEYS)
    const shown = list.body.keys.find((key: { id: string }) => key.id === made.body.id)
    expect(shown).toMatchObject({ label: '同步程序', permission_set: null, expires_at: null })
    expect(made.body.key.startsWith(shown.prefix)).toBe(true)
    expect(list.text).not.toContain(made.body.key)
  })

  it('does no more than its permission set, and no more than its user', async () => {
    const made = await server.admin.post(KEYS, { label: 'narrow', permission_set: 'sales_rep' })
    const own = await server.admin.get(ME)
    const narrow = await bearer(made.body.key).get(ME)
    expect(own.body.permissions.system).toContain('manage_users')
    expect(narrow.body.permissions.system).not.toContain('manage_users')
    const reset = `/api/v1/users/${own.body.user.id}/sign-in`
    expect((await bearer(made.body.key).post(reset)).status).toBe(403)
  })

  it('manages no keys: a narrow one would make itself a wide one', async () => {
    const made = await server.admin.post(KEYS, { label: 'k' })
    expect((await bearer(made.body.key).post(KEYS, { label: 'x' })).status).toBe(403)
    expect((await bearer(made.body.key).delete(`${KEYS}/${made.body.id}`)).status).toBe(403)
  })

  it('ends at once when it is revoked', async () => {
    const made = await server.admin.post(KEYS, { label: 'k' })
    expect((await bearer(made.body.key).get(ME)).status).toBe(200)
    expect((await server.admin.delete(`${KEYS}/${made.body.id}`)).status).toBe(204)
    expect((await bearer(made.body.key).get(ME)).status).toBe(401)
    expect((await server.admin.delete(`${KEYS}/${made.body.id}`)).status).toBe(404)
  })

  it('of somebody else cannot be seen or revoked', async () => {
    const made = await server.admin.post(KEYS, { label: 'k' })
    const other = await server.signIn(await server.createUser({ sets: ['admin'] }))
    expect((await other.get(KEYS)).body.keys).toEqual([])
    expect((await other.delete(`${KEYS}/${made.body.id}`)).status).toBe(404)
    expect((await other.delete(`${KEYS}/not-an-id`)).status).toBe(400)
  })

  it('expires', async () => {
    const soon = new Date(Date.now() + 1000).toISOString()
    const made = await server.admin.post(KEYS, { label: 'k', expires_at: soon })
    const status = async (): Promise<number> => (await bearer(made.body.key).get(ME)).status
    expect(await status()).toBe(200)
    await expect.poll(status, { timeout: 4000, interval: 200 }).toBe(401)
  })

  it('is refused with every fault named', async () => {
    const answer = await server.admin.post(KEYS, {
      label: 'k',
      permission_set: 'sales_reps',
      expires_at: '2020-01-01T00:00:00Z',
    })
    expect(answer.status).toBe(422)
    expect(answer.body.errors).toMatchObject([
      { path: 'permission_set', code: 'unknown_value', suggestion: 'sales_rep' },
      { path: 'expires_at', code: 'out_of_range' },
    ])
  })

  it('is never taken from an address, a body or a cookie', async () => {
    const { key } = (await server.admin.post(KEYS, { label: 'k' })).body
    for (const name of ['api_key', 'key', 'token', 'access_token']) {
      expect((await server.stranger.get(`${ME}?${name}=${key}`)).status).toBe(401)
    }
    expect((await server.stranger.with({ cookie: `trellis_session=${key}` }).get(ME)).status).toBe(
      401,
    )
    const inBody = await server.stranger.post(KEYS, { label: 'x', api_key: key })
    expect(inBody.status).toBe(401)
    expect((await bearer(key).get(`${ME}?api_key=${key}`)).status).toBe(400)
  })

  it('tells when it was used last', async () => {
    const made = await server.admin.post(KEYS, { label: 'used' })
    const shown = async () =>
      (await server.admin.get(KEYS)).body.keys.find(
        (one: { id: string }) => one.id === made.body.id,
      )
    expect((await shown()).last_used_at).toBeNull()
    await bearer(made.body.key).get(ME)
    expect(Date.parse((await shown()).last_used_at)).toBeGreaterThan(Date.now() - 60_000)
  })

  it('needs no CSRF token, and is not made without the permission "api"', async () => {
    const made = await server.admin.post(KEYS, { label: 'k' })
    const user = await server.createUser({ sets: ['sales_rep'] })
    const answer = await bearer(made.body.key).post(`/api/v1/users/${user.id}/sign-in`)
    expect(answer.status).toBe(200)
    const nobody = await server.signIn(await server.createUser({ sets: [] }))
    expect((await nobody.post(KEYS, { label: 'k' })).status).toBe(403)
  })
})

describe('letting a user sign in', () => {
  it('makes a one-time password and ends their sessions', async () => {
    const user = await server.createUser({ sets: ['sales_rep'] })
    const caller = await server.signIn(user)
    const answer = await server.admin.post(`/api/v1/users/${user.id}/sign-in`)
    expect(answer.body).toEqual({ email: user.email, one_time_password: expect.any(String) })
    expect((await caller.get(ME)).status).toBe(401)
    const password = answer.body.one_time_password
    expect((await (await server.signIn({ ...user, password })).get(ME)).status).toBe(200)
  })

  it('takes a password, tells it to nobody, and holds it to the rules', async () => {
    const user = await server.createUser({ sets: [] })
    const path = `/api/v1/users/${user.id}/sign-in`
    const answer = await server.admin.post(path, { password: 'a given password' })
    expect(answer.body).toEqual({ email: user.email })
    expect((await server.admin.post(path, { password: 'short' })).status).toBe(422)
  })

  it('is for those who manage users, and not over those who may do more', async () => {
    const rep = await server.signIn(await server.createUser({ sets: ['sales_rep'] }))
    const user = await server.createUser({ sets: [] })
    expect((await rep.post(`/api/v1/users/${user.id}/sign-in`)).status).toBe(403)
    const unknown = '01990000-0000-7000-8000-00000000dead'
    expect((await server.admin.post(`/api/v1/users/${unknown}/sign-in`)).status).toBe(404)
  })
})

describe('a password that was made for somebody', () => {
  const PASSWORD = '/api/v1/auth/password'
  const OWN = 'a password of my own'

  async function newcomer(body?: object): Promise<{ caller: Caller; user: TestUser }> {
    const user = await server.createUser({ sets: ['admin'] })
    const made = await server.admin.post(`/api/v1/users/${user.id}/sign-in`, body)
    const password = made.body.one_time_password ?? 'a given password'
    const caller = await server.signIn({ ...user, password })
    return { caller, user: { ...user, password } }
  }

  it.each([
    ['one-time', undefined],
    ['given', { password: 'a given password' }],
  ])('opens nothing but the way to one of their own when it is %s', async (_kind, body) => {
    const { caller, user } = await newcomer(body)
    expect((await caller.get(ME)).body).toMatchObject({ must_change_password: true })
    const statuses = new Map<string, unknown>()
    for (const { method, path, policy } of server.routes) {
      if (policy === 'public' || policy === 'at_the_door' || method === 'HEAD') continue
      const url = path.replaceAll(/:\w+/g, 'x')
      const answer = await caller.send({ method: method as 'GET', url })
      statuses.set(`${method} ${path}`, [answer.status, answer.body?.code])
    }
    expect(statuses.size).toBeGreaterThan(30)
    expect(new Set([...statuses.values()].map((one) => JSON.stringify(one)))).toEqual(
      new Set([JSON.stringify([403, 'password_change_required'])]),
    )

    const changed = await caller.post(PASSWORD, { current: user.password, new: OWN })
    expect(changed.status).toBe(204)
    const own = await renewed(caller, changed)
    expect((await own.get(ME)).body).toMatchObject({ must_change_password: false })
    expect((await own.get('/api/v1/meta/objects')).status).toBe(200)
    const again = await server.signIn({ ...user, password: OWN })
    expect((await again.get(ME)).body).toMatchObject({ must_change_password: false })
  })

  it('is said to be in the way in the language of the caller', async () => {
    const { caller } = await newcomer()
    const titles = await Promise.all(
      ['zh-CN', 'en-US'].map(async (language) => {
        const answer = await caller
          .with({ 'accept-language': language })
          .get('/api/v1/meta/objects')
        return answer.body.title
      }),
    )
    expect(titles).toEqual(['请先设置新密码', 'Choose a new password first'])
  })

  it('may not be kept by choosing it again, and does not keep one from leaving', async () => {
    const { caller, user } = await newcomer()
    const same = await caller.post(PASSWORD, { current: user.password, new: user.password })
    expect(same.status).toBe(422)
    expect(same.body.errors).toMatchObject([{ path: 'new', code: 'unchanged' }])
    expect((await caller.get(ME)).body).toMatchObject({ must_change_password: true })
    expect((await caller.post('/api/v1/auth/logout')).status).toBe(204)
    expect((await caller.get(ME)).status).toBe(401)
  })
})

describe('a user who is made inactive or loses rights', () => {
  it('loses session and keys within a second, for good', async () => {
    const user = await server.createUser({ sets: ['admin'] })
    const caller = await server.signIn(user)
    const key = (await caller.post(KEYS, { label: 'k' })).body.key
    await changeUser(user.id, 'active = false')
    await expect.poll(async () => (await caller.get(ME)).status, { timeout: 1500 }).toBe(401)
    expect((await bearer(key).get(ME)).status).toBe(401)
    await expect(server.signIn(user)).rejects.toThrow('401')
    await changeUser(user.id, 'active = true')
    await expect.poll(async () => server.signIn(user), { timeout: 1500 }).toBeDefined()
    expect((await bearer(key).get(ME)).status).toBe(401)
    expect((await caller.get(ME)).status).toBe(401)
  })

  it('is out although nobody looked between being made inactive and active again', async () => {
    const user = await server.createUser({ sets: ['admin'] })
    const caller = await server.signIn(user)
    const { key } = (await caller.post(KEYS, { label: 'k' })).body
    for (const active of [false, true]) {
      const operations = [{ op: 'update', id: user.id, record: { active } }]
      const answer = await server.admin.post('/api/v1/records/user/batch', { operations })
      expect(answer.body.results).toMatchObject([{ status: 200 }])
    }
    await expect.poll(async () => (await caller.get(ME)).status, { timeout: 1500 }).toBe(401)
    await expect.poll(async () => (await bearer(key).get(ME)).status, { timeout: 1500 }).toBe(401)
  })

  it('acts with the new rights within a second', async () => {
    const user = await server.createUser({ sets: ['admin'] })
    const caller = await server.signIn(user)
    const other = await server.createUser({ sets: [] })
    await changeUser(user.id, `permission_sets = '{}'`)
    const reset = (): Promise<number> =>
      caller.post(`/api/v1/users/${other.id}/sign-in`).then(({ status }) => status)
    await expect.poll(reset, { timeout: 1500 }).toBe(403)
  })
})
