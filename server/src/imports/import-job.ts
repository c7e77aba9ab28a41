import type { ImportDuplicates, ImportJob, Message } from '@trellis/metamodel'

import type { Failure } from '../errors.ts'

/** Where the cells of one column go. */
export interface ColumnPlan {
  /** Position in the file, from 0. */
  index: number
  header: string
  field: string
  /** For a reference: the unique field (or the name) by which the cells name the other record. */
  by?: string
  /** For a picklist: words of the file → codes. */
  values?: Readonly<Record<string, string>>
  /** Cells that mean another cell: `GTXPro` → `GTX Pro`. */
  aliases?: Readonly<Record<string, string>>
}

/** Everything that was decided when a job was made. */
export interface ImportOptions {
  mode: ImportJob['mode']
  match_field?: string
  /** What becomes of a row that a duplicate rule warns of; it is refused if left out. */
  duplicates?: ImportDuplicates
  dry_run: boolean
  header: readonly string[]
  columns: readonly ColumnPlan[]
  /** The permission set within which the caller's key acted. */
  within?: string
}

/** How far a job has come; moved on in the transaction that writes the records. */
export interface ImportProgress {
  /** Rows whose reference to another row of the file is not there yet are tried again in the next pass. */
  pass: number
  /** The last row that this pass has looked at. */
  cursor: number
  /** Rows saved in this pass; a pass that saves none is the last but one. */
  saved: number
}

export const FIRST_PASS: ImportProgress = { pass: 1, cursor: 0, saved: 0 }

/** What was wrong with a row at one place. */
export interface RowFault {
  /** Header of the column; null if it is the row as a whole. */
  column: string | null
  value: string | null
  code: string
  message: Message
}

/** A job as it is stored. */
export interface StoredImport {
  id: string
  object: string
  status: ImportJob['status']
  options: ImportOptions & { progress?: ImportProgress }
  fileName: string
  notes: readonly Message[]
  total: number
  processed: number
  created: number
  updated: number
  failed: number
  createdBy: string
  createdAt: string
  startedAt: string | null
  finishedAt: string | null
}

/** One row of the file as it waits. */
export interface StoredRow {
  row: number
  cells: readonly string[]
}

/** What an updated record was before. */
export interface RecordBefore {
  version: number
  /** Only the fields that the row has changed. */
  values: Readonly<Record<string, unknown>>
}

/** What became of a row. */
export interface RowResult {
  row: number
  status: 'pending' | 'created' | 'updated' | 'skipped' | 'failed'
  record?: string
  version?: number
  before?: RecordBefore
  errors?: readonly RowFault[]
}

const SHOWN_LENGTH = 200

/** A cell as a report shows it. */
export function shownCell(cell: string): string {
  return cell.length > SHOWN_LENGTH ? `${cell.slice(0, SHOWN_LENGTH)}…` : cell
}

/** A failure of the record engine at the column that its field came from. */
export function faultOf(
  one: Failure,
  columns: readonly ColumnPlan[],
  cells: readonly string[],
): RowFault {
  const column = columns.find(({ field }) => field === one.path)
  const cell = column && cells[column.index]
  return {
    column: column?.header ?? (one.path === '' ? null : one.path),
    value: cell === undefined ? null : shownCell(cell),
    code: one.code,
    message: one.message,
  }
}
