import type { WireRecord } from '@trellis/metamodel'
import { computed, type ComputedRef, nextTick, ref } from 'vue'

import { isComposing } from '../ui/index.ts'
import type { KanbanColumn, KanbanMove } from './kanban-types.ts'

/** A card that the keyboard has picked up: where it comes from and where it would be dropped. */
export interface HeldCard {
  record: WireRecord
  from: number
  to: number
}

export interface KanbanKeys {
  held: ComputedRef<HeldCard | null>
  /** For the live region: what has just happened. */
  onKeydown(event: KeyboardEvent, at: { column: number; index: number }): void
}

interface KanbanKeysInput {
  root: () => HTMLElement | undefined
  columns: () => readonly KanbanColumn[]
  canMove: () => boolean
  open: (record: WireRecord) => void
  move: (move: KanbanMove) => void
}

const STEPS: Readonly<Record<string, readonly [column: number, index: number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
}

/** A board by keyboard: arrows walk the cards, space picks one up and drops it, Escape puts it back. */
export function useKanbanKeys({ root, columns, canMove, open, move }: KanbanKeysInput): KanbanKeys {
  const holding = ref<HeldCard | null>(null)

  function focusCard(column: number, index: number): void {
    void nextTick(() => {
      const cards = root()?.querySelectorAll<HTMLElement>(`[data-column="${column}"] [data-card]`)
      cards?.[Math.min(index, cards.length - 1)]?.focus()
    })
  }

  function walk([columnStep, indexStep]: readonly [number, number], column: number, index: number): void {
    if (columnStep === 0) return focusCard(column, Math.max(0, index + indexStep))
    const all = columns()
    let next = column + columnStep
    while (all[next] && all[next]?.records.length === 0) next += columnStep
    if (all[next]) focusCard(next, index)
  }

  function drop(): void {
    const card = holding.value
    holding.value = null
    const [from, to] = [columns()[card?.from ?? -1], columns()[card?.to ?? -1]]
    if (!card || !from || !to || from === to) return
    move({ record: card.record, from: from.value, to: to.value })
    focusCard(card.to, 0)
  }

  function onHeldKey(event: KeyboardEvent, card: HeldCard): boolean {
    const step = STEPS[event.key]
    if (step) {
      const to = Math.min(columns().length - 1, Math.max(0, card.to + step[0]))
      holding.value = { ...card, to }
    } else if (event.key === ' ' || event.key === 'Enter') drop()
    else if (event.key === 'Escape') holding.value = null
    else return false
    return true
  }

  function onFreeKey(event: KeyboardEvent, at: { column: number; index: number }): boolean {
    const record = columns()[at.column]?.records[at.index]
    const step = STEPS[event.key]
    if (step) walk(step, at.column, at.index)
    else if (event.key === 'Enter' && record) open(record)
    else if (event.key === ' ' && record && canMove()) holding.value = { record, from: at.column, to: at.column }
    else return false
    return true
  }

  return {
    held: computed(() => holding.value),
    onKeydown(event, at) {
      if (isComposing(event) || event.ctrlKey || event.metaKey || event.altKey) return
      const isTaken = holding.value ? onHeldKey(event, holding.value) : onFreeKey(event, at)
      if (!isTaken) return
      event.preventDefault()
      event.stopPropagation()
    },
  }
}
