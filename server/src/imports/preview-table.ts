import type { ImportPreview } from '@trellis/metamodel'

import { openTable } from './table-file.ts'

const MOST_ROWS = 20_000
const MOST_LENGTH = 4_000_000

/**
 * The header of a file and its first rows, as an import would read them: at most 20,000 rows, or 4 million characters.
 * @throws RequestError `validation_failed` for a file that is empty or of another kind
 */
export async function previewTable(path: string): Promise<ImportPreview> {
  const table = await openTable(path)
  try {
    const rows: string[][] = []
    let length = 0
    for await (const { cells } of table.rows()) {
      if (rows.length > MOST_ROWS || length > MOST_LENGTH) {
        return { ...split(rows), is_cut: true }
      }
      rows.push(cells)
      length += cells.reduce((sum, cell) => sum + cell.length, 0)
    }
    return { ...split(rows), is_cut: false }
  } finally {
    table.close()
  }
}

function split([header = [], ...rows]: string[][]): Pick<ImportPreview, 'header' | 'rows'> {
  return { header: header.map((cell) => cell.trim()), rows }
}
