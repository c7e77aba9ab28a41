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
  const sources = sourcesOf(from, asked)
  if (sources === null || sources.hasManyOwners) return null
  const branch = branchOf(from, asked, sources)
  if (branch) return newestIds(branch)
  return sources.others('t') === null ? fewIds(from, asked, sources) : null
}

/**
 * As `pageIds`, from the nearest rows alone: empty if they are not enough for a page. Where rules open records by a
 * condition, some of everybody's rows are walked in any case, and for a reader of a part of them the nearest are a page
 * already; for a reader of many owners' rows they are it unless few rows meet what is asked. Null for readers and orders
 * for whom there is nothing to win by it.
 */
export function nearestPageIds(from: FromClause, asked: PageAsked): RawBuilder<unknown> | null {
  const sources = sourcesOf(from, asked)
  const branch = sources && branchOf(from, asked, sources)
  if (!branch) return null
  const isWon = sources.hasManyOwners
    ? asked.plan.conditions.length === 0
    : sources.others('t') !== null
  return isWon ? nearestIds(branch) : null
}

function sourcesOf({ reader }: FromClause, { plan }: PageAsked): RowSources | null {
  return isNarrow(plan) ? null : rowSources(reader, plan.object)
}

interface Branch {
  from: FromClause
  asked: PageAsked
  sources: RowSources
  direction: RawBuilder<unknown>
}

/** What is looked for in the order of creation. */
function branchOf(from: FromClause, asked: PageAsked, sources: RowSources): Branch | null {
  const direction = newestOrOldest(asked.plan)
  if (!direction || asked.plan.search !== undefined) return null
  return { from, asked, sources, direction }
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
function newestIds(branch: Branch): RawBuilder<unknown> {
  const { asked } = branch
  const sample = sql`sample as materialized (${ownedBranch(branch, null)} union ${sharedBranch(branch, null)})`
  const found = edgeOf(branch, sql`sample`)
  const read = [
    ownedBranch(branch, found),
    sharedBranch(branch, found),
    unorderedBranch(branch, found),
  ]
  const near = sql`near as materialized (${sql.join(read, UNION)} ${orderOf(branch)} ${asked.limits.page})`
  const other = (edge: Edge): RawBuilder<unknown>[] => otherBranch(branch, edge)
  return idsOf(branch, { clauses: [sample, near], other })
}

/** So many rows are walked before rows are looked for owner by owner. */
const NEAREST = sql`limit 2000`

/** Only what is shared one by one is looked up besides. Owners are looked up in a table, which so many rows are worth. */
function nearestIds(branch: Branch): RawBuilder<unknown> {
  const { from, sources, asked } = branch
  const { physical } = from.reader.release
  const isOwn = (alias: string): RawBuilder<boolean> =>
    sql<boolean>`${physical.column(from.object.name, 'owner', alias)} in (select unnest(${sources.owners}))`
  const rows = branchRows(branch, {
    where: () => sql<boolean>`true`,
    edge: null,
    limit: NEAREST,
    isMine: (alias) => sql<boolean>`${isOwn(alias)} or ${sources.others(alias) ?? sql`false`}`,
  })
  const nearest = sql`nearest as materialized (select at, id from (${rows}) as row where is_mine ${asked.limits.page})`
  const edge = edgeOf(branch, sql`nearest`)
  const read = [
    sql`select at, id from nearest`,
    sharedBranch(branch, edge),
    unorderedBranch(branch, edge),
  ]
  const near = sql`near as materialized (${sql.join(read, UNION)} ${orderOf(branch)} ${asked.limits.page})`
  const isFull = sql<boolean>`(select count(*) = ${asked.limits.size} from nearest)`
  return idsOf(branch, { clauses: [nearest, near], isFull })
}

const UNION = sql` union `

function orderOf({ direction }: Branch): RawBuilder<unknown> {
  return sql`order by at ${direction}, id ${direction}`
}

interface Near {
  /** How the rows come about that are called `near`. */
  clauses: readonly RawBuilder<unknown>[]
  /** What is opened besides, within the edge of those. */
  other?: (edge: Edge) => RawBuilder<unknown>[]
  /** Unless this is true there are no ids. */
  isFull?: RawBuilder<boolean>
}

/** The rows called `near`, with what children open within their edge. */
function idsOf(branch: Branch, { clauses, other, isFull }: Near): RawBuilder<unknown> {
  const { asked, sources } = branch
  const edge = edgeOf(branch, sql`near`)
  const opened = sources.children.map((child) => openedBranches(branch, child, edge))
  const far = [...(other?.(edge) ?? []), ...opened.flatMap(({ branches }) => branches)]
  const before = sql.join([...clauses, ...opened.map(({ clause }) => clause)])
  const all = sql.join([sql`select at, id from near`, ...far], UNION)
  const where = isFull ? sql`where ${isFull}` : sql``
  return sql`array(with ${before} select id from (${all}) as found ${where} ${orderOf(branch)} ${asked.limits.page})`
}

/** As far as the rows of a page reach at most, if those of a name alone are enough for one; else to the end. */
function edgeOf(branch: Branch, name: RawBuilder<unknown>): Edge {
  const { plan, limits } = branch.asked
  const edge = sql`(select at from ${name} ${orderOf(branch)} ${limits.last})`
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
  return sql`select rows.* from unnest(${sources.owners}) as owners (owner) cross join lateral (${rows}) as rows`
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
  return sql`select rows.* from unnest(${sources.principals}) as principals (principal) cross join lateral (${rows}) as rows`
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
  const where = (alias: string): RawBuilder<boolean> => sources.others(alias) ?? sql`false`
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
