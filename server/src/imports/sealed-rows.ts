import type { ObjectModel } from '@trellis/metamodel'

import { openText, type Sealing, sealText } from '../access/sealed-values.ts'
import type { Release, ValueSeal } from '../schema/release.ts'
import type {
  ImportOptions,
  RecordBefore,
  RowFault,
  RowResult,
  StoredImport,
  StoredRow,
} from './import-job.ts'
import type { KeptCell, StagedRow } from './import-store.ts'

/** A row as it was read: it waits, or has failed already. */
export interface ReadRow extends StoredRow {
  errors: readonly RowFault[] | null
}

/** Whose rows are kept: what is sealed for one import opens for no other. */
export interface RowKeeper {
  release: Sealing
  object: ObjectModel
  options: Pick<ImportOptions, 'columns'>
  id: string
}

/** The name under which the texts of an import are sealed. */
function sealName(id: string): string {
  return `_import_row.${id}`
}

/** A row of the file as it rests: cells of encrypted fields sealed, and in no report. */
export function keptRow(keeper: RowKeeper, row: ReadRow): StagedRow {
  const columns = keeper.options.columns.filter(({ field }) => isSealed(keeper, field))
  if (columns.length === 0) return row
  const sealed = new Set(columns.map(({ index }) => index))
  return {
    ...row,
    cells: row.cells.map((cell, index) => (sealed.has(index) ? sealCell(keeper, cell) : cell)),
    errors: row.errors && keptFaults(keeper, row.errors),
  }
}

/** What became of a row as it rests: values of encrypted fields sealed, and in no report. */
export function keptResult(keeper: RowKeeper, result: RowResult): RowResult {
  const { before, errors } = result
  return {
    ...result,
    ...(before ? { before: keptBefore(keeper, before) } : {}),
    ...(errors ? { errors: keptFaults(keeper, errors) } : {}),
  }
}

/** The cells of a row as the file had them. */
export function openCells(release: Sealing, id: string, cells: readonly KeptCell[]): string[] {
  return cells.map((cell) => (typeof cell === 'string' ? cell : openSealedCell(release, id, cell)))
}

/** What a record was before an import. */
export function openBefore(
  release: Release,
  { id, object: name }: Pick<StoredImport, 'id' | 'object'>,
  before: RecordBefore,
): RecordBefore {
  const fields = release.model.objects.get(name)?.fields
  const values = Object.entries(before.values).map(([field, value]) => {
    const isKept = fields?.get(field)?.type.isSealed === true && isSeal(value)
    return [field, isKept ? openSealedCell(release, id, value) : value]
  })
  return { ...before, values: Object.fromEntries(values) }
}

/** The same seal under the newest key; undefined if it has that, or is none but a value that looks like one. */
export function resealedSeal(seal: ValueSeal, id: string, value: unknown): KeptCell | undefined {
  if (!isSeal(value)) return undefined
  try {
    const next = seal.reseal(Buffer.from(value.sealed, 'base64'), sealName(id))
    return next && { sealed: next.toString('base64') }
  } catch {
    // A JSON value of an import can have such a key too; it opens for nobody, and stays as it is.
    return undefined
  }
}

function isSealed({ object }: RowKeeper, field: string): boolean {
  return object.fields.get(field)?.type.isSealed === true
}

function isSeal(value: unknown): value is { sealed: string } {
  return (
    typeof value === 'object' &&
    value !== null &&
    'sealed' in value &&
    typeof value.sealed === 'string'
  )
}

function sealCell({ release, id }: RowKeeper, cell: string): KeptCell {
  if (cell.trim() === '') return cell
  return { sealed: sealText(release, cell, sealName(id)).toString('base64') }
}

function openSealedCell(release: Sealing, id: string, { sealed }: { sealed: string }): string {
  return openText(release, Buffer.from(sealed, 'base64'), sealName(id))
}

function keptBefore(keeper: RowKeeper, before: RecordBefore): RecordBefore {
  const values = Object.entries(before.values).map(([name, value]) => [
    name,
    isSealed(keeper, name) && typeof value === 'string' ? sealCell(keeper, value) : value,
  ])
  return { ...before, values: Object.fromEntries(values) }
}

function keptFaults(keeper: RowKeeper, faults: readonly RowFault[]): readonly RowFault[] {
  const columns = keeper.options.columns.filter(({ field }) => isSealed(keeper, field))
  const headers = new Set(columns.map(({ header }) => header))
  return faults.map((fault) =>
    fault.column !== null && headers.has(fault.column) ? { ...fault, value: null } : fault,
  )
}
