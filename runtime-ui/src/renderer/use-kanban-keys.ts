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

/** Where a card lies. */
export interface CardPlace {
  column: number
  index: number
}

export interface KanbanKeys {
  held: ComputedRef<HeldCard | null>
  onKeydown(event: KeyboardEvent, at: CardPlace): void
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
export function useKanbanKeys(board: KanbanKeysInput): KanbanKeys {
  const holding = ref<HeldCard | null>(null)

  function drop(): void {
    const card = holding.value
    holding.value = null
    const columns = board.columns()
    const [from, to] = [columns[card?.from ?? -1], columns[card?.to ?? -1]]
    if (!card || !from || !to || from === to) return
    board.move({ record: card.record, from: from.value, to: to.value })
    focusCard(board.root(), card.to, 0)
  }

  function onHeldKey(key: string, card: HeldCard): boolean {
    const step = STEPS[key]
    if (step) {
      const to = Math.min(board.columns().length - 1, Math.max(0, card.to + step[0]))
      holding.value = { ...card, to }
    } else if (key === ' ' || key === 'Enter') drop()
    else if (key === 'Escape') holding.value = null
    else return false
    return true
  }

  function onFreeKey(key: string, at: CardPlace): boolean {
    const record = board.columns()[at.column]?.records[at.index]
    const step = STEPS[key]
    if (step) walk(board, step, at)
    else if (key === 'Enter' && record) board.open(record)
    else if (key === ' ' && record && board.canMove()) {
      holding.value = { record, from: at.column, to: at.column }
    } else return false
    return true
  }

  return {
    held: computed(() => holding.value),
    onKeydown(event, at) {
      if (isComposing(event) || event.ctrlKey || event.metaKey || event.altKey) return
      const isTaken = holding.value ? onHeldKey(event.key, holding.value) : onFreeKey(event.key, at)
      if (!isTaken) return
      event.preventDefault()
      event.stopPropagation()
    },
  }
}

function focusCard(root: HTMLElement | undefined, column: number, index: number): void {
  void nextTick(() => {
    const cards = root?.querySelectorAll<HTMLElement>(`[data-column="${column}"] [data-card]`)
    cards?.[Math.min(index, cards.length - 1)]?.focus()
  })
}

/** To the next card of the column, or to the next column that has any. */
function walk(
  board: KanbanKeysInput,
  [columnStep, indexStep]: readonly [number, number],
  at: CardPlace,
): void {
  if (columnStep === 0) return focusCard(board.root(), at.column, Math.max(0, at.index + indexStep))
  const all = board.columns()
  let next = at.column + columnStep
  while (all[next] && all[next]?.records.length === 0) next += columnStep
  if (all[next]) focusCard(board.root(), next, at.index)
}
