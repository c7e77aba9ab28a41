import { AsyncLocalStorage } from 'node:async_hooks'
import { setTimeout as delay } from 'node:timers/promises'

import { Pool, type PoolClient, type PoolConfig } from 'pg'

import { isRetryable, mapError } from './database-error.ts'
import type {
  AloneOptions,
  ConnectionCounts,
  Database,
  TextRow,
  Transaction,
  TransactionOptions,
  Unlisten,
} from './database.ts'
import { Listener } from './listener.ts'
import { noteAsPooled, sessionSettings } from './pooler.ts'
import { readPrepared } from './prepared-reads.ts'
import { runStatement, type StatementResult } from './run-statement.ts'
import type { NamedRead, Statement } from './statement.ts'
import { PgTransaction } from './transaction.ts'
import { VALUE_PARSERS } from './type-parsers.ts'

/** What is 0 for a statement that runs alone: no limits, and no workers of its own beside it. */
const ALONE = [
  'statement_timeout',
  'lock_timeout',
  'max_parallel_workers_per_gather',
  'max_parallel_maintenance_workers',
]

const MOST_RETRIES = 6

/** How to reach a database and how hard to lean on it. */
export interface PgDatabaseOptions {
  readonly url: string
  /**
   * A way to the same database around the pooler that `url` leads through: for what needs a session of its own. The
   * pooler sets its sessions up itself.
   */
  readonly directUrl?: string | undefined
  readonly poolSize: number
  readonly statementTimeoutMs: number
  readonly applicationName: string
  /** Hears of lost connections; they heal by themselves. */
  readonly log: (message: string) => void
  /** Runs after the last connection has ended. */
  readonly afterClose?: (() => Promise<void>) | undefined
}

/** A `Database` over a pool of pg connections. */
export class PgDatabase implements Database {
  readonly #pool: Pool
  /** Sessions of our own: the pool itself, unless that leads through a pooler. */
  readonly #direct: Pool
  readonly #listener: Listener
  readonly #afterClose: () => Promise<void>
  readonly #current = new AsyncLocalStorage<PgTransaction>()
  #closing: Promise<void> | undefined

  constructor(options: PgDatabaseOptions) {
    const connection = connectionConfig(options)
    this.#direct = this.#makePool(connection, options)
    this.#pool = this.#direct
    if (options.directUrl !== undefined) {
      this.#pool = this.#makePool(pooledConfig(options), options)
      this.#pool.on('connect', noteAsPooled)
    }
    this.#listener = new Listener(connection, options.log)
    this.#afterClose = options.afterClose ?? (async () => undefined)
  }

  async query<Row = Record<string, unknown>>(
    statement: Statement<Row>,
    values?: readonly unknown[],
  ): Promise<Row[]> {
    const result = await this.#run(statement, values)
    return result.rows
  }

  async execute(statement: Statement, values?: readonly unknown[]): Promise<number> {
    const result = await this.#run(statement, values)
    return result.rowCount
  }

  async read(read: NamedRead): Promise<TextRow[]> {
    return this.#withClient((client) => readPrepared(client, read))
  }

