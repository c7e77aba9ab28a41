import { sql } from 'kysely'

import type { Queryable } from '../db/index.ts'

/**
 * About how many rows each table has: as many to a page as when PostgreSQL last counted, on the pages that there are
 * now. Of a table that was never counted, rows of usual width are assumed.
 */
export async function estimateRows(
  db: Queryable,
  schema: string,
): Promise<ReadonlyMap<string, number>> {
  const rows = await db.query<{ table: string; rows: number }>(sql`
    select c.relname as "table", (case
        when c.reltuples > 0 and c.relpages > 0
        then c.reltuples::float8 / c.relpages * (pg_relation_size(c.oid) / 8192)
        else pg_relation_size(c.oid) / 250
      end)::float8 as rows
    from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = ${schema} and c.relkind = 'r'`)
  return new Map(rows.map((row) => [row.table, Math.round(Number(row.rows))]))
}
