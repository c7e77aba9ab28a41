import { type RawBuilder, sql } from 'kysely'

import { inForce } from '../access/row-conditions.ts'
import { type RowSources, rowSources } from '../access/row-sources.ts'
import { compileConditions } from './compile-conditions.ts'
import { afterCursor, orderBy, type OrderKey, placeSlot } from './compile-order.ts'
import { FromClause } from './from-clause.ts'
import { isNarrow } from './is-narrow.ts'
import type { ListPlan } from './plan-list.ts'

/** A page whose rows are looked for. */
export interface PageAsked {
  plan: ListPlan
  after: readonly boolean[] | undefined
  /** How many rows, as `limit …`: once, and twice as many. */
  limit: RawBuilder<unknown>
  twice: RawBuilder<unknown>
  /** The row behind which a page of that many is full, as `offset … limit 1`. */
  last: RawBuilder<unknown>
}

/**
 * The ids of a page for a reader who may see little of much, as an array: looked for where the reader's rows are,
 * instead of walking everybody's rows until enough are found that are theirs. The first rows of each owner and of each
 * principal with whom rows are shared come from an index in their order; what other rules open is walked only as far
 * as those reach. Null where walking is better: for readers of much, for orders that no such index has, and for
 * conditions that few records meet.
 */
export function pageIds(from: FromClause, asked: PageAsked): RawBuilder<unknown> | null {
  const { plan } = asked
  const direction = newestOrOldest(plan)
  if (!direction || plan.search !== undefined || isNarrow(plan)) return null
  const sources = rowSources(from.reader, plan.object)
  if (!sources) return null
  const branch: Branch = { from, asked, sources, direction }
  const order = sql`order by at ${direction}, id ${direction}`
  const near = sql`near as materialized (
    ${ownedBranch(branch)} union ${sharedBranch(branch)} union ${unorderedBranch(branch)} ${order} ${asked.limit})`
  const far = farBranch(branch, order)
  const all = far ? sql`(select at, id from near union ${far}) as found` : sql`near`
  return sql`array(with ${near} select id from ${all} ${order} ${asked.limit})`
}

interface Branch {
  from: FromClause
  asked: PageAsked
  sources: RowSources
  direction: RawBuilder<unknown>
}

/** The direction of a list by the moment of creation; undefined for other orders. */
function newestOrOldest({ sort }: ListPlan): RawBuilder<unknown> | undefined {
  const [first, second] = sort
  const isByCreation =
    sort.length === 2 &&
    first?.path.text === 'created_at' &&
    second?.path.text === 'id' &&
    first.direction === second.direction
  if (!isByCreation) return undefined
  return first.direction === 'asc' ? sql`asc` : sql`desc`
}

/** The rows of a branch: where it begins, and what its rows have to meet besides being asked for. */
interface Rows {
  where: (alias: string) => RawBuilder<boolean>
  /** Rows of another table, joined before those of the object. */
  before?: RawBuilder<unknown>
  /** The moment and the id as the index of the branch has them; those of the record itself if left out. */
  place?: readonly [RawBuilder<unknown>, RawBuilder<unknown>]
  limit: RawBuilder<unknown>
}

function branchRows(
  { from: outer, asked: { plan, after }, sources }: Branch,
  { where, before, place, limit }: Rows,
): RawBuilder<unknown> {
  const { reader, object, aliases } = outer
  const { physical } = reader.release
  const from = new FromClause(reader, object, aliases)
  const own = (field: string): RawBuilder<unknown> =>
    physical.column(object.name, field, from.alias)
  const [at, id] = place ?? [own('created_at'), own('id')]
  const keys = [at, id].map((expression, index): OrderKey => ({
    expression,
    direction: plan.sort[0]?.direction ?? 'desc',
    isNullable: false,
    place: placeSlot(index),
  }))
  const conditions = [
    sql<boolean>`${own('deleted_at')} is null`,
    where(from.alias),
    ...sources.closed(from.alias),
    ...compileConditions(from, plan.conditions),
    ...(after ? [afterCursor(keys, after)] : []),
  ]
  const first = before ? sql`${before}, ` : sql``
  return sql`select ${at} as at, ${id} as id from ${first}${from.toSql()}
    where ${sql.join(conditions, sql` and `)} ${orderBy(keys)} ${limit}`
}

function ownedBranch(branch: Branch): RawBuilder<unknown> {
  const { from, sources, asked } = branch
  const { physical } = from.reader.release
  const rows = branchRows(branch, {
    where: (alias) =>
      sql<boolean>`${physical.column(from.object.name, 'owner', alias)} = owners.owner`,
    limit: asked.limit,
  })
  return sql`select rows.* from unnest(${sources.owners}) as owners (owner) cross join lateral (${rows}) as rows`
}

const SHARE = sql`share`
const SHARED_WHEN = sql`share.record_created_at`

function sharedBranch(branch: Branch): RawBuilder<unknown> {
  const { from, sources, asked } = branch
  const { physical } = from.reader.release
  const rows = branchRows(branch, {
    before: sql`${physical.systemTable('_share')} as share`,
    where: (alias) =>
      sql<boolean>`share.principal = principals.principal and ${shareOf(branch, alias)} and ${SHARED_WHEN} is not null`,
    place: [SHARED_WHEN, sql`share.record`],
    // With one principal a record may be shared by hand and in a team.
    limit: asked.twice,
  })
  return sql`select rows.* from unnest(${sources.principals}) as principals (principal) cross join lateral (${rows}) as rows`
}

/** What is shared without the moment that would order it. */
function unorderedBranch(branch: Branch): RawBuilder<unknown> {
  const { from, sources } = branch
  const { physical } = from.reader.release
  const rows = branchRows(branch, {
    before: sql`${physical.systemTable('_share')} as share`,
    where: (alias) =>
      sql<boolean>`share.principal = any(${sources.principals}) and ${shareOf(branch, alias)} and ${SHARED_WHEN} is null`,
    limit: sql``,
  })
  return sql`select rows.* from (${rows}) as rows`
}

function shareOf({ from: { object, reader } }: Branch, alias: string): RawBuilder<boolean> {
  const id = reader.release.physical.column(object.name, 'id', alias)
  return sql<boolean>`share.object = ${object.name} and share.record = ${id} and ${inForce(SHARE)}`
}

/** What other rules open, as far as a page of what was found already does not reach. */
function farBranch(branch: Branch, order: RawBuilder<unknown>): RawBuilder<unknown> | null {
  const { from, sources, asked } = branch
  if (sources.others('t') === null) return null
  const { physical } = from.reader.release
  const isNewestFirst = asked.plan.sort[0]?.direction === 'desc'
  const edge = sql`(select at from near ${order} ${asked.last})`
  const rows = branchRows(branch, {
    where: (alias) => {
      const created = physical.column(from.object.name, 'created_at', alias)
      const isNear = isNewestFirst
        ? sql`${created} >= coalesce(${edge}, '-infinity')`
        : sql`${created} <= coalesce(${edge}, 'infinity')`
      return sql<boolean>`${isNear} and ${sources.others(alias) ?? sql`true`}`
    },
    limit: asked.limit,
  })
  return sql`(${rows})`
}
