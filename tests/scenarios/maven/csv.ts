/** A CSV as its header and its rows, each a record of its cells. */
export interface CsvFile {
  header: string[]
  rows: Record<string, string>[]
}

// A cell with its end: in quotes (doubled quotes inside), or plain up to a comma or the line's end.
const CELL = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/g

/** Reads a CSV with commas (RFC 4180). @example readCsv('a,b\n1,"x,y"').rows // [{ a: '1', b: 'x,y' }] */
export function readCsv(text: string): CsvFile {
  const lines: string[][] = [[]]
  for (const [whole, quoted, plain = '', end] of text.replace(/^\uFEFF/, '').matchAll(CELL)) {
    if (whole === '') break
    lines.at(-1)?.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'))
    if (end !== ',') lines.push([])
  }
  const [header = [], ...rows] = lines.filter((line) => line.some((cell) => cell !== ''))
  return { header, rows: rows.map((cells) => recordOf(header, cells)) }
}

function recordOf(header: readonly string[], cells: readonly string[]): Record<string, string> {
  return Object.fromEntries(header.map((name, index) => [name, cells[index] ?? '']))
}

/** Writes a CSV; cells that need it are quoted. */
export function writeCsv({ header, rows }: CsvFile): string {
  const lines = rows.map((row) => header.map((name) => row[name] ?? ''))
  return [header, ...lines].map((cells) => `${cells.map(quote).join(',')}\r\n`).join('')
}

function quote(cell: string): string {
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell
}
