import { setTimeout as delay } from 'node:timers/promises'

import { sql } from 'kysely'

import { type Database, hasSqlState, type Queryable, type Transaction } from '../db/index.ts'
import { physicalName } from '../schema/physical-map.ts'
import type { Blocker } from './publish-job.ts'

/** DDL waits so long for a lock and no longer: whoever comes after it waits behind it. Then it tries again. */
const LOCK_TIMEOUT_MS = 100
const LOOK_EVERY_MS = 30
const LONGEST_PAUSE_MS = 3000

/** How often to try, and who is told what stands in the way. */
export interface LockOptions {
  /** Asked before each further attempt, with what held the last one up. */
  mayTryAgain(attempt: number, blockers: readonly Blocker[]): Promise<boolean> | boolean
}

/**
 * Runs a transaction that takes locks which everybody wants: each for a moment only, and again after a pause for as
 * long as it may. The work says when it begins to take them; what it does before may take its time.
 * @throws what the work throws; 55P03 when it may not try again
 */
export async function withShortLocks<Result>(
  db: Database,
  work: (tx: Transaction, beginLocks: () => Promise<void>) => Promise<Result>,
  { mayTryAgain }: LockOptions,
): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    const watch = new BlockerWatch(db)
    try {
      return await db.inTransaction((tx) => work(tx, () => beginLocks(tx, watch)), {
        statementTimeoutMs: 0,
        onOneCore: true,
      })
    } catch (error) {
      if (!hasSqlState(error, '55P03') || !(await mayTryAgain(attempt, watch.found))) throw error
    } finally {
      watch.stop()
    }
    if (await endVacuums(db, watch.found)) continue
    await delay(Math.min(LONGEST_PAUSE_MS, 100 * attempt) * (0.5 + Math.random()))
  }
}

async function beginLocks(tx: Transaction, watch: BlockerWatch): Promise<void> {
  const [self] = await tx.query<{ pid: number }>(
    sql`select pg_backend_pid() as pid, set_config('lock_timeout', ${String(LOCK_TIMEOUT_MS)}, true)`,
  )
  if (self) watch.start(self.pid)
}

/** PostgreSQL ends a vacuum of its own when somebody has waited for it for so long (`deadlock_timeout`), and then some. */
const VACUUM_ENDS_MS = 3000

/**
 * Ends vacuums that PostgreSQL has begun by itself, if they are what stands in the way: by waiting for them with a lock
 * that keeps nobody from reading and writing. They begin again within a minute.
 * @returns whether there was one, and it has ended
 */
async function endVacuums(db: Database, blockers: readonly Blocker[]): Promise<boolean> {
  if (blockers.length === 0) return false
  const tables = await findVacuumed(db, blockers)
  if (tables.length === 0) return false
  const names = sql.join(tables.map(({ schema, table }) => physicalName(schema, table)))
  try {
    await db.inTransaction(
      (tx) => tx.execute(sql`lock table ${names} in share update exclusive mode`),
      { lockTimeoutMs: VACUUM_ENDS_MS },
    )
    return true
  } catch (error) {
    // One that must not be ended, lest the database run out of numbers for its transactions.
    if (hasSqlState(error, '55P03')) return false
    throw error
  }
}

// A vacuum holds its table like this; so does a build of an index, which is waited for as little as before.
function findVacuumed(
  db: Queryable,
  blockers: readonly Blocker[],
): Promise<{ schema: string; table: string }[]> {
  const pids = blockers.map(({ pid }) => pid)
  return db.query(sql`
    select distinct n.nspname as schema, c.relname as "table"
    from pg_locks l join pg_class c on c.oid = l.relation join pg_namespace n on n.oid = c.relnamespace
    where l.pid = any(${pids}::int[]) and l.mode = 'ShareUpdateExclusiveLock' and l.granted and c.relkind = 'r'
    order by 1, 2`)
}

/** Looks now and then who holds what a session waits for. */
export class BlockerWatch {
  readonly #db: Database
  readonly #onFound: (blockers: readonly Blocker[]) => void
  #found: readonly Blocker[] = []
  #pid: number | undefined
  #timer: NodeJS.Timeout | undefined

  /** Made outside the transaction that it watches: it asks on connections of its own. */
  constructor(
    db: Database,
    onFound: (blockers: readonly Blocker[]) => void = () => undefined,
    every = LOOK_EVERY_MS,
  ) {
    this.#db = db
    this.#onFound = onFound
    this.#timer = setInterval(() => void this.#look(), every)
    this.#timer.unref()
  }

  /** Those that were found last. */
  get found(): readonly Blocker[] {
    return this.#found
  }

  start(pid: number): void {
    this.#pid = pid
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#pid = undefined
  }

  async #look(): Promise<void> {
    if (this.#pid === undefined) return
    const found = await findBlockers(this.#db, this.#pid).catch(() => [])
    if (found.length === 0) return
    this.#found = found
    this.#onFound(found)
  }
}

/** The sessions that hold what another one waits for. Their statements are not told: they may hold values. */
async function findBlockers(db: Database, pid: number): Promise<Blocker[]> {
  return db.query<Blocker>(sql`
    select a.pid, a.query_start as since, a.state, a.application_name as application
    from pg_stat_activity a where a.pid = any(pg_blocking_pids(${pid}::int)) order by a.query_start`)
}
