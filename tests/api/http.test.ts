import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { createApp } from '@trellis/server'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { type Answer, Caller, startTestServer, type TestServer } from '../support/index.ts'

let server: TestServer
let port: number
beforeAll(async () => {
  server = await startTestServer()
  const address = await server.app.listen({ host: '127.0.0.1', port: 0 })
  port = Number(new URL(address).port)
})
afterAll(() => server.stop())

const LOGIN = '/api/v1/auth/login'
const KEYS = '/api/v1/api-keys'

function sendText(payload: string | Buffer, contentType = 'application/json'): Promise<Answer> {
  const headers = { 'content-type': contentType, 'accept-language': 'en' }
  return server.admin.send({ method: 'POST', url: KEYS, payload, headers })
}

function sendRaw(bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = ''
    const socket = connect(port, '127.0.0.1', () => socket.end(bytes))
    socket.on('data', (part) => {
      answer += part.toString()
    })
    socket.on('close', () => resolve(answer))
    socket.on('error', reject)
  })
}

function once(key: string): Caller {
  return server.admin.with({ 'idempotency-key': key })
}

async function countKeys(label: string): Promise<number> {
  const { keys } = (await server.admin.get(KEYS)).body
  return keys.filter((key: { label: string }) => key.label === label).length
}

describe('a body', () => {
  it.each([
    ['an empty text', '', 'empty'],
    ['half a text', '{"label":', 'not JSON'],
    ['a key twice', '{"label":"a","label":"b"}', '"label" is given twice'],
    ['NUL', '{"label":"a\\u0000"}', 'NUL'],
    ['half a character', '{"label":"\\ud800"}', 'lone surrogate'],
    ['__proto__', '{"label":"x","__proto__":{"admin":true}}', '__proto__'],
    ['too many levels', `${'['.repeat(10_000)}${']'.repeat(10_000)}`, '32 levels'],
    ['a number that would lose digits', '{"label":9007199254740993}', '9007199254740993'],
    ['a list', '[]', 'Must be an object'],
    ['null', 'null', 'JSON body'],
  ])('that holds %s is refused by name', async (_what, payload, words) => {
    const answer = await sendText(payload)
    expect(answer.status).toBe(400)
    expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8')
    expect(answer.body).toMatchObject({ type: 'urn:problem:malformed', code: 'malformed' })
    expect(answer.text).toContain(JSON.stringify(words).slice(1, -1))
  })

  it('that is not UTF-8 is refused', async () => {
    expect((await sendText(Buffer.from('{"label":"\xff"}', 'latin1'))).status).toBe(400)
    expect((await sendText('{"label":"x"}', 'application/json; charset=gbk')).status).toBe(415)
  })

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/xml',
    'application/json-patch+json',
    'application/jsonx',
    'application',
    'application/json a',
  ])('of the type %s is refused', async (type) => {
    expect((await sendText('{"label":"x"}', type)).status).toBe(415)
  })

  it.each([
    'application/json',
    'Application/JSON; charset=UTF-8',
    'application/json;charset="utf-8"',
  ])('of the type %s is taken', async (type) => {
    expect((await sendText('{"label":"x"}', type)).status).toBe(201)
  })

  it('over 1 MiB is refused', async () => {
    const answer = await sendText(JSON.stringify({ label: 'x'.repeat(1024 * 1024) }))
    expect(answer.status).toBe(413)
    expect(answer.body.code).toBe('too_large')
  })

  it('with countless faults is answered briefly', async () => {
    const many = Object.fromEntries(Array.from({ length: 80_000 }, (_, at) => [`k${at}`, 1]))
    const answer = await sendText(JSON.stringify(many))
    expect(answer.status).toBe(400)
    expect(answer.text.length).toBeLessThan(50_000)
  })

  it('that nobody asked for is refused', async () => {
    const answer = await server.admin.post('/api/v1/auth/logout', { all: true })
    expect(answer.status).toBe(400)
    expect((await server.admin.get('/api/v1/me')).status).toBe(200)
  })
})

