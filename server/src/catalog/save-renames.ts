import {
  type ApprovalProcessDefinition,
  isRenaming,
  type Model,
  renameComponents,
  renamedField,
  type Renames,
  renamingOf,
  splitName,
} from '@trellis/metamodel'
import { type RawBuilder, sql } from 'kysely'

import { asJson, type Queryable, type Transaction } from '../db/index.ts'
import { physicalName, systemTable } from '../schema/physical-map.ts'
import { renameInTemplate } from '../templates/rename-in-template.ts'

/** Tables whose rows keep the name of their day: what was logged, and what was done. */
const AS_IT_WAS: ReadonlySet<string> = new Set(['_audit', '_publish_step'])

/**
 * Carries a rename through what is kept beside records: names of tables and columns, history, shares, approvals that
 * run, imports, searches for duplicates and what is still to be computed. No table is altered.
 *
 * @param was the model of before, under the old names
 */
export async function saveRenames(
  tx: Transaction,
  schema: string,
  renames: Renames,
  was: Model | undefined,
): Promise<void> {
  if (!was || !isRenaming(renames)) return
  await renamePhysical(tx, schema, renames)
  await renameRecalculations(tx, schema, renames, was)
  await renameApprovals(tx, schema, renames, was)
  await renameImports(tx, schema, renames)
  await renameSearches(tx, schema, renames)
  const tables = await tablesThatName(tx, schema)
  for (const { table, hasField } of tables.filter((one) => !AS_IT_WAS.has(one.table))) {
    if (hasField) await renameFieldRows(tx, physicalName(schema, table), renames)
    await renameObjectRows(tx, physicalName(schema, table), renames)
  }
}

interface Move {
  object: string
  from: string
  to: string
}

function fieldMoves({ fields }: Renames): Move[] {
  return [...fields].map(([key, to]) => {
    const [object = '', from = ''] = key.split('.')
    return { object, from, to }
  })
}

const MOVES = sql`as moved (object text, "from" text, "to" text)`

async function renamePhysical(tx: Transaction, schema: string, renames: Renames): Promise<void> {
  const objects = systemTable(schema, '_physical_object')
  const fields = systemTable(schema, '_physical_field')
  const known = await tx.query<{ table: string; object: string; field: string }>(sql`
    select distinct o.table_name as "table", o.object, f.field from ${fields} as f
    join ${objects} as o on o.table_name = f.table_name and o.retired_at is null`)
  const moves = known
    .map(({ table, object, field }) => ({
      object: table,
      from: field,
      to: renamedField(object, field, renames),
    }))
    .filter(({ from, to }) => from !== to)
  await tx.execute(sql`
    update ${fields} as f set field = moved."to", former = f.former || f.field from json_to_recordset(${asJson(moves)}::json) ${MOVES}
    where f.table_name = moved.object and f.field = moved."from"`)
  await renameTables(tx, objects, renames)
}

async function renameFieldRows(
  tx: Transaction,
  table: RawBuilder<unknown>,
  renames: Renames,
): Promise<void> {
  if (renames.fields.size === 0) return
  await tx.execute(sql`
    update ${table} as t set field = moved."to" from json_to_recordset(${asJson(fieldMoves(renames))}::json) ${MOVES}
    where t.object = moved.object and t.field = moved."from"`)
}

async function renameTables(
  tx: Transaction,
  table: RawBuilder<unknown>,
  { objects }: Renames,
): Promise<void> {
  const moves = [...objects].map(([from, to]) => ({ object: '', from, to }))
  await tx.execute(sql`
    update ${table} as t set object = moved."to", former = t.former || t.object from json_to_recordset(${asJson(moves)}::json) ${MOVES}
    where t.object = moved."from" and t.retired_at is null`)
}

