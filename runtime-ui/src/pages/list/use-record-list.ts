import type { Expression, ListQuery, RecordPage, WireRecord } from '@trellis/metamodel'
import {
  computed,
  type ComputedRef,
  onScopeDispose,
  type Ref,
  ref,
  shallowReactive,
  shallowRef,
  toRefs,
  watch,
} from 'vue'

import { listRecords } from '../../api/index.ts'
import { keepList, type KeptList, recallList } from './list-memory.ts'

const PAGE = 100
const MOST = 1000

/** Which records, in which order, with which fields. */
export interface ListRequest {
  object: string
  select: string[]
  where: Expression | undefined
  sort: string[]
  q: string
}

export interface RecordList {
  records: Ref<readonly WireRecord[]>
  count: Ref<number | undefined>
  isEstimate: Ref<boolean>
  isLoading: Ref<boolean>
  error: Ref<unknown>
  hasMore: ComputedRef<boolean>
  /** Where the reader was when they left this list. */
  scrollTop: Ref<number>
  setScrollTop: (top: number) => void
  /** The next page. */
  more: () => Promise<void>
  /** Reads the pages that are here anew, without a flicker. */
  refresh: () => Promise<void>
  replace: (record: WireRecord) => void
  refreshRow: (id: string) => Promise<void>
}

const EMPTY: KeptList = {
  records: [],
  cursor: null,
  count: undefined,
  isEstimate: false,
  scrollTop: 0,
}

/**
 * Records page by page, as far as the reader scrolls. A new request replaces the old one, whatever comes back
 * first; the rows stay in sight until the new ones are there.
 */
export function useRecordList(request: () => ListRequest): RecordList {
  const key = computed(() => JSON.stringify(request()))
  const known = recallList(key.value)
  const state = shallowReactive<KeptList>({ ...(known ?? EMPTY) })
  const { isLoading, error, run, stop } = useLatest()

  function take(page: RecordPage, before: readonly WireRecord[]): void {
    state.records = [...before, ...page.records]
    state.cursor = page.next_cursor
  }

  function first(limit: number): Promise<void> {
    return run(async (signal) => {
      const page = await load({ limit, count: 'estimate' }, signal)
      if (signal.aborted) return
      take(page, [])
      state.count = page.count
      state.isEstimate = page.count_is_estimate ?? false
    })
  }

  function more(): Promise<void> {
    const { cursor } = state
    if (isLoading.value || cursor === null) return Promise.resolve()
    return run(async (signal) => {
      const page = await load({ limit: PAGE, cursor }, signal)
      if (!signal.aborted) take(page, state.records)
    })
  }

  function load(given: ListQuery, signal: AbortSignal): Promise<RecordPage> {
    const asked = request()
    return listRecords(asked.object, { ...bodyOf(asked), ...given }, signal)
  }

  function replace(record: WireRecord): void {
    state.records = state.records.map((row) => (row.id === record.id ? { ...row, ...record } : row))
  }

  async function refreshRow(id: string): Promise<void> {
    const { object, select } = request()
    const page = await listRecords(object, {
      select,
      where: { '==': [{ var: 'id' }, id] },
      limit: 1,
    })
    const [record] = page.records
    if (record) replace(record)
  }

  const refresh = (): Promise<void> => first(Math.min(Math.max(state.records.length, PAGE), MOST))
  watch(key, () => {
    state.scrollTop = 0
    void first(PAGE)
  })
  void refresh()
  onScopeDispose(() => {
    stop()
    if (state.records.length > 0) keepList(key.value, { ...state })
  })

  return {
    ...toRefs(state),
    isLoading,
    error,
    hasMore: computed(() => state.cursor !== null),
    setScrollTop: (top) => (state.scrollTop = top),
    more,
    refresh,
    replace,
    refreshRow,
  }
}

function bodyOf({ select, where, sort, q }: ListRequest): ListQuery {
  return { select, sort, ...(where === undefined ? {} : { where }), ...(q === '' ? {} : { q }) }
}

/** Runs one request at a time; what it replaced is not heard any more. */
function useLatest(): {
  isLoading: Ref<boolean>
  error: Ref<unknown>
  run: (load: (signal: AbortSignal) => Promise<void>) => Promise<void>
  stop: () => void
} {
  const isLoading = ref(false)
  const error = shallowRef<unknown>()
  let running: AbortController | undefined

  async function run(load: (signal: AbortSignal) => Promise<void>): Promise<void> {
    running?.abort()
    const mine = (running = new AbortController())
    isLoading.value = true
    try {
      await load(mine.signal)
      if (!mine.signal.aborted) error.value = undefined
    } catch (failure) {
      if (!mine.signal.aborted) error.value = failure
    } finally {
      if (running === mine) isLoading.value = false
    }
  }

  return { isLoading, error, run, stop: () => running?.abort() }
}
