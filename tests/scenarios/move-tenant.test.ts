import { type ChildProcess, spawn } from 'node:child_process'
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

import {
  type Database,
  type EmbeddedPostgres,
  openDatabase,
  startEmbeddedPostgres,
} from '@trellis/server/db'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { LiveServer, ROOT_DIR, runCrm, testConfig } from '../support/index.ts'

const ADMIN = { ADMIN_EMAIL: 'admin@example.com', ADMIN_PASSWORD: 'a password for live tests' }
const SETTINGS = { shared_buffers: '64MB', fsync: 'off', autovacuum: 'off' }

/** What the mover has said when it is killed; `MOVE_KILLS=all` adds the moments at which it simply begins anew. */
const KILLED_AT = [
  ...(process.env['MOVE_KILLS'] === 'all' ? ['Copying', 'All rows are there'] : []),
  'Requests wait',
  'It has left',
  ...(process.env['MOVE_KILLS'] === 'all' ? ['lives on'] : []),
]

/** How many accounts there are before it moves. */
const ROWS = Number(process.env['MOVE_ROWS'] ?? '20000')
const IMPORTED = 3000
const MOST_MEMORY_KB = 400 * 1024

let folder: string
let environment: Record<string, string>
const clusters: EmbeddedPostgres[] = []
const servers: LiveServer[] = []
let home: Database
let east: Database

async function startCluster(name: string): Promise<EmbeddedPostgres> {
  const dataDir = join(folder, name)
  const postgres = await startEmbeddedPostgres({ dataDir, settings: SETTINGS })
  clusters.push(postgres)
  return postgres
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trellis-move-'))
  // PostgreSQL's own account must be able to pass through.
  await chmod(folder, 0o711)
  const [one, two] = [await startCluster('one'), await startCluster('two')]
  environment = {
    ...ADMIN,
    DATABASE_URL: one.urlOf('trellis'),
    DATABASE_URL_EAST: two.urlOf('trellis'),
    DATA_DIR: join(folder, 'data'),
    DEMO: 'none',
    LARGE_TABLE_ROWS: '10000',
  }
  const made = await crm('create', 'acme')
  expect(made.code, made.text).toBe(0)
  home = await openDatabase(testConfig({ DATABASE_URL: one.urlOf('trellis'), POOL_SIZE: '2' }))
  east = await openDatabase(testConfig({ DATABASE_URL: two.urlOf('trellis'), POOL_SIZE: '2' }))
  for (let i = 0; i < 2; i += 1) {
    servers.push(
      await LiveServer.start(environment['DATABASE_URL'] ?? '', { ...environment, TENANT: 'acme' }),
    )
  }
}, 240_000)
afterAll(async () => {
  for (const server of servers) await server.stop()
  await home?.close()
  await east?.close()
  for (const cluster of clusters) await cluster.stop()
  await rm(folder, { recursive: true, force: true })
})

const crm = (...args: string[]): ReturnType<typeof runCrm> =>
  runCrm(['tenant', ...args], environment)

/** What was asked for and came of it, from both servers without a pause. */
class Load {
  readonly made: string[] = []
  readonly failures: string[] = []
  longestMs = 0
  count = 0
  #isOver = false
  readonly #work: Promise<unknown>

  constructor() {
    this.#work = Promise.all([0, 1, 2, 3].map((lane) => this.#run(lane)))
  }

  async end(): Promise<void> {
    this.#isOver = true
    await this.#work
  }

  async #run(lane: number): Promise<void> {
    for (let i = 0; !this.#isOver; i += 1) {
      const server = servers[(lane + i) % 2]
      if (!server) return
      await (i % 3 === 0 ? this.#write(server, `${lane}.${i}`) : this.#read(server))
    }
  }

  async #write(server: LiveServer, name: string): Promise<void> {
    const answer = await this.#time('POST', () =>
      server.send('POST', '/api/v1/records/account', { name: `Moving ${name} ${Math.random()}` }),
    )
    if (answer) this.made.push(JSON.parse(answer).id)
  }

  async #read(server: LiveServer): Promise<void> {
    await this.#time('GET', () => server.get('/api/v1/records/account?limit=5'))
  }

  async #time(what: string, ask: () => Promise<Response>): Promise<string | undefined> {
    const began = performance.now()
    const answer = await ask()
    const text = await answer.text()
    this.longestMs = Math.max(this.longestMs, performance.now() - began)
    this.count += 1
    if (answer.ok) return text
    this.failures.push(`${what} ${answer.status} ${text}`)
    return undefined
  }
}

/** All records that were said to be made are there once, and nothing else is. */
async function expectAllThere(db: Database, made: readonly string[]): Promise<void> {
  const rows = await db.query<{ id: string }>('select id from acme.account')
  const ids = new Set(rows.map(({ id }) => id))
  expect(made.filter((id) => !ids.has(id))).toEqual([])
  const doctor = await runCrm(['doctor'], { ...environment, TENANT: 'acme' })
  expect(doctor.code, doctor.text).toBe(0)
}