async function renameObjectRows(
  tx: Transaction,
  table: RawBuilder<unknown>,
  { objects }: Renames,
): Promise<void> {
  if (objects.size === 0) return
  const moves = [...objects].map(([from, to]) => ({ object: '', from, to }))
  await tx.execute(sql`
    update ${table} as t set object = moved."to" from json_to_recordset(${asJson(moves)}::json) ${MOVES}
    where t.object = moved."from"`)
}

/** The system tables that say which object, and which field, a row is about. */
async function tablesThatName(
  db: Queryable,
  schema: string,
): Promise<{ table: string; hasField: boolean }[]> {
  return db.query(sql`
    select c.table_name as "table", bool_or(c.column_name = 'field') as "hasField"
    from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
    where c.table_schema = ${schema} and c.table_name like '\\_%' and c.table_name not like '\\_physical%'
      and t.table_type = 'BASE TABLE' and c.column_name in ('object', 'field')
    group by c.table_name having bool_or(c.column_name = 'object') order by 1`)
}

async function renameRecalculations(
  tx: Transaction,
  schema: string,
  renames: Renames,
  { objects }: Model,
): Promise<void> {
  const table = systemTable(schema, '_recalculation')
  const rows = await tx.query<{ id: string; object: string; hops: string[] }>(
    sql`select id, object, hops from ${table} for update`,
  )
  for (const { id, object, hops } of rows) {
    const path = renamingOf(objects, object, renames).path(hops.join('.'))
    await tx.execute(
      sql`update ${table} set hops = ${path === '' ? [] : path.split('.')}::text[] where id = ${id}::uuid`,
    )
  }
}

/** Approvals that run go on by the definition with which they began, under the new names. */
async function renameApprovals(
  tx: Transaction,
  schema: string,
  renames: Renames,
  model: Model,
): Promise<void> {
  const table = systemTable(schema, '_approval')
  const rows = await tx.query<{ id: string; definition: ApprovalProcessDefinition }>(
    sql`select id, definition from ${table} where status = 'pending' order by id for update`,
  )
  const renamed = renameComponents(
    rows.map(({ id, definition }) => ({ kind: 'approval_process', name: id, definition })),
    { model, renames, inTemplate: renameInTemplate },
  )
  for (const { name: id, definition } of renamed) {
    await tx.execute(
      sql`update ${table} set definition = ${asJson(definition)}::jsonb where id = ${id}::uuid`,
    )
  }
}

/** What imports are to save, and what undoing them gives back. */
async function renameImports(tx: Transaction, schema: string, renames: Renames): Promise<void> {
  const imports = systemTable(schema, '_import')
  for (const { object, from, to } of fieldMoves(renames)) {
    await tx.execute(sql`
      update ${systemTable(schema, '_import_row')} as r
      set before = jsonb_set(r.before, '{values}', (r.before -> 'values') - ${from}::text
        || jsonb_build_object(${to}::text, r.before -> 'values' -> ${from}::text))
      from ${imports} as i where i.id = r.import and i.object = ${object} and r.before -> 'values' ? ${from}::text`)
    await tx.execute(sql`
      update ${imports} set options = options
        || case when options ->> 'match_field' = ${from} then jsonb_build_object('match_field', ${to}::text) else '{}' end
        || jsonb_build_object('columns', coalesce((
          select jsonb_agg(case when c ->> 'field' = ${from} then c || jsonb_build_object('field', ${to}::text) else c end order by at)
          from jsonb_array_elements(options -> 'columns') with ordinality as e (c, at)), '[]'))
      where object = ${object}`)
  }
}

/** By which rule it was searched; those of a renamed object follow it afterwards. */
async function renameSearches(tx: Transaction, schema: string, { rules }: Renames): Promise<void> {
  for (const [key, to] of rules) {
    const [kind = '', name = ''] = key.split(' ')
    const [object, rule] = splitName(name)
    if (kind !== 'duplicate_rule') continue
    await tx.execute(sql`
      update ${systemTable(schema, '_duplicate_search')} set rule = ${to}
      where object = ${object} and rule = ${rule}`)
  }
}
