import type { WireRecord } from '@trellis/metamodel'

/** One column of a board: a value of the field that it is grouped by, and the records that have it. */
export interface KanbanColumn {
  /** Code of the value; null: those that have none. */
  value: string | null
  label: string
  color: string
  /** Of the whole column, loaded or not; null while it is being counted. */
  count: number | null
  sum: number | null
  records: readonly WireRecord[]
  hasMore: boolean
  isLoading: boolean
}

/** A card that was dropped in, or sent to, another column. */
export interface KanbanMove {
  record: WireRecord
  from: string | null
  to: string | null
}
