import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import {
  createDatabase,
  findPgbouncer,
  LiveServer,
  pooledUrlOf,
  runCrm,
  type TestDatabase,
} from '../support/index.ts'

const RECORDS = '/api/v1/records'
const META = '/api/v1/meta'

let test: TestDatabase
let folder: string
const servers: LiveServer[] = []
let turn = 0

/** The next of the two servers, as a load balancer chooses. */
function next(): LiveServer {
  turn += 1
  const server = servers[turn % servers.length]
  if (server === undefined) throw new Error('There is no server')
  return server
}

// oxlint-disable-next-line typescript/no-explicit-any -- tests assert what is in it
type Body = any

interface Answered {
  readonly status: number
  readonly body: Body
  readonly headers: Headers
}

async function ask(
  method: string,
  path: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answered> {
  const { address } = next()
  const answer = await fetch(`${address}${path}`, {
    method,
    headers: {
      // The session of one is good at the other.
      ...servers[0]?.headers,
      ...(body === undefined || body instanceof FormData
        ? {}
        : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...bodyOf(body),
  })
  const text = await answer.text()
  return {
    status: answer.status,
    headers: answer.headers,
    body: text === '' ? undefined : JSON.parse(text),
  }
}

function bodyOf(body: unknown): { body?: string | FormData } {
  if (body === undefined) return {}
  return { body: body instanceof FormData ? body : JSON.stringify(body) }
}

beforeAll(async () => {
  test = await createDatabase({ template: 'installed' })
  folder = await mkdtemp(join(tmpdir(), 'trellis-pair-'))
  const isPooled = findPgbouncer() !== undefined
  if (!isPooled) process.stderr.write('There is no pgbouncer: the two servers connect directly.\n')
  const url = isPooled ? await pooledUrlOf(test.url) : test.url
  const environment = {
    DATA_DIR: folder,
    LARGE_TABLE_ROWS: '100',
    ...(isPooled ? { DATABASE_DIRECT_URL: test.url } : {}),
  }
  // One after another: the first makes the administrator.
  servers.push(await LiveServer.start(url, environment))
  servers.push(await LiveServer.start(url, environment))
})
afterAll(async () => {
  for (const server of servers) await server.stop()
  await test.drop()
  await rm(folder, { recursive: true, force: true })
})

async function makeAccounts(count: number, name: string): Promise<string[]> {
  const operations = Array.from({ length: count }, (_, i) => ({
    op: 'create',
    record: { name: `${name} ${i}`, phone: String(13_000_000_000 + i) },
  }))
  const { status, body } = await ask('POST', `${RECORDS}/account/batch`, { operations })
  expect(status).toBe(200)
  return body.results.map(({ id }: { id: string }) => id)
}

/** Publishes and waits until it is at rest. */
async function publish(...puts: [path: string, definition: object][]): Promise<Body> {
  const set = (await ask('POST', `${META}/changesets`, { label: 'pair' })).body.id
  for (const [path, definition] of puts) {
    const put = await ask('PUT', `${META}/changesets/${set}/${path}`, definition)
    expect(put.status, JSON.stringify(put.body)).toBe(200)
  }
  const answer = await ask('POST', `${META}/changesets/${set}/publish`, {})
  if (answer.status !== 202) return answer
  const path = `${META}/publishes/${answer.body.publish.id}`
  await expect
    .poll(async () => (await ask('GET', path)).body.status, { timeout: 60_000 })
    .not.toMatch(/running|aborting/)
  return { status: 202, body: (await ask('GET', path)).body }
}

/** What both servers must say, within the two seconds in which one hears of the other's release. */
function bothSay(path: string, expected: (body: Body) => boolean): Promise<void> {
  return expect
    .poll(
      async () => {
        const answers = [await ask('GET', path), await ask('GET', path)]
        return answers.map(({ body }) => expected(body))
      },
      { timeout: 4000 },
    )
    .toEqual([true, true])
}

describe('two servers on one database', () => {
  it('answer for one another: records, versions, repeats, cursors', async () => {
    const made = await ask('POST', `${RECORDS}/account`, { name: '双机' })
    expect(made.status).toBe(201)
    const path = `${RECORDS}/account/${made.body.id}`
    const match = { 'if-match': '"1"' }
    expect((await ask('PATCH', path, { city: 'Wuxi' }, match)).status).toBe(200)
    expect((await ask('PATCH', path, { city: 'Suzhou' }, match)).status).toBe(412)
    const key = { 'idempotency-key': crypto.randomUUID() }
    const once = await ask('POST', `${RECORDS}/account`, { name: 'Once' }, key)
    const again = await ask('POST', `${RECORDS}/account`, { name: 'Once' }, key)
    expect([again.status, again.body.id]).toEqual([201, once.body.id])
    const ids = await makeAccounts(60, 'Page')
    const seen: string[] = []
    for (let cursor: string | null = ''; cursor !== null;) {
      const after: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`
      const page: Answered = await ask(
        'GET',
        `${RECORDS}/account?select=id,name&filter[name][contains]=Page&limit=25${after}`,
      )
      expect(page.status, JSON.stringify(page.body)).toBe(200)
      seen.push(...page.body.records.map(({ id }: { id: string }) => id))
      cursor = page.body.next_cursor ?? null
    }
    expect(seen.toSorted()).toEqual(ids.toSorted())
  })

  it('know within a second who may do what, and at once what one chose for oneself', async () => {
    turn = 0
    const asked = async (at: number, method: string, path: string, body?: object) => {
      turn = at
      return ask(method, path, body)
    }
    // Each remembers the one who asks from here on.
    await asked(0, 'GET', `${RECORDS}/account?limit=1`)
    await asked(1, 'GET', `${RECORDS}/account?limit=1`)
    const user = { name: 'New', email: 'new@example.com', permission_sets: ['sales_rep'] }
    const made = await asked(0, 'POST', `${RECORDS}/user`, user)
    expect(made.status, JSON.stringify(made.body)).toBe(201)
    const owned = { name: 'Theirs', owner: made.body.id }
    const soon = { timeout: 1500 }
    const own = async (): Promise<number> =>
      (await asked(1, 'POST', `${RECORDS}/account`, owned)).status
    await expect.poll(own, soon).toBe(201)
    const path = `${RECORDS}/user/${made.body.id}`
    expect((await asked(0, 'PATCH', path, { active: false })).status).toBe(200)
    await expect.poll(own, soon).toBe(403)
    const me = await asked(0, 'PATCH', '/api/v1/me', { locale: 'en-US' })
    expect((await asked(1, 'GET', '/api/v1/me')).body.locale).toBe(me.body.locale)
    expect((await asked(1, 'PATCH', '/api/v1/me', { locale: 'zh-CN' })).body.locale).toBe('zh-CN')
    expect((await asked(0, 'GET', '/api/v1/me')).body.locale).toBe('zh-CN')
  })

  it('count each of many writers at both of them once', async () => {
    const { id } = (await ask('POST', `${RECORDS}/account`, { name: 'Hot' })).body
    const writes = await Promise.all(
      Array.from({ length: 30 }, (_, i) =>
        ask('PATCH', `${RECORDS}/account/${id}`, { credit_days: i + 1 }),
      ),
    )
    expect(writes.filter(({ status }) => status !== 200)).toEqual([])
    expect((await ask('GET', `${RECORDS}/account/${id}`)).body.version).toBe(31)
  })

  it('publish at one of them: the other follows, and says so to who listens there', async () => {
    const events = await fetch(`${servers[1]?.address}/api/v1/events`, {
      headers: { ...servers[1]?.headers },
    })
    const reader = events.body?.getReader()
    turn = 1
    const answer = await publish([
      'field/account.pair__c',
      { type: 'text', label: 'Pair', unique: false },
    ])
    expect([200, 202]).toContain(answer.status)
    await bothSay(`${META}/objects/account`, (body) =>
      body.fields.some(({ name }: { name: string }) => name === 'pair__c'),
    )
    let heard = ''
    while (!heard.includes('"release":2')) {
      const { value, done } = (await reader?.read()) ?? { value: undefined, done: true }
      if (done) break
      heard += Buffer.from(value ?? []).toString()
    }
    expect(heard).toContain('event: release')
    expect(heard).toContain('"release":2')
    await reader?.cancel()
  })

  it('publish in steps, while both of them write', { timeout: 120_000 }, async () => {
    await makeAccounts(150, 'Large')
    await publish(['field/account.code__c', { type: 'text', label: 'Code' }])
    await bothSay(`${META}/objects/account`, (body) =>
      body.fields.some(({ name }: { name: string }) => name === 'code__c'),
    )
    await ask('POST', `${RECORDS}/account`, { name: 'With a code', code__c: '10000' })
    const over = new AbortController()
    const statuses = new Set<number>()
    const writer = (async () => {
      for (let i = 0; !over.signal.aborted; i += 1) {
        statuses.add((await ask('POST', `${RECORDS}/account`, { name: `While ${i}` })).status)
      }
    })()
    const number = await publish(['field/account.code__c', { type: 'number', label: 'Code' }])
    over.abort()
    await writer
    expect(number).toMatchObject({ status: 202, body: { status: 'done' } })
    expect([...statuses]).toEqual([201])
    const unique = await publish([
      'field/account.code__c',
      { type: 'number', label: 'Code', unique: true },
    ])
    expect(unique).toMatchObject({ status: 202, body: { status: 'done' } })
    await bothSay(`${META}/objects/account`, (body) =>
      body.fields.some(
        (field: { name: string; unique?: boolean }) => field.name === 'code__c' && field.unique,
      ),
    )
    const twice = await Promise.all([
      ask('POST', `${RECORDS}/account`, { name: 'A', code__c: 7 }),
      ask('POST', `${RECORDS}/account`, { name: 'B', code__c: 7 }),
    ])
    expect(twice.map(({ status }) => status).toSorted()).toEqual([201, 409])
  })

  it('import at one of them, and tell of it at both', async () => {
    const rows = Array.from({ length: 300 }, (_, i) => `Imported ${i},Wuxi`)
    const form = new FormData()
    form.set('object', 'account')
    form.set('mapping', JSON.stringify({ name: 'name', city: 'city' }))
    form.set('file', new Blob([['name,city', ...rows].join('\n')]), 'rows.csv')
    const sent = await ask('POST', '/api/v1/imports', form)
    expect(sent.status, JSON.stringify(sent.body)).toBe(202)
    await expect
      .poll(async () => (await ask('GET', `/api/v1/imports/${sent.body.id}`)).body.status, {
        timeout: 30_000,
      })
      .toBe('done')
    const { body } = await ask('GET', `/api/v1/imports/${sent.body.id}`)
    expect(body).toMatchObject({ created: 300, failed: 0 })
  })

  it.runIf(findPgbouncer() !== undefined)(
    'are told what a pooler lacks whose sessions are set up otherwise',
    async () => {
      const refused = await runCrm(['doctor'], {
        DATABASE_URL: await pooledUrlOf(test.url),
        DATABASE_DIRECT_URL: test.url,
        DATA_DIR: folder,
        STATEMENT_TIMEOUT_MS: '20000',
      })
      expect(refused.code).toBe(1)
      expect(refused.text).toContain('another statement_timeout; its database needs connect_query=')
      expect(refused.text).toContain('set statement_timeout to 20000')
    },
  )
})