/** In how many of the two databases the tenant can be written to; one may never be found in both. */
async function homes(): Promise<string[]> {
  const found: string[] = []
  for (const [name, db] of [
    ['home', home],
    ['east', east],
  ] as const) {
    const [row] = await db.query<{ isHere: boolean }>(
      `select to_regnamespace('acme') is not null and exists
        (select 1 from platform.tenant where name = 'acme' and node is null) as "isHere"`,
    )
    if (row?.isHere) found.push(name)
  }
  return found
}

/** Makes many accounts like one that there is, past the record engine. */
async function makeRows(): Promise<void> {
  const made = await servers[0]?.send('POST', '/api/v1/records/account', { name: 'Of many' })
  expect(made?.status).toBe(201)
  const columns = await home.query<{ name: string }>(`
    select format('%I', attname) as name from pg_attribute
    where attrelid = 'acme.account'::regclass and attnum > 0 and not attisdropped and attgenerated = ''`)
  const names = columns.map(({ name }) => name).join(', ')
  await home.inTransaction(
    async (tx) => {
      await tx.execute(`set local session_replication_role = replica`)
      await tx.execute(
        `insert into acme.account (${names})
         select ${names} from (
           select (jsonb_populate_record(null::acme.account, to_jsonb(a) || jsonb_build_object(
             'id', gen_random_uuid(), 'name', 'Of many ' || i, 'account_no', 'M' || i))).*
           from acme.account as a, generate_series(1, $1::int) as i where a.name = 'Of many') as made`,
        [ROWS],
      )
    },
    { statementTimeoutMs: 0 },
  )
  await home.execute('analyze acme.account')
}

async function startImport(): Promise<string> {
  const rows = Array.from({ length: IMPORTED }, (_, i) => `Imported ${i}`)
  const form = new FormData()
  form.set('object', 'account')
  form.set('mapping', JSON.stringify({ name: 'name' }))
  form.set('file', new Blob([['name', ...rows].join('\n')]), 'rows.csv')
  const [server] = servers
  const sent = await fetch(`${server?.address}/api/v1/imports`, {
    method: 'POST',
    headers: { ...server?.headers },
    body: form,
  })
  expect(sent.status).toBe(202)
  return (await sent.json()).id
}

/** The import goes on where the tenant lives, and has made each row once. */
async function expectImported(id: string): Promise<void> {
  const look = async (): Promise<{ status: string }> =>
    (await servers[1]?.get(`/api/v1/imports/${id}`))?.json()
  await expect.poll(async () => (await look()).status, { timeout: 90_000 }).toBe('done')
  expect(await look()).toMatchObject({ created: IMPORTED, failed: 0, processed: IMPORTED })
  const [rows] = await east.query<{ count: number; names: number }>(`
    select count(*)::int as count, count(distinct name)::int as names
    from acme.account where name like 'Imported %'`)
  expect(rows).toEqual({ count: IMPORTED, names: IMPORTED })
}

/** Moves it, and answers how much memory the mover had at most, in kilobytes. */
async function moveMeasured(to: string): Promise<number> {
  const mover = startMove(to)
  let most = 0
  const timer = setInterval(() => {
    readFile(`/proc/${mover.pid}/status`, 'utf8').then(
      (status) => (most = Math.max(most, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0))),
      () => undefined,
    )
  }, 50)
  let said = ''
  mover.stdout?.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const code = await new Promise((resolve) => mover.once('exit', resolve))
  clearInterval(timer)
  expect(code, said).toBe(0)
  return most
}

