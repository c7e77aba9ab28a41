import type { WireRecord } from '@trellis/metamodel'
import { computed, type ComputedRef, ref, type Ref } from 'vue'

export interface Selection {
  ids: Ref<ReadonlySet<string>>
  /** Everything that matches is chosen, also what is not loaded. */
  isAllMatching: Ref<boolean>
  count: ComputedRef<number>
  /** Whether records are being chosen, also where none is yet. */
  isOn: ComputedRef<boolean>
  begin: () => void
  toggle: (id: string, isRange: boolean) => void
  setAllLoaded: (isSelected: boolean) => void
  selectMatching: () => void
  choose: (ids: Iterable<string>) => void
  clear: () => void
}

/** The rows that are chosen; a range runs from the last one that was touched. */
export function useSelection(records: () => readonly WireRecord[]): Selection {
  const ids = ref<ReadonlySet<string>>(new Set())
  const isAllMatching = ref(false)
  const isAsked = ref(false)
  let last: string | undefined

  function choose(chosen: Iterable<string>): void {
    isAllMatching.value = false
    ids.value = new Set(chosen)
  }

  function toggle(id: string, isRange: boolean): void {
    const next = new Set(ids.value)
    if (isRange && last !== undefined) for (const one of between(last, id)) next.add(one)
    else if (next.has(id)) next.delete(id)
    else next.add(id)
    last = id
    choose(next)
  }

  function between(from: string, to: string): string[] {
    const order = records().map((record) => record.id)
    const [start = 0, end = 0] = [order.indexOf(from), order.indexOf(to)].toSorted((a, b) => a - b)
    return start < 0 ? [to] : order.slice(start, end + 1)
  }

  return {
    ids,
    isAllMatching,
    count: computed(() => ids.value.size),
    isOn: computed(() => isAsked.value || ids.value.size > 0),
    begin: () => (isAsked.value = true),
    toggle,
    choose,
    clear: () => {
      isAsked.value = false
      choose([])
    },
    setAllLoaded: (isSelected) => choose(isSelected ? records().map(({ id }) => id) : []),
    selectMatching: () => {
      choose(records().map(({ id }) => id))
      isAllMatching.value = true
    },
  }
}
