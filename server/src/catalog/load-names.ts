import { sql } from 'kysely'

import type { Queryable } from '../db/index.ts'
import type { PhysicalMap } from '../schema/physical-map.ts'

/** The names of users by id, for answers that say who did something. */
export async function loadUserNames(
  db: Queryable,
  physical: PhysicalMap,
  ids: readonly (string | null)[],
): Promise<ReadonlyMap<string, string>> {
  const wanted = [...new Set(ids.flatMap((id) => id ?? []))]
  if (wanted.length === 0) return new Map()
  const rows = await db.query<{ id: string; name: string }>(
    sql`select id, name from ${physical.table('user')} where id = any(${wanted}::uuid[])`,
  )
  return new Map(rows.map((row) => [row.id, row.name]))
}
