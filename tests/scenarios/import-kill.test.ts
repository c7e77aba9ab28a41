import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { ImportJob } from '@trellis/metamodel'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { createDatabase, ROOT_DIR, type TestDatabase } from '../support/index.ts'

const ROWS = 12_000
const UNDONE_ROWS = 6000
const MINUTE = 60_000
const ADMIN = { email: 'kill@example.com', password: 'violet ladder hums 42 pipes' }

let test: TestDatabase
let dataDir: string
let server: LiveServer | undefined
beforeAll(async () => {
  test = await createDatabase({ template: 'installed' })
  dataDir = await mkdtemp(join(tmpdir(), 'trellis-kill-'))
})
afterAll(async () => {
  await server?.kill()
  await test.drop()
  await rm(dataDir, { recursive: true, force: true })
})

/** The real server in a process of its own, on the database of this test. */
class LiveServer {
  readonly #process: ChildProcess
  readonly address: string
  #headers: Record<string, string> = {}

  private constructor(process: ChildProcess, address: string) {
    this.#process = process
    this.address = address
  }

  static async start(): Promise<LiveServer> {
    const env = {
      ...process.env,
      DATABASE_URL: test.url,
      DATA_DIR: dataDir,
      PORT: '0',
      HOST: '127.0.0.1',
      DEMO: 'none',
      LOG_LEVEL: 'silent',
      POOL_SIZE: '4',
      ADMIN_EMAIL: ADMIN.email,
      ADMIN_PASSWORD: ADMIN.password,
    }
    const child = spawn(process.execPath, [join(ROOT_DIR, 'server/src/main.ts')], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let said = ''
    const address = await new Promise<string>((resolve, reject) => {
      child.stdout?.on('data', (chunk: Buffer) => {
        said += chunk.toString()
        const found = /Runtime\s+(http:\/\/[\d.:]+)\//.exec(said)?.[1]
        if (found !== undefined) resolve(found)
      })
      child.once('exit', () => reject(new Error(`The server did not start: ${said}`)))
    })
    const made = new LiveServer(child, address)
    await made.#signIn()
    return made
  }

  async #signIn(): Promise<void> {
    const answer = await fetch(`${this.address}/api/v1/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(ADMIN),
    })
    const { csrf_token: token } = (await answer.json()) as { csrf_token: string }
    const cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? ''
    this.#headers = { cookie, 'x-csrf-token': token }
  }

  async call(path: string, init: RequestInit = {}): Promise<{ status: number; body: ImportJob }> {
    const answer = await fetch(`${this.address}/api/v1${path}`, { ...init, headers: this.#headers })
    return { status: answer.status, body: (await answer.json()) as ImportJob }
  }

  async sendImport(csv: string, object = 'account'): Promise<{ status: number; body: ImportJob }> {
    const form = new FormData()
    form.set('object', object)
    form.set('file', new Blob([csv]), 'many.csv')
    return this.call('/imports', { method: 'POST', body: form })
  }

  /** Ends the process as a power cut would. */
  async kill(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return
    const ended = new Promise((resolve) => this.#process.once('exit', resolve))
    this.#process.kill('SIGKILL')
    await ended
  }

  /** Ends the process as an operator does. */
  async stop(): Promise<number | null> {
    const ended = new Promise<number | null>((resolve) => this.#process.once('exit', resolve))
    this.#process.kill('SIGTERM')
    return ended
  }
}

async function until(job: string, isReached: (job: ImportJob) => boolean): Promise<ImportJob> {
  for (;;) {
    const { body } = await running().call(`/imports/${job}`)
    if (isReached(body)) return body
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

function running(): LiveServer {
  if (!server) throw new Error('No server runs')
  return server
}

async function killAndStart(): Promise<void> {
  await running().kill()
  server = await LiveServer.start()
}

async function count(what: string): Promise<number> {
  const [row] = await test.database.query<{ n: number }>(`select count(*)::int as n from ${what}`)
  return row?.n ?? -1
}

/** Every tenth row refers to a row further down; every hundredth is wrong. */
function manyAccounts(prefix: string): string {
  const lines = Array.from({ length: ROWS }, (_, index) => {
    const parent = index % 10 === 0 ? `${prefix} ${ROWS - 1 - index}` : ''
    return `${prefix} ${index},${parent},${index % 100 === 55 ? 'wrong' : index}`
  })
  return `name,parent,credit_limit\n${lines.join('\n')}\n`
}

const WRONG = ROWS / 100

describe('an import that is killed', () => {
  it('while its file is taken in leaves nothing behind', { timeout: 4 * MINUTE }, async () => {
    server = await LiveServer.start()
    const sent = running()
      .sendImport(manyAccounts('Never'))
      .then(
        ({ status }) => status,
        () => 'lost',
      )
    await expect
      .poll(
        () =>
          count(
            `pg_stat_activity where datname = current_database() and query ilike '%_import_row%' and pid <> pg_backend_pid()`,
          ),
        { interval: 2, timeout: 20_000 },
      )
      .toBeGreaterThan(0)
    await killAndStart()
    expect(await sent).toBe('lost')
    await expect.poll(() => count('main._import'), { timeout: 10_000 }).toBe(0)
    expect(await count('main._import_row')).toBe(0)
    expect(await count('main._outbox')).toBe(0)
  })

  it(
    'goes on exactly where it was, as often as it is killed',
    { timeout: 4 * MINUTE },
    async () => {
      const csv = manyAccounts('Kept')
      const { status, body } = await running().sendImport(csv)
      expect(status).toBe(202)
      await killAndStart()
      for (const share of [0.2, 0.5, 0.85]) {
        const job = await until(
          body.id,
          ({ processed, status: state }) => processed >= ROWS * share || state === 'done',
        )
        if (job.status !== 'done') await killAndStart()
      }
      const job = await until(
        body.id,
        ({ status: state }) => state === 'done' || state === 'failed',
      )
      expect(job).toMatchObject({
        status: 'done',
        total: ROWS,
        processed: ROWS,
        created: ROWS - WRONG,
        updated: 0,
        failed: WRONG,
        errors_total: WRONG,
      })
      expect(await count(`main.account where name like 'Kept %' and deleted_at is null`)).toBe(
        ROWS - WRONG,
      )
      expect(
        await count(`(select distinct name from main.account where name like 'Kept %') as names`),
      ).toBe(ROWS - WRONG)
      expect(await count(`main.account where name like 'Kept %' and parent is not null`)).toBe(
        ROWS / 10,
      )
      expect(
        await count(
          `main._history where object = 'account' and action = 'created' and cause = 'import'`,
        ),
      ).toBe(ROWS - WRONG)
      expect(
        await count(
          `main._import_row where import = '${body.id}' and status not in ('created', 'failed')`,
        ),
      ).toBe(0)
      await expect.poll(() => count('main._outbox'), { timeout: 10_000 }).toBe(0)
    },
  )

  it('is undone to the end, also when that is killed', { timeout: 4 * MINUTE }, async () => {
    const { body } = await running().sendImport(
      'name,credit_limit\n'.concat(
        Array.from({ length: UNDONE_ROWS }, (_, index) => `Undone ${index},1`).join('\n'),
      ),
    )
    await until(body.id, ({ status }) => status === 'done')
    const undoing = running()
      .call(`/imports/${body.id}/undo`, { method: 'POST' })
      .catch(() => undefined)
    await expect
      .poll(() => count(`main._import_row where import = '${body.id}' and status = 'undone'`), {
        interval: 5,
        timeout: 20_000,
      })
      .toBeGreaterThan(0)
    await killAndStart()
    await undoing
    const job = await until(body.id, ({ status }) => status !== 'running')
    expect(job).toMatchObject({ status: 'undone', errors_total: 0 })
    expect(await count(`main._history where object = 'account' and action = 'deleted'`)).toBe(
      UNDONE_ROWS,
    )
    expect(await count(`main.account where name like 'Undone %' and deleted_at is null`)).toBe(0)
    expect(await count(`main.account where name like 'Undone %'`)).toBe(UNDONE_ROWS)
  })

  it(
    'stops at once when the server is asked to end, and goes on with the next',
    { timeout: 4 * MINUTE },
    async () => {
      const { body } = await running().sendImport(manyAccounts('Stopped'))
      await until(body.id, ({ processed }) => processed > 0)
      const began = performance.now()
      expect(await running().stop()).toBe(0)
      expect(performance.now() - began).toBeLessThan(10_000)
      server = await LiveServer.start()
      const job = await until(body.id, ({ status }) => status === 'done')
      expect(job).toMatchObject({ created: ROWS - WRONG, failed: WRONG })
      expect(await count(`main.account where name like 'Stopped %'`)).toBe(ROWS - WRONG)
    },
  )
})