describe('an address', () => {
  it.each([
    ['/api/v1/me?q=%00', 400],
    ['/api/v1/me?q=%E4%B8', 400],
    ['/api/v1/api-keys/%ED%A0%80', 400],
    ['/api/v1/me?unknown=1', 400],
    ['/api/v1/me?__proto__=1', 400],
    ['/api/v1/nothing', 404],
    ['/api/v2/me', 404],
    ['/api/v1/me/', 404],
    [`/api/v1/${'x'.repeat(5000)}`, 404],
  ])('%s answers %i', async (url, status) => {
    const answer = await server.admin.get(url)
    expect(answer.status).toBe(status)
    expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8')
  })

  it('says which methods it takes', async () => {
    const answer = await server.admin.delete('/api/v1/me')
    expect(answer.status).toBe(405)
    expect(answer.headers['allow']).toBe('GET, HEAD, PATCH')
    expect((await server.admin.get(LOGIN)).headers['allow']).toBe('POST')
  })

  it('names an unknown parameter and what was probably meant', async () => {
    const answer = await server.admin.with({ 'accept-language': 'en' }).get('/api/v1/me?a=1&b=2')
    expect(answer.body).toMatchObject({ code: 'unknown_parameter', detail: '2 problems' })
    expect(answer.body.errors.map(({ path }: { path: string }) => path)).toEqual(['a', 'b'])
  })
})

describe('bytes that are not HTTP', () => {
  it('are answered with problem details', async () => {
    const answer = await sendRaw('nonsense\r\n\r\n')
    expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/)
    expect(answer).toContain('"code":"malformed"')
    const header = `GET / HTTP/1.1\r\nHost: x\r\nX: ${'y'.repeat(40_000)}\r\n\r\n`
    expect(await sendRaw(header)).toMatch(/^HTTP\/1\.1 431 /)
  })
})

describe('every answer', () => {
  it('carries an id and the rules for browsers', async () => {
    const { headers, body } = await server.stranger.get('/api/v1/me')
    expect(headers['x-request-id']).toBe(body.instance)
    expect(headers['x-content-type-options']).toBe('nosniff')
    expect(headers['cache-control']).toBe('no-store')
    const policy = String(headers['content-security-policy'])
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("script-src 'self';")
    expect(policy).not.toContain('unsafe-eval')
  })

  it('of an error follows Accept-Language, then the user, then Chinese', async () => {
    const titleFor = async (language: string): Promise<string> =>
      (await server.stranger.with({ 'accept-language': language }).get('/api/v1/me')).body.title
    expect(await titleFor('en-GB,en;q=0.9')).toBe('Not signed in')
    expect(await titleFor('zh-TW')).toBe('未登录')
    expect(await titleFor('fr')).toBe('未登录')
    const user = await server.createUser({ sets: [], locale: 'en-US' })
    const caller = await server.signIn(user)
    expect((await caller.get('/api/v1/me?x=1')).body.title).toBe('Unknown parameter')
  })

  it('of a failure that nobody foresaw says nothing about it', async () => {
    await server.test.database.execute('alter table platform.api_key rename to api_key_gone')
    try {
      const answer = await server.admin.get(KEYS)
      expect(answer.status).toBe(500)
      expect(answer.body).toEqual({
        type: 'urn:problem:internal',
        title: 'Internal error',
        status: 500,
        code: 'internal',
        instance: expect.any(String),
      })
    } finally {
      await server.test.database.execute('alter table platform.api_key_gone rename to api_key')
    }
  })
})

