import { useInfiniteQuery, useQuery } from '@tanstack/vue-query'
import type { DuplicateGroup, DuplicateSearch, WireRecord } from '@trellis/metamodel'
import { computed, type ComputedRef, ref, type Ref, watch } from 'vue'

import {
  dismissDuplicateGroup,
  isApiError,
  listRecords,
  loadDuplicateGroups,
  queryKeys,
} from '../../api/index.ts'
import { notify } from '../../ui/index.ts'

/** A group with its records as they are now. */
export interface ShownGroup extends Omit<DuplicateGroup, 'records'> {
  records: WireRecord[]
}

export interface DuplicateGroups {
  groups: ComputedRef<ShownGroup[]>
  /** How many groups there are still; undefined while that is not known. */
  left: ComputedRef<number | undefined>
  isLeftMore: ComputedRef<boolean>
  /** Whether there was a group at all. */
  hadSome: ComputedRef<boolean>
  isLoading: Ref<boolean>
  hasMore: Ref<boolean>
  error: ComputedRef<unknown>
  more(): void
  refresh(): void
  /** Says that the records are about different things. */
  dismiss(group: ShownGroup): Promise<boolean>
  /** Records that gave way to another one are no longer there. */
  forget(ids: readonly string[]): void
}

const PAGE = 10
/** Fewer groups than this on the screen bring the next ones. */
const FEW = 4
const MOST_COUNTED = 1000
const MOST_ASKED = 500

/** The groups of a search, page by page; what is settled vanishes at once. */
export function useGroups(search: DuplicateSearch, select: readonly string[]): DuplicateGroups {
  const settled = ref<ReadonlySet<string>>(new Set())
  const gone = ref<ReadonlySet<string>>(new Set())
  const pages = useInfiniteQuery({
    queryKey: queryKeys.duplicateGroups(search.id),
    queryFn: ({ pageParam, signal }) =>
      loadDuplicateGroups(search.id, { limit: PAGE, cursor: pageParam }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    staleTime: 0,
    gcTime: 0,
    refetchOnWindowFocus: false,
  })
  const found = computed(() => pages.data.value?.pages.flatMap((page) => page.groups) ?? [])
  const ids = computed(() => found.value.flatMap(({ records }) => records.map(({ id }) => id)))
  const { data: records, error: recordsError } = useQuery({
    queryKey: computed(() => [
      ...queryKeys.duplicateRecords(search.object, search.id, ids.value.length),
      ids.value.at(-1),
    ]),
    queryFn: ({ signal }) => loadAll(search.object, { ids: ids.value, select }, signal),
    enabled: computed(() => ids.value.length > 0),
    placeholderData: (before) => before,
  })
  const open = computed(() =>
    found.value.filter(
      (group) =>
        !settled.value.has(group.id) &&
        group.records.filter(({ id }) => !gone.value.has(id)).length > 1,
    ),
  )
  const groups = computed(() =>
    open.value
      .map((group) => ({
        ...group,
        records: group.records.flatMap(({ id }) =>
          gone.value.has(id) ? [] : (records.value?.get(id) ?? []),
        ),
      }))
      .filter((group) => group.records.length > 1),
  )
  const counted = computed(() => pages.data.value?.pages[0]?.left)
  const { hasNextPage, isFetching } = pages
  const more = (): void => {
    if (hasNextPage.value && !isFetching.value) void pages.fetchNextPage()
  }
  watch(
    () => open.value.length < FEW && hasNextPage.value && !isFetching.value,
    (isShort) => isShort && more(),
  )

  async function dismiss(group: ShownGroup): Promise<boolean> {
    try {
      await dismissDuplicateGroup(search.id, group.id)
    } catch (problem) {
      if (!isApiError(problem)) throw problem
      notify(problem.message, { tone: 'danger' })
      return false
    }
    settled.value = new Set([...settled.value, group.id])
    return true
  }

  return {
    groups,
    left: computed(
      () => counted.value && Math.max(0, counted.value - (found.value.length - open.value.length)),
    ),
    hadSome: computed(() => (counted.value ?? 0) > 0),
    isLeftMore: computed(() => counted.value === MOST_COUNTED),
    isLoading: isFetching,
    hasMore: hasNextPage,
    error: computed(() => pages.error.value ?? recordsError.value ?? undefined),
    more,
    refresh: () => void pages.refetch(),
    dismiss,
    forget: (merged) => (gone.value = new Set([...gone.value, ...merged])),
  }
}

/** Records by id, as many as are there. */
async function loadAll(
  object: string,
  { ids, select }: { ids: readonly string[]; select: readonly string[] },
  signal: AbortSignal,
): Promise<Map<string, WireRecord>> {
  const records = new Map<string, WireRecord>()
  for (let at = 0; at < ids.length; at += MOST_ASKED) {
    const some = ids.slice(at, at + MOST_ASKED)
    const where = { in: [{ var: 'id' }, some] }
    const query = { select: [...select], where, limit: some.length }
    const page = await listRecords(object, query, signal)
    for (const record of page.records) records.set(record.id, record)
  }
  return records
}
