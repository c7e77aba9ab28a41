/** A file as rows of cells, the first of them its header. */
export interface CsvTable {
  header: string[]
  rows: string[][]
  delimiter: string
  /** The text ended before the last row was read to its end. */
  isCut: boolean
}

const DELIMITERS = [',', ';', '\t', '|']

/** The delimiter that the first line has most of, outside of quotes. */
export function detectDelimiter(text: string): string {
  const line = firstLine(text)
  const counts = DELIMITERS.map((delimiter) => ({
    delimiter,
    count: splitCells(line, delimiter).length,
  }))
  return counts.toSorted((a, b) => b.count - a.count)[0]?.delimiter ?? ','
}

function firstLine(text: string): string {
  let isQuoted = false
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '"') isQuoted = !isQuoted
    else if (!isQuoted && (text[at] === '\n' || text[at] === '\r')) return text.slice(0, at)
  }
  return text
}

function splitCells(line: string, delimiter: string): string[] {
  return readRows(line, delimiter, 1).rows[0] ?? []
}

/**
 * Reads a CSV for its preview: quotes, doubled quotes, line breaks in cells, CRLF, a byte order mark. At most so
 * many rows; the server reads the file itself, strictly.
 * @example parseCsv('a,b\n1,"x,y"').rows // [['1', 'x,y']]
 */
export function parseCsv(text: string, limit = 20_000): CsvTable {
  const plain = text.replace(/^\uFEFF/, '')
  const delimiter = detectDelimiter(plain)
  const { rows, isCut } = readRows(plain, delimiter, limit + 1)
  const [header = [], ...rest] = rows.filter((row) => row.some((cell) => cell !== ''))
  return { header: header.map((cell) => cell.trim()), rows: rest, delimiter, isCut }
}

function readRows(
  text: string,
  delimiter: string,
  limit: number,
): { rows: string[][]; isCut: boolean } {
  const rows: string[][] = []
  let at = 0
  while (at < text.length && rows.length < limit) {
    const { cells, end } = readRow(text, delimiter, at)
    rows.push(cells)
    at = end
  }
  return { rows, isCut: at < text.length }
}

function readRow(text: string, delimiter: string, start: number): { cells: string[]; end: number } {
  const cells: string[] = []
  let at = start
  for (;;) {
    const { value, end } = text[at] === '"' ? readQuoted(text, at) : readPlain(text, delimiter, at)
    cells.push(value)
    // What stands between a closing quote and the delimiter belongs to no cell.
    at = end
    while (at < text.length && text[at] !== delimiter && text[at] !== '\n' && text[at] !== '\r') {
      at++
    }
    if (text[at] !== delimiter) break
    at++
  }
  if (text[at] === '\r' && text[at + 1] === '\n') at++
  return { cells, end: at + 1 }
}

function readPlain(text: string, delimiter: string, start: number): { value: string; end: number } {
  let end = start
  while (end < text.length && text[end] !== delimiter && text[end] !== '\n' && text[end] !== '\r') {
    end++
  }
  return { value: text.slice(start, end), end }
}

function readQuoted(text: string, start: number): { value: string; end: number } {
  let value = ''
  let at = start + 1
  for (;;) {
    const quote = text.indexOf('"', at)
    if (quote < 0) return { value: value + text.slice(at), end: text.length }
    value += text.slice(at, quote)
    if (text[quote + 1] !== '"') return { value, end: quote + 1 }
    value += '"'
    at = quote + 2
  }
}

/** Bytes as text: UTF-8, else GB18030, as Chinese office programs write. */
export function decodeText(bytes: ArrayBuffer, isWhole: boolean): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: !isWhole })
  } catch {
    return new TextDecoder('gb18030').decode(bytes, { stream: !isWhole })
  }
}