describe('an idempotency key', () => {
  it('makes a repeat answer the same bytes, even what is shown only once', async () => {
    const first = await once('a-1').post(KEYS, { label: 'once' })
    const again = await once('a-1').post(KEYS, { label: 'once' })
    expect(again.text).toBe(first.text)
    expect(again.status).toBe(201)
    expect(again.headers['idempotency-replayed']).toBe('true')
    expect(await countKeys('once')).toBe(1)
    const rows = await server.test.database.query(
      `select encode(body, 'escape') as body from main._idempotency where key = 'a-1'`,
    )
    expect(JSON.stringify(rows)).not.toContain(first.body.key)
  })

  it('repeats refusals too', async () => {
    const first = await once('a-2').post(KEYS, { label: 'x', permission_set: 'none' })
    const again = await once('a-2').post(KEYS, { label: 'x', permission_set: 'none' })
    expect(first.status).toBe(422)
    expect(again.text).toBe(first.text)
  })

  it('is refused for another request, and is nobody else’s', async () => {
    await once('a-3').post(KEYS, { label: 'three' })
    const other = await once('a-3').post(KEYS, { label: 'four' })
    expect(other.status).toBe(422)
    expect(other.body.code).toBe('idempotency_mismatch')
    const caller = await server.signIn(await server.createUser({ sets: ['admin'] }))
    const own = await caller.with({ 'idempotency-key': 'a-3' }).post(KEYS, { label: 'four' })
    expect(own.status).toBe(201)
  })

  it('carries out simultaneous duplicates once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => once('a-4').post(KEYS, { label: 'at once' })),
    )
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1)
    expect(await countKeys('at once')).toBe(1)
  })

  it('makes one record of simultaneous creates', async () => {
    const name = '只建一次有限公司'
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => once('a-7').post('/api/v1/records/account', { name })),
    )
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1)
    expect(answers[0]?.status).toBe(201)
    expect(new Set(answers.map(({ headers }) => headers['location'])).size).toBe(1)
    const found = await server.admin.get('/api/v1/records/account?q=只建一次')
    expect(found.body.records).toHaveLength(1)
  })

  it('never commits what lost its claim', async () => {
    const { database } = server.test
    const name = '失去资格有限公司'
    // Another attempt takes the claim over while this one is at work.
    await database.execute(`
      create function main.lose_claim() returns trigger language plpgsql as $$
      begin
        update main._idempotency set claim = gen_random_uuid() where key = 'a-8';
        return new;
      end $$`)
    await database.execute(`create trigger lose_claim before insert on main.account
      for each row execute function main.lose_claim()`)
    const answer = await once('a-8').post('/api/v1/records/account', { name })
    await database.execute('drop trigger lose_claim on main.account')
    expect(answer.status).toBe(409)
    const found = await server.admin.get('/api/v1/records/account?q=失去资格')
    expect(found.body.records).toEqual([])
  })

  it('is forgotten after a day', async () => {
    const first = await once('a-5').post(KEYS, { label: 'daily' })
    await server.test.database.execute(
      `update main._idempotency set created_at = now() - interval '25 hours' where key = 'a-5'`,
    )
    const next = await once('a-5').post(KEYS, { label: 'daily' })
    expect(next.body.id).not.toBe(first.body.id)
  })

  it('lets what never committed be tried again, and what committed never', async () => {
    const { database } = server.test
    const abandon = (set: string): Promise<number> =>
      database.execute(
        `update main._idempotency set status = null, headers = null, body = null,
           claimed_at = now() - interval '2 minutes', ${set} where key = 'a-6'`,
      )
    await once('a-6').post(KEYS, { label: 'crashed' })
    await abandon('committed_at = now()')
    const lost = await once('a-6').post(KEYS, { label: 'crashed' })
    expect(lost.status).toBe(409)
    expect(await countKeys('crashed')).toBe(1)
    await abandon('committed_at = null')
    expect((await once('a-6').post(KEYS, { label: 'crashed' })).status).toBe(201)
  })

  it('must be visible text', async () => {
    const answer = await once('two words').post(KEYS, { label: 'x' })
    expect(answer.status).toBe(400)
    expect(answer.body.errors[0].path).toBe('Idempotency-Key')
  })
})

describe('the front ends', () => {
  let folder: string
  let visitor: Caller
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'trellis-front-'))
    for (const name of ['runtime-ui', 'studio']) {
      await mkdir(join(folder, name, 'dist', 'assets'), { recursive: true })
      await writeFile(join(folder, name, 'dist', 'index.html'), `<title>${name}</title>`)
      await writeFile(join(folder, name, 'dist', 'assets', 'a-1b2c.js'), `'${name}'`)
    }
    await writeFile(join(folder, 'secret.txt'), 'secret')
    const config = { ...server.foundation.config, rootDir: folder }
    const app = await createApp({ ...server.foundation, config })
    visitor = new Caller(app, { accept: 'text/html,*/*' })
  })
  afterAll(() => rm(folder, { recursive: true }))

  it('are shown at their places, and at every place inside of them', async () => {
    for (const url of ['/', '/record/account/1', '/?next=1']) {
      const answer = await visitor.get(url)
      expect(answer.text).toBe('<title>runtime-ui</title>')
      expect(answer.headers['cache-control']).toBe('no-cache')
    }
    expect((await visitor.get('/studio/objects/account')).text).toBe('<title>studio</title>')
    expect((await visitor.get('/studio')).headers['location']).toBe('/studio/')
  })

  it('let built assets be kept for ever', async () => {
    const answer = await visitor.get('/studio/assets/a-1b2c.js')
    expect(answer.text).toBe(`'studio'`)
    expect(answer.headers['cache-control']).toBe('public, max-age=31536000, immutable')
  })

  it.each([
    '/assets/missing.js',
    '/../secret.txt',
    '/..%2fsecret.txt',
    '/assets/..%2f..%2f..%2fsecret.txt',
    '/assets/%2e%2e/%2e%2e/%2e%2e/secret.txt',
    '/assets\\..\\secret.txt',
    '/.env',
    '/api/v1/nothing',
    '/api/nothing',
  ])('give nothing else away: %s', async (url) => {
    const answer = await visitor.get(url)
    expect(answer.text).not.toContain('secret')
    expect([403, 404]).toContain(answer.status)
    expect(answer.headers['content-type']).toContain('application/problem+json')
  })

  it('answer programs that ask for no page with 404', async () => {
    const answer = await visitor.with({ accept: 'application/json' }).get('/record/account/1')
    expect(answer.status).toBe(404)
  })
})

