import type { DescribedListView, DescribedObject, Expression } from '@trellis/metamodel'

/** The words for the two views that every object has. */
export interface ViewWords {
  all: string
  mine: string
}

/** The views of an object in their order; "all" and "mine" follow where nobody authored them. */
export function listViews(object: DescribedObject, words: ViewWords): DescribedListView[] {
  const views = object.list_views.toSorted((a, b) => (a.order ?? 0) - (b.order ?? 0))
  const columns = usualColumns(object)
  const hasAll = views.some(({ scope, where }) => scope !== 'mine' && where === undefined)
  const hasMine = views.some(({ scope, where }) => scope === 'mine' && where === undefined)
  const mine = { ...derivedView('mine', words.mine, columns), scope: 'mine' as const }
  return [
    ...views,
    ...(hasAll ? [] : [derivedView('all', words.all, columns)]),
    ...(hasMine || !object.has_owner ? [] : [mine]),
  ]
}

function derivedView(name: string, label: string, columns: string[]): DescribedListView {
  return {
    name: `$${name}`,
    label,
    columns,
    sort: [{ field: 'updated_at', direction: 'desc' }],
    derived: true,
  }
}

function usualColumns(object: DescribedObject): string[] {
  const own = object.fields.filter(({ system }) => !system).map(({ name }) => name)
  const chosen = object.highlights.length > 0 ? object.highlights : own.slice(0, 5)
  const owner = object.has_owner ? ['owner'] : []
  return [...new Set(['name', ...chosen, ...owner, 'updated_at'])]
}

/** The view to begin with: the one that is asked for, the one used last, the first plain one. */
export function pickView(
  views: readonly DescribedListView[],
  ...names: (string | undefined)[]
): DescribedListView | undefined {
  for (const name of names) {
    const found = views.find((view) => view.name === name)
    if (found) return found
  }
  return views[0]
}

/** The view without criteria of its own, for an address that brings all of its criteria. */
export function plainView(views: readonly DescribedListView[]): DescribedListView | undefined {
  return (
    views.find(
      ({ scope, where, display }) => scope !== 'mine' && where === undefined && display !== 'board',
    ) ?? views[0]
  )
}

/** How a view looks as a board: as it says, else by the stage of the object; undefined if there is none. */
export function viewBoard(
  view: Pick<DescribedListView, 'board' | 'columns'>,
  object: DescribedObject,
): DescribedListView['board'] {
  if (view.board !== undefined) return view.board
  const stage = object.fields.find(({ name }) => name === object.stage_field)
  if (stage === undefined) return undefined
  const sum = object.fields.find(
    ({ type, system, access }) => type === 'currency' && !system && access !== 'masked',
  )?.name
  const cardFields = view.columns
    .filter((path) => path !== 'name' && path !== stage.name && !path.includes('.'))
    .slice(0, 4)
  return { group_by: stage.name, card_fields: cardFields, ...(sum === undefined ? {} : { sum }) }
}

/** Everything that a view asks of a record, "mine" included. */
export function viewCriteria({
  scope,
  where,
}: Pick<DescribedListView, 'scope' | 'where'>): Expression | undefined {
  const mine: Expression | undefined =
    scope === 'mine' ? { '==': [{ var: 'owner' }, { var: '$user.id' }] } : undefined
  const own = where as Expression | undefined
  if (mine === undefined || own === undefined) return mine ?? own
  return { and: [mine, own] }
}

/** The sort of a view as an address writes it. */
export function viewSort({ sort }: Pick<DescribedListView, 'sort'>): string[] {
  return (sort ?? []).map(({ field, direction }) => (direction === 'desc' ? `-${field}` : field))
}
