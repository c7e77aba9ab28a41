import { mkdir, stat, truncate } from 'node:fs/promises'
import { createServer } from 'node:net'
import { totalmem } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

import { Client } from 'pg'

import { loadSecret } from './data-secret.ts'
import { findPostgresBinaries } from './postgres-binaries.ts'
import { findPostgresUser } from './postgres-user.ts'
import {
  type Postmaster,
  type PostmasterPlan,
  startPostmaster,
  stopStalePostmaster,
} from './postmaster.ts'
import { prepareCluster, SUPERUSER } from './prepare-cluster.ts'

/** Where an embedded PostgreSQL lives and how it is set up. */
export interface EmbeddedPostgresOptions {
  /** The cluster lies in `postgres/`, its log in `postgres.log`, its password in `secrets.json`. */
  readonly dataDir: string
  /** Settings of postgresql.conf that replace the house's own. */
  readonly settings?: Readonly<Record<string, string>> | undefined
  /** The port it listens on; a free one if left out. */
  readonly port?: number | undefined
  readonly log?: ((message: string) => void) | undefined
}

/** A PostgreSQL that this process runs, and starts again when it dies. */
export interface EmbeddedPostgres {
  /** The URL of a database in the cluster; the server's own is `trellis`. */
  urlOf(database: string): string
  /** Stops it; sessions still open are ended. */
  stop(): Promise<void>
}

/** The database that the server keeps its data in. */
export const OWN_DATABASE = 'trellis'

const PORT_ATTEMPTS = 3
const LARGEST_LOG = 10 * 1024 * 1024
const LONGEST_PAUSE_MS = 30_000
const MEBIBYTE = 1024 * 1024

/**
 * Runs PostgreSQL for this process: makes the cluster at the first start, clears away what a killed
 * server left running, picks a free port, and ends with this process however that ends.
 *
 * @example
 * const postgres = await startEmbeddedPostgres({ dataDir: '.data' })
 * const database = await openDatabase({ ...config, databaseUrl: postgres.urlOf('trellis') })
 */
export async function startEmbeddedPostgres(
  options: EmbeddedPostgresOptions,
): Promise<EmbeddedPostgres> {
  const { dataDir, log = () => undefined } = options
  await mkdir(dataDir, { recursive: true })
  const user = await findPostgresUser()
  const binaries = await findPostgresBinaries(user)
  const password = await loadSecret(dataDir, 'postgres_password')
  const path = join(dataDir, 'postgres')
  const clusterDir = await prepareCluster({ path, initdb: binaries.initdb, user, password, log })
  await stopStalePostmaster(clusterDir)
  const logFile = join(dataDir, 'postgres.log')
  await shortenLog(logFile)
  const settings = { ...defaultSettings(), ...options.settings }
  const plan = { program: binaries.postgres, clusterDir, user, settings, logFile }
  const supervisor = await Supervisor.start(plan, { port: options.port, log })
  const urlOf = (database: string): string =>
    `postgres://${SUPERUSER}:${password}@127.0.0.1:${supervisor.port}/${database}`
  await createOwnDatabase(urlOf)
  return { urlOf, stop: () => supervisor.stop() }
}

/** Keeps the postmaster running, always on the port that the pools know. */
class Supervisor {
  readonly port: number
  readonly #plan: PostmasterPlan
  readonly #log: (message: string) => void
  readonly #stopping = new AbortController()
  #postmaster: Postmaster
  #restarting: Promise<void> | undefined

  private constructor(
    plan: PostmasterPlan,
    postmaster: Postmaster,
    log: (message: string) => void,
  ) {
    this.port = plan.port
    this.#plan = plan
    this.#postmaster = postmaster
    this.#log = log
    this.#superviseCurrent()
  }

  static async start(
    plan: Omit<PostmasterPlan, 'port'>,
    { port, log }: { port: number | undefined; log: (message: string) => void },
  ): Promise<Supervisor> {
    for (let attempt = 1; ; attempt += 1) {
      const withPort = { ...plan, port: port ?? (await findFreePort()) }
      try {
        return new Supervisor(withPort, await startPostmaster(withPort), log)
      } catch (error) {
        // Another process may have taken the port since it was found free.
        const isPortTaken = /could not bind|Address already in use/.test(String(error))
        if (!isPortTaken || attempt >= PORT_ATTEMPTS) throw error
      }
    }
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#restarting
    await this.#postmaster.stop()
  }

  #superviseCurrent(): void {
    void this.#postmaster.ended.then(() => {
      if (this.#stopping.signal.aborted) return
      this.#log('PostgreSQL ended unexpectedly; starting it again')
      this.#restarting = this.#restart()
    })
  }

  async #restart(): Promise<void> {
    let pause = 250
    while (!this.#stopping.signal.aborted) {
      try {
        await stopStalePostmaster(this.#plan.clusterDir)
        this.#postmaster = await startPostmaster(this.#plan)
        this.#log('PostgreSQL is running again')
        this.#superviseCurrent()
        return
      } catch (error) {
        this.#log(`PostgreSQL could not be started again: ${String(error)}`)
        const { signal } = this.#stopping
        await delay(pause, undefined, { signal }).catch(() => undefined)
        pause = Math.min(pause * 2, LONGEST_PAUSE_MS)
      }
    }
  }
}

// A share of the machine that leaves room for the server and the browser beside it.
function defaultSettings(): Record<string, string> {
  const memory = totalmem() / MEBIBYTE
  return {
    max_connections: '100',
    shared_buffers: between(64, memory / 8, 1024),
    effective_cache_size: between(256, memory / 2, 16_384),
    work_mem: '16MB',
    maintenance_work_mem: between(64, memory / 32, 512),
    wal_compression: 'on',
    max_wal_size: '2GB',
    // A tenant moves to another node while it is in use.
    wal_level: 'logical',
    checkpoint_timeout: '15min',
    random_page_cost: '1.1',
    // Compiling costs more than it saves on statements of milliseconds.
    jit: 'off',
    timezone: 'UTC',
    log_timezone: 'UTC',
    unix_socket_directories: '',
  }
}

function between(least: number, value: number, most: number): string {
  return `${Math.round(Math.min(most, Math.max(least, value)))}MB`
}

function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => {
        if (typeof address === 'object' && address !== null) resolve(address.port)
        else reject(new Error('The system named no free port'))
      })
    })
  })
}

async function shortenLog(path: string): Promise<void> {
  const size = await stat(path).then(
    (stats) => stats.size,
    () => 0,
  )
  if (size > LARGEST_LOG) await truncate(path)
}

async function createOwnDatabase(urlOf: (database: string) => string): Promise<void> {
  const client = new Client({ connectionString: urlOf('postgres') })
  await client.connect()
  try {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [
      OWN_DATABASE,
    ])
    if (rowCount === 0) await client.query(`create database ${OWN_DATABASE}`)
  } finally {
    await client.end()
  }
}
