import type { DescribedObject } from '@trellis/metamodel'
import { computed, type ComputedRef, shallowRef, watch } from 'vue'
import { useI18n } from 'vue-i18n'
import { useRoute, useRouter } from 'vue-router'

import {
  listQuery,
  type ListState,
  parseListState,
  UnreadableAddress,
} from '../../screens/list-state.ts'
import { type ListScreen, resolveListScreen } from '../../screens/resolve-list-screen.ts'
import { useModel } from '../../stores/model.ts'
import type { Arrangement } from './use-arrangement.ts'

export interface ListControl {
  screen: ComputedRef<ListScreen>
  /** The part of the address that cannot be read. */
  unreadable: ComputedRef<string | undefined>
  change: (change: ListState) => void
  openView: (name: string) => void
  setColumns: (paths: string[]) => void
  reset: () => void
}

/** What a list shows, and the ways to change it; every change is a change of the address. */
export function useListState(object: () => DescribedObject, arrangement: Arrangement): ListControl {
  const { t } = useI18n()
  const route = useRoute()
  const router = useRouter()
  const model = useModel()
  const { arranged } = arrangement

  // While the reader leaves, the route is another page's already; the list stays what it was.
  const address = shallowRef(readAddress(route.query))
  watch(
    () => route.query,
    (query) => {
      if (route.name === 'list' && route.params['object'] === object().name) {
        address.value = readAddress(query)
      }
    },
  )
  const screen = computed(() =>
    resolveListScreen({
      object: object(),
      address: address.value.state,
      arranged,
      find: (path) => model.field(object().name, path),
      words: { all: t('lists.all_records'), mine: t('lists.my_records') },
    }),
  )
  watch(
    () => address.value.state.view,
    (name) => name !== undefined && arrangement.setView(name),
  )

  function go(state: ListState, isStep: boolean): void {
    const to = { path: route.path, query: listQuery(state) }
    void (isStep ? router.push(to) : router.replace(to))
  }

  function change(given: ListState): void {
    const name = screen.value.view?.name
    go({ ...(name === undefined ? {} : { view: name }), ...address.value.state, ...given }, false)
  }

  function setColumns(paths: string[]): void {
    const name = screen.value.view?.name
    if (name !== undefined) arrangement.setColumns(name, paths)
    change({ columns: paths })
  }

  function reset(): void {
    const name = screen.value.view?.name
    if (name === undefined) return
    arrangement.setColumns(name, undefined)
    go({ view: name }, false)
  }

  return {
    screen,
    unreadable: computed(() => address.value.unreadable),
    change,
    openView: (name) => go({ view: name }, true),
    setColumns,
    reset,
  }
}

function readAddress(query: Readonly<Record<string, unknown>>): {
  state: ListState
  unreadable?: string
} {
  try {
    return { state: parseListState(query) }
  } catch (error) {
    if (error instanceof UnreadableAddress) return { state: {}, unreadable: error.key }
    throw error
  }
}
