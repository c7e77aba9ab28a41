import { Readable } from 'node:stream'
import { finished } from 'node:stream/promises'

import { ZipFile } from 'yazl'

import { escapeText } from './escapes.ts'
import { serialOf } from './number-format.ts'

/**
 * A cell to be written. Numbers, days and moments stay what they are to a spreadsheet; a text is never run as a
 * formula, whatever it begins with.
 */
export type Cell =
  | null
  | string
  | boolean
  | { number: number; style: 'plain' | 'whole' | 'money' | 'percent' }
  /** `2026-11-21`, `2026-11-21 08:30:00` on the clock of who reads it, or `08:30:00`. */
  | { date: string }
  | { moment: string }
  | { time: string }

/** The styles of cells, in the order of `STYLES`. */
const STYLE = {
  plain: 0,
  header: 1,
  whole: 2,
  money: 3,
  percent: 4,
  date: 5,
  moment: 6,
  time: 7,
} as const

/** More rows than a sheet has (ECMA-376, 18.3.1.73) go on in the next one. */
const MOST_ROWS = 1_048_576
/** The longest text that spreadsheets open. */
const LONGEST_TEXT = 32_767

const XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
const MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main'
const RELATIONS = 'http://schemas.openxmlformats.org/package/2006/relationships'
const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
const TYPES = 'http://schemas.openxmlformats.org/package/2006/content-types'
const SPREADSHEET = 'application/vnd.openxmlformats-officedocument.spreadsheetml'

/** The media type of an XLSX file. */
export const XLSX_TYPE = `${SPREADSHEET}.sheet`

/** A table to be written. */
export interface Table {
  /** The name of the sheet; what no sheet may be called is left out of it. */
  name: string
  header: readonly string[]
  rows: AsyncIterable<readonly Cell[]>
}

/**
 * Writes an XLSX file as its rows come, so that memory stays as it is however many they are. If the rows fail, so does
 * the stream.
 */
export function writeWorkbook(table: Table): Readable {
  const zip = new ZipFile()
  // Typed as any kind of readable stream; it is one of Node.
  const output = zip.outputStream as Readable
  zip.on('error', (error) => output.destroy(error as Error))
  const rows = table.rows[Symbol.asyncIterator]()
  addSheets(zip, table, rows).catch((error: unknown) => output.destroy(error as Error))
  // Whoever stops reading stops the rows too.
  output.once('close', () => void rows.return?.())
  return output
}

async function addSheets(
  zip: ZipFile,
  { name, header }: Table,
  rows: AsyncIterator<readonly Cell[]>,
): Promise<void> {
  const names: string[] = []
  let next = await rows.next()
  do {
    names.push(sheetName(name, names.length))
    const tell = (after: Next): void => void (next = after)
    const text = sheetXml(header, rows, { first: next, tell })
    const sheet = Readable.from(text, { objectMode: false })
    const ended = finished(sheet, { writable: false })
    zip.addReadStream(sheet, `xl/worksheets/sheet${names.length}.xml`)
    await ended
  } while (next.done !== true)
  for (const [path, text] of partsOf(names)) zip.addBuffer(Buffer.from(text), path)
  zip.end()
}

type Next = IteratorResult<readonly Cell[], unknown>

/** One sheet, from a row on; tells at the end with which one the next sheet begins. */
async function* sheetXml(
  header: readonly string[],
  rows: AsyncIterator<readonly Cell[]>,
  { first, tell }: { first: Next; tell: (after: Next) => void },
): AsyncGenerator<string> {
  const widths = header.map((text, index) => {
    const width = Math.min(48, Math.max(12, [...text].length * 2 + 4))
    return `<col min="${index + 1}" max="${index + 1}" width="${width}" customWidth="1"/>`
  })
  yield `${XML}<worksheet xmlns="${MAIN}"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><cols>${widths.join('')}</cols><sheetData>`
  const columns = header.map((_, index) => columnName(index))
  const rowXml = (row: number, cells: readonly string[]): string => {
    const placed = cells.map((cell, index) => `<c r="${columns[index]}${row}"${cell}`)
    return `<row r="${row}">${placed.join('')}</row>`
  }
  yield rowXml(
    1,
    header.map((text) => textXml(text, STYLE.header)),
  )
  let next = first
  for (let row = 2; row <= MOST_ROWS && next.done !== true; row += 1) {
    yield rowXml(row, next.value.map(cellXml))
    next = await rows.next()
  }
  tell(next)
  yield '</sheetData></worksheet>'
}

