import { type RawBuilder, sql } from 'kysely'

import type { Reader } from '../access/reader.ts'
import type { Transaction } from '../db/index.ts'
import type { PhysicalMap } from '../schema/physical-map.ts'
import { knowsField, nameTo, SAMPLES, type Samples, seenRows } from './sample-records.ts'

/** Whose values may be told apart no more. */
export interface DuplicatesAsked {
  physical: PhysicalMap
  object: string
  field: string
  /** The column of the table `t`. */
  column: RawBuilder<unknown>
  /** Capital and small letters are the same. */
  isFolded: boolean
  /** Who is told; undefined for the house. */
  reader: Reader | undefined
}

/** Live records that share a value: how many, and of each value one that the reader may see. */
export async function findDuplicates(tx: Transaction, asked: DuplicatesAsked): Promise<Samples> {
  const { physical, object, field, column, isFolded, reader } = asked
  const key = isFolded ? sql`lower(${column})` : column
  const shared = sql`
    select ${key} as key, count(*) as count from ${physical.table(object)} as t
    where t.deleted_at is null and ${column} is not null group by ${key} having count(*) > 1`
  const [all] = await tx.query<{ count: number }>(
    sql`select coalesce(sum(s.count), 0)::int as count from (${shared}) as s`,
  )
  const count = all?.count ?? 0
  const seen = seenRows(reader, object)
  if (count === 0 || seen === undefined || !knowsField(reader, object, field)) {
    return { count, samples: [] }
  }
  const found = await tx.query<{ id: string; name: string | null; value: unknown }>(sql`
    select distinct on (${key}) t.id, t.name, ${column}::text as value from ${physical.table(object)} as t
    where t.deleted_at is null and ${key} in (select s.key from (${shared}) as s) and ${seen}
    order by ${key}, t.id limit ${SAMPLES}`)
  const tellName = nameTo(reader, object)
  const samples = found.map(({ id, name, value }) => ({ id, name: tellName(name), value }))
  return { count, samples }
}
