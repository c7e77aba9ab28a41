import { type ImportJob, localize, type Locale, maskText } from '@trellis/metamodel'

import type { Context } from '../access/context.ts'
import { RequestError } from '../errors.ts'
import { csvLines } from '../exports/csv-lines.ts'
import type { RowFault, StoredImport } from './import-job.ts'
import {
  countReported,
  type KeptCell,
  listImports,
  loadImport,
  loadReported,
} from './import-store.ts'
import { openCells } from './sealed-rows.ts'

const MOST_SHOWN = 100
const MOST_LISTED = 100
const PAGE = 500

/**
 * A job as its user sees it, with the first of its faults.
 * @throws RequestError not_found if there is none, or it is somebody else's
 */
export async function answerImport(
  context: Context,
  id: string,
  locale: Locale,
): Promise<ImportJob> {
  const { schema } = context.release.physical.names
  const job = await requireImport(context, id)
  const rows = await loadReported(context.db, schema, id, { after: 0, most: MOST_SHOWN })
  const faults = rows.flatMap(({ row, errors }) => errors.map((fault) => ({ row, ...fault })))
  const total =
    rows.length < MOST_SHOWN ? faults.length : await countReported(context.db, schema, id)
  return describe(job, locale, { faults: faults.slice(0, MOST_SHOWN), total })
}

/** The jobs that the caller may see; without their faults. */
export async function answerImports(context: Context, locale: Locale): Promise<ImportJob[]> {
  const { schema } = context.release.physical.names
  const { userId, within } = context.actor
  const whose = seesAll(context) ? {} : { createdBy: userId, within }
  const jobs = await listImports(context.db, schema, { ...whose, limit: MOST_LISTED })
  return jobs.map((job) =>
    describe(job, locale, { faults: [], total: job.failed + skippedOf(job) }),
  )
}

/** A job that the caller may see. @throws RequestError not_found */
export async function requireImport(context: Context, id: string): Promise<StoredImport> {
  const job = await loadImport(context.db, context.release.physical.names.schema, id)
  if (!job || !(seesAll(context) || isOwn(context, job))) throw new RequestError('not_found')
  return job
}

/** What a user has imported with all of their rights is not told to a key of theirs that has fewer. */
function isOwn(
  { actor: { userId, within } }: Context,
  { createdBy, options }: StoredImport,
): boolean {
  return createdBy === userId && (within === undefined || within === options.within)
}

/** Who may change all data. */
function seesAll({ actor }: Context): boolean {
  return actor.rights.system.has('modify_all_data')
}

function describe(
  job: StoredImport,
  locale: Locale,
  { faults, total }: { faults: readonly ({ row: number } & RowFault)[]; total: number },
): ImportJob {
  return {
    id: job.id,
    object: job.object,
    status: job.status,
    mode: job.options.mode,
    duplicates: job.options.duplicates ?? 'refuse',
    dry_run: job.options.dry_run,
    file_name: job.fileName,
    total: job.total,
    processed: job.processed,
    created: job.created,
    updated: job.updated,
    failed: job.failed,
    skipped: skippedOf(job),
    started_at: job.startedAt,
    finished_at: job.finishedAt,
    created_at: job.createdAt,
    errors: faults.map(({ row, column, value, code, message }) => ({
      row,
      column,
      value,
      code,
      message: message[locale],
    })),
    errors_total: total,
    notes: job.notes.map((note) => localize(note, locale)),
  }
}

/** Every row that was looked at was saved, has failed, or was skipped. */
function skippedOf({ processed, created, updated, failed }: StoredImport): number {
  return processed - created - updated - failed
}

/**
 * The rows that were not taken, as a CSV to be mended and imported again: the cells of what was
 * mapped as they were, the number of the row and the reasons. Nothing in it is read as a formula by a spreadsheet.
 */
export async function* writeErrorFile(
  context: Context,
  job: StoredImport,
  locale: Locale,
): AsyncGenerator<string> {
  const { schema } = context.release.physical.names
  const words = locale === 'zh-CN' ? ['行号', '原因'] : ['Row', 'Reasons']
  const mayOpen = isOwn(context, job)
  const columns = job.options.columns.toSorted((a, b) => a.index - b.index)
  yield `\uFEFF${csvLines([[...columns.map(({ header }) => header), ...words]])}`
  for (let after = 0; ;) {
    const rows = await loadReported(context.db, schema, job.id, { after, most: PAGE })
    if (rows.length === 0) return
    const lines = rows.map(({ row, cells, errors }) => {
      const told = mayOpen ? openCells(context.release, job.id, cells) : cells.map(shownToOthers)
      const shown = columns.map(({ index }) => told[index] ?? '')
      return [...shown, String(row), errors.map((fault) => reason(fault, locale)).join('; ')]
    })
    yield csvLines(lines)
    after = rows.at(-1)?.row ?? after
  }
}

/** What is sealed, only those read who brought it. */
function shownToOthers(cell: KeptCell): string {
  return typeof cell === 'string' ? cell : maskText('full', '')
}

function reason({ column, message }: RowFault, locale: Locale): string {
  return column === null ? message[locale] : `${column}: ${message[locale]}`
}
