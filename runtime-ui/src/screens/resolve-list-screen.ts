import type { DescribedListView, DescribedObject, Expression } from '@trellis/metamodel'

import { isSameFilter } from './filter-tree.ts'
import { type FieldFinder, type ListColumn, resolveColumns, viewPaths } from './list-columns.ts'
import type { ListState } from './list-state.ts'
import {
  listViews,
  pickView,
  plainView,
  viewBoard,
  viewCriteria,
  viewSort,
  type ViewWords,
} from './list-views.ts'

/** Everything that decides what a list shows. */
export interface ListScreenInput {
  object: DescribedObject
  /** What the address says. */
  address: ListState
  /** What the person has arranged: the view they used last, columns by view, widths by path. */
  arranged: {
    view?: string | undefined
    columns: Readonly<Record<string, readonly string[]>>
    widths: Readonly<Record<string, number>>
  }
  find: FieldFinder
  words: ViewWords
}

/** A list as it stands on the screen. */
export interface ListScreen {
  views: DescribedListView[]
  view: DescribedListView | undefined
  paths: string[]
  columns: ListColumn[]
  where: Expression | undefined
  sort: string[]
  q: string
  display: 'table' | 'board'
  /** Whether filter, sort or columns differ from the view's. */
  isEdited: boolean
}

/** The state of a list: the address first, then what the person has arranged, then the view. */
export function resolveListScreen({
  object,
  address,
  arranged,
  find,
  words,
}: ListScreenInput): ListScreen {
  const views = listViews(object, words)
  const view = chooseView(object, views, { address, last: arranged.view })
  const own = ownOf(view)
  const where = address.where === undefined ? own.where : (address.where ?? undefined)
  const sort = address.sort ?? own.sort
  const paths = [...(address.columns ?? arranged.columns[view?.name ?? ''] ?? own.paths)]
  return {
    views,
    view,
    paths,
    columns: resolveColumns(paths, find, arranged.widths),
    where,
    sort,
    q: address.q ?? '',
    display: view?.board === undefined ? 'table' : (address.display ?? view.display ?? 'table'),
    isEdited:
      !isSameFilter(where, own.where) ||
      sort.join() !== own.sort.join() ||
      paths.join() !== own.paths.join(),
  }
}

/** The view that is asked for; for an address that brings its own criteria, one without. */
function chooseView(
  object: DescribedObject,
  views: readonly DescribedListView[],
  { address, last }: { address: ListState; last: string | undefined },
): DescribedListView | undefined {
  const hasOwnCriteria = address.view === undefined && address.where !== undefined
  const view = hasOwnCriteria ? plainView(views) : pickView(views, address.view, last)
  const board = view && viewBoard(view, object)
  return view && board ? { ...view, board } : view
}

function ownOf(view: DescribedListView | undefined): {
  where: Expression | undefined
  sort: string[]
  paths: string[]
} {
  if (view === undefined) return { where: undefined, sort: [], paths: ['name'] }
  return { where: viewCriteria(view), sort: viewSort(view), paths: viewPaths(view) }
}
