import type { Expression, ListQuery, WireRecord } from '@trellis/metamodel'
import { computed, type ComputedRef, onScopeDispose, ref, type Ref, shallowRef, watch } from 'vue'

import { listRecords } from '../../api/index.ts'

const PAGE = 100
const MOST = 1000
const REMEMBERED = 8

/** Which records, in which order, with which fields. */
export interface ListRequest {
  object: string
  select: string[]
  where: Expression | undefined
  sort: string[]
  q: string
}

interface Kept {
  records: readonly WireRecord[]
  cursor: string | null
  count: number | undefined
  isEstimate: boolean
  scrollTop: number
}

/** The lists that were shown last, so that coming back finds the rows and the place at once. */
const kept = new Map<string, Kept>()

/** Forgets every list that was shown: another person has signed in. */
export function forgetLists(): void {
  kept.clear()
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
  /** The next page. */
  more: () => Promise<void>
  /** Reads the pages that are here anew, without a flicker. */
  refresh: () => Promise<void>
  reload: () => Promise<void>
  replace: (record: WireRecord) => void
  remove: (ids: ReadonlySet<string>) => void
  refreshRow: (id: string) => Promise<void>
}

/** Records page by page, as far as the reader scrolls; a new request replaces the old one, whatever comes back first. */
export function useRecordList(request: () => ListRequest): RecordList {
  const records = shallowRef<readonly WireRecord[]>([])
  const count = ref<number>()
  const isEstimate = ref(false)
  const isLoading = ref(false)
  const error = shallowRef<unknown>()
  const cursor = ref<string | null>(null)
  const scrollTop = ref(0)
  let running: AbortController | undefined
  const key = computed(() => JSON.stringify(request()))

  function bodyOf({ select, where, sort, q }: ListRequest): ListQuery {
    return { select, sort, limit: PAGE, ...(where === undefined ? {} : { where }), ...(q === '' ? {} : { q }) }
  }

  /** Runs one request at a time; what it replaced is not heard any more. */
  async function run(load: (signal: AbortSignal) => Promise<void>): Promise<void> {
    running?.abort()
    const mine = (running = new AbortController())
    isLoading.value = true
    try {
      await load(mine.signal)
      error.value = undefined
    } catch (failure) {
      if (!mine.signal.aborted) error.value = failure
    } finally {
      if (running === mine) isLoading.value = false
    }
  }

  function first(limit: number): Promise<void> {
    return run(async (signal) => {
      const asked = request()
      const page = await listRecords(asked.object, { ...bodyOf(asked), limit, count: 'estimate' }, signal)
      if (signal.aborted) return
      records.value = page.records
      cursor.value = page.next_cursor
      count.value = page.count
      isEstimate.value = page.count_is_estimate ?? false
    })
  }

  function more(): Promise<void> {
    if (isLoading.value || cursor.value === null) return Promise.resolve()
    return run(async (signal) => {
      const asked = request()
      const page = await listRecords(asked.object, { ...bodyOf(asked), cursor: cursor.value ?? '' }, signal)
      if (signal.aborted) return
      records.value = [...records.value, ...page.records]
      cursor.value = page.next_cursor
    })
  }

  async function refreshRow(id: string): Promise<void> {
    const { object, select } = request()
    const page = await listRecords(object, { select, where: { '==': [{ var: 'id' }, id] }, limit: 1 })
    const [record] = page.records
    if (record) replace(record)
  }

  function replace(record: WireRecord): void {
    records.value = records.value.map((row) => (row.id === record.id ? { ...row, ...record } : row))
  }

  function remove(ids: ReadonlySet<string>): void {
    const before = records.value.length
    records.value = records.value.filter(({ id }) => !ids.has(id))
    if (count.value !== undefined) count.value -= before - records.value.length
  }

  function keep(of: string): void {
    if (records.value.length === 0) return
    kept.delete(of)
    kept.set(of, {
      records: records.value, cursor: cursor.value, count: count.value, isEstimate: isEstimate.value,
      scrollTop: scrollTop.value,
    })
    for (const oldest of [...kept.keys()].slice(0, -REMEMBERED)) kept.delete(oldest)
  }

  function begin(): void {
    const known = kept.get(key.value)
    scrollTop.value = known?.scrollTop ?? 0
    if (known === undefined) return void first(PAGE)
    records.value = known.records
    cursor.value = known.cursor
    count.value = known.count
    isEstimate.value = known.isEstimate
    void refresh()
  }

  function refresh(): Promise<void> {
    return first(Math.min(Math.max(records.value.length, PAGE), MOST))
  }

  watch(key, () => {
    scrollTop.value = 0
    void first(PAGE)
  })
  begin()
  onScopeDispose(() => {
    running?.abort()
    keep(key.value)
  })

  return {
    records, count, isEstimate, isLoading, error, scrollTop,
    hasMore: computed(() => cursor.value !== null),
    more, refresh, reload: () => first(PAGE), replace, remove, refreshRow,
  }
}
