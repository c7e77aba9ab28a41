import type { ImportDuplicates, Message, ObjectModel } from '@trellis/metamodel'
import { uuidv7 } from 'uuidv7'

import type { Context } from '../access/context.ts'
import { callerOf, recordAudit } from '../audit/index.ts'
import type { Transaction } from '../db/index.ts'
import { failure, message, RequestError } from '../errors.ts'
import { enqueue } from '../outbox/index.ts'
import { checkCells, type CheckedRow } from './check-cells.ts'
import type { ImportOptions } from './import-job.ts'
import { countStaged, insertImport, stageRows } from './import-store.ts'
import { type AskedImport, planMapping } from './plan-mapping.ts'
import { keptRow, type ReadRow } from './sealed-rows.ts'
import { openTable, type TableFile } from './table-file.ts'
import type { TableRow } from './table-row.ts'

/** An import as somebody asks for it: a file at rest, and what is to be done with it. */
export interface ImportRequest extends AskedImport {
  path: string
  fileName: string
  object: string
  /** What becomes of a row that a duplicate rule warns of. */
  duplicates?: ImportDuplicates
  /** Check every row and write nothing. */
  dryRun?: boolean
  delimiter?: string
  encoding?: string
}

/** The topic under which jobs wait in the outbox. */
export const RUN_TOPIC = 'import.run'

const BATCH_ROWS = 1000
const BATCH_LENGTH = 2_000_000

/**
 * Takes a file in: all of its rows, the job and the message that starts it are there together, or nothing is.
 * @returns the id of the job
 * @throws RequestError not_found · forbidden · validation_failed with everything that is wrong with file and mapping
 */
export async function stageImport(context: Context, request: ImportRequest): Promise<string> {
  const object = requireRight(context, request)
  const table = await openTable(request.path, request)
  try {
    return await stageTable(context, { request, object, table })
  } finally {
    table.close()
  }
}

async function stageTable(
  context: Context,
  { request, object, table }: Pick<Staging, 'request' | 'object' | 'table'>,
): Promise<string> {
  const header = await readHeader(table)
  const planned = planMapping(context, object, header, request)
  if (planned.failures.length > 0) {
    throw new RequestError('validation_failed', { failures: planned.failures })
  }
  const { mode, match_field: match, duplicates } = request
  const { within } = context.actor
  const options: ImportOptions = {
    mode,
    dry_run: request.dryRun === true,
    header,
    columns: planned.columns,
    ...(match === undefined ? {} : { match_field: match }),
    ...(duplicates === undefined ? {} : { duplicates }),
    ...(within === undefined ? {} : { within }),
  }
  const notes = [...table.notes, ...planned.notes]
  return context.db.inTransaction(
    (tx) => stageAll(tx, context, { request, object, table, options, notes }),
    { statementTimeoutMs: 0 },
  )
}

/** The object, if the caller may do with it what the import will do. */
function requireRight(
  { release, actor }: Context,
  { object: name, mode, duplicates }: ImportRequest,
): ObjectModel {
  const object = release.model.objects.get(name)
  const access = actor.rights.object(name)
  if (!object) {
    throw new RequestError('not_found', {
      detail: message(`There is no object "${name}"`, `没有对象“${name}”`),
    })
  }
  const isEditing = mode !== 'create' || duplicates === 'update'
  const isAllowed =
    access.read && (mode === 'update' || access.create) && (!isEditing || access.edit)
  if (!isAllowed) {
    throw new RequestError('forbidden', {
      detail: message(`You may not import ${name}`, `您没有导入 ${name} 的权限`),
    })
  }
  return object
}

async function readHeader(table: TableFile): Promise<string[]> {
  for await (const { cells } of table.rows()) {
    const header = cells.map((cell) => cell.trim())
    if (header.some((name) => name.includes('\0'))) {
      throw fileFault('not_a_csv', 'This is no text file', '这不是文本文件')
    }
    return header
  }
  throw fileFault('empty_file', 'The file is empty', '文件为空')
}

function fileFault(code: string, en: string, zh: string): RequestError {
  return new RequestError('validation_failed', {
    failures: [failure('file', code, message(en, zh))],
  })
}

interface Staging {
  request: ImportRequest
  object: ObjectModel
  table: TableFile
  options: ImportOptions
  notes: Message[]
}

async function stageAll(
  tx: Transaction,
  context: Context,
  { request, object, table, options, notes }: Staging,
): Promise<string> {
  const { schema } = context.release.physical.names
  const id = uuidv7()
  const { fileName } = request
  const keeper = { release: context.release, object, options, id }
  await insertImport(tx, schema, {
    id,
    object: object.name,
    options,
    fileName,
    notes,
    createdBy: context.actor.userId,
    now: context.now,
  })
  const counts = { total: 0, failed: 0, ragged: 0 }
  for await (const batch of batches(rowsOf(table, options))) {
    counts.total += batch.length
    counts.failed += batch.filter(({ errors }) => errors !== null).length
    counts.ragged += batch.filter(({ errors }) =>
      errors?.some(({ code }) => code === 'ragged_row'),
    ).length
    await stageRows(
      tx,
      schema,
      id,
      batch.map((row) => keptRow(keeper, row)),
    )
  }
  if (counts.total === 0) {
    throw fileFault('empty_file', 'The file has a header and no rows', '文件只有表头，没有数据')
  }
  const ragged =
    counts.ragged === 0
      ? []
      : [
          message(
            `${counts.ragged} rows have more or fewer cells than the header`,
            `${counts.ragged} 行的单元格数与表头不一致`,
          ),
        ]
  await countStaged(tx, schema, id, { ...counts, notes: [...notes, ...ragged] })
  await enqueue(tx, schema, [{ topic: RUN_TOPIC, payload: { import: id } }])
  const { mode, dryRun = false } = request
  recordAudit(tx, {
    ...callerOf(context),
    action: 'import',
    object: object.name,
    details: { import: id, file: fileName, rows: counts.total, mode, dry_run: dryRun },
  })
  return id
}

async function* rowsOf(
  { encoding, rows }: TableFile,
  { header, columns }: ImportOptions,
): AsyncGenerator<ReadRow> {
  const mapped = new Set(columns.map(({ index }) => index))
  let isHeader = true
  for await (const row of rows()) {
    if (isHeader) isHeader = false
    else if (!isBlank(row)) yield toStaged(checkCells(row, header, { encoding, mapped }))
  }
}

function isBlank({ cells }: TableRow): boolean {
  return cells.every((cell) => cell.length < 1000 && cell.trim() === '')
}

function toStaged({ row, cells, faults }: CheckedRow): ReadRow {
  return { row, cells, errors: faults.length > 0 ? faults : null }
}

/** Rows gathered so that one statement takes many, but never very much. */
async function* batches(rows: AsyncIterable<ReadRow>): AsyncGenerator<ReadRow[]> {
  let batch: ReadRow[] = []
  let length = 0
  for await (const row of rows) {
    batch.push(row)
    length += row.cells.reduce((sum, cell) => sum + cell.length, 0)
    if (batch.length < BATCH_ROWS && length < BATCH_LENGTH) continue
    yield batch
    batch = []
    length = 0
  }
  if (batch.length > 0) yield batch
}
