import { createApp } from '@trellis/server'
import { TOTP, Secret } from 'otpauth'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import {
  type Answer,
  Caller,
  cookieOf,
  renewed,
  startTestServer,
  type TestServer,
  type TestUser,
} from '../support/index.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ signInLimits: { perAccount: 50, perAddress: 10_000 } })
})
afterAll(() => server.stop())

const LOGIN = '/api/v1/auth/login'
const STEP = '/api/v1/auth/second-step'
const TOTP_PATH = '/api/v1/auth/totp'
const ME = '/api/v1/me'
const HALF_MINUTE = 30_000

/** An authenticator as a phone has it; each call answers the code of the next half minute. */
class Authenticator {
  readonly #totp: TOTP
  #ahead = 0

  constructor(secret: string) {
    this.#totp = new TOTP({ secret: Secret.fromBase32(secret) })
  }

  now(): string {
    return this.#totp.generate()
  }

  /** The server takes codes of half a minute before and after; each is taken once. */
  next(): string {
    this.#ahead += 1
    return this.#totp.generate({ timestamp: Date.now() + (this.#ahead - 2) * HALF_MINUTE })
  }
}

interface Protected {
  user: TestUser
  caller: Caller
  phone: Authenticator
  codes: string[]
}

async function setUp(sets: string[] = []): Promise<Protected> {
  const user = await server.createUser({ sets })
  const signedIn = await server.signIn(user)
  const begun = await signedIn.post(TOTP_PATH, { password: user.password })
  expect(begun.status).toBe(200)
  const phone = new Authenticator(begun.body.secret)
  const done = await signedIn.post(`${TOTP_PATH}/confirm`, { code: phone.next() })
  expect(done.status).toBe(200)
  const caller = await renewed(signedIn, done)
  return { user, caller, phone, codes: done.body.recovery_codes }
}

/** The password is right; what comes then carries the way to the second step. */
async function firstStep({ email, password }: TestUser): Promise<Caller> {
  const answer = await server.stranger.post(LOGIN, { email, password })
  expect(answer.status).toBe(401)
  expect(answer.body.code).toBe('second_step_required')
  expect(cookieOf(answer, 'trellis_session')).toBeUndefined()
  return server.stranger.with({ cookie: cookieOf(answer, 'trellis_second_step') ?? '' })
}

function codeOf({ body }: Answer): unknown {
  return [body.code, body.errors?.[0]?.path]
}

describe('setting up a second step', () => {
  it('asks for the password, then for a code, and answers ten recovery codes once', async () => {
    const user = await server.createUser({ sets: [] })
    const caller = await server.signIn(user)
    const other = await server.signIn(user)
    expect((await caller.post(TOTP_PATH, { password: 'wrong' })).status).toBe(422)
    const begun = await caller.post(TOTP_PATH, { password: user.password })
    expect(begun.body.uri).toMatch(/^otpauth:\/\/totp\/Trellis:.*&digits=6&period=30/)
    expect(begun.body.qr_svg).toContain('<svg')
    // Not yet at work.
    expect((await server.signIn(user)).headers['cookie']).toBeDefined()
    const wrong = await caller.post(`${TOTP_PATH}/confirm`, { code: '000000' })
    expect(codeOf(wrong)).toEqual(['validation_failed', 'code'])
    const phone = new Authenticator(begun.body.secret)
    const done = await caller.post(`${TOTP_PATH}/confirm`, { code: phone.now() })
    expect(done.body.recovery_codes).toHaveLength(10)
    expect(new Set(done.body.recovery_codes).size).toBe(10)
    // Every other session is over, and this one has another token.
    expect((await other.get(ME)).status).toBe(401)
    expect((await caller.get(ME)).status).toBe(401)
    const own = await renewed(caller, done)
    expect((await own.get(TOTP_PATH)).body).toEqual({
      enabled: true,
      enabled_at: expect.any(String),
      recovery_codes_left: 10,
      required: false,
    })
    expect((await own.post(TOTP_PATH, { password: user.password })).status).toBe(409)
  })

  it('keeps nothing with which somebody could make or use codes', async () => {
    const { user, codes } = await setUp()
    const [factor] = await server.test.database.query<{ row: string }>(
      'select f::text as row from platform.second_factor f where user_id = $1',
      [user.id],
    )
    const rows = await server.test.database.query(
      'select c::text as row from platform.recovery_code c where user_id = $1',
      [user.id],
    )
    const text = JSON.stringify([factor, rows])
    for (const code of codes) expect(text).not.toContain(code)
    expect(rows).toHaveLength(10)
  })

  it('sealed for one user is of no use to another', async () => {
    const { user, phone } = await setUp()
    const { user: thief } = await setUp()
    await server.test.database.execute(
      `update platform.second_factor set secret = (select secret from platform.second_factor
         where user_id = $1) where user_id = $2`,
      [user.id, thief.id],
    )
    const half = await firstStep(thief)
    expect((await half.post(STEP, { code: phone.next() })).status).toBe(500)
  })
})

