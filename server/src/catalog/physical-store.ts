import { sql } from 'kysely'

import { asJson, type Queryable } from '../db/index.ts'
import type { OldColumn } from '../schema/assign-names.ts'
import type { AssignedNames, RetiredNames, UsedNames } from '../schema/index.ts'
import { systemTable } from '../schema/physical-map.ts'

/** Physical names with what is out of use. */
export type StoredNames = UsedNames & {
  retired: RetiredNames
  restorable: NonNullable<UsedNames['restorable']>
  synced: NonNullable<UsedNames['synced']>
}

/** Reads which table and column everything rests in, and every name that was ever given. */
export async function loadPhysicalNames(db: Queryable, schema: string): Promise<StoredNames> {
  const objects = await db.query<{
    table: string
    object: string
    former: string[]
    gone: boolean
  }>(sql`
    select table_name as "table", object, former, retired_at is not null as gone from ${systemTable(schema, '_physical_object')}`)
  const fields = await db.query<{
    table: string
    column: string
    field: string
    former: string[]
    gone: boolean
    syncedWith: string | null
    type: string
  }>(sql`
    select f.table_name as "table", f.column_name as "column", f.field, f.former, f.retired_at is not null as gone,
      f.synced_with as "syncedWith", coalesce((
        select format_type(a.atttypid, a.atttypmod) from pg_attribute a join pg_class c on c.oid = a.attrelid
        join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = ${schema} and c.relname = f.table_name
          and a.attname = f.column_name and not a.attisdropped), '') as type
    from ${systemTable(schema, '_physical_field')} f order by f.retired_at`)
  const live = objects.filter((one) => !one.gone)
  const objectOf = new Map(live.map((one) => [one.table, one.object]))
  const liveFields = fields.filter((one) => !one.gone && objectOf.has(one.table))
  return {
    schema,
    tables: new Map(live.map((one) => [one.object, one.table])),
    columns: new Map(
      liveFields.map((one) => [`${objectOf.get(one.table)}.${one.field}`, one.column]),
    ),
    usedTables: new Set(objects.map((one) => one.table)),
    usedColumns: new Set(fields.map((one) => `${one.table}.${one.column}`)),
    restorable: {
      tables: new Map(
        objects
          .filter((one) => one.gone)
          .flatMap((one) => [...one.former, one.object].map((name) => [name, one.table])),
      ),
      columns: restorableColumns(fields.filter((one) => one.gone || !objectOf.has(one.table))),
    },
    synced: new Map(
      fields
        .filter((one) => one.gone && one.syncedWith !== null)
        .map((one) => [`${one.table}.${one.field}`, { column: one.column, type: one.type }]),
    ),
    retired: {
      tables: new Set(objects.filter((one) => one.gone).map((one) => one.table)),
      columns: new Set(fields.filter((one) => one.gone).map((one) => `${one.table}.${one.column}`)),
    },
  }
}

/** By `table.field`, under each name that a field had; the one that it had last comes last. */
function restorableColumns(
  fields: readonly (OldColumn & { table: string; field: string; former: string[] })[],
): ReadonlyMap<string, OldColumn[]> {
  const named = fields.flatMap((one) => [
    ...one.former.map((name) => ({ ...one, name, isFormer: true })),
    { ...one, name: one.field, isFormer: false },
  ])
  const inOrder = named.toSorted((a, b) => Number(b.isFormer) - Number(a.isFormer))
  return Map.groupBy(inOrder, (one) => `${one.table}.${one.name}`)
}

