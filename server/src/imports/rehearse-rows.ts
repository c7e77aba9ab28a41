import { sql } from 'kysely'

import type { WriteContext } from '../access/context.ts'
import { asJson } from '../db/index.ts'
import { message } from '../errors.ts'
import type { ColumnPlan, ImportOptions, RowResult } from './import-job.ts'
import { saveRows, type RowsToSave } from './save-rows.ts'

/** Leaves a savepoint so that what was written in it is undone. */
class Rehearsed extends Error {}

/**
 * Saves rows as `saveRows` does, sees what comes of it, and undoes it. A reference to another row of the
 * same file, which is not there in a rehearsal, holds if the file names it.
 */
export async function rehearseRows(
  context: WriteContext,
  id: string,
  work: RowsToSave,
): Promise<RowResult[]> {
  const results = await undoing(context, work)
  const open = results.filter(({ status }) => status === 'pending')
  if (open.length === 0) return results
  const columns = await referringColumns(context, id, work, open)
  const numbers = new Set(open.map(({ row }) => row))
  const again = work.rows.filter(({ row }) => numbers.has(row))
  const groups = Map.groupBy(again, ({ row }) => columns.get(row)?.join(' ') ?? '')
  const settled = results.filter(({ row }) => !numbers.has(row))
  for (const rows of groups.values()) {
    const left = new Set(columns.get(rows[0]?.row ?? 0) ?? [])
    const options = {
      ...work.options,
      columns: work.options.columns.filter(({ index }) => !left.has(index)),
    }
    const repeated =
      left.size === 0
        ? open.filter(({ row }) => rows.some((one) => one.row === row))
        : await undoing(context, { ...work, rows, options })
    settled.push(
      ...repeated.map((result) =>
        result.status === 'pending' ? { ...result, status: 'failed' as const } : result,
      ),
    )
  }
  return settled
}

async function undoing(context: WriteContext, work: RowsToSave): Promise<RowResult[]> {
  let results: RowResult[] = []
  try {
    await context.tx.savepoint(async () => {
      results = await saveRows(context, work)
      throw new Rehearsed()
    })
  } catch (error) {
    if (!(error instanceof Rehearsed)) throw error
  }
  return results
}

/** For each row the columns whose reference is a name that another row of the file brings. */
async function referringColumns(
  context: WriteContext,
  id: string,
  work: RowsToSave,
  open: readonly RowResult[],
): Promise<Map<number, number[]>> {
  const found = new Map<number, number[]>()
  const headers = new Set(open.flatMap(({ errors }) => (errors ?? []).map(({ column }) => column)))
  for (const column of work.options.columns.filter(({ header }) => headers.has(header))) {
    const named = work.options.columns.find(({ field }) => field === (column.by ?? 'name'))
    if (!named) continue
    const rows = open
      .filter(({ errors }) => errors?.some((fault) => fault.column === column.header))
      .map(({ row }) => row)
    for (const row of await rowsNaming(context, id, { column, named, rows })) {
      found.set(row, [...(found.get(row) ?? []), column.index])
    }
  }
  return found
}

async function rowsNaming(
  context: WriteContext,
  id: string,
  { column, named, rows }: { column: ColumnPlan; named: ColumnPlan; rows: number[] },
): Promise<number[]> {
  const table = context.release.physical.systemTable('_import_row')
  const found = await context.tx.query<{ row: number }>(sql`
    select r.row_number as "row" from ${table} as r
    where r.import = ${id}::uuid and r.row_number = any(${rows}::int[]) and lower(btrim(r.cells->>${column.index}::int)) in (
      select lower(btrim(o.cells->>${named.index}::int)) from ${table} as o where o.import = ${id}::uuid and o.status <> 'failed')`)
  return found.map(({ row }) => row)
}

/**
 * Finds rows that repeat a unique value of an earlier row: in a rehearsal the earlier row is not there to
 * stand in the way. @returns how many they are
 */
export async function failRepeated(
  context: WriteContext,
  id: string,
  { object, options }: Pick<RowsToSave, 'object'> & { options: ImportOptions },
): Promise<number> {
  if (options.mode !== 'create') return 0
  const table = context.release.physical.systemTable('_import_row')
  let count = 0
  for (const { field, index, header } of options.columns) {
    const model = object.fields.get(field)
    if (!model?.isUnique) continue
    const isExact = model.definition.case_sensitive === true
    const fault = {
      column: header,
      code: 'duplicate',
      message: message('An earlier row of the file has this value', '文件中前面的行已有该值'),
    }
    const key = isExact ? sql`cells->>${index}::int` : sql`lower(btrim(cells->>${index}::int))`
    count += await context.tx.execute(sql`
      update ${table} as t set status = 'failed',
        errors = jsonb_build_array(${asJson(fault)}::jsonb || jsonb_build_object('value', left(t.cells->>${index}::int, 200)))
      from (
        select row_number, row_number() over (partition by ${key} order by row_number) as place from ${table}
        where import = ${id}::uuid and status = 'pending' and btrim(cells->>${index}::int) <> ''
      ) as repeated
      where repeated.place > 1 and t.import = ${id}::uuid and t.row_number = repeated.row_number`)
  }
  return count
}
