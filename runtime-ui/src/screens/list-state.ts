import type { Expression } from '@trellis/metamodel'

/** What the address of a list says. What it leaves out is the view's. */
export interface ListState {
  view?: string
  /** Replaces the view's own criteria; null: none at all. */
  where?: Expression | null
  sort?: string[]
  q?: string
  columns?: string[]
  display?: 'table' | 'board'
}

/** The words of an address that could not be read: said, never ignored. */
export class UnreadableAddress extends Error {
  readonly key: string

  constructor(key: string) {
    super(key)
    this.name = 'UnreadableAddress'
    this.key = key
  }
}

type Query = Readonly<Record<string, unknown>>

/**
 * Reads the query of an address.
 * @throws UnreadableAddress if its filter is no JSON.
 */
export function parseListState(query: Query): ListState {
  const text = (key: string): string | undefined => {
    const value = query[key]
    return typeof value === 'string' ? value : undefined
  }
  const state: ListState = {}
  const [view, where, sort, q, columns, display] = [
    'view',
    'where',
    'sort',
    'q',
    'columns',
    'display',
  ].map(text)
  if (view) state.view = view
  if (where !== undefined) state.where = where === '' ? null : parseWhere(where)
  if (sort) state.sort = sort.split(',').filter(Boolean)
  if (q) state.q = q
  if (columns) state.columns = columns.split(',').filter(Boolean)
  if (display === 'table' || display === 'board') state.display = display
  return state
}

function parseWhere(text: string): Expression {
  try {
    return JSON.parse(text) as Expression
  } catch {
    throw new UnreadableAddress('where')
  }
}

/** The query of an address for a state; the same state always gives the same address. */
export function listQuery(state: ListState): Record<string, string> {
  const query: Record<string, string> = {}
  if (state.view !== undefined) query['view'] = state.view
  if (state.where !== undefined) {
    query['where'] = state.where === null ? '' : JSON.stringify(state.where)
  }
  if (state.sort !== undefined && state.sort.length > 0) query['sort'] = state.sort.join(',')
  if (state.q) query['q'] = state.q
  if (state.columns !== undefined) query['columns'] = state.columns.join(',')
  if (state.display !== undefined) query['display'] = state.display
  return query
}

/** The field and direction of a sort key: `-amount`. */
export function sortParts(key: string): { path: string; isDescending: boolean } {
  return key.startsWith('-')
    ? { path: key.slice(1), isDescending: true }
    : { path: key, isDescending: false }
}

/**
 * The sort after a click on a header: ascending, descending, then as the view has it. With `isAdded` the column
 * joins the others instead of replacing them.
 */
export function nextSort(sort: readonly string[], path: string, isAdded = false): string[] {
  const now = sort.find((key) => sortParts(key).path === path)
  const next = { undefined: path, [path]: `-${path}` }[String(now)]
  const others = isAdded ? sort.filter((key) => sortParts(key).path !== path) : []
  return next === undefined ? others : [...others, next]
}
