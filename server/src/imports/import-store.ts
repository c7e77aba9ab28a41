import type { Message } from '@trellis/metamodel'
import { sql } from 'kysely'

import { asJson, type Queryable } from '../db/index.ts'
import { systemTable } from '../schema/physical-map.ts'
import type {
  ImportOptions,
  ImportProgress,
  RowFault,
  RowResult,
  StoredImport,
} from './import-job.ts'

const COLUMNS = sql`id, object, status, options, file_name as "fileName", notes, total, processed, created, updated, failed,
  created_by as "createdBy", created_at as "createdAt", started_at as "startedAt", finished_at as "finishedAt"`

/** A new job, before its rows. */
export interface NewImport {
  id: string
  object: string
  options: ImportOptions
  fileName: string
  notes: readonly Message[]
  createdBy: string
  now: Date
}

export async function insertImport(tx: Queryable, schema: string, made: NewImport): Promise<void> {
  await tx.execute(sql`
    insert into ${systemTable(schema, '_import')} (id, object, status, options, file_name, notes, created_by, created_at)
    values (${made.id}, ${made.object}, 'pending', ${asJson(made.options)}::jsonb, ${made.fileName}, ${asJson(made.notes)}::jsonb,
      ${made.createdBy}, ${made.now.toISOString()})`)
}

/** A cell as it rests; that of an encrypted field is sealed. */
export type KeptCell = string | { readonly sealed: string }

/** One row of the file as it rests. */
export interface KeptRow {
  row: number
  cells: readonly KeptCell[]
}

/** A row as it is staged: it waits, or it has failed already. */
export interface StagedRow extends KeptRow {
  errors: readonly RowFault[] | null
}

/** Puts rows of the file into the database. */
export async function stageRows(
  tx: Queryable,
  schema: string,
  id: string,
  rows: readonly StagedRow[],
): Promise<void> {
  await tx.execute(sql`
    insert into ${systemTable(schema, '_import_row')} (import, row_number, cells, status, errors)
    select ${id}::uuid, r."row", r.cells, case when r.errors is null then 'pending' else 'failed' end, r.errors
    from json_to_recordset(${asJson(rows)}::json) as r ("row" integer, cells jsonb, errors jsonb)`)
}

export async function countStaged(
  tx: Queryable,
  schema: string,
  id: string,
  counts: { total: number; failed: number; notes: readonly Message[] },
): Promise<void> {
  await tx.execute(sql`
    update ${systemTable(schema, '_import')}
    set total = ${counts.total}, processed = ${counts.failed}, failed = ${counts.failed}, notes = ${asJson(counts.notes)}::jsonb where id = ${id}::uuid`)
}

/** A job; with `lock` nobody else moves it on until the transaction ends. */
export async function loadImport(
  db: Queryable,
  schema: string,
  id: string,
  lock = false,
): Promise<StoredImport | undefined> {
  const [found] = await db.query<StoredImport>(sql`
    select ${COLUMNS} from ${systemTable(schema, '_import')} where id = ${id}::uuid ${lock ? sql`for update` : sql``}`)
  return found
}

/** Jobs of everybody, of one user, or those that one made within a permission set, the newest first. */
export async function listImports(
  db: Queryable,
  schema: string,
  asked: { createdBy?: string; within?: string | undefined; limit: number },
): Promise<StoredImport[]> {
  const { createdBy, within } = asked
  const by = createdBy === undefined ? sql`true` : sql`created_by = ${createdBy}::uuid`
  const whose = within === undefined ? by : sql`${by} and options->>'within' = ${within}`
  return db.query<StoredImport>(sql`
    select ${COLUMNS} from ${systemTable(schema, '_import')} where ${whose} order by created_at desc, id desc limit ${asked.limit}`)
}

