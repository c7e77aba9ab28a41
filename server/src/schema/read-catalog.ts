import { sql } from 'kysely'

import type { Queryable } from '../db/index.ts'

/** What PostgreSQL says is there. */
export interface CatalogState {
  /** `table.column` → type and nullability. */
  columns: ReadonlyMap<string, { type: string; isNotNull: boolean }>
  /** Index name → facts. */
  indexes: ReadonlyMap<string, { table: string; isUnique: boolean; isValid: boolean }>
  /** Foreign key name → facts. */
  foreignKeys: ReadonlyMap<string, { table: string; isValid: boolean }>
  /** Check name → its table, its columns in order, and whether every row was looked at. */
  checks: ReadonlyMap<string, { table: string; columns: readonly string[]; isValid: boolean }>
  tables: ReadonlySet<string>
  /** Triggers on tables that the house has not made: it names each like the function that it calls. */
  strangeTriggers: readonly { name: string; table: string }[]
}

/** Reads tables, columns, indexes, foreign keys and checks of one schema from PostgreSQL's catalogue. */
export async function readCatalog(db: Queryable, schema: string): Promise<CatalogState> {
  const columns = await db.query<{
    table: string
    column: string
    type: string
    required: boolean
  }>(sql`
    select c.relname as "table", a.attname as "column", format_type(a.atttypid, a.atttypmod) as type, a.attnotnull as required
    from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = ${schema} and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped`)
  const indexes = await db.query<{
    name: string
    table: string
    unique: boolean
    valid: boolean
  }>(sql`
    select i.relname as name, c.relname as "table", x.indisunique as "unique", x.indisvalid as valid
    from pg_index x join pg_class i on i.oid = x.indexrelid join pg_class c on c.oid = x.indrelid
    join pg_namespace n on n.oid = c.relnamespace where n.nspname = ${schema}`)
  const keys = await db.query<{ name: string; table: string; valid: boolean }>(sql`
    select k.conname as name, c.relname as "table", k.convalidated as valid
    from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = ${schema} and k.contype = 'f'`)
  const checks = await db.query<{
    name: string
    table: string
    columns: string[]
    valid: boolean
  }>(sql`
    select k.conname as name, c.relname as "table", k.convalidated as valid,
      array(select a.attname::text from pg_attribute a where a.attrelid = c.oid and a.attnum = any(k.conkey)) as columns
    from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = ${schema} and k.contype = 'c'`)
  const triggers = await db.query<{ name: string; table: string }>(sql`
    select t.tgname as name, c.relname as "table"
    from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
    join pg_proc p on p.oid = t.tgfoid
    where n.nspname = ${schema} and not t.tgisinternal
      and (p.pronamespace <> n.oid or p.proname <> t.tgname or t.tgname !~ '_(sync|follow)$')
    order by 1`)
  return {
    strangeTriggers: triggers,
    columns: new Map(
      columns.map((row) => [
        `${row.table}.${row.column}`,
        { type: row.type, isNotNull: row.required },
      ]),
    ),
    indexes: new Map(
      indexes.map((row) => [
        row.name,
        { table: row.table, isUnique: row.unique, isValid: row.valid },
      ]),
    ),
    foreignKeys: new Map(keys.map((row) => [row.name, { table: row.table, isValid: row.valid }])),
    checks: new Map(
      checks.map(({ name, table, columns: named, valid }) => [
        name,
        { table, columns: named.toSorted(), isValid: valid },
      ]),
    ),
    tables: new Set(columns.map((row) => row.table)),
  }
}

/** Whether names can have an index for substring search. */
export async function hasTrigram(db: Queryable): Promise<boolean> {
  const rows = await db.query(sql`select 1 from pg_extension where extname = 'pg_trgm'`)
  return rows.length > 0
}
