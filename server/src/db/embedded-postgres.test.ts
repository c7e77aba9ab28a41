import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, lstat, mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'

import { testConfig } from '../../../tests/support/index.ts'
import { type Database, openDatabase } from './index.ts'
import { isAlive } from './process-identity.ts'

const PROGRAM = `
  import { openDatabase } from ${JSON.stringify(new URL('index.ts', import.meta.url).href)}
  import { loadConfig } from ${JSON.stringify(new URL('../config.ts', import.meta.url).href)}
  const database = await openDatabase(loadConfig())
  process.on('SIGTERM', () => database.close().then(() => process.exit(0)))
  console.log('open')
  setInterval(() => {}, 1000)`

const children: ChildProcess[] = []
let dataDir: string

/** Starts another server process on the data directory and returns it once its database is open. */
async function startProcess(): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', PROGRAM], {
    env: { ...process.env, DATA_DIR: dataDir, DATABASE_URL: '', PORT: '4321' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.push(child)
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      said += chunk
    })
  }
  await Promise.race([once(child.stdout, 'data'), once(child, 'close')])
  if (!said.includes('open')) throw new Error(said)
  return child
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const ended = once(child, 'exit')
  child.kill(signal)
  await ended
}

async function postmasterPid(): Promise<number> {
  return Number(
    (await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8')).split('\n')[0],
  )
}

const openOwn = (): Promise<Database> =>
  openDatabase({ ...testConfig({ DATA_DIR: dataDir }), databaseUrl: undefined })

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'trellis-embedded-'))
  await chmod(dataDir, 0o711)
})

afterEach(async () => {
  const living = children.splice(0).filter(({ exitCode, signalCode }) => exitCode ?? !signalCode)
  await Promise.all(living.map((child) => end(child, 'SIGKILL')))
})

afterAll(() => rm(dataDir, { recursive: true, force: true }))

describe('the embedded database', () => {
  it('keeps its data, and its password from others', async () => {
    const first = await openOwn()
    await first.execute('create table kept (id int)')
    await first.close()
    const second = await openOwn()
    expect(await second.query('select from kept')).toEqual([])
    const pid = await postmasterPid()
    await second.close()
    expect(isAlive(pid)).toBe(false)
    const { mode } = await lstat(join(dataDir, 'secrets.json'))
    expect(mode & 0o777).toBe(0o600)
  })

  it('refuses a second process on the same data, and says where the first one answers', async () => {
    const child = await startProcess()
    await expect(openOwn()).rejects.toThrow(
      `Trellis already runs on this data at http://127.0.0.1:4321 (process ${child.pid})`,
    )
    await end(child, 'SIGTERM')
    const database = await openOwn()
    await database.close()
  })

  it('leaves no postmaster behind when its process is killed', async () => {
    const child = await startProcess()
    const pid = await postmasterPid()
    await end(child, 'SIGKILL')
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false), { timeout: 8000, interval: 50 })
  })

  it('starts at once after its process was killed', async () => {
    const child = await startProcess()
    const pid = await postmasterPid()
    await end(child, 'SIGKILL')
    const database = await openOwn()
    expect(await database.query('select 1 as one')).toEqual([{ one: 1 }])
    expect(await postmasterPid()).not.toBe(pid)
    await database.close()
  })

  it('takes over a lock whose process number now belongs to another', async () => {
    const lock = { pid: process.pid, start: 'before', url: 'http://127.0.0.1:1' }
    const path = join(dataDir, 'server.lock')
    await writeFile(path, JSON.stringify(lock))
    const database = await openOwn()
    expect(await readFile(path, 'utf8')).toContain('"start":"')
    expect(await readFile(path, 'utf8')).not.toContain('before')
    await database.close()
  })

  it('starts PostgreSQL again when it dies, and the pool finds it', async () => {
    const database = await openOwn()
    process.kill(await postmasterPid(), 'SIGQUIT')
    await vi.waitFor(
      async () => expect(await database.query('select 1 as one')).toEqual([{ one: 1 }]),
      { timeout: 9000, interval: 100 },
    )
    await database.close()
  })

  it('names a cluster it cannot read', async () => {
    const broken = await mkdtemp(join(tmpdir(), 'trellis-broken-'))
    await mkdir(join(broken, 'postgres'))
    const config = { ...testConfig({ DATA_DIR: broken }), databaseUrl: undefined }
    await expect(openDatabase(config)).rejects.toThrow('PG_VERSION is missing')
    await rm(broken, { recursive: true })
  })

  it.runIf(process.getuid?.() === 0)(
    'works below a directory that only root may enter',
    async () => {
      // mkdtemp makes the directory 0700, as /root is.
      const closed = await mkdtemp(join(tmpdir(), 'trellis-closed-'))
      const config = { ...testConfig({ DATA_DIR: join(closed, 'data') }), databaseUrl: undefined }
      const database = await openDatabase(config)
      expect(await database.query('select 1 as one')).toEqual([{ one: 1 }])
      await database.close()
      const cluster = await realpath(join(closed, 'data', 'postgres'))
      expect(cluster.startsWith(closed)).toBe(false)
      const again = await openDatabase(config)
      await again.close()
      await Promise.all([closed, cluster].map((path) => rm(path, { recursive: true })))
    },
  )
})
