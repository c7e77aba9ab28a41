import { stringify } from 'csv-stringify/sync'

const PLAIN_NUMBER = /^[+-]?\d[\d.,]*%?$/
// What spreadsheets run as a formula, with the apostrophes that keep it from that.
const RISKY = /^'*(?:\s*[=+\-@＝＋－＠|]|[\t\r\n])/

/** A cell that a spreadsheet would run as a formula begins with an apostrophe; numbers stay numbers. */
function withoutFormula(cell: string): string {
  return RISKY.test(cell) && !PLAIN_NUMBER.test(cell) ? `'${cell}` : cell
}

/** The cell that `withoutFormula` was given. */
export function withoutApostrophe(cell: string): string {
  return cell.startsWith("'") && RISKY.test(cell) ? cell.slice(1) : cell
}

/** Rows as lines of a CSV file. A break within a cell is quoted, of whichever kind it is. */
export function csvLines(rows: readonly (readonly string[])[]): string {
  const safe = rows.map((row) => row.map(withoutFormula))
  return stringify(safe, { record_delimiter: 'windows', quoted_match: /[\r\n]/ })
}
