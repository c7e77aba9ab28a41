import type {
  AggregateQuery,
  DescribedListView,
  DescribedObject,
  DescribedValue,
  Expression,
  ListQuery,
} from '@trellis/metamodel'

import { currencyPaths } from '../../screens/list-columns.ts'
import { allOf, fieldIs } from '../../screens/list-link.ts'

/** What a board shows: which field makes the columns, what its cards carry, which records. */
export interface Board {
  object: DescribedObject
  groupBy: string
  cardFields: string[]
  sum: string | null
  where: Expression | undefined
  q: string
  sort: NonNullable<ListQuery['sort']>
}

/** A column before anything is loaded. */
export interface BoardColumn {
  value: string | null
  label: string
  color: string
  where: Expression | undefined
}

const MOST_ON_A_CARD = 4

/**
 * The board of a list view; by the stage field where the view names none. Null if the reader may not see the field
 * that makes the columns.
 */
export function resolveBoard(
  object: DescribedObject,
  view: Pick<DescribedListView, 'board'>,
  { where, q, sort }: Pick<Board, 'where' | 'q' | 'sort'>,
): Board | null {
  const fields = new Map(object.fields.map((field) => [field.name, field]))
  const groupBy = view.board?.group_by ?? object.stage_field ?? ''
  if (!isKnown(fields.get(groupBy))) return null
  const money = object.highlights.find(
    (name) => fields.get(name)?.type === 'currency' && isKnown(fields.get(name)),
  )
  const sum = view.board ? view.board.sum : money
  const onCard = view.board?.card_fields ?? object.highlights.slice(0, MOST_ON_A_CARD)
  return {
    object,
    groupBy,
    cardFields: onCard.filter((name) => fields.has(name) && name !== groupBy),
    sum: sum !== undefined && isKnown(fields.get(sum)) ? sum : null,
    where,
    q,
    sort,
  }
}

/** Whether the reader knows the values of a field; what is masked is neither grouped nor summed. */
function isKnown(field: DescribedObject['fields'][number] | undefined): boolean {
  return field !== undefined && field.access !== 'masked'
}

/**
 * The columns: the active values in their order, retired ones that records still have, and those without a value
 * only where there are such records. A value that the filter excludes has no column.
 */
export function resolveColumns(
  board: Board,
  counts: ReadonlyMap<string | null, number> | null,
  none: string,
): BoardColumn[] {
  const field = board.object.fields.find(({ name }) => name === board.groupBy)
  const excluded = excludedValues(board.where, board.groupBy)
  const values = (field?.values ?? []).filter(
    ({ code, active }) => (active && !excluded.has(code)) || (counts?.get(code) ?? 0) > 0,
  )
  const columns = values.map((value: DescribedValue) => columnOf(board, value.code, value))
  const hasNone = (counts?.get(null) ?? 0) > 0
  return hasNone ? [columnOf(board, null, { label: none, color: 'gray' }), ...columns] : columns
}

function columnOf(
  board: Board,
  value: string | null,
  { label, color }: { label: string; color: string },
): BoardColumn {
  return { value, label, color, where: allOf(board.where, fieldIs(board.groupBy, value)) }
}

/** Values that a criterion on the top level leaves out, so that no empty column stands for them. */
function excludedValues(where: Expression | undefined, field: string): Set<string> {
  const excluded = new Set<string>()
  for (const [operator, operands] of topCriteria(where)) {
    const [subject, value] = operands
    if (JSON.stringify(subject) !== JSON.stringify({ var: field })) continue
    if (operator === 'not_in' && Array.isArray(value)) {
      value.forEach((code) => excluded.add(String(code)))
    }
    if (operator === '!=') excluded.add(String(value))
  }
  return excluded
}

function topCriteria(
  where: Expression | undefined,
): [operator: string, operands: readonly unknown[]][] {
  if (typeof where !== 'object' || where === null || Array.isArray(where)) return []
  const entries = Object.entries(where).map(
    ([operator, operands]): [string, readonly unknown[]] => [
      operator,
      Array.isArray(operands) ? operands : [operands],
    ],
  )
  return entries.flatMap(([operator, operands]) =>
    operator === 'and'
      ? operands.flatMap((one) => topCriteria(one as Expression))
      : [[operator, operands]],
  )
}

/** One page of a column. */
export function columnQuery(
  board: Board,
  column: BoardColumn,
  cursor: string | undefined,
): ListQuery {
  const isOnCard = ({ name }: { name: string }): boolean => board.cardFields.includes(name)
  const select = [
    'name',
    board.groupBy,
    ...board.cardFields,
    ...currencyPaths(
      board.object.fields.filter(isOnCard).map((field) => ({ path: field.name, field })),
    ),
    ...(board.object.has_owner ? ['owner'] : []),
  ]
  return {
    select: [...new Set(select)],
    ...(column.where === undefined ? {} : { where: column.where }),
    ...(board.q === '' ? {} : { q: board.q }),
    ...(board.sort.length === 0 ? {} : { sort: board.sort }),
    ...(cursor === undefined ? {} : { cursor }),
    limit: 20,
  }
}

/** Count and sum of every column in one call. */
export function boardTotals(board: Board): AggregateQuery {
  return {
    ...(board.where === undefined ? {} : { where: board.where }),
    group_by: [board.groupBy],
    measures: [
      { fn: 'count', as: 'count' },
      ...(board.sum === null ? [] : [{ fn: 'sum' as const, field: board.sum, as: 'sum' }]),
    ],
  }
}
