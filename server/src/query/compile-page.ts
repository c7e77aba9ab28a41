import { type RawBuilder, sql } from 'kysely'

import { afterCursor, orderBy, type OrderKey } from './compile-order.ts'
import type { SortKey } from './plan-sort.ts'

/** The rows of a page: what is selected up to its conditions, the order, and the page size. */
export interface PageRows {
  select: RawBuilder<unknown>
  keys: readonly OrderKey[]
  /** `limit …`, and how many that are. */
  limit: RawBuilder<unknown>
  size: number
}

/** Which sort keys are empty at the place behind which the page begins; undefined for the first page. */
type After = readonly boolean[] | undefined

/** A page in an order: as two queries if its first key is a plain column that may be empty, else as one. */
export function orderedPage(
  rows: PageRows,
  [first]: readonly SortKey[],
  after: After,
): RawBuilder<unknown> {
  const isSplit = first?.isNullable === true && first.path.hops.length === 0 && !first.codes
  return isSplit ? splitByFirstKey(rows, after) : wholePage(rows, after)
}

/** A page as one query. */
export function wholePage({ select, keys, limit }: PageRows, after: After): RawBuilder<unknown> {
  const behind = after ? sql` and ${afterCursor(keys, after)}` : sql``
  return sql`${select}${behind} ${orderBy(keys)} ${limit}`
}

/**
 * A page whose first key may be empty, as two queries: the rows that have it, then those that have not. Each
 * of them walks a plain index on the key, forwards or backwards, where one query with empty values last in
 * both directions would sort the whole table. The second runs only if the first leaves room.
 */
function splitByFirstKey({ select, keys, ...rest }: PageRows, after: After): RawBuilder<unknown> {
  const [first, ...others] = keys
  if (!first) throw new RangeError('An order without keys')
  const empty: PageRows = {
    select: sql`${select} and ${first.expression} is null`,
    keys: others,
    ...rest,
  }
  if (after?.[0] === true) return wholePage(empty, after.slice(1))
  const filled = wholePage(
    {
      select: sql`${select} and ${first.expression} is not null`,
      keys: [{ ...first, isNullable: false }, ...others],
      ...rest,
    },
    after,
  )
  const hasRoom = sql`(select count(*) from filled) < ${rest.size}`
  return sql`with filled as materialized (${filled}),
    empty as materialized (${wholePage({ ...empty, select: sql`${empty.select} and ${hasRoom}` }, undefined)})
    select * from filled union all select * from empty ${rest.limit}`
}