  async inTransaction<Result>(
    work: (transaction: Transaction) => Promise<Result>,
    options: TransactionOptions = {},
  ): Promise<Result> {
    const pool = options.isApart === true ? this.#direct : this.#pool
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#withClient(
          (client, lease) => this.#runOnce({ client, lease }, work, options),
          pool,
        )
      } catch (error) {
        if (attempt > MOST_RETRIES || !isRetryable(error)) throw error
        // Jitter, so that two transactions that met once do not meet again in step.
        await delay(10 * 2 ** attempt * (0.5 + Math.random()))
      }
    }
  }

  async executeAlone(statement: Statement, options: AloneOptions = {}): Promise<void> {
    const alone = async (client: PoolClient, lease: Lease): Promise<void> => {
      const [self] = (await runStatement<{ pid: number }>(client, 'select pg_backend_pid() as pid'))
        .rows
      if (self) options.onProcess?.(self.pid)
      await runStatement(client, ALONE.map((setting) => `set ${setting} = 0`).join('; '))
      try {
        await runStatement(client, statement)
      } finally {
        const reset = ALONE.map((setting) => `reset ${setting}`).join('; ')
        await runStatement(client, reset).catch(lease.discard)
      }
    }
    await this.#withClient(alone, this.#direct)
  }

  async listen(
    channel: string,
    handler: (payload: string) => void,
    onReconnect: () => void,
  ): Promise<Unlisten> {
    return this.#listener.listen(channel, { handler, onReconnect })
  }

  connections(): ConnectionCounts {
    const { totalCount: open, idleCount: idle, waitingCount: waiting } = this.#pool
    return { open, idle, waiting }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    await this.#listener.close()
    await this.#pool.end()
    if (this.#direct !== this.#pool) await this.#direct.end()
    await this.#afterClose()
  }

  #makePool(connection: PoolConfig, { log, poolSize }: PgDatabaseOptions): Pool {
    const pool = new Pool({
      ...connection,
      max: poolSize,
      connectionTimeoutMillis: 5000,
      // Long, so that prepared plans stay warm; bounded, so that their memory comes back.
      idleTimeoutMillis: 300_000,
      maxLifetimeSeconds: 3600,
    })
    // Without a listener, a PostgreSQL restart would end the process with an unhandled error.
    pool.on('error', (error) => {
      if (this.#closing === undefined) log(`An idle connection was lost: ${error.message}`)
    })
    return pool
  }

  #run<Row>(
    statement: Statement<Row>,
    values: readonly unknown[] | undefined,
  ): Promise<StatementResult<Row>> {
    return this.#withClient((client) => runStatement<Row>(client, statement, values))
  }

  async #runOnce<Result>(
    { client, lease }: { client: PoolClient; lease: Lease },
    work: (transaction: Transaction) => Promise<Result>,
    options: TransactionOptions,
  ): Promise<Result> {
    const transaction = new PgTransaction(client, options.isApart)
    if (options.isApart === true) lease.discard()
    await transaction.begin(options)
    try {
      const result = await this.#current.run(transaction, () => work(transaction))
      await transaction.commit()
      return result
    } catch (error) {
      if (transaction.isOpen) await transaction.rollback().catch(lease.discard)
      throw transaction.rootCause(error)
    }
  }

  async #withClient<Result>(
    work: (client: PoolClient, lease: Lease) => Promise<Result>,
    pool: Pool = this.#pool,
  ): Promise<Result> {
    // The inner connection would wait for one that only the outer transaction can give back.
    if (this.#current.getStore()?.isOpen === true) {
      throw new Error('A transaction is open here: run the statement on it, not on the database')
    }
    const client = await connect(pool)
    const lease = new Lease()
    // A checked-out client that loses its connection emits an error nobody else listens to.
    client.on('error', lease.discard)
    try {
      return await work(client, lease)
    } finally {
      client.off('error', lease.discard)
      client.release(lease.isDiscarded)
    }
  }
}

async function connect(pool: Pool): Promise<PoolClient> {
  try {
    return await pool.connect()
  } catch (error) {
    throw mapError(error)
  }
}

/** Remembers whether a connection broke while it was out of the pool, and must not go back. */
class Lease {
  isDiscarded = false

  readonly discard = (): void => {
    this.isDiscarded = true
  }
}

/** Sessions of our own, set up as they begin. */
function connectionConfig(options: PgDatabaseOptions): PoolConfig {
  const { url, directUrl = url, statementTimeoutMs } = options
  const settings = Object.entries(sessionSettings(statementTimeoutMs))
  return {
    ...pooledConfig(options),
    connectionString: directUrl,
    options: settings.map(([name, value]) => `-c ${name}=${value.replace(' ', '')}`).join(' '),
  }
}

/** Sessions that the pooler has set up. */
function pooledConfig({ url, applicationName }: PgDatabaseOptions): PoolConfig {
  return {
    connectionString: url,
    application_name: applicationName,
    keepAlive: true,
    types: VALUE_PARSERS,
  }
}
