import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'

import { CsvError, parse } from 'csv-parse'

import { failure, message, RequestError } from '../errors.ts'
import { detectDelimiter } from './detect-delimiter.ts'
import { EncodingDetector, type FoundEncoding } from './detect-encoding.ts'
import type { TableRow } from './table-row.ts'

/** How a file is to be read. */
export interface CsvForm extends FoundEncoding {
  delimiter: string
}

const SAMPLE_LENGTH = 64 * 1024
/** An open quote swallows the rest of a file; more than this is no row of anything. */
const LONGEST_ROW = 32 * 1024 * 1024

/**
 * Looks at a whole file once: encoding and delimiter, as far as they are not given.
 * @throws RequestError `validation_failed` for an empty file, one that is no text, or an encoding that is not known
 */
export async function inspectCsv(
  path: string,
  given: { encoding?: string | undefined; delimiter?: string | undefined } = {},
): Promise<CsvForm> {
  const detector = new EncodingDetector()
  let head = Buffer.alloc(0)
  for await (const bytes of createReadStream(path)) {
    const chunk = bytes as Buffer
    if (head.length < SAMPLE_LENGTH) head = Buffer.concat([head, chunk.subarray(0, SAMPLE_LENGTH)])
    detector.take(chunk)
  }
  if (head.length === 0) throw notCsv('empty_file', 'The file is empty', '文件为空')
  refuseOtherKinds(head)
  const found = detector.result()
  const form = { ...found, ...namedEncoding(found, given.encoding) }
  const sample = new TextDecoder(form.encoding).decode(head, { stream: true })
  if (sample.includes('\0') && sample.split('\0').length > sample.length / 20) throw notText()
  return { ...form, delimiter: given.delimiter ?? detectDelimiter(sample) }
}

/**
 * Reads a file row by row, as RFC 4180 has it: cells in quotes may hold delimiters, doubled quotes
 * and line breaks; lines end with LF, CRLF or CR. Quotes within a bare cell are taken as they are.
 * Never more than one row is in memory beyond the buffers of the streams. Empty lines are counted
 * and left out; the first row is the header.
 *
 * @throws RequestError `validation_failed` for a quote that is never closed
 */
export async function* readCsv(path: string, form: CsvForm): AsyncGenerator<TableRow> {
  const parser = parse({
    delimiter: form.delimiter,
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_column_count: true,
    relax_quotes: true,
    max_record_size: LONGEST_ROW,
  })
  const text = Readable.from(decodeFile(path, form.encoding), {
    objectMode: true,
    highWaterMark: 2,
  })
  text.on('error', (error) => parser.destroy(error))
  text.pipe(parser)
  let row = 0
  try {
    for await (const cells of parser as AsyncIterable<string[]>) {
      row += 1
      if (cells.some((cell) => cell !== '')) yield { row, cells }
    }
  } catch (error) {
    throw refusalOf(error, row + 1)
  } finally {
    text.destroy()
  }
}

async function* decodeFile(path: string, encoding: string): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding)
  for await (const bytes of createReadStream(path)) {
    const text = decoder.decode(bytes as Buffer, { stream: true })
    if (text !== '') yield text
  }
  const rest = decoder.decode()
  if (rest !== '') yield rest
}

function namedEncoding(found: FoundEncoding, name: string | undefined): Partial<FoundEncoding> {
  if (name === undefined) return {}
  try {
    const { encoding } = new TextDecoder(name)
    return encoding === found.encoding ? {} : { encoding, isDamaged: true }
  } catch {
    const shown = name.slice(0, 40)
    throw new RequestError('validation_failed', {
      failures: [
        failure(
          'encoding',
          'unknown_encoding',
          message(
            `"${shown}" is no encoding that can be read, such as utf-8 or gb18030`,
            `“${shown}”不是可读取的编码（如 utf-8、gb18030）`,
          ),
        ),
      ],
    })
  }
}

const SIGNATURES: readonly (readonly [string, string])[] = [
  ['\u00d0\u00cf\u0011\u00e0', 'XLS'],
  ['%PDF-', 'PDF'],
  ['\u0089PNG', 'PNG'],
  ['\u00ff\u00d8\u00ff', 'JPEG'],
  ['\u001f\u008b', 'GZIP'],
]

function refuseOtherKinds(head: Buffer): void {
  const start = head.toString('latin1', 0, 8)
  const kind = SIGNATURES.find(([signature]) => start.startsWith(signature))?.[1]
  if (kind === undefined) return
  throw notCsv(
    'not_a_csv',
    `This is a file of the kind ${kind}; save it as XLSX or CSV`,
    `这是 ${kind} 文件，请另存为 XLSX 或 CSV`,
  )
}

function notText(): RequestError {
  return notCsv('not_a_csv', 'This is no text file', '这不是文本文件')
}

function notCsv(code: string, en: string, zh: string): RequestError {
  return new RequestError('validation_failed', {
    failures: [failure('file', code, message(en, zh))],
  })
}

function refusalOf(error: unknown, row: number): unknown {
  if (!(error instanceof CsvError)) return error
  if (error.code === 'CSV_QUOTE_NOT_CLOSED' || error.code === 'CSV_MAX_RECORD_SIZE') {
    return notCsv(
      'not_a_csv',
      `Row ${row}: a quote is opened and never closed`,
      `第 ${row} 行：引号没有闭合`,
    )
  }
  return notCsv('not_a_csv', `Row ${row}: ${error.message.slice(0, 200)}`, `第 ${row} 行无法解析`)
}