/** Rows that wait, in the order of the file, after one of them; no more than so many or so large. */
export async function loadWaiting(
  tx: Queryable,
  schema: string,
  id: string,
  asked: { after: number; most: number; mostBytes: number },
): Promise<KeptRow[]> {
  return tx.query<KeptRow>(sql`
    with waiting as (
      select row_number, cells, sum(size) over (order by row_number) - size as before
      from (
        select row_number, cells, octet_length(cells::text) as size from ${systemTable(schema, '_import_row')}
        where import = ${id}::uuid and status = 'pending' and row_number > ${asked.after} order by row_number limit ${asked.most}
      ) as next
    )
    select row_number as "row", cells from waiting where before < ${asked.mostBytes} order by row_number`)
}

/** Writes what became of rows. */
export async function storeResults(
  tx: Queryable,
  schema: string,
  id: string,
  results: readonly RowResult[],
): Promise<void> {
  if (results.length === 0) return
  await tx.execute(sql`
    update ${systemTable(schema, '_import_row')} as t
    set status = r.status, record = r.record, version = r.version, before = r.before, errors = r.errors
    from json_to_recordset(${asJson(results)}::json)
      as r ("row" integer, status text, record uuid, version integer, before jsonb, errors jsonb)
    where t.import = ${id}::uuid and t.row_number = r."row"`)
}

/** Moves a job on: what was added to its counts, and how far it has come. */
export async function moveOn(
  tx: Queryable,
  schema: string,
  id: string,
  step: {
    created: number
    updated: number
    failed: number
    skipped: number
    progress: ImportProgress
    now: Date
  },
): Promise<void> {
  const { created, updated, failed, skipped, progress, now } = step
  await tx.execute(sql`
    update ${systemTable(schema, '_import')}
    set status = 'running', started_at = coalesce(started_at, ${now.toISOString()}::timestamptz),
      created = created + ${created}, updated = updated + ${updated}, failed = failed + ${failed},
      processed = processed + ${created + updated + failed + skipped},
      options = options || jsonb_build_object('progress', ${asJson(progress)}::jsonb)
    where id = ${id}::uuid`)
}

/** Gives up the rows that still wait. @returns how many they were */
export async function failWaiting(tx: Queryable, schema: string, id: string): Promise<number> {
  return tx.execute(sql`
    update ${systemTable(schema, '_import_row')} set status = 'failed' where import = ${id}::uuid and status = 'pending'`)
}

/** Ends a job. */
export async function finishImport(
  tx: Queryable,
  schema: string,
  id: string,
  end: { status: 'done' | 'failed' | 'undone'; failed: number; note?: Message; now: Date },
): Promise<void> {
  const { status, failed, note, now } = end
  await tx.execute(sql`
    update ${systemTable(schema, '_import')}
    set status = ${status}, failed = failed + ${failed}, processed = processed + ${failed},
      started_at = coalesce(started_at, ${now.toISOString()}::timestamptz), finished_at = ${now.toISOString()}::timestamptz,
      notes = notes || ${asJson(note === undefined ? [] : [note])}::jsonb
    where id = ${id}::uuid`)
}

/** A row with something to report. */
export interface ReportedRow extends KeptRow {
  errors: readonly RowFault[]
}

/** Rows with something to report, in the order of the file, after one of them. */
export async function loadReported(
  db: Queryable,
  schema: string,
  id: string,
  asked: { after: number; most: number },
): Promise<ReportedRow[]> {
  return db.query<ReportedRow>(sql`
    select row_number as "row", cells, errors from ${systemTable(schema, '_import_row')}
    where import = ${id}::uuid and row_number > ${asked.after} and errors is not null and status <> 'pending'
    order by row_number limit ${asked.most}`)
}

/** How many faults the report of a job has. */
export async function countReported(db: Queryable, schema: string, id: string): Promise<number> {
  const [row] = await db.query<{ total: number }>(sql`
    select coalesce(sum(jsonb_array_length(errors)), 0)::int as total from ${systemTable(schema, '_import_row')}
    where import = ${id}::uuid and errors is not null and status <> 'pending'`)
  return row?.total ?? 0
}