describe('the operator', () => {
  it('sees that the process lives and can work', async () => {
    expect((await server.stranger.get('/healthz')).body).toEqual({ status: 'ok' })
    expect((await server.stranger.get('/readyz')).body).toEqual({ status: 'ok' })
  })

  it('reads figures on the same machine only', async () => {
    const answer = await server.stranger.get('/metrics')
    expect(answer.headers['content-type']).toContain('text/plain')
    expect(answer.text).toMatch(
      /^http_requests_total\{method="GET",route="\/healthz",status="200"\} \d+$/m,
    )
    expect(answer.text).toMatch(/^database_connections\{state="busy"\} \d+$/m)
    const forwarded = server.stranger.with({ 'x-forwarded-for': '203.0.113.9' })
    expect((await forwarded.get('/metrics')).status).toBe(403)
    const remote = await server.stranger.send({ url: '/metrics', remoteAddress: '203.0.113.9' })
    expect(remote.status).toBe(403)
  })
})

describe('too many requests', () => {
  it('from one address are stopped with a time to wait', async () => {
    const small = await startTestServer({ requestsPerMinute: 5 })
    try {
      const remoteAddress = '203.0.113.7'
      const answers = []
      for (let at = 0; at < 7; at += 1) {
        answers.push(await small.stranger.send({ url: '/healthz', remoteAddress }))
      }
      const statuses = answers.map(({ status }) => status)
      expect(statuses).toEqual([200, 200, 200, 200, 200, 429, 429])
      expect(Number(answers.at(-1)?.headers['retry-after'])).toBeGreaterThan(0)
    } finally {
      await small.stop()
    }
  })
})

describe('events', () => {
  it('tell of the release in force, and of the next one', async () => {
    const ending = new AbortController()
    const answer = await fetch(`http://127.0.0.1:${port}/api/v1/events`, {
      headers: { cookie: server.admin.headers['cookie'] ?? '' },
      signal: ending.signal,
    })
    expect(answer.headers.get('content-type')).toContain('text/event-stream')
    const reader = answer.body?.getReader()
    const first = new TextDecoder().decode((await reader?.read())?.value)
    expect(first).toContain('event: release\nid: 1\ndata: {"release":1}\n\n')
    ending.abort()
  })

  it('end when the server closes, which does not wait for their readers', async () => {
    const closing = await createApp(server.foundation)
    const address = await closing.listen({ host: '127.0.0.1', port: 0 })
    const answer = await fetch(`${address}/api/v1/events`, {
      headers: { cookie: server.admin.headers['cookie'] ?? '' },
    })
    await closing.close()
    expect(await answer.text()).toContain('event: release')
  })

  it('are for those who are signed in', async () => {
    expect((await server.stranger.get('/api/v1/events')).status).toBe(401)
  })
})

describe('a database that is away', () => {
  it('is answered 503 with a time to wait, and heals by itself', async () => {
    const away = await startTestServer()
    const url = away.test.config.databaseUrl ?? ''
    const name = new URL(url).pathname.slice(1)
    const { database } = server.test
    try {
      await database.execute(`alter database ${name} with allow_connections false`)
      await database.execute(
        `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`,
      )
      const ready = await away.stranger.get('/readyz')
      expect(ready.status).toBe(503)
      expect((await away.stranger.get('/healthz')).status).toBe(200)
      await database.execute(`alter database ${name} with allow_connections true`)
      await expect
        .poll(async () => (await away.admin.get('/api/v1/me')).status, { timeout: 10_000 })
        .toBe(200)
    } finally {
      await database.execute(`alter database ${name} with allow_connections true`)
      await away.stop()
    }
  })
})
