import { useQuery, useQueryClient } from '@tanstack/vue-query'
import type { DuplicateSearch, DuplicateSearchList } from '@trellis/metamodel'
import { computed, type ComputedRef, ref, type Ref } from 'vue'

import {
  isApiError,
  listDuplicateSearches,
  queryKeys,
  startDuplicateSearch,
} from '../../api/index.ts'

export interface DuplicateSearches {
  list: ComputedRef<DuplicateSearchList | undefined>
  /** The search that is looked at: one that was chosen, else the newest. */
  current: ComputedRef<DuplicateSearch | undefined>
  chosen: Ref<string>
  isUnderWay: ComputedRef<boolean>
  isStarting: Ref<boolean>
  /** Why the last attempt to load or to start was refused. */
  failure: ComputedRef<unknown>
  start(rule: string): Promise<void>
}

const LOOK_AGAIN_MS = 1000

/** The searches of an object for duplicates; followed while one is under way. */
export function useSearches(object: () => string, isOpen: () => boolean): DuplicateSearches {
  const client = useQueryClient()
  const chosen = ref('')
  const isStarting = ref(false)
  const refused = ref<unknown>()
  const { data, error } = useQuery({
    queryKey: computed(() => queryKeys.duplicateSearches(object())),
    queryFn: ({ signal }) => listDuplicateSearches(object(), signal),
    enabled: computed(isOpen),
    staleTime: 0,
    refetchInterval: ({ state }) => (state.data?.searches.some(isRunning) ? LOOK_AGAIN_MS : false),
  })
  const current = computed(() => {
    const searches = data.value?.searches ?? []
    return searches.find(({ id }) => id === chosen.value) ?? searches[0]
  })

  async function start(rule: string): Promise<void> {
    if (isStarting.value) return
    isStarting.value = true
    refused.value = undefined
    try {
      const { id } = await startDuplicateSearch(object(), rule === '' ? undefined : rule)
      chosen.value = id
    } catch (problem) {
      if (!isApiError(problem)) throw problem
      refused.value = problem
    } finally {
      isStarting.value = false
      await client.invalidateQueries({ queryKey: queryKeys.duplicateSearches(object()) })
    }
  }

  return {
    list: computed(() => data.value),
    current,
    chosen,
    isUnderWay: computed(() => data.value?.searches.some(isRunning) ?? false),
    isStarting,
    failure: computed(() => refused.value ?? error.value ?? undefined),
    start,
  }
}

/** Whether a search has not come to its end. */
export function isRunning({ status }: DuplicateSearch): boolean {
  return status === 'pending' || status === 'running'
}
