import { sql } from 'kysely'

import { asJson, type Queryable } from '../db/index.ts'
import type { AssignedNames, RetiredNames, UsedNames } from '../schema/index.ts'
import { systemTable } from '../schema/physical-map.ts'

/** Physical names with what is out of use. */
export type StoredNames = UsedNames & {
  retired: RetiredNames
  restorable: NonNullable<UsedNames['restorable']>
}

/** Reads which table and column everything rests in, and every name that was ever given. */
export async function loadPhysicalNames(db: Queryable, schema: string): Promise<StoredNames> {
  const objects = await db.query<{ table: string; object: string; gone: boolean }>(sql`
    select table_name as "table", object, retired_at is not null as gone from ${systemTable(schema, '_physical_object')}`)
  const fields = await db.query<{
    table: string
    column: string
    field: string
    gone: boolean
  }>(sql`
    select table_name as "table", column_name as "column", field, retired_at is not null as gone from ${systemTable(schema, '_physical_field')}`)
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
      tables: new Map(objects.filter((one) => one.gone).map((one) => [one.object, one.table])),
      columns: new Map(
        fields
          .filter((one) => one.gone || !objectOf.has(one.table))
          .map((one) => [`${one.table}.${one.field}`, one.column]),
      ),
    },
    retired: {
      tables: new Set(objects.filter((one) => one.gone).map((one) => one.table)),
      columns: new Set(fields.filter((one) => one.gone).map((one) => `${one.table}.${one.column}`)),
    },
  }
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
  await db.execute(sql`
    insert into ${objects} (table_name, object)
    select "table", object from json_to_recordset(${asJson(names.newTables)}::json) as given ("table" text, object text)`)
  await db.execute(sql`
    insert into ${fields} (table_name, column_name, field)
    select "table", "column", field from json_to_recordset(${asJson(names.newColumns)}::json) as given ("table" text, "column" text, field text)`)
  await db.execute(
    sql`update ${objects} set retired_at = null where table_name = any(${[...names.restored]}::text[])`,
  )
  await db.execute(
    sql`update ${fields} set retired_at = null where table_name || '.' || column_name = any(${[...names.restored]}::text[])`,
  )
  await db.execute(sql`
    update ${fields} set retired_at = ${at}::timestamptz where retired_at is null and (table_name, column_name) in
      (select "table", "column" from json_to_recordset(${asJson(names.retiredColumns)}::json) as gone ("table" text, "column" text))`)
  await db.execute(sql`
    update ${objects} set retired_at = ${at}::timestamptz where retired_at is null and table_name = any(${names.retiredTables}::text[])`)
}
