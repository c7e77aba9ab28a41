import { type FieldModel, isRecordId, type ObjectModel } from '@trellis/metamodel'

import type { WriteContext } from '../access/context.ts'
import { ERRORS, failure, message } from '../errors.ts'
import { findSurvivors } from '../query/find-survivors.ts'
import { findByUnique, uniqueKey } from '../records/find-named.ts'
import { faultOf, type ImportOptions, type RowResult, type StoredRow } from './import-job.ts'

/** A row whose cells were read. */
export interface ReadyRow extends StoredRow {
  values: Record<string, unknown>
  /** By which an update finds its record. */
  key: string | undefined
}

/** By which an update finds its record; nothing where the row does not say. */
export function keyOf(match: FieldModel, value: unknown): string | undefined {
  return value === null || value === undefined ? undefined : uniqueKey(match, value)
}

/** Ids of records that were merged become those of what is left of them. */
export async function leadOn(
  context: WriteContext,
  object: ObjectModel,
  rows: readonly ReadyRow[],
): Promise<ReadyRow[]> {
  const ids = rows.flatMap(({ key }) => (key !== undefined && isRecordId(key) ? [key] : []))
  const survivors = await findSurvivors(context.tx, context.release, object, ids)
  return rows.map((row) => {
    const id = survivors.get(row.key ?? '')
    return id === undefined ? row : { ...row, key: id, values: { ...row.values, id } }
  })
}

/** The records that rows mean, by the values that they are found by; of those that the user sees. */
export async function findMatches(
  context: WriteContext,
  object: ObjectModel,
  match: FieldModel,
  rows: readonly ReadyRow[],
): Promise<Map<unknown, string[]>> {
  const values = rows.map((row) => row.values[match.name] ?? null).filter((one) => one !== null)
  if (match.name === 'id') return new Map(values.map((value) => [value, [String(value)]]))
  return values.length === 0 ? new Map() : findByUnique(context, object, match, values)
}

/** A row that means no record, or several. */
export function unmatched(options: ImportOptions, row: ReadyRow, count: number): RowResult {
  const column = options.columns.find(({ field }) => field === options.match_field)
  const value = column ? (row.cells[column.index] ?? '') : ''
  const at = { column: column?.header ?? null, value }
  if (row.key === undefined) {
    return {
      row: row.row,
      status: 'failed',
      errors: [
        {
          ...at,
          code: 'required',
          message: message('Needs a value to find the record by', '缺少用于匹配记录的值'),
        },
      ],
    }
  }
  const fault =
    count === 0
      ? { code: 'not_found', message: ERRORS.not_found.title }
      : { code: 'ambiguous', message: ERRORS.ambiguous.title }
  return { row: row.row, status: 'failed', errors: [{ ...at, ...fault }] }
}

/** A row that names its record by a field which the user may not know. */
export function unknownMatch(
  { columns }: ImportOptions,
  { row, cells }: StoredRow,
  { name }: FieldModel,
): RowResult {
  const fault = failure(
    name,
    'unknown_field',
    message(`There is no field "${name}"`, `没有字段“${name}”`),
  )
  return { row, status: 'failed', errors: [faultOf(fault, columns, cells)] }
}
