import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { onBeforeUnmount, provide, watch } from 'vue'

import { listApprovals } from '../../api/index.ts'
import { dataPortKey } from '../../fields/index.ts'
import { followReleases } from '../../stores/model.ts'
import { useNavigation } from '../../stores/navigation.ts'
import { createDataPort } from './create-data-port.ts'

const APPROVALS_EVERY_MS = 30_000

/** What every page inside the shell lives on: data for look-ups, the newest release, what waits for approval. */
export function useWorkspace(): void {
  const client = useQueryClient()
  const navigation = useNavigation()
  provide(dataPortKey, createDataPort())

  const { data: waiting } = useQuery({
    queryKey: ['approvals', 'waiting'],
    queryFn: async ({ signal }) =>
      (await listApprovals('to_do', undefined, signal)).approvals.length,
    refetchInterval: APPROVALS_EVERY_MS,
  })
  watch(waiting, (count) => (navigation.waiting = count ?? 0), { immediate: true })

  const stop = followReleases(() => {
    void navigation.load()
    void client.invalidateQueries()
  })
  onBeforeUnmount(stop)
}
