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
const IS_KILLED_OFTEN = process.env['MOVE_KILLS'] === 'all'
const KILLED_AT = [
  ...(IS_KILLED_OFTEN ? ['Copying', 'All rows are there'] : []),
  'Requests wait',
  'It has left',
  ...(IS_KILLED_OFTEN ? ['lives on'] : []),
]

/** And when it is left to the servers that run: each time it moves to the other node. */
const LEFT_AT = IS_KILLED_OFTEN ? KILLED_AT : ['Copying']

/** How many accounts there are before it moves, and how many sessions. */
const ROWS = Number(process.env['MOVE_ROWS'] ?? '20000')
const SESSIONS = Math.round(ROWS / 4)
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
  const one = await servers[0]?.send('POST', '/api/v1/records/account', { name: 'Of many' })
  expect(one?.status).toBe(201)
  const columns = await home.query<{ name: string }>(`
    select format('%I', attname) as name from pg_attribute
    where attrelid = 'acme.account'::regclass and attnum > 0 and not attisdropped and attgenerated = ''`)
  const others: Record<string, string> = {
    id: 'gen_random_uuid()',
    name: `'Of many ' || i`,
    account_no: `'M' || i`,
  }
  const names = columns.map(({ name }) => name).join(', ')
  const made = columns.map(({ name }) => others[name] ?? `a.${name}`).join(', ')
  await home.inTransaction(
    async (tx) => {
      await tx.execute(`set local session_replication_role = replica`)
      // Built at once they take a fraction of the time.
      const indexes = await tx.query<{ name: string; text: string }>(`
        select format('acme.%I', i.relname) as name, pg_get_indexdef(x.indexrelid) as text
        from pg_index as x join pg_class as i on i.oid = x.indexrelid
        where x.indrelid = 'acme.account'::regclass
          and not exists (select 1 from pg_constraint as k where k.conindid = x.indexrelid)`)
      for (const { name } of indexes) await tx.execute(`drop index ${name}`)
      await tx.execute(
        `insert into acme.account (${names})
         select ${made} from acme.account as a, generate_series(1, $1::int) as i where a.name = 'Of many'`,
        [ROWS],
      )
      for (const { text } of indexes) await tx.execute(text)
    },
    { statementTimeoutMs: 0 },
  )
  await home.execute('analyze acme.account')
  await home.inTransaction(
    (tx) =>
      tx.execute(
        `insert into platform.session (id, csrf_token, tenant, user_id, expires_at, user_agent)
         select sha256(i::text::bytea), 'x', 'acme', gen_random_uuid(), now() + interval '1 day', 'A browser'
         from generate_series(1, $1::int) as i`,
        [SESSIONS],
      ),
    { statementTimeoutMs: 0 },
  )
}

