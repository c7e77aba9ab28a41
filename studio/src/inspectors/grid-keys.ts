import { nextTick, type ShallowRef } from 'vue'

/** Where the arrows lead to from a cell; undefined for keys that do not move, and at the edge. */
export function cellBeside(
  key: string,
  [row, column]: readonly [row: number, column: number],
  [rows, columns]: readonly [rows: number, columns: number],
): [row: number, column: number] | undefined {
  const steps: Record<string, [number, number]> = {
    ArrowUp: [-1, 0],
    ArrowDown: [1, 0],
    ArrowLeft: [0, -1],
    ArrowRight: [0, 1],
    PageUp: [-12, 0],
    PageDown: [12, 0],
  }
  const step = steps[key]
  if (!step) return undefined
  const to: [number, number] = [
    Math.max(0, Math.min(rows - 1, row + step[0])),
    Math.max(0, Math.min(columns - 1, column + step[1])),
  ]
  return to[0] === row && to[1] === column ? undefined : to
}

/**
 * Arrows walk the cells of a table as in a sheet, also over rows that are not in the document yet. Cells say where
 * they are by `data-cell="row:column"`; what is in them takes the focus. A list that hangs open keeps its keys.
 */
export function createGridKeys(
  frame: Readonly<ShallowRef<HTMLElement | null>>,
  given: { rows: () => number; columns: () => number; show: (row: number) => void },
): (event: KeyboardEvent) => void {
  return (event) => {
    const target = event.target as HTMLElement
    const cell = target.closest<HTMLElement>('[data-cell]')
    if (!cell || target.getAttribute('aria-expanded') === 'true') return
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const [row = 0, column = 0] = (cell.dataset['cell'] ?? '').split(':').map(Number)
    const to = cellBeside(event.key, [row, column], [given.rows(), given.columns()])
    if (!to) return
    event.preventDefault()
    event.stopPropagation()
    given.show(to[0])
    void nextTick(() => {
      const found = frame.value?.querySelector(`[data-cell="${to[0]}:${to[1]}"]`)
      found?.querySelector<HTMLElement>('input, button')?.focus()
    })
  }
}