/** `A` for 0, `AB` for 27. */
function columnName(index: number): string {
  const last = String.fromCharCode(65 + (index % 26))
  return index < 26 ? last : `${columnName(Math.floor(index / 26) - 1)}${last}`
}

/** What follows the place of a cell: its type, its style and its value. */
function cellXml(cell: Cell): string {
  if (cell === null || cell === '') return '/>'
  if (typeof cell === 'string') return textXml(cell, STYLE.plain)
  if (typeof cell === 'boolean') return ` t="b"><v>${cell ? 1 : 0}</v></c>`
  if ('number' in cell) return numberXml(cell.number, STYLE[cell.style])
  if ('date' in cell) return dayXml(cell.date, serialOf(cell.date), STYLE.date)
  if ('time' in cell) {
    const serial = Date.parse(`1970-01-01T${cell.time}Z`) / 86_400_000
    return dayXml(cell.time, serial, STYLE.time)
  }
  const [day = '', time] = cell.moment.split(' ')
  return dayXml(cell.moment, serialOf(day, time), STYLE.moment)
}

function numberXml(value: number, style: number): string {
  return ` s="${style}"><v>${value}</v></c>`
}

/** A day that workbooks have no number for is a text. */
function dayXml(text: string, serial: number | undefined, style: number): string {
  return serial === undefined ? textXml(text, STYLE.plain) : numberXml(serial, style)
}

function textXml(text: string, style: number): string {
  const shown = text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT - 1)}…` : text
  return ` t="inlineStr" s="${style}"><is><t xml:space="preserve">${escapeText(shown)}</t></is></c>`
}

/** At most 31 characters, without those that names of sheets may not have. */
function sheetName(name: string, before: number): string {
  const plain = [...name.replaceAll(/[[\]:*?/\\]/g, ' ').replaceAll(/^'+|'+$/g, '')].slice(0, 24)
  const shown = plain.join('').trim() || 'Sheet'
  return before === 0 ? shown : `${shown} (${before + 1})`
}

function partsOf(names: readonly string[]): [path: string, text: string][] {
  const numbers = names.map((_, index) => index + 1)
  const override = (part: string, type: string): string =>
    `<Override PartName="${part}" ContentType="${SPREADSHEET}.${type}+xml"/>`
  const relation = (id: string, type: string, target: string): string =>
    `<Relationship Id="${id}" Type="${OFFICE}/${type}" Target="${target}"/>`
  const sheets = names.map(
    (name, index) =>
      `<sheet name="${escapeText(name).replaceAll('"', '&quot;')}" sheetId="${index + 1}" r:id="r${index + 1}"/>`,
  )
  return [
    [
      '[Content_Types].xml',
      `${XML}<Types xmlns="${TYPES}"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>${override('/xl/workbook.xml', 'sheet.main')}${override('/xl/styles.xml', 'styles')}${numbers.map((n) => override(`/xl/worksheets/sheet${n}.xml`, 'worksheet')).join('')}</Types>`,
    ],
    [
      '_rels/.rels',
      `${XML}<Relationships xmlns="${RELATIONS}">${relation('r1', 'officeDocument', 'xl/workbook.xml')}</Relationships>`,
    ],
    [
      'xl/workbook.xml',
      `${XML}<workbook xmlns="${MAIN}" xmlns:r="${OFFICE}"><sheets>${sheets.join('')}</sheets></workbook>`,
    ],
    [
      'xl/_rels/workbook.xml.rels',
      `${XML}<Relationships xmlns="${RELATIONS}">${numbers.map((n) => relation(`r${n}`, 'worksheet', `worksheets/sheet${n}.xml`)).join('')}${relation('styles', 'styles', 'styles.xml')}</Relationships>`,
    ],
    ['xl/styles.xml', `${XML}${STYLES}`],
  ]
}

const FORMATS = [
  ['0', '0'],
  ['0', '1'],
  ['3', '0'],
  ['4', '0'],
  ['164', '0'],
  ['165', '0'],
  ['166', '0'],
  ['167', '0'],
] as const

const STYLES = `<styleSheet xmlns="${MAIN}"><numFmts count="4"><numFmt numFmtId="164" formatCode="0.00##%"/><numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd"/><numFmt numFmtId="166" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/><numFmt numFmtId="167" formatCode="hh:mm:ss"/></numFmts><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders><cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="${FORMATS.length}">${FORMATS.map(([format, font]) => `<xf numFmtId="${format}" fontId="${font}" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1"/>`).join('')}</cellXfs></styleSheet>`