async function countSessions(db: Database): Promise<number> {
  const [row] = await db.query<{ count: number }>(
    `select count(*)::int as count from platform.session where user_agent = 'A browser'`,
  )
  return row?.count ?? 0
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
  await expect.poll(async () => (await look()).status, { timeout: 90_000 + ROWS }).toBe('done')
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

describe('a tenant that moves', { timeout: Math.max(400_000, ROWS * 10) }, () => {
  it('is used by two servers meanwhile, and imports: no request fails, and nothing is lost', async () => {
    await makeRows()
    const load = new Load()
    const imported = await startImport()
    const began = performance.now()
    const memory = await moveMeasured('east')
    const seconds = Math.round((performance.now() - began) / 1000)
    expect(memory).toBeLessThan(MOST_MEMORY_KB)
    await expectImported(imported)
    await load.end()
    process.stderr.write(
      `${ROWS} rows in ${seconds} s, the mover had ${Math.round(memory / 1024)} MB at most\n`,
    )
    process.stderr.write(
      `${load.count} requests, ${load.made.length} records, longest ${Math.round(load.longestMs)} ms\n`,
    )
    expect(load.failures).toEqual([])
    expect(load.made.length).toBeGreaterThan(20)
    await expectAllThere(east, load.made)
    expect(await homes()).toEqual(['east'])
    expect(await countSessions(east)).toBe(SESSIONS)
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
    // Nobody can take it over for a while.
    await home.execute(`create function public.refuse() returns trigger language plpgsql as
      $$ begin raise exception 'not now'; end $$`)
    await home.execute(`create trigger not_now before update of mover on platform.tenant_move
      for each row execute function public.refuse()`)
    await home.execute(`update platform.tenant_move set seen_at = now() - interval '1 minute'`)
    expect((await crm('list')).text).toContain(
      'its move to home was broken off while copying: a server that runs goes on with it in a moment',
    )
    await home.execute('drop trigger not_now on platform.tenant_move')
    expect((await crm('move', 'acme', '--abort')).code).toBe(0)
    expect(await homes()).toEqual(['east'])
    await east.execute(`update acme._publish set status = 'halted' where status = 'done'
      and ordered_at = (select max(ordered_at) from acme._publish)`)
    const refused = await crm('move', 'acme', '--to', 'home')
    expect([refused.code, refused.text.includes('A publish has halted')]).toEqual([1, true])
    expect(await home.query(`select 1 from platform.tenant_move`)).toEqual([])
    await east.execute(`update acme._publish set status = 'done' where status = 'halted'`)
  })

  it('is taken back while somebody is at it', async () => {
    await east.inTransaction(async (tx) => {
      // As long as this lasts, it cannot come to its switch.
      await tx.execute('set local idle_in_transaction_session_timeout = 0')
      await tx.execute('lock table acme.account in row exclusive mode')
      const mover = startMove('home')
      await untilSaid(mover, 'All rows are there', false)
      const ended = new Promise((resolve) => mover.once('exit', resolve))
      const aborted = await crm('move', 'acme', '--abort')
      expect([aborted.code, aborted.text]).toEqual([0, expect.stringContaining('stays')])
      expect(await ended).toBe(1)
    })
    expect(await home.query(`select 1 from platform.tenant_move`)).toEqual([])
    expect(await east.query(`select 1 from pg_replication_slots`)).toEqual([])
    expect(await homes()).toEqual(['east'])
  })

  it('halts with the reason where its new place does not take it, until somebody decides', async () => {
    await home.execute(`create function public.no_room() returns event_trigger language plpgsql as
      $$ begin raise exception 'no room here' using errcode = '53100'; end $$`)
    await home.execute(`create event trigger no_room on ddl_command_start when tag in ('CREATE SUBSCRIPTION')
      execute function public.no_room()`)
    const halted = await crm('move', 'acme', '--to', 'home')
    expect([halted.code, halted.text]).toEqual([
      1,
      expect.stringMatching(/has halted: no room here$/m),
    ])
    await home.execute(`update platform.tenant_move set seen_at = now() - interval '1 minute'`)
    // The servers look at it, and leave it to a person.
    await delay(2500)
    expect((await crm('list')).text).toContain(
      'its move to home has halted while copying: no room here',
    )
    await home.execute('drop event trigger no_room')
    expect((await crm('move', 'acme', '--abort')).code).toBe(0)
    expect(await home.query(`select 1 from platform.tenant_move`)).toEqual([])
  })

  it('goes on, or begins anew, wherever whoever moves it is killed', async () => {
    const load = new Load()
    for (const line of KILLED_AT) {
      const mover = startMove('home')
      await untilSaid(mover, line)
      expect((await homes()).length).toBeLessThanOrEqual(1)
      // Else the servers would go on with it.
      await home.execute(`update platform.tenant_move set failure = 'killed'`)
    }
    // The last one may have come to its end before it was killed.
    const moved =
      (await phase()) === 'moved' ? undefined : await crm('move', 'acme', '--to', 'home')
    expect(moved?.code ?? 0, moved?.text).toBe(0)
    await delay(500)
    await load.end()
    process.stderr.write(
      `${load.count} requests, longest ${Math.round(load.longestMs)} ms while nobody moved it on\n`,
    )
    expect(load.failures).toEqual([])
    await expectAllThere(home, load.made)
    expect(await homes()).toEqual(['home'])
    expect(await east.query(`select 1 from pg_replication_slots`)).toEqual([])
    expect((await crm('move', 'acme', '--drop-old')).code).toBe(0)
  })

  it('is brought to its end by the servers where nobody says the command again', async () => {
    const load = new Load()
    for (const [at, line] of LEFT_AT.entries()) {
      const target = at % 2 === 0 ? 'east' : 'home'
      const mover = startMove(target)
      await untilSaid(mover, line)
      const killedAt = performance.now()
      if (!IS_KILLED_OFTEN) {
        // Else it would have to be unseen for eight seconds.
        await home.execute(`update platform.tenant_move set seen_at = now() - interval '9 seconds'`)
      }
      await expect.poll(phase, { timeout: 60_000 + ROWS * 2, interval: 200 }).toBe('moved')
      process.stderr.write(
        `killed at "${line}", moved ${Math.round(performance.now() - killedAt)} ms later\n`,
      )
      expect(await homes()).toEqual([target])
      expect((await crm('move', 'acme', '--drop-old')).code).toBe(0)
    }
    await load.end()
    process.stderr.write(`${load.count} requests, longest ${Math.round(load.longestMs)} ms\n`)
    expect(load.failures).toEqual([])
    await expectAllThere(LEFT_AT.length % 2 === 0 ? home : east, load.made)
    for (const end of [home, east]) {
      expect(await end.query(`select 1 from pg_replication_slots`)).toEqual([])
    }
  })

  // Its server ends what it has begun after half a minute.
  it.runIf(IS_KILLED_OFTEN)(
    'is taken over from a mover that stands still in its switch',
    async () => {
      const [from] = await homes()
      const target = from === 'home' ? 'east' : 'home'
      const mover = startMove(target)
      const ended = new Promise((resolve) => mover.once('exit', resolve))
      await untilSaid(mover, 'Requests wait', false)
      mover.kill('SIGSTOP')
      await expect.poll(phase, { timeout: 120_000 + ROWS * 2, interval: 200 }).toBe('moved')
      mover.kill('SIGCONT')
      expect(await ended).toBe(1)
      expect(await homes()).toEqual([target])
      await expectAllThere(target === 'home' ? home : east, [])
      expect((await crm('move', 'acme', '--drop-old')).code).toBe(0)
    },
  )
})

const phase = async (): Promise<string | undefined> => {
  const [row] = await home.query<{ phase: string }>(`select phase from platform.tenant_move`)
  return row?.phase
}

function startMove(to: string): ChildProcess {
  const args = [join(ROOT_DIR, 'server/src/crm.ts'), 'tenant', 'move', 'acme', '--to', to]
  return spawn(process.execPath, args, {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

/** Kills a process as soon as it says this, unless it is to live on. */
function untilSaid(child: ChildProcess, line: string, isKilled = true): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = ''
    child.stdout?.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      if (!said.includes(line)) return
      if (isKilled) child.kill('SIGKILL')
      else resolve()
    })
    child.once('exit', () => {
      if (said.includes(line)) resolve()
      else reject(new Error(`It did not come to "${line}": ${said}`))
    })
  })
}
