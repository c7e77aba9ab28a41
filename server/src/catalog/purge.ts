import { type RawBuilder, sql } from 'kysely'

import type { Transaction } from '../db/index.ts'
import { quoteIdentifier as q, systemTable } from '../schema/physical-map.ts'
import { endSyncSql } from '../schema/sync-columns.ts'
import { requireNoneUnderWay } from './order-job.ts'
import type { PublishTarget } from './prepare-publish.ts'
import { withShortLocks } from './with-short-locks.ts'

/** What is old enough to go. */
export interface PurgeAsked {
  /** Columns of another type are kept up to date no longer when the change is so old. */
  syncedDays: number
  /** Tables and columns are dropped with their data when they have been out of use for so long; kept if left out. */
  retiredDays?: number
}

/** What went for good. */
export interface Purged {
  tables: string[]
  /** `table.column`. */
  columns: string[]
}

const ATTEMPTS = 20

/**
 * Ends what was kept for an undo, and drops what nobody can take back any more. Each table is a short transaction of
 * its own, so that nobody waits for long.
 * @throws RequestError conflict while a publish is under way
 */
export async function purge(target: PublishTarget, asked: PurgeAsked): Promise<Purged> {
  const { db, schema } = target
  await requireNoneUnderWay(db, schema)
  const columns = await db.query<OldColumn>(sql`
    select f.table_name as "table", f.column_name as "column", f.synced_with is not null as "isSynced",
      ${daysAgo(OF_COLUMN, asked.retiredDays)} as "isGone"
    from ${systemTable(schema, '_physical_field')} f join ${systemTable(schema, '_physical_object')} o using (table_name)
    where o.retired_at is null and f.retired_at is not null
      and (${daysAgo(OF_COLUMN, asked.retiredDays)} or f.synced_with is not null and ${daysAgo(OF_COLUMN, asked.syncedDays)})
    order by 1, 2`)
  const tables = await db.query<{ table: string }>(sql`
    select table_name as "table" from ${systemTable(schema, '_physical_object')}
    where ${daysAgo(OF_TABLE, asked.retiredDays)} order by 1`)
  for (const column of columns) {
    await shortly(target, (tx) => purgeColumn(tx, schema, column))
  }
  for (const { table } of tables) {
    await shortly(target, (tx) => purgeTable(tx, schema, table))
  }
  return {
    tables: tables.map(({ table }) => table),
    columns: columns.filter(({ isGone }) => isGone).map((one) => `${one.table}.${one.column}`),
  }
}

const OF_COLUMN = sql`f.retired_at`
const OF_TABLE = sql`retired_at`

interface OldColumn {
  table: string
  column: string
  isSynced: boolean
  isGone: boolean
}

function daysAgo(column: RawBuilder<unknown>, days: number | undefined): RawBuilder<unknown> {
  if (days === undefined) return sql`false`
  return sql`coalesce(${column} <= now() - ${days} * interval '1 day', false)`
}

function shortly({ db }: PublishTarget, work: (tx: Transaction) => Promise<void>): Promise<void> {
  return withShortLocks(
    db,
    async (tx, beginLocks) => {
      await beginLocks()
      await work(tx)
    },
    { mayTryAgain: (attempt) => attempt < ATTEMPTS },
  )
}

async function purgeColumn(
  tx: Transaction,
  schema: string,
  { table, column, isSynced, isGone }: OldColumn,
): Promise<void> {
  const fields = systemTable(schema, '_physical_field')
  if (isSynced) {
    const partner = await tx.query<{ column: string }>(sql`
      select synced_with as "column" from ${fields} where table_name = ${table} and column_name = ${column}`)
    for (const name of [column, ...partner.map((one) => one.column)]) {
      for (const statement of endSyncSql(schema, table, name)) await tx.execute(statement)
    }
    await tx.execute(sql`
      update ${fields} set synced_with = null
      where table_name = ${table} and (column_name = ${column} or synced_with = ${column})`)
  }
  if (!isGone) return
  await tx.execute(`ALTER TABLE ${q(schema)}.${q(table)} DROP COLUMN IF EXISTS ${q(column)}`)
  await tx.execute(
    sql`delete from ${fields} where table_name = ${table} and column_name = ${column}`,
  )
}

async function purgeTable(tx: Transaction, schema: string, table: string): Promise<void> {
  await tx.execute(`DROP TABLE IF EXISTS ${q(schema)}.${q(table)}`)
  await tx.execute(
    sql`delete from ${systemTable(schema, '_physical_field')} where table_name = ${table}`,
  )
  await tx.execute(
    sql`delete from ${systemTable(schema, '_physical_object')} where table_name = ${table}`,
  )
}
