import { type RawBuilder, sql } from 'kysely'

import { inForce } from '../access/row-conditions.ts'
import { type ChildSource, type RowSources, rowSources } from '../access/row-sources.ts'
import { fewIds } from './compile-few-ids.ts'
import { gatherParents } from './compile-gathered.ts'
import { afterCursor, orderBy, type OrderKey, placeSlot } from './compile-order.ts'
import { FromClause } from './from-clause.ts'
import { isNarrow } from './is-narrow.ts'
import type { PageAsked } from './page-asked.ts'
import type { ListPlan } from './plan-list.ts'

/**
 * The ids of a page for a reader who may see little of much, as an array: looked for where the reader's rows are,
 * instead of walking everybody's rows until enough are found that are theirs. Null where walking is better: for readers
 * of much, for conditions that few records meet, and in orders that no index of theirs has, for readers whose rows
 * cannot be gathered.
 */
export function pageIds(from: FromClause, asked: PageAsked): RawBuilder<unknown> | null {
  const { plan } = asked
  const sources = isNarrow(plan) ? null : rowSources(from.reader, plan.object)
  if (!sources) return null
  const direction = newestOrOldest(plan)
  if (direction && plan.search === undefined) {
    const branch = { from, asked, sources, direction, isFound: null }
    return sources.others('t') === null ? newestIds(branch) : nearestIds(branch)
  }
  return sources.others('t') === null ? fewIds(from, asked, sources) : null
}

interface Branch {
  from: FromClause
  asked: PageAsked
  sources: RowSources
  direction: RawBuilder<unknown>
  /** Whether the nearest rows have been enough for a page, so that there is nothing to look for; null if none were looked at. */
  isFound: RawBuilder<boolean> | null
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

/**
 * The first rows of each owner and of each principal with whom rows are shared come from an index in their order. A
 * sample of them says how far they have to be read; what they find, how far is walked for what other rules open.
 */
function newestIds(branch: Branch, nearest?: RawBuilder<unknown>): RawBuilder<unknown> {
  const { asked, sources, direction } = branch
  const order = sql`order by at ${direction}, id ${direction}`
  const walked = branch.isFound ? [sql`select at, id from nearest where ${branch.isFound}`] : []
  const union = sql` union `
  const sampled = [...walked, ownedBranch(branch, null), sharedBranch(branch, null)]
  const sample = sql`sample as materialized (${sql.join(sampled, union)})`
  const found = edgeOf(branch, sql`sample`, order)
  const read = [
    ...walked,
    ownedBranch(branch, found),
    sharedBranch(branch, found),
    unorderedBranch(branch, found),
  ]
  const near = sql`near as materialized (${sql.join(read, union)} ${order} ${asked.limits.page})`
  const edge = edgeOf(branch, sql`near`, order)
  const opened = sources.children.map((child) => openedBranches(branch, child, edge))
  const far = [...otherBranch(branch, edge), ...opened.flatMap(({ branches }) => branches)]
  const before = nearest ? [nearest] : []
  const clauses = sql.join([...before, sample, near, ...opened.map(({ clause }) => clause)])
  const all = sql.join([sql`select at, id from near`, ...far], sql` union `)
  return sql`array(with ${clauses} select id from (${all}) as found ${order} ${asked.limits.page})`
}

/** So many rows are walked before rows are looked for owner by owner. */
const NEAREST = sql`limit 2000`

/**
 * Where rules open records by a condition, some of everybody's rows are walked in any case: the nearest of them first,
 * which for a reader of a part of them is a page already. What is shared one by one is left to be looked up.
 */
function nearestIds(branch: Branch): RawBuilder<unknown> {
  const { from, sources, asked } = branch
  const { physical } = from.reader.release
  const isOwn = (alias: string): RawBuilder<boolean> =>
    sql<boolean>`${physical.column(from.object.name, 'owner', alias)} = any(${sources.owners})`
  const rows = branchRows(branch, {
    where: () => sql<boolean>`true`,
    edge: null,
    limit: NEAREST,
    isMine: (alias) => sql<boolean>`${isOwn(alias)} or ${sources.others(alias) ?? sql`false`}`,
  })
  const nearest = sql`nearest as materialized (select at, id from (${rows}) as row where is_mine ${asked.limits.page})`
  const isFound = sql<boolean>`(select count(*) = ${asked.limits.size} from nearest)`
  return newestIds({ ...branch, isFound }, nearest)
}

/** As far as the rows of a page reach at most, if those of a name alone are enough for one; else to the end. */
function edgeOf(
  { asked: { plan, limits } }: Branch,
  name: RawBuilder<unknown>,
  order: RawBuilder<unknown>,
): Edge {
  const edge = sql`(select at from ${name} ${order} ${limits.last})`
  return plan.sort[0]?.direction === 'desc'
    ? (moment) => sql<boolean>`${moment} >= coalesce(${edge}, '-infinity')`
    : (moment) => sql<boolean>`${moment} <= coalesce(${edge}, 'infinity')`
}

/** Whether a moment of creation lies before an edge. */
type Edge = (moment: RawBuilder<unknown>) => RawBuilder<boolean>

/** The rows of a branch: where it begins, and what its rows have to meet besides being asked for. */
interface Rows {
  where: (alias: string) => RawBuilder<boolean>
  /** Null for all rows, however far. */
  edge: Edge | null
  /** Rows of another table, joined before those of the object. */
  before?: RawBuilder<unknown>
  /** The moment and the id as the index of the branch has them; those of the record itself if left out. */
  place?: readonly [RawBuilder<unknown>, RawBuilder<unknown>]
  /** Null for all of them, in no order, and found in this way whatever the planner expects of their number. */
  limit: RawBuilder<unknown> | null
  /** Asked of each of the rows, and told beside it as `is_mine`. */
  isMine?: (alias: string) => RawBuilder<boolean>
}

function branchRows(
  { from: outer, asked: { plan, after, conditionsOf }, sources }: Branch,
  { where, edge, before, place, limit, isMine }: Rows,
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
    ...(edge ? [edge(at)] : []),
    ...sources.closed(from.alias),
    ...conditionsOf(from),
    ...(after ? [afterCursor(keys, after)] : []),
  ]
  const first = before ? sql`${before}, ` : sql``
  const mine = isMine ? sql`, ${isMine(from.alias)} as is_mine` : sql``
  return sql`select ${at} as at, ${id} as id${mine} from ${first}${from.toSql()}
    where ${sql.join(conditions, sql` and `)} ${limit ? sql`${orderBy(keys)} ${limit}` : sql`offset 0`}`
}

