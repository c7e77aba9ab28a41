import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { onBeforeUnmount, provide, watch } from 'vue'
import { useI18n } from 'vue-i18n'
import { useRoute } from 'vue-router'

import { listApprovals } from '../../api/index.ts'
import { dataPortKey } from '../../fields/index.ts'
import { followReleases, useModel } from '../../stores/model.ts'
import { useNavigation } from '../../stores/navigation.ts'
import { useSession } from '../../stores/session.ts'
import { createDataPort } from './create-data-port.ts'
import { useStart } from './use-start.ts'

const APPROVALS_EVERY_MS = 30_000

/** What every page inside the shell lives on: data for look-ups, the newest release, the language, what waits for approval. */
export function useWorkspace(): void {
  const client = useQueryClient()
  const navigation = useNavigation()
  const session = useSession()
  const start = useStart()
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

  watch(
    () => session.locale,
    () => void Promise.all([start.reload(), client.invalidateQueries()]),
  )
}

/** The title of the window: where one is, then the product. */
export function useWindowTitle(): void {
  const { t } = useI18n()
  const route = useRoute()
  const model = useModel()
  const navigation = useNavigation()

  function place(): string | undefined {
    if (route.name === 'approvals') return t('shell.approvals')
    const { object, name } = route.params
    if (typeof object === 'string') return model.object(object)?.plural
    return navigation.dashboards.find((dashboard) => dashboard.name === name)?.label
  }

  watch(place, (text) => (document.title = text === undefined ? 'Trellis' : `${text} · Trellis`), {
    immediate: true,
  })
}
