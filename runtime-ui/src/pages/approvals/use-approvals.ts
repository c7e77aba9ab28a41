import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/vue-query'
import type { ApprovalDetail, ApprovalEntry, WireReference } from '@trellis/metamodel'
import { computed, type ComputedRef, ref, type Ref } from 'vue'
import { useI18n } from 'vue-i18n'

import {
  actOnWorkItem,
  type Box,
  invalidateApprovals,
  invalidateRecords,
  isApiError,
  listApprovals,
  loadApproval,
  queryKeys,
  recallApproval,
} from '../../api/index.ts'
import type { ApprovalAct } from '../../renderer/ApprovalBanner.vue'
import { useSession } from '../../stores/session.ts'
import { notify } from '../../ui/index.ts'

export interface Inbox {
  entries: ComputedRef<ApprovalEntry[]>
  isLoading: Ref<boolean>
  hasMore: Ref<boolean>
  error: Ref<unknown>
  loadMore(): void
  reload(): void
}

/** The approvals of one box, page by page. */
export function useInbox(box: () => Box): Inbox {
  const { data, error, isPending, hasNextPage, fetchNextPage, refetch } = useInfiniteQuery({
    queryKey: computed(() => queryKeys.approvals(box())),
    queryFn: ({ pageParam, signal }) => listApprovals(box(), pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    refetchInterval: 30_000,
  })
  return {
    entries: computed(() => data.value?.pages.flatMap((page) => page.approvals) ?? []),
    isLoading: isPending,
    hasMore: hasNextPage,
    error,
    loadMore: () => void fetchNextPage(),
    reload: () => void refetch(),
  }
}

export interface OpenApproval {
  detail: Ref<ApprovalDetail | undefined>
  error: Ref<unknown>
  /** The work item that waits for the reader, if one does: their own before those of whose delegate they are. */
  workItem: ComputedRef<string | null>
  /** In whose name they decide on it, if not in their own. */
  inNameOf: ComputedRef<WireReference | null>
  canRecall: ComputedRef<boolean>
  isBusy: Ref<boolean>
  /** What was wrong with the last decision, e.g. a missing comment. */
  refusal: Ref<string>
  /** Decides once, however often it is pressed; true if it counted. */
  act(act: ApprovalAct['act'], comment: string): Promise<boolean>
}

/** One approval with its route, and what the reader may do about it. */
export function useApproval(id: () => string): OpenApproval {
  const { t } = useI18n()
  const session = useSession()
  const client = useQueryClient()
  const isBusy = ref(false)
  const refusal = ref('')
  const { data: detail, error } = useQuery({
    queryKey: computed(() => queryKeys.approval(id())),
    queryFn: ({ signal }) => loadApproval(id(), signal),
    enabled: computed(() => id() !== ''),
  })

  const me = computed(() => session.me?.user.id)
  const isOpen = computed(() => detail.value?.status === 'pending')
  const waiting = computed(() => {
    const items = isOpen.value ? (detail.value?.waiting_for ?? []) : []
    return (
      items.find(({ assignee }) => assignee.id === me.value) ??
      items.find(({ delegate }) => delegate?.id === me.value)
    )
  })
  const workItem = computed(() => waiting.value?.work_item ?? null)
  const inNameOf = computed(() =>
    waiting.value && waiting.value.assignee.id !== me.value ? waiting.value.assignee : null,
  )
  const canRecall = computed(() => isOpen.value && detail.value?.submitted_by?.id === me.value)

  async function act(name: ApprovalAct['act'], comment: string): Promise<boolean> {
    const item = workItem.value
    if (isBusy.value || (name !== 'recall' && item === null)) return false
    isBusy.value = true
    refusal.value = ''
    try {
      await (name === 'recall'
        ? recallApproval(id(), comment)
        : actOnWorkItem(item ?? '', name, comment))
      notify(t(`records.approval.said.${name}`))
      return true
    } catch (failure) {
      if (!isApiError(failure)) throw failure
      refusal.value = failure.errors.map(({ message }) => message).join(' ') || failure.message
      return false
    } finally {
      isBusy.value = false
      await Promise.all([invalidateApprovals(client), invalidateRecords(client)])
    }
  }

  return { detail, error, workItem, inNameOf, canRecall, isBusy, refusal, act }
}