/** Writes what a publish gave, took, and took up again. */
export async function savePhysicalNames(
  db: Queryable,
  schema: string,
  names: AssignedNames,
  now: Date,
): Promise<void> {
  const objects = systemTable(schema, '_physical_object')
  const fields = systemTable(schema, '_physical_field')
  const at = now.toISOString()
  const { retiredColumns, retiredTables, newTables, newColumns } = names
  const { tables, columns } = restoredNames(names)
  // Most publishes change few of them: what there is none of costs no round trip.
  if (retiredColumns.length > 0) {
    await db.execute(sql`
      update ${fields} set retired_at = ${at}::timestamptz where retired_at is null and (table_name, column_name) in
        (select "table", "column" from json_to_recordset(${asJson(retiredColumns)}::json) as gone ("table" text, "column" text))`)
  }
  if (retiredTables.length > 0) {
    await db.execute(sql`
      update ${objects} set retired_at = ${at}::timestamptz where retired_at is null and table_name = any(${retiredTables}::text[])`)
  }
  if (newTables.length > 0) {
    await db.execute(sql`
      insert into ${objects} (table_name, object)
      select "table", object from json_to_recordset(${asJson(newTables)}::json) as given ("table" text, object text)
      on conflict (table_name) do update set retired_at = null`)
  }
  if (newColumns.length > 0) {
    await db.execute(sql`
      insert into ${fields} (table_name, column_name, field)
      select "table", "column", field from json_to_recordset(${asJson(newColumns)}::json) as given ("table" text, "column" text, field text)
      on conflict (table_name, column_name) do update set retired_at = null`)
  }
  if (tables.length > 0) {
    await db.execute(sql`
      update ${objects} as o set retired_at = null, object = used.object
      from json_to_recordset(${asJson(tables)}::json) as used ("table" text, object text) where o.table_name = used."table"`)
  }
  if (columns.length > 0) {
    await db.execute(sql`
      update ${fields} as f set retired_at = null, field = used.field
      from json_to_recordset(${asJson(columns)}::json) as used ("table" text, "column" text, field text)
      where f.table_name = used."table" and f.column_name = used."column"`)
  }
  await saveSynced(db, schema, names.synced)
}

/** What is taken up again, under the names that it is to have: it may have been called otherwise when it went. */
function restoredNames({ restored, tables, columns }: AssignedNames): {
  tables: { table: string; object: string }[]
  columns: { table: string; column: string; field: string }[]
} {
  return {
    tables: [...tables]
      .filter(([, table]) => restored.has(table))
      .map(([object, table]) => ({ table, object })),
    columns: [...columns].flatMap(([key, column]) => {
      const dot = key.indexOf('.')
      const table = tables.get(key.slice(0, dot)) ?? ''
      return restored.has(`${table}.${column}`)
        ? [{ table, column, field: key.slice(dot + 1) }]
        : []
    }),
  }
}

/** Notes which columns a trigger keeps alike; one that was kept like the older of them is left behind. */
async function saveSynced(
  db: Queryable,
  schema: string,
  synced: AssignedNames['synced'],
): Promise<void> {
  if (synced.length === 0) return
  const fields = systemTable(schema, '_physical_field')
  const given = sql`json_to_recordset(${asJson(synced)}::json) as given ("table" text, "column" text, "with" text)`
  await db.execute(sql`
    update ${fields} as f set synced_with = null from ${given}
    where f.table_name = given."table" and f.synced_with = given."with"`)
  await db.execute(sql`
    update ${fields} as f set synced_with = case f.column_name when given."column" then given."with" else given."column" end
    from ${given} where f.table_name = given."table" and f.column_name in (given."column", given."with")`)
}

/**
 * Takes the names that a large publish gives, as out of use: the tables and columns that it makes before it is live
 * are nothing that nobody knows of.
 */
export async function reserveNames(
  db: Queryable,
  schema: string,
  { newTables, newColumns }: AssignedNames,
  now: Date,
): Promise<void> {
  const at = now.toISOString()
  await db.execute(sql`
    insert into ${systemTable(schema, '_physical_object')} (table_name, object, retired_at)
    select "table", object, ${at}::timestamptz
    from json_to_recordset(${asJson(newTables)}::json) as given ("table" text, object text)`)
  await db.execute(sql`
    insert into ${systemTable(schema, '_physical_field')} (table_name, column_name, field, retired_at)
    select "table", "column", field, ${at}::timestamptz
    from json_to_recordset(${asJson(newColumns)}::json) as given ("table" text, "column" text, field text)`)
}

/** Gives them back. */
export async function releaseNames(
  db: Queryable,
  schema: string,
  { newTables, newColumns }: AssignedNames,
): Promise<void> {
  await db.execute(sql`
    delete from ${systemTable(schema, '_physical_field')} where (table_name, column_name) in
      (select "table", "column" from json_to_recordset(${asJson(newColumns)}::json) as given ("table" text, "column" text))`)
  await db.execute(sql`
    delete from ${systemTable(schema, '_physical_object')} where table_name in
      (select "table" from json_to_recordset(${asJson(newTables)}::json) as given ("table" text))`)
}
