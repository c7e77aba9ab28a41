import { setTimeout as delay } from 'node:timers/promises'

import type { Config } from '../config.ts'
import { lockDataDir } from './data-lock.ts'
import { DatabaseUnavailable } from './database-error.ts'
import type { Database } from './database.ts'
import { OWN_DATABASE, startEmbeddedPostgres } from './embedded-postgres.ts'
import { PgDatabase } from './pg-database.ts'
import { checkPooler, sessionSettings } from './pooler.ts'

/** What of the configuration a database needs. */
export type DatabaseConfig = Pick<
  Config,
  | 'databaseUrl'
  | 'databaseDirectUrl'
  | 'dataDir'
  | 'host'
  | 'port'
  | 'poolSize'
  | 'statementTimeoutMs'
>

/** How a database tells of what happens to it. */
export interface OpenDatabaseOptions {
  readonly log?: ((message: string) => void) | undefined
}

const OLDEST_VERSION = 15
const WAIT_MS = 15_000

/**
 * Opens the database: the one that `databaseUrl` names, or else the server's own PostgreSQL in
 * `dataDir`, which ends with `close()`.
 *
 * @throws DataDirInUse when another server runs on the same data.
 * @throws DatabaseUnavailable when the named database does not answer within 15 seconds.
 */
export async function openDatabase(
  config: DatabaseConfig,
  options: OpenDatabaseOptions = {},
): Promise<Database> {
  const log = options.log ?? (() => undefined)
  const server = await findServer(config, log)
  const database = new PgDatabase({
    url: server.url,
    directUrl: config.databaseDirectUrl,
    poolSize: config.poolSize,
    statementTimeoutMs: config.statementTimeoutMs,
    applicationName: 'trellis',
    log,
    afterClose: server.stop,
  })
  try {
    await checkVersion(database, log)
    if (config.databaseDirectUrl !== undefined) {
      await checkPooler(database, sessionSettings(config.statementTimeoutMs))
    }
    return database
  } catch (error) {
    await database.close()
    throw error
  }
}

interface Server {
  readonly url: string
  readonly stop: () => Promise<void>
}

async function findServer(config: DatabaseConfig, log: (message: string) => void): Promise<Server> {
  const { databaseUrl, dataDir, host, port } = config
  if (databaseUrl !== undefined) return { url: databaseUrl, stop: async () => undefined }
  const lock = await lockDataDir(dataDir, `http://${host}:${port}`)
  try {
    const postgres = await startEmbeddedPostgres({ dataDir, log })
    const stop = async (): Promise<void> => {
      await postgres.stop()
      await lock.release()
    }
    return { url: postgres.urlOf(OWN_DATABASE), stop }
  } catch (error) {
    await lock.release()
    throw error
  }
}

async function checkVersion(database: Database, log: (message: string) => void): Promise<void> {
  const [row] = await patiently(log, () =>
    database.query<{ version: number }>(
      `select current_setting('server_version_num')::int / 10000 as version`,
    ),
  )
  if (row !== undefined && row.version >= OLDEST_VERSION) return
  throw new Error(`Trellis needs PostgreSQL ${OLDEST_VERSION} or later, not ${row?.version}`)
}

// A database started together with the server, as compose files do, may come up a little later.
async function patiently<Result>(
  log: (message: string) => void,
  ask: () => Promise<Result>,
): Promise<Result> {
  const deadline = Date.now() + WAIT_MS
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      if (!(error instanceof DatabaseUnavailable) || Date.now() > deadline) throw error
      log('Waiting for the database')
      await delay(500)
    }
  }
}
