import { setTimeout as delay } from 'node:timers/promises'

import { sql } from 'kysely'

import { type Database, hasSqlState, openDatabase, type Transaction } from '../db/index.ts'
import { physicalName } from '../schema/physical-map.ts'
import { directUrlOf, note, type Work } from './move-work.ts'
import { copyAbove, copySequences } from './platform-rows.ts'
import { publishUnderWay, waitForPublish } from './wait-for-publish.ts'

/** So long may the last changes take while requests wait; else they go on, and it is tried again. */
const LONGEST_PAUSE_MS = 1500
/** So long is a lock waited for: whoever comes after it waits behind it. */
const LOCK_TIMEOUT_MS = 400
const MOST_ATTEMPTS = 60

/**
 * Copies the rows of a tenant, follows what is written meanwhile, and lets it leave.
 * @returns false if it was changed so that it must be copied anew
 * @throws Unwanted, or with what the signal says
 */
export async function copyAndSwitch(work: Work): Promise<boolean> {
  const { platform, move, source, replication, say, signal } = work
  await note(work, 'copying')
  await waitForPublish(source, move.tenant, { say, signal })
  say(`Copying ${move.tenant} from ${move.source} to ${move.target}`)
  await replication.begin()
  await replication.untilCopied()
  await source.inTransaction((tx) => bringAbove(work, tx), { statementTimeoutMs: 0 })
  say('All rows are there; what is written meanwhile follows')
  await note(work, 'switching')
  // Of its own: what is asked elsewhere meanwhile must not wait for this transaction's connection.
  const tied = await openDatabase({
    ...platform.config,
    databaseUrl: await directUrlOf(platform.config, move.source),
    databaseDirectUrl: undefined,
    poolSize: 1,
  })
  try {
    return await switchOver(work, tied)
  } finally {
    await tied.close()
  }
}

/** False if the tables were changed since they were copied. */
async function switchOver(work: Work, tied: Database): Promise<boolean> {
  for (let attempt = 1; ; attempt += 1) {
    // What is far behind would keep requests waiting.
    while (!(await work.replication.hasCaughtUp(LONGEST_PAUSE_MS))) work.say('Catching up')
    try {
      return await tied.inTransaction((tx) => leave(work, tx), {
        statementTimeoutMs: 0,
        lockTimeoutMs: LOCK_TIMEOUT_MS,
      })
    } catch (error) {
      const isHeldUp = hasSqlState(error, '55P03') || error instanceof TooSlow
      if (!isHeldUp || attempt >= MOST_ATTEMPTS) throw error
      await delay(100 * Math.min(attempt, 10) * (0.5 + Math.random()))
    }
  }
}

class TooSlow extends Error {
  constructor() {
    super('The last changes took too long to come over')
  }
}

/**
 * The switch: writers are locked out and wait; what is left comes to the target; the schema takes another name, so that
 * whoever waited does not find it, and looks where the tenant lives now. Until the commit it lives here, after it not.
 */
async function leave(work: Work, tx: Transaction): Promise<boolean> {
  const { move, replication, say } = work
  const { tenant } = move
  await lockTables(tx, tenant)
  await tx.query(sql`select 1 from platform.tenant where name = ${tenant} for update`)
  if (await publishUnderWay(tx, tenant)) return false
  if (!(await replication.isUnchanged(tx))) return false
  say('Requests wait')
  if (!(await replication.hasCaughtUp(LONGEST_PAUSE_MS))) throw new TooSlow()
  await bringAbove(work, tx)
  // Whoever takes over from here on waits for this transaction, to see whether it has left.
  await note(work, 'switching')
  await tx.execute(sql`update platform.tenant set node = ${move.target} where name = ${tenant}`)
  await tx.execute(
    sql`alter schema ${physicalName(tenant)} rename to ${physicalName(move.oldSchema)}`,
  )
  return true
}

/** What does not come by replication: sign-ins, sessions and keys, and where numbers stand. */
async function bringAbove({ move, target }: Work, from: Transaction): Promise<void> {
  const { tenant, source } = move
  await target.inTransaction(
    async (there) => {
      await there.execute(sql`
        insert into platform.tenant (name, schema_name, node) values (${tenant}, ${tenant}, ${source})
        on conflict (name) do update set node = excluded.node`)
      await copyAbove(from, there, tenant)
      await copySequences(from, there, tenant)
    },
    { statementTimeoutMs: 0 },
  )
}

/** Readers go on; whoever writes waits. */
async function lockTables(tx: Transaction, schema: string): Promise<void> {
  const tables = await tx.query<{ name: string }>(sql`
    select relname as name from pg_class
    where relnamespace = ${schema}::regnamespace and relkind = 'r' order by relname`)
  const names = tables.map(({ name }) => physicalName(schema, name))
  await tx.execute(sql`lock table ${sql.join(names)} in exclusive mode`)
}
