import { message } from '../errors.ts'
import type { FoundEncoding } from './detect-encoding.ts'
import { type RowFault, shownCell } from './import-job.ts'
import type { TableRow } from './table-row.ts'

/** The longest cell that is looked at, in characters; no field takes as much. */
export const LONGEST_CELL = 1_000_000

/** A row ready to be kept: its cells can be stored, and what is wrong with them is said. */
export interface CheckedRow extends TableRow {
  faults: readonly RowFault[]
}

/**
 * Finds what is wrong with a row before its meaning is asked for: cells missing, too large, or broken. Cells of columns
 * that go nowhere are neither looked at nor kept.
 */
export function checkCells(
  { row, cells, errors = [] }: TableRow,
  header: readonly string[],
  { encoding, mapped }: { encoding: FoundEncoding; mapped: ReadonlySet<number> },
): CheckedRow {
  const faults: RowFault[] = []
  if (cells.length !== header.length) {
    faults.push({
      column: null,
      value: null,
      code: 'ragged_row',
      message: message(
        `Has ${cells.length} cells, the header has ${header.length}`,
        `有 ${cells.length} 个单元格，而表头有 ${header.length} 个`,
      ),
    })
  }
  const kept = cells.map((cell, index) => {
    if (!mapped.has(index)) return ''
    const fault = errors.includes(index) ? errorOfCell(cell) : faultOfCell(cell, encoding)
    if (fault === undefined) return cell
    const storable = shownCell(cell).replaceAll('\0', '\uFFFD').toWellFormed()
    faults.push({ ...fault, column: header[index] ?? null, value: storable })
    return storable
  })
  return { row, cells: kept, faults }
}

type CellFault = Pick<RowFault, 'code' | 'message'>

function errorOfCell(cell: string): CellFault {
  const shown = shownCell(cell)
  return {
    code: 'cell_error',
    message: message(
      `The spreadsheet shows the error ${shown} here`,
      `电子表格在此单元格显示错误 ${shown}`,
    ),
  }
}

function faultOfCell(cell: string, { isDamaged, encoding }: FoundEncoding): CellFault | undefined {
  if (cell.length > LONGEST_CELL) {
    const size = Math.round(cell.length / 10_000) / 100
    return {
      code: 'cell_too_large',
      message: message(
        `The cell has ${size} million characters; 1 million at most`,
        `单元格有 ${Math.round(cell.length / 10_000)} 万个字符，最多 100 万`,
      ),
    }
  }
  if (cell.includes('\0')) {
    return {
      code: 'bad_character',
      message: message('Contains the NUL character', '包含 NUL 字符'),
    }
  }
  if (!cell.isWellFormed()) {
    return {
      code: 'bad_character',
      message: message('Contains half of a character (lone surrogate)', '包含不完整的字符'),
    }
  }
  if (isDamaged && cell.includes('\uFFFD')) {
    return {
      code: 'bad_character',
      message: message(
        `Contains bytes that are no ${encoding.toUpperCase()}`,
        `包含不属于 ${encoding.toUpperCase()} 编码的字节`,
      ),
    }
  }
  // A lone surrogate of a UTF-16 file has become the same sign as a broken byte.
  if (encoding.startsWith('utf-16') && cell.includes('\uFFFD')) {
    return {
      code: 'bad_character',
      message: message('Contains half of a character (lone surrogate)', '包含不完整的字符'),
    }
  }
  return undefined
}
