/** A row of a file: its number as a spreadsheet counts, the header being row 1, and its cells as people type them. */
export interface TableRow {
  row: number
  cells: string[]
  /** The columns, from 0, in which a spreadsheet shows an error instead of a value. */
  errors?: readonly number[]
}
