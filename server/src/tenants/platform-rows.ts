import { type RawBuilder, sql } from 'kysely'

import type { Queryable, Transaction } from '../db/index.ts'
import { physicalName } from '../schema/physical-map.ts'
import { ABOVE } from './tenant-store.ts'

/** Lets a transaction write what lies above the schema of a tenant that lives elsewhere. */
export async function allowAway(tx: Transaction, tenant: string): Promise<void> {
  await tx.query(sql`select set_config('trellis.moves', ${tenant}, true)`)
}

/** Removes what lies above the schema of a tenant. */
export async function removeAbove(tx: Transaction, tenant: string): Promise<void> {
  await allowAway(tx, tenant)
  for (const table of ABOVE) {
    await tx.execute(sql`delete from ${physicalName('platform', table)} where tenant = ${tenant}`)
  }
}

/** So many rows are in memory at a time. */
const BATCH = 1000

/**
 * Makes what lies above the schema of a tenant the same on another server. Only what differs travels, batch by batch:
 * done once beforehand, it takes a moment at the switch, however many sessions there are.
 */
export async function copyAbove(from: Transaction, to: Transaction, tenant: string): Promise<void> {
  await allowAway(to, tenant)
  for (const name of [...ABOVE, 'recovery_code']) {
    const table = physicalName('platform', name)
    const [here, there] = [await digests(from, table, tenant), await digests(to, table, tenant)]
    const differing = [...new Set([...here.keys(), ...there.keys()])].filter(
      (bucket) => here.get(bucket) !== there.get(bucket),
    )
    const rows = sql`from ${table} as t where t.tenant = ${tenant} and ${BUCKET} = any(${differing}::int[])`
    if (differing.length === 0) continue
    await to.execute(sql`delete ${rows}`)
    await copyRows(from, to, table, rows)
  }
}

/** Rows that are the same are in the same part of their table. */
const BUCKET = sql`get_byte(decode(md5(to_jsonb(t)::text), 'hex'), 0)`

/** What each part of a table holds: equal rows, equal digests. */
async function digests(
  db: Queryable,
  table: RawBuilder<unknown>,
  tenant: string,
): Promise<Map<number, string>> {
  const parts = await db.query(sql<{ bucket: number; digest: string }>`
    select ${BUCKET} as bucket, md5(string_agg(row, '' order by row)) as digest
    from ${table} as t cross join lateral (select md5(to_jsonb(t)::text) as row) as r
    where t.tenant = ${tenant} group by 1`)
  return new Map(parts.map(({ bucket, digest }) => [bucket, digest]))
}

async function copyRows(
  from: Transaction,
  to: Transaction,
  table: RawBuilder<unknown>,
  rows: RawBuilder<unknown>,
): Promise<void> {
  await from.execute(
    sql`declare above no scroll cursor for select to_jsonb(t)::text as row ${rows}`,
  )
  for (;;) {
    const some = await from.query<{ row: string }>(`fetch ${BATCH} from above`)
    if (some.length === 0) break
    const batch = `[${some.map(({ row }) => row).join(',')}]`
    await to.execute(sql`
      insert into ${table} select * from jsonb_populate_recordset(null::${table}, ${batch}::jsonb)`)
  }
  await from.execute('close above')
}

/** Lets the numbers of a schema go on where they stand. */
export async function copySequences(from: Queryable, to: Queryable, schema: string): Promise<void> {
  const sequences = await from.query<{ name: string; value: string | null }>(sql`
    select sequencename as name, last_value::text as value from pg_sequences where schemaname = ${schema}`)
  for (const { name, value } of sequences) {
    if (value === null) continue
    const path = `"${schema}"."${name}"`
    await to.query(sql`select setval(${path}::regclass, ${value}::bigint)`)
  }
}
