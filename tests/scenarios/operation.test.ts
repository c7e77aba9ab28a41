import { once } from 'node:events'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { Agent, get, type IncomingMessage, request } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

import { type Database, openDatabase, startEmbeddedPostgres } from '@trellis/server/db'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { LiveServer, testConfig } from '../support/index.ts'

const SECOND = 1000
// Its own workers must not be taken for the server's.
const SETTINGS = { fsync: 'off', autovacuum: 'off', max_connections: '30' }

/** A PostgreSQL that can be away and come back where it was, and a server that runs on it. */
let postgres: { url: string; start(): Promise<void>; stop(): Promise<void> }
let observer: Database
let server: LiveServer
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trellis-operation-'))
  await chmod(folder, 0o711)
  postgres = await makePostgres()
  observer = await openDatabase(
    testConfig({ DATABASE_URL: postgres.url.replace(/\/trellis$/, '/postgres'), POOL_SIZE: '1' }),
  )
  server = await LiveServer.start(postgres.url)
})
afterAll(async () => {
  await server?.stop()
  await observer?.close()
  await postgres?.stop()
  await rm(folder, { recursive: true, force: true })
})

async function makePostgres(): Promise<typeof postgres> {
  const options = { dataDir: folder, settings: SETTINGS }
  let running = await startEmbeddedPostgres(options)
  const url = running.urlOf('trellis')
  return {
    url,
    start: async () => {
      running = await startEmbeddedPostgres({ ...options, port: Number(new URL(url).port) })
    },
    stop: () => running.stop(),
  }
}

async function countTransactions(): Promise<number> {
  const [row] = await observer.query<{ total: number }>(
    `select (xact_commit + xact_rollback)::int as total from pg_stat_database where datname = 'trellis'`,
  )
  return row?.total ?? Number.NaN
}

async function cpuSeconds(): Promise<number> {
  const figures = await (await fetch(`${server.address}/metrics`)).text()
  return Number(/^process_cpu_seconds_total (\S+)$/m.exec(figures)?.[1])
}

async function transactionsIn(seconds: number): Promise<number> {
  const before = await countTransactions()
  await delay(seconds * SECOND)
  return (await countTransactions()) - before
}

/** Opens the stream of events over a connection that is kept, as browsers do. */
async function openEvents(agent: Agent): Promise<IncomingMessage> {
  const options = { agent, headers: { ...server.headers } }
  const [stream]: IncomingMessage[] = await once(
    get(`${server.address}/api/v1/events`, options),
    'response',
  )
  if (stream === undefined) throw new Error('No stream came')
  await once(stream, 'data')
  return stream
}

/** Asks for what takes a while to answer; each for another account, since one is soon told to wait. */
async function failToSignIn(agent: Agent, nobody: number): Promise<number | undefined> {
  const asking = request(`${server.address}/api/v1/auth/login`, {
    agent,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
  })
  asking.end(JSON.stringify({ email: `nobody${nobody}@example.com`, password: 'no such password' }))
  const [answer]: IncomingMessage[] = await once(asking, 'response')
  answer?.resume()
  return answer?.statusCode
}

describe('a server that nobody uses', () => {
  it('runs fewer than five transactions a second and takes no CPU', async () => {
    // The counts of what was done at the start arrive up to ten seconds later.
    await expect.poll(() => transactionsIn(2), { timeout: 60 * SECOND }).toBeLessThan(10)
    const cpuBefore = await cpuSeconds()
    const transactions = await transactionsIn(10)
    const cpu = (await cpuSeconds()) - cpuBefore
    expect(transactions).toBeGreaterThanOrEqual(0)
    expect(transactions).toBeLessThan(50)
    // Two hundredths of a core, of which most is the two readings of the figures.
    expect(cpu).toBeLessThan(0.2)
  })
})

describe('a PostgreSQL that is away', () => {
  const CALLS = ['/api/v1/records/account', '/api/v1/records/contact', '/readyz']
  const statuses = async (): Promise<number[]> => {
    const answers = await Promise.all(CALLS.map((path) => server.get(path)))
    return answers.map(({ status }) => status)
  }

  it('is answered 503 with a time to wait, and all is well when it comes back', async () => {
    expect(await statuses()).toEqual([200, 200, 200])
    await postgres.stop()
    try {
      for (const path of CALLS) {
        const answer = await server.get(path)
        expect([path, answer.status]).toEqual([path, 503])
        expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
        expect(answer.headers.get('content-type')).toContain('application/problem+json')
        expect(await answer.json()).toMatchObject({ status: 503, code: 'unavailable' })
      }
      expect((await server.get('/healthz')).status).toBe(200)
    } finally {
      await postgres.start()
    }
    await expect.poll(statuses, { timeout: 30 * SECOND }).toEqual([200, 200, 200])
  })
})

describe('a server that is told to end', () => {
  it('answers what is asked and ends at once, whoever keeps a connection', async () => {
    const agent = new Agent({ keepAlive: true })
    const stream = await openEvents(agent)
    const streamEnded = once(stream, 'end')
    // Browsers open connections before they need them.
    const silent = connect(Number(new URL(server.address).port), '127.0.0.1')
    await once(silent, 'connect')
    const asked = Array.from({ length: 6 }, (_, nobody) => failToSignIn(agent, nobody))
    await asked[0]

    const began = performance.now()
    expect(await server.stop()).toBe(0)
    expect(performance.now() - began).toBeLessThan(3 * SECOND)
    expect(await Promise.all(asked)).toEqual(asked.map(() => 401))
    await streamEnded
    silent.destroy()
    agent.destroy()
  })
})
