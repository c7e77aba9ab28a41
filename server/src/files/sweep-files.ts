import { sql } from 'kysely'

import type { Database } from '../db/index.ts'
import { physicalName, systemTable } from '../schema/physical-map.ts'
import type { FileStore } from './file-store.ts'

const DAY_MS = 24 * 60 * 60 * 1000

/** Where files are swept. */
export interface SweptGround {
  db: Database
  schema: string
  store: FileStore
}

/**
 * Removes what nobody can reach any more and what has lain so for a day: files that no record was saved with, that a
 * record had before it got another one, or whose record is gone for good; and bytes that no row tells of. Of records in
 * the recycle bin nothing is removed, nor of fields that can still be taken back.
 * @returns how many files went
 */
export async function sweepFiles(ground: SweptGround, now: Date): Promise<number> {
  const { db, schema, store } = ground
  const before = new Date(now.getTime() - DAY_MS)
  const loose = await db.query<{ id: string }>(sql`
    delete from ${systemTable(schema, '_file')}
    where record is null and touched_at < ${before.toISOString()}::timestamptz returning id`)
  const left = await sweepLeft(ground, { now, before })
  const gone = [...loose.map(({ id }) => id), ...left]
  for (const id of gone) await store.remove(id)
  await store.forgetReceived(before)
  return gone.length + (await sweepNameless(ground, before))
}

interface Moments {
  now: Date
  before: Date
}

/** Files whose record holds them no longer; what the history tells of them stays as long as the record. */
async function sweepLeft(ground: SweptGround, moments: Moments): Promise<string[]> {
  const { db, schema } = ground
  const fields = await db.query<{ object: string; field: string }>(sql`
    select distinct object, field from ${systemTable(schema, '_file')} where record is not null`)
  const gone: string[] = []
  for (const one of fields) gone.push(...(await sweepField(ground, one, moments)))
  return gone
}

async function sweepField(
  { db, schema }: SweptGround,
  { object, field }: { object: string; field: string },
  { now, before }: Moments,
): Promise<string[]> {
  const files = systemTable(schema, '_file')
  const places = await db.query<{ table: string; column: string | null }>(sql`
    select o.table_name as "table", f.column_name as "column"
    from ${systemTable(schema, '_physical_object')} as o
    left join ${systemTable(schema, '_physical_field')} as f
      on f.table_name = o.table_name and f.field = ${field} and exists (
        select 1 from pg_attribute as a
        where a.attrelid = to_regclass(format('%I.%I', ${schema}::text, o.table_name))
          and a.attname = f.column_name and a.atttypid = 'uuid'::regtype and not a.attisdropped)
    where o.object = ${object} and to_regclass(format('%I.%I', ${schema}::text, o.table_name)) is not null`)
  const records = places.map(
    ({ table }) => sql`
    exists (select 1 from ${physicalName(schema, table)} as t where t.id = f.record)`,
  )
  const values = places.flatMap(({ table, column }) =>
    column === null
      ? []
      : [
          sql`exists (select 1 from ${physicalName(schema, table)} as t
            where t.id = f.record and t.${physicalName(column)} = f.id)`,
        ],
  )
  const of = sql`f.object = ${object} and f.field = ${field} and f.touched_at < ${before.toISOString()}::timestamptz`
  const none = sql`false`
  const erased = await db.query<{ id: string }>(sql`
    delete from ${files} as f where ${of} and not (${places.length === 0 ? none : sql.join(records, sql` or `)})
    returning id`)
  const left = await db.query<{ id: string }>(sql`
    update ${files} as f set swept_at = ${now.toISOString()}::timestamptz
    where ${of} and f.swept_at is null and not (${values.length === 0 ? none : sql.join(values, sql` or `)})
    returning id`)
  return [...erased, ...left].map(({ id }) => id)
}

/** Bytes of uploads that ended before their row was committed, and of rows that were swept by who died over it. */
async function sweepNameless({ db, schema, store }: SweptGround, before: Date): Promise<number> {
  let count = 0
  for await (const ids of store.ids()) {
    const old = ids.filter((id) => madeAt(id) < before.getTime())
    if (old.length === 0) continue
    const known = await db.query<{ id: string }>(sql`
      select id from ${systemTable(schema, '_file')} where id = any(${[...old]}::uuid[]) and swept_at is null`)
    const named = new Set(known.map(({ id }) => id))
    for (const id of old.filter((one) => !named.has(one))) {
      await store.remove(id)
      count += 1
    }
  }
  return count
}

/** The moment that a UUIDv7 begins with. */
function madeAt(id: string): number {
  return Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16)
}
