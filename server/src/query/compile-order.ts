import { type RawBuilder, sql } from 'kysely'

import type { FromClause } from './from-clause.ts'
import type { SortKey } from './plan-sort.ts'
import { Slot } from './slot.ts'

/** A sort key with its SQL. */
export interface OrderKey extends Pick<SortKey, 'direction' | 'isNullable'> {
  expression: RawBuilder<unknown>
  /** Its value at the place behind which a page begins. */
  place: Slot
}

/** The keys of an order with their SQL. */
export function orderKeys(from: FromClause, sort: readonly SortKey[]): OrderKey[] {
  return sort.map(({ path, direction, isNullable, codes }, index) => ({
    expression: orderExpression(from.column(path), codes),
    direction,
    isNullable,
    place: placeSlot(index),
  }))
}

/** The slot of the nth sort key's value. */
export function placeSlot(index: number): Slot {
  return new Slot(`cursor.${index}`)
}

/** The value that a sort key orders by; a picklist goes by the order of its values. */
export function orderExpression(
  column: RawBuilder<unknown>,
  codes: readonly string[] | undefined,
): RawBuilder<unknown> {
  return codes ? sql`array_position(${[...codes]}::text[], ${column})` : column
}

/** `order by` with empty values last in both directions. */
export function orderBy(keys: readonly OrderKey[]): RawBuilder<unknown> {
  const parts = keys.map(({ expression, direction, isNullable }) => {
    if (direction === 'asc') return expression
    // Where nothing is empty, an index that is read backwards has this very order.
    return isNullable ? sql`${expression} desc nulls last` : sql`${expression} desc`
  })
  return sql`order by ${sql.join(parts)}`
}

/**
 * The rows behind a place in the order. `isEmpty` says of each key whether it is empty at that place; the
 * others are in the slots `cursor.0`, `cursor.1` …
 */
export function afterCursor(
  keys: readonly OrderKey[],
  isEmpty: readonly boolean[],
): RawBuilder<boolean> {
  const [first] = keys
  const isPlain = keys.every((key) => !key.isNullable && key.direction === first?.direction)
  if (isPlain && first) return compareRows(keys, first.direction)
  const after = afterFrom(keys, isEmpty, 0)
  if (!first || first.isNullable) return after
  // Says the same again of the first key alone, for the index.
  const bound = first.direction === 'asc' ? sql`>=` : sql`<=`
  return sql<boolean>`${first.expression} ${bound} ${first.place} and (${after})`
}

function compareRows(keys: readonly OrderKey[], direction: 'asc' | 'desc'): RawBuilder<boolean> {
  const row = sql.join(keys.map((key) => key.expression))
  const place = sql.join(keys.map((key) => sql`${key.place}`))
  return direction === 'asc'
    ? sql<boolean>`(${row}) > (${place})`
    : sql<boolean>`(${row}) < (${place})`
}

function afterFrom(
  keys: readonly OrderKey[],
  isEmpty: readonly boolean[],
  index: number,
): RawBuilder<boolean> {
  const key = keys[index]
  if (!key) return sql<boolean>`false`
  const isLast = index === keys.length - 1
  const behind = isLast ? null : afterFrom(keys, isEmpty, index + 1)
  if (isEmpty[index]) {
    return behind === null
      ? sql<boolean>`false`
      : sql<boolean>`(${key.expression} is null and ${behind})`
  }
  const beyond = beyondKey(key)
  return behind === null
    ? beyond
    : sql<boolean>`(${beyond} or (${key.expression} = ${key.place} and ${behind}))`
}

function beyondKey({ expression, direction, isNullable, place }: OrderKey): RawBuilder<boolean> {
  const beyond =
    direction === 'asc'
      ? sql<boolean>`${expression} > ${place}`
      : sql<boolean>`${expression} < ${place}`
  return isNullable ? sql<boolean>`(${beyond} or ${expression} is null)` : beyond
}
