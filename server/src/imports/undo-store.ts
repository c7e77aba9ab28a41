import { sql } from 'kysely'

import type { WriteContext } from '../access/context.ts'
import { asJson, type Queryable } from '../db/index.ts'
import type { Release } from '../schema/release.ts'
import type { RecordBefore, RowFault, StoredImport } from './import-job.ts'

/**
 * What is taken back in turn. Old values first: a record that was made may be referred to by one that was changed.
 * Then records that nothing refers to, many at once and as often as that frees others; then what is left.
 */
export type UndoPhase = 'updated' | 'unreferred' | 'referred'

/** Who takes an import back, and how far that has come. */
export interface UndoState {
  by: string
  within?: string
  phase?: UndoPhase
  /** Rows from here to the end of the file have been looked at in this pass; undefined at its beginning. */
  cursor?: number
  /** Records taken back in this pass. */
  saved: number
  /** Whether some record was written by several rows of the file. */
  isRepetitive?: boolean
  /** Records that somebody else has changed were found already. */
  hasChecked?: boolean
}

/** A row that was carried out, to be taken back. */
export interface UndoRow {
  row: number
  record: string
  version: number
  before: RecordBefore | null
}

/** What became of it. */
export type UndoResult = { row: UndoRow } & ({ version: number } | { fault: RowFault })

const CHUNK = 500

/** Keeps how far undoing has come; the job runs again. */
export async function writeUndo(
  tx: Queryable,
  { physical }: Release,
  id: string,
  undo: UndoState,
): Promise<void> {
  await tx.execute(sql`
    update ${physical.systemTable('_import')}
    set status = 'running', finished_at = null, options = options || jsonb_build_object('undo', ${asJson(undo)}::jsonb)
    where id = ${id}::uuid`)
}

/** Whether some record was written by several rows of the file. */
export async function hasRepeats(
  tx: Queryable,
  { physical }: Release,
  id: string,
): Promise<boolean> {
  const found = await tx.query(sql`
    select 1 from ${physical.systemTable('_import_row')}
    where import = ${id}::uuid and status in ('created', 'updated') group by record having count(*) > 1 limit 1`)
  return found.length > 0
}

/** Rows to be taken back in a phase, from the end of the file on; a chunk of them. */
export async function loadUndoRows(
  context: WriteContext,
  id: string,
  phase: UndoPhase,
  cursor: number | undefined,
): Promise<UndoRow[]> {
  const status = phase === 'updated' ? 'updated' : 'created'
  const from = cursor === undefined ? sql`true` : sql`row_number < ${cursor}`
  return context.tx.query<UndoRow>(sql`
    select row_number as "row", record, version, before from ${rowsOf(context)}
    where import = ${id}::uuid and status = ${status} and errors is null and ${from} order by row_number desc limit ${CHUNK}`)
}

/** Writes what became of rows. */
export async function storeUndone(
  context: WriteContext,
  id: string,
  results: readonly UndoResult[],
): Promise<void> {
  const rows = results.map((result) => ({
    row: result.row.row,
    errors: 'fault' in result ? [result.fault] : null,
  }))
  await context.tx.execute(sql`
    update ${rowsOf(context)} as t set status = case when r.errors is null then 'undone' else t.status end, errors = r.errors
    from json_to_recordset(${asJson(rows)}::json) as r ("row" integer, errors jsonb)
    where t.import = ${id}::uuid and t.row_number = r."row"`)
}

/** What the same file did to a record before stands unchanged, if nobody else came between. */
export async function passOnVersions(
  context: WriteContext,
  id: string,
  results: readonly UndoResult[],
): Promise<void> {
  const rows = results.flatMap((result) =>
    'fault' in result
      ? []
      : [
          {
            row: result.row.row,
            record: result.row.record,
            was: result.row.before?.version ?? null,
            version: result.version,
          },
        ],
  )
  await context.tx.execute(sql`
    update ${rowsOf(context)} as t set version = r.version
    from json_to_recordset(${asJson(rows)}::json) as r ("row" integer, record uuid, was integer, version integer)
    where t.import = ${id}::uuid and t.record = r.record and t.status in ('created', 'updated')
      and t.row_number < r."row" and t.version = r.was`)
}

/** Fails the rows whose record somebody else has changed since it was made. */
export async function failChanged(
  context: WriteContext,
  { id, object }: StoredImport,
  fault: RowFault,
): Promise<void> {
  await context.tx.execute(sql`
    update ${rowsOf(context)} as t set errors = ${asJson([fault])}::jsonb
    from ${context.release.physical.table(object)} as o
    where t.import = ${id}::uuid and t.status = 'created' and t.errors is null
      and o.id = t.record and o.version <> t.version and o.deleted_at is null`)
}

/** Gives rows whose record was in use another try. @returns how many they are */
export function retryInUse(context: WriteContext, id: string): Promise<number> {
  return context.tx.execute(sql`
    update ${rowsOf(context)} set errors = null
    where import = ${id}::uuid and status = 'created' and errors->0->>'code' = 'in_use'`)
}

/** How many rows were taken back, and how many stay. */
export async function countUndone(
  context: WriteContext,
  id: string,
): Promise<{ undone: number; left: number }> {
  const [count] = await context.tx.query<{ undone: number; left: number }>(sql`
    select count(*) filter (where status = 'undone')::int as undone, count(*) filter (where status in ('created', 'updated'))::int as left
    from ${rowsOf(context)} where import = ${id}::uuid`)
  return count ?? { undone: 0, left: 0 }
}

function rowsOf({ release }: WriteContext): ReturnType<Release['physical']['systemTable']> {
  return release.physical.systemTable('_import_row')
}
