import type { ImportDuplicates, ImportJob, ImportPreview } from '@trellis/metamodel'

import { download, get, post } from './http.ts'

/** Where the cells of a column go, and what their words mean. */
export interface ColumnMapping {
  field: string
  /** For a reference: the unique field of the other object by which the cells name it; its name if left out. */
  by?: string
  /** Words of the file to codes of the picklist. */
  values?: Record<string, string>
}

export interface ImportRequest {
  file: File
  object: string
  /** By the header of the column; null leaves a column out. */
  mapping: Record<string, ColumnMapping | null>
  mode: ImportJob['mode']
  /** What becomes of rows that duplicate rules warn of. */
  duplicates: ImportDuplicates
  /** The unique field by which update and upsert find the record. */
  matchField?: string
  /** Check every row and write nothing. */
  dryRun: boolean
}

/** The first rows of a file as the server reads them. @throws ApiError 422 for a file that is no table */
export function previewImport(file: File): Promise<ImportPreview> {
  const form = new FormData()
  form.set('file', file, file.name)
  return post('/imports/preview', { form })
}

/** Starts an import; it runs on the server, its progress is asked with `loadImport`. */
export function startImport(given: ImportRequest): Promise<ImportJob> {
  const form = new FormData()
  form.set('object', given.object)
  form.set('mapping', JSON.stringify(given.mapping))
  form.set('mode', given.mode)
  form.set('duplicates', given.duplicates)
  if (given.matchField !== undefined) form.set('match_field', given.matchField)
  form.set('dry_run', String(given.dryRun))
  form.set('file', given.file, given.file.name)
  return post('/imports', { form })
}

export function loadImport(id: string, signal?: AbortSignal): Promise<ImportJob> {
  return get(`/imports/${id}`, { signal })
}

/** Reverts what an import has written. */
export function undoImport(id: string): Promise<ImportJob> {
  return post(`/imports/${id}/undo`)
}

/** All rows that failed, with the reasons, as a CSV file. */
export function loadImportErrors(id: string): Promise<Blob> {
  return download('GET', `/imports/${id}/errors`, { headers: { accept: 'text/csv' } })
}
