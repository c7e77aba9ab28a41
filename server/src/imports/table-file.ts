import { open } from 'node:fs/promises'

import type { Message } from '@trellis/metamodel'

import { failure, message, RequestError } from '../errors.ts'
import { withoutApostrophe } from '../exports/csv-lines.ts'
import { NotAWorkbook, openSheet, type Sheet } from '../workbooks/index.ts'
import type { FoundEncoding } from './detect-encoding.ts'
import { type CsvForm, inspectCsv, readCsv } from './read-csv.ts'
import type { TableRow } from './table-row.ts'

/** A file with a table in it, ready to be read row by row. */
export interface TableFile {
  /** How its text was encoded. */
  encoding: FoundEncoding
  /** What to tell about how it is read. */
  notes: Message[]
  /** The rows from the header on, without those that are empty; they can be read again. */
  rows(): AsyncGenerator<TableRow>
  close(): void
}

/** How somebody says that a text is to be read, where that is not to be recognised. */
export interface AskedForm {
  delimiter?: string | undefined
  encoding?: string | undefined
}

const ZIP = 'PK\u0003\u0004'

/**
 * Opens a CSV or XLSX file, whichever its bytes are.
 * @throws RequestError `validation_failed` for a file that is empty or of another kind
 */
export async function openTable(path: string, asked: AskedForm = {}): Promise<TableFile> {
  if ((await firstBytes(path)) === ZIP) return openWorkbook(path)
  const form = await inspectCsv(path, asked)
  return {
    encoding: form,
    notes: describeForm(form),
    rows: () => plainRows(readCsv(path, form)),
    close: () => undefined,
  }
}

/** Rows without the apostrophes that keep spreadsheets from running a cell. */
async function* plainRows(rows: AsyncIterable<TableRow>): AsyncGenerator<TableRow> {
  for await (const { row, cells } of rows) yield { row, cells: cells.map(withoutApostrophe) }
}

async function firstBytes(path: string): Promise<string> {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(ZIP.length), 0, ZIP.length, 0)
    return buffer.toString('latin1', 0, bytesRead)
  } finally {
    await file.close()
  }
}

async function openWorkbook(path: string): Promise<TableFile> {
  const sheet = await openSheet(path).catch((error: unknown) => {
    throw refusalOf(error)
  })
  return {
    encoding: { encoding: 'utf-8', hasBom: false, isDamaged: false },
    notes: describeSheet(sheet),
    rows: () => paddedRows(sheet),
    close: () => sheet.close(),
  }
}

/** Rows as long as the header at least: a workbook does not say the empty cells at their ends. */
async function* paddedRows(sheet: Sheet): AsyncGenerator<TableRow> {
  let columns: number | undefined
  try {
    for await (const row of sheet.rows()) {
      columns ??= row.cells.length
      while (row.cells.length < columns) row.cells.push('')
      yield row
    }
  } catch (error) {
    throw refusalOf(error)
  }
}

const REFUSALS: Readonly<Record<NotAWorkbook['reason'], Message>> = {
  no_workbook: message(
    'This is a file of the kind ZIP with no workbook in it; save it as XLSX or CSV',
    '这是 ZIP 文件，其中没有工作簿，请另存为 XLSX 或 CSV',
  ),
  damaged: message('The workbook is damaged and cannot be read', '工作簿已损坏，无法读取'),
  too_large: message(
    'The workbook unpacks to more than 1 GB; divide it into several',
    '工作簿解压后超过 1 GB，请拆分为多个文件',
  ),
  protected: message(
    'The workbook is locked by a password; save it without one',
    '工作簿有密码保护，请另存为无密码的文件',
  ),
}

function refusalOf(error: unknown): unknown {
  if (!(error instanceof NotAWorkbook)) return error
  return new RequestError('validation_failed', {
    failures: [failure('file', 'not_a_workbook', REFUSALS[error.reason])],
  })
}

function describeSheet({ name, others }: Sheet): Message[] {
  const [en, zh] =
    others === 1
      ? ['1 more sheet is', '另有 1 个']
      : [`${others} more sheets are`, `另有 ${others} 个`]
  return [
    message(`Read from the sheet “${name}”`, `读取自工作表“${name}”`),
    ...(others === 0 ? [] : [message(`${en} not read`, `${zh}工作表未读取`)]),
  ]
}

const DELIMITER_NAMES: Readonly<Record<string, Message>> = {
  ',': message('comma', '逗号'),
  ';': message('semicolon', '分号'),
  '\t': message('tab', '制表符'),
  '|': message('bar', '竖线'),
}

function describeForm({ encoding, hasBom, delimiter, isDamaged }: CsvForm): Message[] {
  const name = encoding.toUpperCase()
  const mark = hasBom ? message(' with a byte order mark', '（带 BOM）') : message('', '')
  const sign = DELIMITER_NAMES[delimiter] ?? message(`"${delimiter}"`, `“${delimiter}”`)
  const notes = [
    message(
      `Read as ${name}${mark['en-US']}, separated by ${sign['en-US']}`,
      `按 ${name}${mark['zh-CN']} 读取，分隔符为${sign['zh-CN']}`,
    ),
  ]
  if (isDamaged) {
    notes.push(
      message(
        `Some bytes are no ${name}; the cells with them are reported`,
        `部分字节不属于 ${name} 编码，相关单元格已列出`,
      ),
    )
  }
  return notes
}
