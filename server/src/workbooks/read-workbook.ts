import { unescapeText } from './escapes.ts'
import { numberText, readStyles, type Shown } from './number-format.ts'
import { NotAWorkbook, WorkbookParts } from './workbook-parts.ts'
import type { XmlEvent } from './xml-events.ts'

/** A row of a sheet: its number, and its cells as people would type them, from the first column on. */
export interface SheetRow {
  row: number
  cells: string[]
  /** The columns, from 0, whose cells show an error such as `#REF!`. */
  errors: number[]
}

/** The first sheet of a workbook that people see. */
export interface Sheet {
  name: string
  /** How many more there are. */
  others: number
  /** Its rows as they are stored, without those that are empty; they can be read again. */
  rows(): AsyncGenerator<SheetRow>
  close(): void
}

const MOST_COLUMNS = 16_384

/**
 * Opens an XLSX file (ECMA-376) to be read row by row: never more than one row and the texts that its cells share are
 * in memory. Of formulas the value is read that the file has of them.
 * @throws NotAWorkbook for what cannot be read as one, here or while rows are read
 */
export async function openSheet(path: string): Promise<Sheet> {
  const parts = await WorkbookParts.open(path)
  try {
    const book = await findBook(parts)
    const relations = await parts.relationsOf(book)
    const partOf = (type: string): string =>
      [...relations.values()].find((one) => one.type === type)?.part ?? ''
    const { sheets, is1904 } = readBook(await parts.all(book))
    const [first] = sheets
    const part = first && relations.get(first.id)?.part
    if (!first || part === undefined || !parts.has(part)) throw new NotAWorkbook('no_workbook')
    const look: Look = {
      is1904,
      styles: readStyles(await parts.all(partOf('styles'))),
      texts: readTexts(await parts.all(partOf('sharedStrings'))),
    }
    return {
      name: first.name,
      others: sheets.length - 1,
      rows: () => readRows(parts, part, look),
      close: () => parts.close(),
    }
  } catch (error) {
    parts.close()
    throw error
  }
}

async function findBook(parts: WorkbookParts): Promise<string> {
  const relations = await parts.relationsOf('')
  const book = [...relations.values()].find(({ type }) => type === 'officeDocument')?.part
  if (book === undefined || !parts.has(book)) throw new NotAWorkbook('no_workbook')
  return book
}

interface Book {
  sheets: { name: string; id: string }[]
  is1904: boolean
}

function readBook(events: readonly XmlEvent[]): Book {
  const book: Book = { sheets: [], is1904: false }
  for (const event of events) {
    if (event.is !== 'open') continue
    const { name = '', id = '', state = 'visible', date1904 } = event.attributes
    if (event.name === 'workbookPr') book.is1904 = date1904 === '1' || date1904 === 'true'
    if (event.name === 'sheet' && state === 'visible') book.sheets.push({ name, id })
  }
  return book
}

/** The texts that cells share, with their runs put together and without how they are pronounced. */
function readTexts(events: readonly XmlEvent[]): string[] {
  const texts: string[] = []
  const text = new TextRuns()
  for (const event of events) {
    text.take(event)
    if (event.is === 'close' && event.name === 'si') texts.push(text.end())
  }
  return texts
}

/** Gathers what the elements `t` of a text say. */
class TextRuns {
  #said = ''
  #isText = false
  #isSpoken = false

  take(event: XmlEvent): void {
    if (event.is === 'text') {
      if (this.#isText && !this.#isSpoken) this.#said += event.text
    } else if (event.name === 't') this.#isText = event.is === 'open'
    else if (event.name === 'rPh') this.#isSpoken = event.is === 'open'
  }

  end(): string {
    const said = unescapeText(this.#said)
    this.#said = ''
    return said
  }
}

/** What cells refer to. */
interface Look {
  is1904: boolean
  styles: readonly Shown[]
  texts: readonly string[]
}

async function* readRows(parts: WorkbookParts, part: string, look: Look): AsyncGenerator<SheetRow> {
  const reader = new RowReader(look)
  for await (const events of parts.read(part)) {
    for (const event of events) {
      const row = reader.take(event)
      if (row && row.cells.some((cell) => cell !== '')) yield row
    }
  }
}

/** Puts the cells of a sheet together from its XML. */
class RowReader {
  readonly #look: Look
  readonly #inline = new TextRuns()
  #row: SheetRow = { row: 0, cells: [], errors: [] }
  #cell: { column: number; type: string; style: number } = { column: -1, type: 'n', style: 0 }
  #value = ''
  #isValue = false

  constructor(look: Look) {
    this.#look = look
  }

  /** The row that an event ends. */
  take(event: XmlEvent): SheetRow | undefined {
    if (this.#cell.type === 'inlineStr') this.#inline.take(event)
    if (event.is === 'text') {
      if (this.#isValue) this.#value += event.text
      return undefined
    }
    if (event.name === 'v') this.#isValue = event.is === 'open'
    if (event.name === 'row' && event.is === 'close') return this.#row
    if (event.name === 'row' && event.is === 'open') this.#beginRow(event.attributes)
    if (event.name === 'c' && event.is === 'open') this.#beginCell(event.attributes)
    if (event.name === 'c' && event.is === 'close') this.#endCell()
    return undefined
  }

  /** A row or a cell that does not say where it is comes after the one before. */
  #beginRow({ r }: Readonly<Record<string, string>>): void {
    const row = r === undefined ? this.#row.row + 1 : Number(r)
    this.#row = { row, cells: [], errors: [] }
    this.#cell = { column: -1, type: 'n', style: 0 }
  }

  #beginCell({ r, t = 'n', s = '0' }: Readonly<Record<string, string>>): void {
    const column = r === undefined ? this.#cell.column + 1 : columnOf(r)
    if (column < 0 || column >= MOST_COLUMNS) throw new NotAWorkbook('damaged')
    this.#cell = { column, type: t, style: Number(s) }
    this.#value = ''
  }

  #endCell(): void {
    const { column, type } = this.#cell
    const text = this.#textOf()
    this.#cell.type = 'n'
    if (text === '') return
    const { cells, errors } = this.#row
    while (cells.length < column) cells.push('')
    cells[column] = text
    if (type === 'e') errors.push(column)
  }

  #textOf(): string {
    const { type, style } = this.#cell
    const { styles, texts, is1904 } = this.#look
    if (type === 'inlineStr') return this.#inline.end()
    if (this.#value === '') return ''
    if (type === 's') return texts[Number(this.#value)] ?? ''
    if (type === 'b') return this.#value === '1' ? 'TRUE' : 'FALSE'
    if (type === 'n') return numberText(this.#value, styles[style] ?? 'number', is1904)
    return type === 'd' ? isoText(this.#value) : unescapeText(this.#value)
  }
}

/** A day or a moment that is written out, as `numberText` writes it. */
function isoText(value: string): string {
  return value.replace(/T00:00:00(\.0+)?Z?$/, '').replace(/T(\d\d:\d\d:\d\d).*$/, ' $1')
}

/** `C5` is column 2. */
function columnOf(place: string): number {
  const letters = /^[A-Z]{1,3}/.exec(place.toUpperCase())?.[0] ?? ''
  return [...letters].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0) - 1
}
