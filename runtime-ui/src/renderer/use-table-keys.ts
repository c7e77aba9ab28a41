import type { WireRecord } from '@trellis/metamodel'

import type { ListColumn } from '../screens/list-columns.ts'
import { hasCommandKey, isComposing } from '../ui/index.ts'
import type { CellEditing } from './use-cell-editing.ts'
import type { GridCursor } from './use-grid-cursor.ts'

export interface TableKeyTargets {
  cursor: GridCursor
  editing: CellEditing
  cellAt: () => { record: WireRecord; column: ListColumn } | undefined
  /** Opens the active cell, if it may be edited. */
  edit: () => void
  openRecord: (record: WireRecord) => void
  preview: (record: WireRecord) => void
  toggle: (record: WireRecord, isRange: boolean) => void
  pageRows: () => number
  focusTable: () => void
}

/** The keyboard of a table, in two moods: walking over cells, and typing in one. */
export function createTableKeys(targets: TableKeyTargets): (event: KeyboardEvent) => void {
  const walking = walkingKeys(targets)
  return (event) => {
    if (isComposing(event) || event.defaultPrevented) return
    if (targets.editing.isOpen.value && event.key === 'Tab') finishSideways(event, targets)
    // A key that was pressed in a control belongs to it, also when it has just closed its cell.
    if (event.target !== event.currentTarget) return
    const act = walking[keyName(event)]
    if (act === undefined || event.altKey) return
    event.preventDefault()
    act()
  }
}

function keyName(event: KeyboardEvent): string {
  const command = hasCommandKey(event) ? 'Command+' : ''
  const shift = event.shiftKey && event.key.length > 1 ? 'Shift+' : ''
  return `${command}${shift}${event.key.length === 1 ? event.key.toLowerCase() : event.key}`
}

function finishSideways(
  event: KeyboardEvent,
  { cursor, editing, edit, focusTable }: TableKeyTargets,
): void {
  event.preventDefault()
  editing.close()
  cursor.move(0, event.shiftKey ? -1 : 1)
  focusTable()
  edit()
}

function walkingKeys(targets: TableKeyTargets): Record<string, () => void> {
  const { cursor, cellAt, edit, openRecord, preview, toggle, pageRows } = targets
  const withRecord =
    (act: (record: WireRecord) => void): (() => void) =>
    () => {
      const cell = cellAt()
      if (cell) act(cell.record)
    }
  const toRow = (row: number): void =>
    cursor.goTo({ row, column: cursor.active.value?.column ?? 0 })
  const toColumn = (column: number): void =>
    cursor.goTo({ row: cursor.active.value?.row ?? 0, column })
  return {
    ArrowDown: () => cursor.move(1, 0),
    ArrowUp: () => cursor.move(-1, 0),
    ArrowRight: () => cursor.move(0, 1),
    ArrowLeft: () => cursor.move(0, -1),
    j: () => cursor.move(1, 0),
    k: () => cursor.move(-1, 0),
    PageDown: () => cursor.move(pageRows(), 0),
    PageUp: () => cursor.move(-pageRows(), 0),
    Home: () => toColumn(0),
    End: () => toColumn(Number.MAX_SAFE_INTEGER),
    'Command+Home': () => toRow(0),
    'Command+End': () => toRow(Number.MAX_SAFE_INTEGER),
    Enter: edit,
    F2: edit,
    'Command+Enter': withRecord(openRecord),
    o: withRecord(openRecord),
    ' ': withRecord(preview),
    x: withRecord((record) => toggle(record, false)),
    'Shift+ArrowDown': () => {
      withRecord((record) => toggle(record, true))()
      cursor.move(1, 0)
      withRecord((record) => toggle(record, true))()
    },
  }
}
