import type { DescribedListView, DescribedObject, Expression } from '@trellis/metamodel'
import { computed, type ComputedRef, watch } from 'vue'
import { useI18n } from 'vue-i18n'
import { useRoute, useRouter } from 'vue-router'

import { type ListColumn, resolveColumns, viewPaths } from '../../screens/list-columns.ts'
import { listQuery, type ListState, parseListState, UnreadableAddress } from '../../screens/list-state.ts'
import { listViews, pickView, plainView, viewBoard, viewCriteria, viewSort } from '../../screens/list-views.ts'
import { isSameFilter } from '../../screens/filter-tree.ts'
import { useModel } from '../../stores/model.ts'
import type { ListPreferences } from './use-list-preferences.ts'

export interface ListScreen {
  views: ComputedRef<DescribedListView[]>
  view: ComputedRef<DescribedListView | undefined>
  paths: ComputedRef<string[]>
  columns: ComputedRef<ListColumn[]>
  where: ComputedRef<Expression | undefined>
  sort: ComputedRef<string[]>
  q: ComputedRef<string>
  display: ComputedRef<'table' | 'board'>
  /** Whether filter, sort or columns differ from the view's. */
  isEdited: ComputedRef<boolean>
  /** The part of the address that cannot be read. */
  unreadable: ComputedRef<string | undefined>
  change: (change: Partial<ListState>) => void
  openView: (name: string) => void
  reset: () => void
}

/** The state of a list: the address first, then what the person has arranged, then the view. */
export function useListState(object: () => DescribedObject, preferences: ListPreferences): ListScreen {
  const { t } = useI18n()
  const route = useRoute()
  const router = useRouter()
  const model = useModel()

  const address = computed<ListState & { unreadable?: string }>(() => {
    try {
      return parseListState(route.query)
    } catch (error) {
      if (error instanceof UnreadableAddress) return { unreadable: error.key }
      throw error
    }
  })
  const views = computed(() =>
    listViews(object(), { all: t('lists.all_records'), mine: t('lists.my_records') }),
  )
  const view = computed(() => {
    const { view: named, where } = address.value
    const picked =
      named === undefined && where !== undefined
        ? plainView(views.value)
        : pickView(views.value, named, preferences.view)
    return picked && { ...picked, board: viewBoard(picked, object()) }
  })
  const ownCriteria = computed(() => (view.value ? viewCriteria(view.value) : undefined))
  const where = computed(() => {
    const given = address.value.where
    return given === undefined ? ownCriteria.value : (given ?? undefined)
  })
  const ownSort = computed(() => (view.value ? viewSort(view.value) : []))
  const sort = computed(() => address.value.sort ?? ownSort.value)
  const ownPaths = computed(() => (view.value ? viewPaths(view.value) : ['name']))
  const paths = computed(
    () => address.value.columns ?? preferences.columns[view.value?.name ?? ''] ?? ownPaths.value,
  )
  const columns = computed(() =>
    resolveColumns(paths.value, (path) => model.field(object().name, path), preferences.widths),
  )
  const display = computed(() => {
    const chosen = address.value.display ?? view.value?.display ?? 'table'
    return view.value?.board === undefined ? 'table' : chosen
  })
  const isEdited = computed(
    () =>
      !isSameFilter(where.value, ownCriteria.value) ||
      sort.value.join() !== ownSort.value.join() ||
      paths.value.join() !== ownPaths.value.join(),
  )

  watch(
    () => address.value.view,
    (name) => name !== undefined && (preferences.view = name),
  )

  function go(state: ListState, isStep: boolean): void {
    const to = { path: route.path, query: listQuery(state) }
    void (isStep ? router.push(to) : router.replace(to))
  }

  function change(given: Partial<ListState>): void {
    const next: ListState = { ...address.value, ...given }
    if (next.view === undefined && view.value !== undefined) next.view = view.value.name
    go(next, false)
  }

  function openView(name: string): void {
    preferences.view = name
    go({ view: name }, true)
  }

  function reset(): void {
    const name = view.value?.name
    if (name === undefined) return
    delete preferences.columns[name]
    go({ view: name }, false)
  }

  return {
    views, view, paths, columns, where, sort, display, isEdited, change, openView, reset,
    q: computed(() => address.value.q ?? ''),
    unreadable: computed(() => address.value.unreadable),
  }
}