describe('a tenant that moves', { timeout: 400_000 }, () => {
  it('is used by two servers meanwhile, and imports: no request fails, and nothing is lost', async () => {
    await makeRows()
    const load = new Load()
    const imported = await startImport()
    const memory = await moveMeasured('east')
    expect(memory).toBeLessThan(MOST_MEMORY_KB)
    await expectImported(imported)
    await load.end()
    process.stderr.write(`${ROWS} rows, the mover had ${Math.round(memory / 1024)} MB at most\n`)
    process.stderr.write(
      `${load.count} requests, ${load.made.length} records, longest ${Math.round(load.longestMs)} ms\n`,
    )
    expect(load.failures).toEqual([])
    expect(load.made.length).toBeGreaterThan(20)
    await expectAllThere(east, load.made)
    expect(await homes()).toEqual(['east'])
    expect((await crm('list')).text).toMatch(/acme: .* node east, old copy on home/)
    const left = await home.query(`select 1 from pg_replication_slots`)
    expect(left).toEqual([])
  })

  it('hears of what happens at its new place, and signs people in there', async () => {
    const [first, second] = servers
    const set = await (
      await first?.send('POST', '/api/v1/meta/changesets', { label: 'after' })
    )?.json()
    await first?.send('PUT', `/api/v1/meta/changesets/${set.id}/field/account.after__c`, {
      type: 'text',
      label: 'After',
    })
    const published = await first?.send('POST', `/api/v1/meta/changesets/${set.id}/publish`, {})
    expect([200, 202]).toContain(published?.status)
    await expect
      .poll(async () => (await second?.get('/api/v1/meta/objects/account'))?.text(), {
        timeout: 20_000,
      })
      .toContain('after__c')
    const login = await fetch(`${second?.address}/api/v1/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email: ADMIN.ADMIN_EMAIL, password: ADMIN.ADMIN_PASSWORD }),
    })
    expect(login.status).toBe(200)
  })

  it('leaves its old copy until it is dropped, which nobody can write to', async () => {
    const refused = await crm('move', 'acme', '--to', 'home')
    expect([refused.code, refused.text.includes('old copy')]).toEqual([1, true])
    const [old] = await home.query<{ name: string }>(
      `select nspname as name from pg_namespace where nspname like 'moved\\_%'`,
    )
    expect(old).toBeDefined()
    await expect(
      home.execute(`update platform.sign_in set failed_count = 7 where tenant = 'acme'`),
    ).rejects.toMatchObject({ code: 'TR001' })
    expect((await crm('move', 'acme', '--drop-old')).code).toBe(0)
    const rest = await home.query(`
      select nspname from pg_namespace where nspname like 'moved\\_%'
      union all select tenant from platform.session where tenant = 'acme'`)
    expect(rest).toEqual([])
  })

  it('waits for a publish in steps, and is refused while one has halted', async () => {
    const [server] = servers
    const set = await (
      await server?.send('POST', '/api/v1/meta/changesets', { label: 'large' })
    )?.json()
    await server?.send('PUT', `/api/v1/meta/changesets/${set.id}/field/account.after__c`, {
      type: 'number',
      label: 'After',
    })
    const publish = await server?.send('POST', `/api/v1/meta/changesets/${set.id}/publish`, {})
    expect(publish?.status).toBe(202)
    const status = async (): Promise<string | undefined> => {
      const [row] = await east.query<{ status: string }>(
        `select status from acme._publish order by ordered_at desc limit 1`,
      )
      return row?.status
    }
    const mover = startMove('home')
    await untilSaid(mover, 'Copying')
    expect(['done', undefined]).toContain(await status())
    expect((await crm('list')).text).toMatch(/moving to home|was broken off/)
    await home.execute(`update platform.tenant_move set seen_at = now() - interval '1 minute'`)
    expect((await crm('list')).text).toContain(
      'its move to home was broken off while copying (tenant move acme --to home goes on)',
    )
    expect((await crm('move', 'acme', '--abort')).code).toBe(0)
    await east.execute(`update acme._publish set status = 'halted' where status = 'done'
      and ordered_at = (select max(ordered_at) from acme._publish)`)
    const refused = await crm('move', 'acme', '--to', 'home')
    expect([refused.code, refused.text.includes('A publish has halted')]).toEqual([1, true])
    expect(await home.query(`select 1 from platform.tenant_move`)).toEqual([])
    await east.execute(`update acme._publish set status = 'done' where status = 'halted'`)
  })

  it('goes on, or begins anew, wherever whoever moves it is killed', async () => {
    const load = new Load()
    for (const line of KILLED_AT) {
      const mover = startMove('home')
      await untilSaid(mover, line)
      expect((await homes()).length).toBeLessThanOrEqual(1)
      // Else it is taken for dead after five seconds.
      await home.execute(`update platform.tenant_move set seen_at = now() - interval '1 minute'`)
    }
    const moved = await crm('move', 'acme', '--to', 'home')
    expect(moved.code, moved.text).toBe(0)
    await delay(500)
    await load.end()
    process.stderr.write(
      `${load.count} requests, longest ${Math.round(load.longestMs)} ms while nobody moved it on\n`,
    )
    expect(load.failures).toEqual([])
    await expectAllThere(home, load.made)
    expect(await homes()).toEqual(['home'])
    expect(await east.query(`select 1 from pg_replication_slots`)).toEqual([])
  })
})

function startMove(to: string): ChildProcess {
  const args = [join(ROOT_DIR, 'server/src/crm.ts'), 'tenant', 'move', 'acme', '--to', to]
  return spawn(process.execPath, args, {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

/** Kills a process as soon as it says this. */
function untilSaid(child: ChildProcess, line: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = ''
    child.stdout?.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      if (said.includes(line)) child.kill('SIGKILL')
    })
    child.once('exit', () => {
      if (said.includes(line)) resolve()
      else reject(new Error(`It did not come to "${line}": ${said}`))
    })
  })
}
