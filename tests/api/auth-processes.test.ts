import { afterAll, beforeAll, expect, it } from 'vitest'

import { createDatabase, LiveServer, type TestDatabase } from '../support/index.ts'

let test: TestDatabase
let servers: LiveServer[]
let silence: NodeJS.Timeout

beforeAll(async () => {
  test = await createDatabase({ template: 'installed' })
  // One after another: the first makes the administrator.
  servers = [await LiveServer.start(test.url), await LiveServer.start(test.url)]
  // Nobody is told anything: whoever listens is cut off, again and again.
  silence = setInterval(() => {
    test.database
      .query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and query ilike 'listen%'`,
      )
      .catch(() => undefined)
  }, 50)
})
afterAll(async () => {
  clearInterval(silence)
  for (const server of servers) await server.stop()
  await test.drop()
})

const ME = '/api/v1/me'
const JSON_BODY = { 'content-type': 'application/json' }

function serverAt(index: 0 | 1): LiveServer {
  const found = servers[index]
  if (found === undefined) throw new Error('The server did not start')
  return found
}

async function statusOf(
  at: LiveServer,
  headers: Readonly<Record<string, string>>,
): Promise<number> {
  return (await fetch(`${at.address}${ME}`, { headers })).status
}

async function send(
  at: LiveServer,
  method: string,
  path: string,
  body?: object,
): Promise<Response> {
  const answer = await fetch(`${at.address}${path}`, {
    method,
    headers: { ...at.headers, ...(body === undefined ? {} : JSON_BODY) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  if (answer.ok) return answer
  throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`)
}

interface Way {
  name: string
  headers: Record<string, string>
}

/** A user with a session and a key, both of which the second server has just taken. */
async function makeUser(): Promise<{ id: string; password: string; email: string; ways: Way[] }> {
  const email = `user.${crypto.randomUUID().slice(-12)}@example.com`
  const password = 'a password of their own'
  const record = { name: 'Live', email, permission_sets: ['admin'], active: true }
  const { id } = await (await send(serverAt(0), 'POST', '/api/v1/records/user', record)).json()
  await send(serverAt(0), 'POST', `/api/v1/users/${id}/sign-in`, {
    password: 'one for the first time',
  })
  const first = await signIn(email, 'one for the first time')
  const body = JSON.stringify({ current: 'one for the first time', new: password })
  const path = `${serverAt(0).address}/api/v1/auth/password`
  const signed = { ...first, ...JSON_BODY }
  expect((await fetch(path, { method: 'POST', headers: signed, body })).status).toBe(204)
  const session = await signIn(email, password)
  const made = await fetch(`${serverAt(0).address}/api/v1/api-keys`, {
    method: 'POST',
    headers: { ...session, ...JSON_BODY },
    body: JSON.stringify({ label: 'k' }),
  })
  const { key } = (await made.json()) as { key: string }
  const ways = [
    { name: 'session', headers: session },
    { name: 'key', headers: { authorization: `Bearer ${key}` } },
  ]
  for (const { headers } of ways) expect(await statusOf(serverAt(1), headers)).toBe(200)
  return { id, email, password, ways }
}

async function signIn(email: string, password: string): Promise<Record<string, string>> {
  const answer = await fetch(`${serverAt(0).address}/api/v1/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email, password }),
  })
  const { csrf_token: token } = (await answer.json()) as { csrf_token: string }
  const cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? ''
  return { cookie, 'x-csrf-token': token }
}

type User = Awaited<ReturnType<typeof makeUser>>

it.each<[string, (user: User) => Promise<Response>]>([
  [
    'their password was reset by an administrator',
    ({ id }) => send(serverAt(0), 'POST', `/api/v1/users/${id}/sign-in`),
  ],
  [
    'they were made inactive',
    ({ id }) => send(serverAt(0), 'PATCH', `/api/v1/records/user/${id}`, { active: false }),
  ],
  [
    'an administrator ended what was open',
    ({ id }) => send(serverAt(0), 'DELETE', `/api/v1/users/${id}/sessions`),
  ],
  [
    'they changed their password elsewhere',
    async ({ email, password }) => {
      const own = await signIn(email, password)
      return fetch(`${serverAt(0).address}/api/v1/auth/password`, {
        method: 'POST',
        headers: { ...own, 'content-type': 'application/json' },
        body: JSON.stringify({ current: password, new: 'something quite new' }),
      })
    },
  ],
])(
  'session and key of a user end on another process within a second when %s (Strapi CVE-2026-22706, NocoDB GHSA-g72g-r7m4-9x4g, Payload CVE-2025-4643, Directus GHSA-56p6-qw3c-fq2g)',
  async (_when, end) => {
    const user = await makeUser()
    // The second server has them fresh in its memory, and hears of nothing.
    await Promise.all(user.ways.map(({ headers }) => statusOf(serverAt(1), headers)))
    const streams = await Promise.all(
      user.ways.flatMap(({ headers }) =>
        [0, 1].map((index) => openStream(index === 1 ? 1 : 0, headers)),
      ),
    )
    const answer = await end(user)
    expect(answer.ok).toBe(true)
    const since = performance.now()
    await Promise.all(streams.map(({ ended }) => ended))
    expect(performance.now() - since).toBeLessThan(1000)
    for (const { name, headers } of user.ways) {
      await expect
        .poll(() => statusOf(serverAt(1), headers), { timeout: 2000, interval: 25, message: name })
        .toBe(401)
    }
    expect(performance.now() - since).toBeLessThan(1100)
  },
)

/** A stream of events that has begun; `ended` comes when the server ends it. */
async function openStream(
  index: 0 | 1,
  headers: Readonly<Record<string, string>>,
): Promise<{ ended: Promise<void>; close(): Promise<void> }> {
  const answer = await fetch(`${serverAt(index).address}/api/v1/events`, { headers })
  expect(answer.status).toBe(200)
  const reader = answer.body?.getReader()
  if (!reader) throw new Error('There is no stream')
  await reader.read()
  const drain = async (): Promise<void> => {
    while (!(await reader.read()).done);
  }
  return { ended: drain(), close: () => reader.cancel() }
}

it('events end where the session ended, and go on everywhere else', async () => {
  const { email, password, ways } = await makeUser()
  const other = await signIn(email, password)
  const [session] = ways
  const ending = await openStream(1, session?.headers ?? {})
  const staying = await openStream(1, other)
  let isOver = false
  const watched = staying.ended.then(() => {
    isOver = true
  })
  const left = await fetch(`${serverAt(0).address}/api/v1/auth/logout`, {
    method: 'POST',
    headers: session?.headers ?? {},
  })
  expect(left.status).toBe(204)
  const since = performance.now()
  await ending.ended
  expect(performance.now() - since).toBeLessThan(1000)
  await new Promise((resolve) => setTimeout(resolve, 1000))
  expect(isOver).toBe(false)
  await staying.close()
  await watched
})

it('wrong passwords are counted for all processes together', async () => {
  const { email, password } = await makeUser()
  const tryAt = async (index: 0 | 1, word: string, address = email): Promise<number> => {
    const answer = await fetch(`${serverAt(index).address}/api/v1/auth/login`, {
      method: 'POST',
      headers: JSON_BODY,
      body: JSON.stringify({ email: address, password: word }),
    })
    return answer.status
  }
  const unknown = `nobody.${crypto.randomUUID()}@example.com`
  for (const address of [email, unknown]) {
    for (const index of [0, 1, 0, 1, 0] as const) {
      expect(await tryAt(index, 'a wrong password', address)).toBe(401)
    }
    expect([await tryAt(0, password, address), await tryAt(1, password, address)]).toEqual([
      429, 429,
    ])
  }
})
