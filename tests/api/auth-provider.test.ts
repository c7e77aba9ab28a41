import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { join } from 'node:path'
import type { Readable } from 'node:stream'

import { createApp } from '@trellis/server'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import {
  type Answer,
  type App,
  Caller,
  cookieOf,
  renewed,
  ROOT_DIR,
  startTestServer,
  type TestServer,
} from '../support/index.ts'

const SITE = 'http://127.0.0.1:3200'
const SECRET = 'the secret of a client in a test'
const START = '/api/v1/auth/oidc/start'
const ME = '/api/v1/me'

let server: TestServer
let app: App
let stranger: Caller
let provider: ChildProcessByStdio<null, Readable, null>
let issuer: string

beforeAll(async () => {
  const program = join(ROOT_DIR, 'tests/support/identity-provider-process.ts')
  const callback = `${SITE}/api/v1/auth/oidc/callback`
  provider = spawn(process.execPath, [program, SECRET, callback], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  issuer = await new Promise((resolve, reject) => {
    provider.stdout.once('data', (line: Buffer) => resolve(line.toString().trim()))
    provider.once('exit', () => reject(new Error('The provider did not start')))
  })
  server = await startTestServer()
  app = await createApp(
    {
      ...server.foundation,
      config: {
        ...server.foundation.config,
        publicUrl: SITE,
        identityProvider: { issuer, clientId: 'trellis', clientSecret: SECRET, label: '公司账号' },
      },
    },
    { signInLimits: { perAccount: 100, perAddress: 10_000 } },
  )
  stranger = new Caller(app)
})
afterAll(async () => {
  await app.close()
  await server.stop()
  provider.kill()
})

interface Plan {
  subject: string
  email: string
  verified?: boolean
  claims?: Record<string, unknown>
  tampering?: 'none' | 'altered' | 'unsigned' | 'other_key'
  amr?: string[]
}

function setPlan(plan: Plan): Promise<unknown> {
  const whole = { verified: true, claims: {}, tampering: 'none', amr: ['pwd'], ...plan }
  return fetch(`${issuer}/plan?${encodeURIComponent(JSON.stringify(whole))}`)
}

/** The way of a browser: to the provider, through its door, and back to the address it names. */
async function journey(plan: Plan, next = '/'): Promise<{ cookie: string; back: string }> {
  await setPlan(plan)
  const start = await stranger.get(`${START}?next=${encodeURIComponent(next)}`)
  expect(start.status).toBe(302)
  const cookie = cookieOf(start, 'trellis_journey') ?? ''
  const jar = new Map<string, string>()
  let url = String(start.headers['location'])
  for (let hop = 0; hop < 10 && url.startsWith(issuer); hop += 1) {
    const headers = { cookie: [...jar].map((pair) => pair.join('=')).join('; ') }
    const answer = await fetch(url, { redirect: 'manual', headers })
    for (const set of answer.headers.getSetCookie()) {
      const [name = '', value = ''] = set.split(';')[0]?.split('=') ?? []
      jar.set(name, value)
    }
    url = new URL(answer.headers.get('location') ?? '', url).href
  }
  expect(url.startsWith(SITE)).toBe(true)
  return { cookie, back: url.slice(SITE.length) }
}

async function signIn(plan: Plan, next?: string): Promise<Answer> {
  const { cookie, back } = await journey(plan, next)
  return stranger.with({ cookie }).get(back)
}

function placeOf({ status, headers }: Answer): unknown {
  return [status, headers['location']]
}

describe('signing in by a provider', () => {
  it('is offered where one is set up', async () => {
    const options = await stranger.get('/api/v1/auth/options')
    expect(options.body).toEqual({ provider: { label: '公司账号' }, password_reset: false })
    const without = await server.stranger.get('/api/v1/auth/options')
    expect(without.body.provider).toBeNull()
    expect((await server.stranger.get(START)).status).toBe(404)
  })

  it('lets in the user whose verified address it is, to where they wanted to go', async () => {
    const user = await server.createUser({ sets: ['sales_rep'] })
    const answer = await signIn(
      { subject: 's1', email: user.email.toUpperCase() },
      '/o/account?a=1',
    )
    expect(placeOf(answer)).toEqual([302, '/o/account?a=1'])
    const caller = await renewed(stranger, answer)
    expect((await caller.get(ME)).body.user.id).toBe(user.id)
    expect((await caller.get('/api/v1/meta/objects')).status).toBe(200)
  })

  it('knows them by their name there afterwards, whatever becomes of the address', async () => {
    const user = await server.createUser({ sets: [] })
    const heir = await server.createUser({ sets: [] })
    await signIn({ subject: 's2', email: user.email })
    const again = await signIn({ subject: 's2', email: heir.email })
    expect((await (await renewed(stranger, again)).get(ME)).body.user.id).toBe(user.id)
    const other = await signIn({ subject: 's3', email: user.email })
    expect(placeOf(other)).toEqual([302, '/login?problem=unknown_user'])
  })

  it.each([
    ['is not verified', { verified: false }],
    ['nobody has', { email: 'nobody@example.com' }],
  ])('lets nobody in whose address %s', async (name, change) => {
    const user = await server.createUser({ sets: [] })
    const answer = await signIn({ subject: `s ${name}`, email: user.email, ...change })
    expect(placeOf(answer)).toEqual([302, '/login?problem=unknown_user'])
    expect(cookieOf(answer, 'trellis_session')).toBeUndefined()
  })

  it('lets nobody in who is not active', async () => {
    const user = await server.createUser({ sets: [] })
    await server.test.database.execute('update main."user" set active = false where id = $1', [
      user.id,
    ])
    const answer = await signIn({ subject: 'inactive', email: user.email })
    expect(placeOf(answer)).toEqual([302, '/login?problem=unknown_user'])
  })

  const hour = 3600
  const now = Math.floor(Date.now() / 1000)
  it.each<[string, Partial<Plan>]>([
    ['altered', { tampering: 'altered' }],
    ['unsigned', { tampering: 'unsigned' }],
    ['signed by somebody else', { tampering: 'other_key' }],
    ['expired', { claims: { iat: now - 2 * hour, exp: now - hour } }],
    ['for another application', { claims: { aud: 'another' } }],
    ['of another provider', { claims: { iss: 'https://evil.example' } }],
    ['for another attempt', { claims: { nonce: 'another' } }],
  ])('refuses a token that is %s', async (name, change) => {
    const user = await server.createUser({ sets: [] })
    const answer = await signIn({ subject: name, email: user.email, ...change })
    expect(placeOf(answer)).toEqual([302, '/login?problem=provider'])
    expect(cookieOf(answer, 'trellis_session')).toBeUndefined()
  })

  it('refuses a way back that was gone, is another browser’s, or was altered', async () => {
    const user = await server.createUser({ sets: [] })
    const refused = [302, '/login?problem=provider']
    const one = await journey({ subject: 'r1', email: user.email })
    expect(placeOf(await stranger.get(one.back))).toEqual(refused)
    const other = await journey({ subject: 'r1', email: user.email })
    expect(placeOf(await stranger.with({ cookie: other.cookie }).get(one.back))).toEqual(refused)
    const own = await journey({ subject: 'r1', email: user.email })
    const browser = stranger.with({ cookie: own.cookie })
    expect(placeOf(await browser.get(own.back))).toEqual([302, '/'])
    expect(placeOf(await browser.get(own.back))).toEqual(refused)
    const last = await journey({ subject: 'r1', email: user.email })
    const altered = last.back.replace(/state=[^&]+/, 'state=another')
    expect(placeOf(await stranger.with({ cookie: last.cookie }).get(altered))).toEqual(refused)
  })

  it.each(['https://evil.example/', '//evil.example', '/\\evil.example', 'javascript:alert(1)'])(
    'leads nowhere but within this site: %s (Directus CVE-2026-22032)',
    async (next) => {
      const user = await server.createUser({ sets: [] })
      const answer = await signIn({ subject: `next ${next}`, email: user.email }, next)
      expect(placeOf(answer)).toEqual([302, '/'])
    },
  )

  it('asks for the own second step, unless the provider asked for one', async () => {
    const user = await server.createUser({ sets: [] })
    const caller = await server.signIn(user)
    const begun = await caller.post('/api/v1/auth/totp', { password: user.password })
    await server.test.database.execute(
      'update platform.second_factor set confirmed_at = now() where user_id = $1',
      [user.id],
    )
    expect(begun.status).toBe(200)
    const half = await signIn({ subject: 'two', email: user.email }, '/o/lead')
    expect(placeOf(half)).toEqual([302, '/login?step=second_step&next=%2Fo%2Flead'])
    expect(cookieOf(half, 'trellis_session')).toBeUndefined()
    const whole = await signIn({ subject: 'two', email: user.email, amr: ['pwd', 'otp'] })
    expect(placeOf(whole)).toEqual([302, '/'])
  })
})
