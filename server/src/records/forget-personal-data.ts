import type { FieldModel, ObjectModel } from '@trellis/metamodel'
import { type RawBuilder, sql } from 'kysely'
import { uuidv7 } from 'uuidv7'

import type { WriteContext } from '../access/context.ts'
import { asJson } from '../db/index.ts'
import type { StoredValues } from '../effects/record-request.ts'
import { castType } from '../schema/column-types.ts'
import { columnFields } from './read-rows.ts'
import { eraseColumns } from './write-record.ts'

/** A record whose personal data go, and what stands in their place. */
export interface Forgotten {
  id: string
  marked: readonly FieldModel[]
  /** Fields that are computed from those. */
  made: readonly FieldModel[]
  values: (id: string) => StoredValues
}

/**
 * Removes what the house keeps of the personal data of a record, whose own columns are empty already: in the records that
 * were merged into it, in columns of fields that were retired, in history, in what imports read and overwrote, in answers
 * kept for repeats, in lists of duplicates, and files. History says that it was done.
 * @returns the files that are gone
 */
export async function forgetPersonalData(
  context: WriteContext,
  object: ObjectModel,
  forgotten: Forgotten,
): Promise<string[]> {
  const { tx, release } = context
  const { physical } = release
  const { id, marked, made } = forgotten
  const merged = await tx.query<{ id: string }>(
    sql`select merged as id from ${physical.systemTable('_merge')} where survivor = ${id}::uuid`,
  )
  const ids = [id, ...merged.map((one) => one.id)]
  await emptyMerged(context, object, ids.slice(1), forgotten)
  const names = [...marked, ...made].flatMap(({ name, definition }) => [
    name,
    ...(definition.former_names ?? []),
  ])
  await emptyRetired(context, object, ids, names)
  const all = sql`any(${ids}::uuid[])`
  const named = sql`any(${names}::text[])`
  await tx.execute(sql`
    delete from ${physical.systemTable('_history')}
    where record = ${all} and object = ${object.name} and field = ${named}`)
  await tx.execute(sql`
    update ${physical.systemTable('_import_row')} set cells = '[]', before = null, errors = null where record = ${all}`)
  await tx.execute(sql`
    delete from ${physical.systemTable('_idempotency')} where tells -> 'record' ->> 'id' = any(${ids}::text[])`)
  await tx.execute(sql`
    update ${physical.systemTable('_duplicate_group')} set records = array_remove(records, ${id}::uuid)
    where ${id}::uuid = any(records)`)
  const files = await tx.query<{ id: string }>(sql`
    delete from ${physical.systemTable('_file')}
    where object = ${object.name} and record = ${all} and field = ${named} returning id`)
  await tellHistory(context, object, forgotten)
  return files.map((file) => file.id)
}

/** Records that gave way to this one lie in the recycle bin, for good: nothing follows from them. */
async function emptyMerged(
  context: WriteContext,
  object: ObjectModel,
  merged: readonly string[],
  { marked, made, values }: Forgotten,
): Promise<void> {
  const { physical } = context.release
  const given = new Set(marked.map(({ name }) => name))
  const going = new Set([...marked, ...made].map(({ name }) => name))
  const columns = columnFields(object).filter(
    ({ name, partOf, isRequired }) => going.has(partOf ?? name) && (given.has(name) || !isRequired),
  )
  if (columns.length === 0) return
  for (const id of merged) {
    const next = values(id)
    const sets = columns.map((field): RawBuilder<unknown> => {
      const type = castType(field.type.storage(field.options))
      return sql`${physical.column(object.name, field.name)} = ${next[field.name] ?? null}::${type}`
    })
    await eraseColumns(context, { object: object.name, ids: [id], sets })
  }
}

/** Columns of fields of these names that were taken out of use, until they are purged. */
async function emptyRetired(
  context: WriteContext,
  object: ObjectModel,
  ids: readonly string[],
  names: readonly string[],
): Promise<void> {
  const { tx, release } = context
  const { physical } = release
  const { schema } = physical.names
  const table = physical.tableName(object.name)
  const columns = await tx.query<{ name: string }>(sql`
    select f.column_name as name from ${physical.systemTable('_physical_field')} as f
    join pg_attribute as a on a.attrelid = to_regclass(format('%I.%I', ${schema}::text, f.table_name))
      and a.attname = f.column_name and not a.attisdropped and not a.attnotnull
    where f.table_name = ${table} and f.retired_at is not null and f.field = any(${[...names]}::text[])`)
  if (columns.length === 0) return
  const sets = columns.map(({ name }) => sql`${physical.identifier(name)} = null`)
  await eraseColumns(context, { object: object.name, ids, sets })
}

async function tellHistory(
  { tx, release, actor, now, cause }: WriteContext,
  object: ObjectModel,
  { id, marked }: Forgotten,
): Promise<void> {
  if (object.definition.features?.history === false) return
  await tx.execute(sql`
    insert into ${release.physical.systemTable('_history')} (id, at, object, record, actor, cause, action, new)
    values (${uuidv7()}::uuid, ${now.toISOString()}::timestamptz, ${object.name}, ${id}::uuid, ${actor.userId}::uuid,
      ${cause}, 'erased', ${asJson(marked.map(({ name }) => name))}::jsonb)`)
}
