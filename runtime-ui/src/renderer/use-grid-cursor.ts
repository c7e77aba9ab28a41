import { computed, type ComputedRef, ref, type Ref } from 'vue'

/** A cell by row and column, both from 0. */
export interface Cell {
  row: number
  column: number
}

export interface GridCursor {
  active: Ref<Cell | null>
  move: (rows: number, columns: number) => void
  /** Moves to a cell, held within the grid. */
  goTo: (cell: Cell) => void
  hasActive: ComputedRef<boolean>
}

/** The one cell of a grid to which the keyboard belongs. */
export function useGridCursor(size: () => { rows: number; columns: number }): GridCursor {
  const active = ref<Cell | null>(null)

  function goTo({ row, column }: Cell): void {
    const { rows, columns } = size()
    if (rows === 0 || columns === 0) active.value = null
    else active.value = { row: clamp(row, rows), column: clamp(column, columns) }
  }

  function move(rows: number, columns: number): void {
    const from = active.value ?? { row: 0, column: 0 }
    goTo(active.value === null ? from : { row: from.row + rows, column: from.column + columns })
  }

  return { active, move, goTo, hasActive: computed(() => active.value !== null) }
}

function clamp(value: number, count: number): number {
  return Math.min(Math.max(value, 0), count - 1)
}