function ownedBranch(branch: Branch, edge: Edge | null): RawBuilder<unknown> {
  const { from, sources, asked } = branch
  const { physical } = from.reader.release
  const rows = branchRows(branch, {
    where: (alias) =>
      sql<boolean>`${physical.column(from.object.name, 'owner', alias)} = owners.owner`,
    edge,
    limit: edge ? asked.limits.page : asked.limits.sample(sources.owners),
  })
  const owners = branch.isFound
    ? sql`case when ${branch.isFound} then '{}' else ${sources.owners} end`
    : sources.owners
  return sql`select rows.* from unnest(${owners}) as owners (owner) cross join lateral (${rows}) as rows`
}

const SHARE = sql`share`
const SHARED_WHEN = sql`share.record_created_at`

function sharedBranch(branch: Branch, edge: Edge | null): RawBuilder<unknown> {
  const { from, sources, asked } = branch
  const { physical } = from.reader.release
  const rows = branchRows(branch, {
    before: sql`${physical.systemTable('_share')} as share`,
    where: (alias) =>
      sql<boolean>`share.principal = principals.principal and ${shareOf(branch, alias)} and ${SHARED_WHEN} is not null`,
    edge,
    place: [SHARED_WHEN, sql`share.record`],
    // With one principal a record may be shared by hand and in a team.
    limit: edge ? asked.limits.twice : asked.limits.sample(sources.principals),
  })
  const principals =
    branch.isFound && !edge
      ? sql`case when ${branch.isFound} then '{}' else ${sources.principals} end`
      : sources.principals
  return sql`select rows.* from unnest(${principals}) as principals (principal) cross join lateral (${rows}) as rows`
}

/** What is shared without the moment that would order it. */
function unorderedBranch(branch: Branch, edge: Edge): RawBuilder<unknown> {
  const { from, sources } = branch
  const { physical } = from.reader.release
  const rows = branchRows(branch, {
    before: sql`${physical.systemTable('_share')} as share`,
    where: (alias) =>
      sql<boolean>`share.principal = any(${sources.principals}) and ${shareOf(branch, alias)} and ${SHARED_WHEN} is null`,
    edge,
    limit: null,
  })
  return sql`select rows.* from (${rows}) as rows`
}

function shareOf({ from: { object, reader } }: Branch, alias: string): RawBuilder<boolean> {
  const id = reader.release.physical.column(object.name, 'id', alias)
  return sql<boolean>`share.object = ${object.name} and share.record = ${id} and ${inForce(SHARE)}`
}

/** What other rules open. */
function otherBranch(branch: Branch, edge: Edge): RawBuilder<unknown>[] {
  const { sources, asked } = branch
  if (sources.others('t') === null) return []
  const where = (alias: string): RawBuilder<boolean> =>
    branch.isFound
      ? sql<boolean>`not ${branch.isFound} and ${sources.others(alias)}`
      : (sources.others(alias) ?? sql`true`)
  return [sql`(${branchRows(branch, { where, edge, limit: asked.limits.page })})`]
}

/** What children open: looked up if the children are few, else walked to. */
function openedBranches(
  branch: Branch,
  child: ChildSource,
  edge: Edge,
): { clause: RawBuilder<unknown>; branches: RawBuilder<unknown>[] } {
  const { from, asked } = branch
  const { reader, object } = from
  const { clause, rows: opened, areAll } = gatherParents(reader, child)
  const isOpened = (alias: string): RawBuilder<boolean> =>
    sql<boolean>`${reader.release.physical.column(object.name, 'id', alias)} = opened.id`
  const found = branchRows(branch, { where: isOpened, edge, limit: null })
  const walked = branchRows(branch, {
    where: (alias) => sql<boolean>`not ${areAll} and ${child.opens(alias)}`,
    edge,
    limit: asked.limits.page,
  })
  return {
    clause,
    branches: [
      sql`select found.at, found.id from ${opened} as opened cross join lateral (${found}) as found where ${areAll}`,
      sql`(${walked})`,
    ],
  }
}