describe('signing in in two steps', () => {
  it('opens nothing after the first, and everything after the second', async () => {
    const { user, phone } = await setUp()
    const half = await firstStep(user)
    expect((await half.get(ME)).status).toBe(401)
    const answer = await half.post(STEP, { code: phone.next() })
    expect(answer.status).toBe(200)
    expect(answer.body.user.id).toBe(user.id)
    const caller = await renewed(server.stranger, answer)
    expect((await caller.get(ME)).status).toBe(200)
  })

  it('refuses a wrong code, a code that was used, and the way that was gone', async () => {
    const { user, phone } = await setUp()
    const half = await firstStep(user)
    expect(codeOf(await half.post(STEP, { code: '000000' }))).toEqual(['validation_failed', 'code'])
    const code = phone.next()
    expect((await half.post(STEP, { code })).status).toBe(200)
    expect((await half.post(STEP, { code: phone.next() })).status).toBe(401)
    const again = await firstStep(user)
    expect(codeOf(await again.post(STEP, { code }))).toEqual(['validation_failed', 'code'])
    expect((await server.stranger.post(STEP, { code })).status).toBe(401)
  })

  it('lets one in of two who use the same code at once', async () => {
    const { user, phone } = await setUp()
    const [one, two] = [await firstStep(user), await firstStep(user)]
    const code = phone.next()
    const answers = await Promise.all([one, two].map((half) => half.post(STEP, { code })))
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 422])
  })

  it('takes each recovery code once, however it is typed', async () => {
    const { user, caller, codes } = await setUp()
    const [code = ''] = codes
    const typed = code.replaceAll('-', ' ').toUpperCase()
    expect((await (await firstStep(user)).post(STEP, { code: typed })).status).toBe(200)
    expect((await (await firstStep(user)).post(STEP, { code })).status).toBe(422)
    expect((await caller.get(TOTP_PATH)).body.recovery_codes_left).toBe(9)
  })

  it('slows down guessing at codes, whatever the address', async () => {
    const { user, phone } = await setUp()
    const statuses = []
    for (let guess = 0; guess < 6; guess += 1) {
      const half = await firstStep(user)
      const code = String(guess).repeat(6)
      statuses.push((await half.send(stepFrom(`10.0.0.${guess}`, code))).status)
    }
    expect(statuses).toEqual([422, 422, 422, 422, 422, 429])
    const right = await (await firstStep(user)).post(STEP, { code: phone.next() })
    expect(right.status).toBe(429)
    expect(Number(right.headers['retry-after'])).toBeGreaterThan(60)
  })

  it('needs the first step anew when the password was changed in between', async () => {
    const { user, phone } = await setUp()
    const half = await firstStep(user)
    expect((await server.admin.post(`/api/v1/users/${user.id}/sign-in`)).status).toBe(200)
    expect((await half.post(STEP, { code: phone.next() })).status).toBe(401)
  })
})

function stepFrom(remoteAddress: string, code: string) {
  const headers = { 'content-type': 'application/json' }
  return {
    method: 'POST',
    url: STEP,
    payload: JSON.stringify({ code }),
    headers,
    remoteAddress,
  } as const
}

describe('taking the second step away', () => {
  it('asks for password and code', async () => {
    const { user, caller, phone } = await setUp()
    const { password } = user
    const path = `${TOTP_PATH}/remove`
    expect((await caller.post(path, { password, code: '000000' })).status).toBe(422)
    expect((await caller.post(path, { password: 'x', code: phone.next() })).status).toBe(422)
    const answer = await caller.post(path, { password, code: phone.next() })
    expect(answer.status).toBe(204)
    expect((await (await server.signIn(user)).get(TOTP_PATH)).body.enabled).toBe(false)
  })

  it('makes new recovery codes in place of the old', async () => {
    const { user, caller, phone, codes } = await setUp()
    const asked = { password: user.password, code: phone.next() }
    const answer = await caller.post(`${TOTP_PATH}/recovery-codes`, asked)
    expect(answer.body.recovery_codes).toHaveLength(10)
    expect((await (await firstStep(user)).post(STEP, { code: codes[0] })).status).toBe(422)
    const [fresh] = answer.body.recovery_codes
    expect((await (await firstStep(user)).post(STEP, { code: fresh })).status).toBe(200)
  })

  it('is for administrators when the authenticator is lost, not for users over each other', async () => {
    const { user, caller } = await setUp(['admin'])
    const path = `/api/v1/users/${user.id}/totp`
    const rep = await server.signIn(await server.createUser({ sets: ['sales_rep'] }))
    expect((await rep.delete(path)).status).toBe(403)
    expect((await server.admin.delete(path)).status).toBe(204)
    expect((await server.admin.delete(path)).status).toBe(404)
    expect((await caller.get(ME)).status).toBe(401)
    expect((await (await server.signIn(user)).get(ME)).status).toBe(200)
  })
})

describe('a second step that is required', () => {
  it('leaves administrators nothing but setting it up, and others alone', async () => {
    const config = { ...server.foundation.config, requireTotp: 'admins' as const }
    const app = await createApp({ ...server.foundation, config })
    const stranger = new Caller(app)
    const admin = await server.createUser({ sets: ['admin'] })
    const rep = await server.createUser({ sets: ['sales_rep'] })
    const signedIn = async ({ email, password }: TestUser): Promise<Caller> =>
      renewed(stranger, await stranger.post(LOGIN, { email, password }))
    const bound = await signedIn(admin)
    expect((await bound.get(ME)).body.must_set_up_second_step).toBe(true)
    const refused = await bound.get('/api/v1/meta/objects')
    expect([refused.status, refused.body.code]).toEqual([403, 'second_step_setup_required'])
    const free = await signedIn(rep)
    expect((await free.get('/api/v1/meta/objects')).status).toBe(200)

    const begun = await bound.post(TOTP_PATH, { password: admin.password })
    const code = new Authenticator(begun.body.secret).now()
    const done = await bound.post(`${TOTP_PATH}/confirm`, { code })
    const own = await renewed(bound, done)
    expect((await own.get('/api/v1/meta/objects')).status).toBe(200)
    expect((await own.get(ME)).body.must_set_up_second_step).toBe(false)
    await app.close()
  })
})
