import type { DescribedField, WireRecord } from '@trellis/metamodel'
import { computed, type ComputedRef, reactive, ref, type Ref } from 'vue'

import { writableValue } from '../fields/index.ts'
import { type ListColumn, valueAt } from '../screens/list-columns.ts'

/** What became of a cell that was saved: nothing to say, or why it could not be. */
export type CellOutcome = { ok: true } | { ok: false; message: string }

/** Saves one value of one record. */
export type SaveCell = (
  record: WireRecord,
  field: DescribedField,
  value: unknown,
) => Promise<CellOutcome>

/** A value that was typed and is not (yet) saved. */
export interface CellDraft {
  value: unknown
  message: string
  isSaving: boolean
}

export interface CellEditing {
  /** Key of the cell that is open. */
  openKey: Ref<string | null>
  draft: Ref<unknown>
  isOpen: ComputedRef<boolean>
  draftOf: (record: WireRecord, path: string) => CellDraft | undefined
  open: (record: WireRecord, column: ListColumn) => void
  /** Closes the cell and saves what was typed; the draft stays if it is refused. */
  close: () => void
  cancel: () => void
  /** Saves a value without opening the cell, e.g. a checkbox. */
  saveNow: (record: WireRecord, column: ListColumn, value: unknown) => void
}

export function cellKey(record: WireRecord, path: string): string {
  return `${record.id}/${path}`
}

/** Editing cells in place: the list moves on at once, a refused value stays in its cell with the reason. */
export function useCellEditing(save: () => SaveCell | undefined): CellEditing {
  const openKey = ref<string | null>(null)
  const draft = ref<unknown>()
  const drafts = reactive(new Map<string, CellDraft>())
  let opened: { record: WireRecord; column: ListColumn } | undefined

  const draftOf = (record: WireRecord, path: string): CellDraft | undefined =>
    drafts.get(cellKey(record, path))

  function open(record: WireRecord, column: ListColumn): void {
    opened = { record, column }
    draft.value = draftOf(record, column.path)?.value ?? valueAt(record, column.path)
    openKey.value = cellKey(record, column.path)
  }

  function close(): void {
    const cell = opened
    if (cell === undefined || openKey.value === null) return
    const value = draft.value
    leave()
    void store(cell.record, cell.column, value)
  }

  function cancel(): void {
    if (opened) drafts.delete(cellKey(opened.record, opened.column.path))
    leave()
  }

  function leave(): void {
    opened = undefined
    openKey.value = null
  }

  async function store(
    record: WireRecord,
    { path, field }: ListColumn,
    value: unknown,
  ): Promise<void> {
    const key = cellKey(record, path)
    if (isSame(field, value, valueAt(record, path)) && !drafts.has(key)) return
    drafts.set(key, { value, message: '', isSaving: true })
    const outcome = await save()?.(record, field, writableValue(field, value))
    if (outcome === undefined || outcome.ok) drafts.delete(key)
    else drafts.set(key, { value, message: outcome.message, isSaving: false })
  }

  return {
    openKey,
    draft,
    isOpen: computed(() => openKey.value !== null),
    draftOf,
    open,
    close,
    cancel,
    saveNow: (record, column, value) => void store(record, column, value),
  }
}

function isSame(field: DescribedField, a: unknown, b: unknown): boolean {
  return JSON.stringify(writableValue(field, a)) === JSON.stringify(writableValue(field, b))
}
