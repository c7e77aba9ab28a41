import type { FieldModel, ObjectModel } from '@trellis/metamodel'
import { type RawBuilder, sql } from 'kysely'

import type { Reader } from '../access/row-filter.ts'
import { Columns, pathKey, showFields } from './columns.ts'
import { compileConditions } from './compile-conditions.ts'
import { compileEmitter, type Emitter } from './compile-emitter.ts'
import { orderBy, type OrderKey, orderKeys } from './compile-order.ts'
import { nearestPageIds, pageIds } from './compile-page-ids.ts'
import { orderedPage, type PageRows } from './compile-page.ts'
import { FromClause } from './from-clause.ts'
import { isNarrow } from './is-narrow.ts'
import type { PageLimits } from './page-asked.ts'
import type { ListPlan } from './plan-list.ts'
import { searchedText, searchFields } from './plan-search.ts'
import type { Shown } from './plan-select.ts'
import { Slot } from './slot.ts'

/** A read that is ready to run as soon as its slots have values. */
export interface CompiledRead {
  statement: RawBuilder<unknown>
  /** Writes a row as the record it is. */
  emit: Emitter
  /** Where in a row the place in the order is found. */
  place: readonly number[]
}

/** A list, and where its page begins. */
export interface ListPage {
  plan: ListPlan
  /** The reference by which the records belong to the one in the slot `parent`, for a related list. */
  within?: FieldModel | undefined
  /** Which sort keys are empty at the place behind which the page begins; undefined for the first page. */
  after?: readonly boolean[] | undefined
}

/** Page sizes that have a statement of their own; others are cut from the next larger one. */
export const PAGE_SIZES = [10, 50, 200, 1000] as const

// Written out: with a parameter in its place PostgreSQL expects a tenth of all rows, and would rather plan
// every time anew than keep such a plan. One row more than the page says whether another page follows.
const LIMITS: Readonly<Record<(typeof PAGE_SIZES)[number], PageLimits>> = {
  10: {
    size: 11,
    page: sql`limit 11`,
    twice: sql`limit 22`,
    last: sql`offset 10 limit 1`,
    sample: (list) => sql`limit least(3, 1 + 22 / greatest(cardinality(${list}), 1))`,
  },
  50: {
    size: 51,
    page: sql`limit 51`,
    twice: sql`limit 102`,
    last: sql`offset 50 limit 1`,
    sample: (list) => sql`limit least(13, 1 + 102 / greatest(cardinality(${list}), 1))`,
  },
  200: {
    size: 201,
    page: sql`limit 201`,
    twice: sql`limit 402`,
    last: sql`offset 200 limit 1`,
    sample: (list) => sql`limit least(51, 1 + 402 / greatest(cardinality(${list}), 1))`,
  },
  1000: {
    size: 1001,
    page: sql`limit 1001`,
    twice: sql`limit 2002`,
    last: sql`offset 1000 limit 1`,
    sample: (list) => sql`limit least(251, 1 + 2002 / greatest(cardinality(${list}), 1))`,
  },
}

/** The page size that a limit is cut from. */
export function pageSize(limit: number): (typeof PAGE_SIZES)[number] {
  return PAGE_SIZES.find((size) => limit <= size) ?? 1000
}

/** Compiles one page of a list into one statement. Parents are joined; nothing multiplies rows. */
export function compileList(reader: Reader, page: ListPage): CompiledRead {
  return listOf(page, compilePage(reader, page))
}

/**
 * As `compileList`, of the nearest rows alone: it answers nothing at all if they are not enough for a page. Null for
 * readers to whom it would answer no sooner.
 */
export function compileNearest(reader: Reader, page: ListPage): RawBuilder<unknown> | null {
  const compiled = compilePage(reader, page, 0, nearestPageIds)
  return compiled.isFound ? listOf(page, compiled).statement : null
}

function listOf(
  page: ListPage,
  { columns, from, conditions, keys, limit, ...compiled }: CompiledPage,
): CompiledRead {
  const rows: PageRows = {
    select: sql`select ${columns.toSql()} from ${from.toSql()} where ${all(conditions)}`,
    keys,
    limit,
    size: LIMITS[pageSize(page.plan.limit)].size,
  }
  const statement = orderedPage(rows, page.plan.sort, page.after)
  return { ...compiled, statement }
}

/** As `compileList`, of a first page that is a part of a larger statement; `first` is as of `compileConditions`. */
export function compilePart(
  reader: Reader,
  page: ListPage,
  first: number,
): Omit<CompiledRead, 'statement'> & { columns: Columns; rest: RawBuilder<unknown> } {
  const { columns, from, conditions, keys, limit, ...compiled } = compilePage(reader, page, first)
  return {
    ...compiled,
    columns,
    rest: sql`from ${from.toSql()} where ${all(conditions)} ${orderBy(keys)} ${limit}`,
  }
}

/** What the statement of a page is put together from. */
interface CompiledPage extends Omit<CompiledRead, 'statement'> {
  columns: Columns
  from: FromClause
  conditions: readonly RawBuilder<boolean>[]
  keys: readonly OrderKey[]
  limit: RawBuilder<unknown>
  /** Whether its rows are looked for, not walked. */
  isFound: boolean
}

function compilePage(
  reader: Reader,
  page: ListPage,
  firstCondition = 0,
  findIds = pageIds,
): CompiledPage {
  const { plan } = page
  const from = new FromClause(reader, plan.object)
  const columns = new Columns()
  const outputs = showFields(from, columns, plan.shown)
  const keys = orderKeys(from, plan.sort)
  const place = plan.sort.map(({ path, codes }, index) => {
    const key = codes ? `${pathKey(path)} place` : pathKey(path)
    return columns.add(key, keys[index]?.expression ?? from.column(path))
  })
  const found = foundRows(from, page, findIds)
  return {
    columns,
    from,
    conditions: found ?? rowConditions(from, page, firstCondition),
    isFound: found !== null,
    keys,
    limit: LIMITS[pageSize(plan.limit)].page,
    emit: compileEmitter(outputs),
    place,
  }
}

/** The rows of a page by their ids, for a reader for whom that is faster; else null. */
function foundRows(
  from: FromClause,
  { plan, within, after }: ListPage,
  findIds: typeof pageIds,
): RawBuilder<boolean>[] | null {
  if (within) return null
  const conditionsOf = (rows: FromClause): RawBuilder<boolean>[] => askedConditions(rows, plan)
  const ids = findIds(from, { plan, after, limits: LIMITS[pageSize(plan.limit)], conditionsOf })
  if (ids === null) return null
  const { reader, object, alias } = from
  return [sql<boolean>`${reader.release.physical.column(object.name, 'id', alias)} = any(${ids})`]
}

/** Compiles the reading of one record, whose id is in the slot `id`. */
export function compileGet(
  reader: Reader,
  object: ObjectModel,
  shown: readonly Shown[],
): CompiledRead & { version: number } {
  const from = new FromClause(reader, object)
  const columns = new Columns()
  const outputs = showFields(from, columns, shown)
  const { physical } = reader.release
  const version = columns.add('version', physical.column(object.name, 'version', from.alias))
  const id = physical.column(object.name, 'id', from.alias)
  const statement = sql`select ${columns.toSql()} from ${from.toSql()} where ${id} = ${new Slot('id')} and ${from.visibleRows()}`
  return { statement, emit: compileEmitter(outputs), place: [], version }
}

/** Compiles the number of records of a list; with `most`, counting stops there. */
export function compileCount(
  reader: Reader,
  { plan, within }: ListPage,
  isCapped: boolean,
): RawBuilder<unknown> {
  const rows = countedRows(reader, { plan, within })
  return isCapped
    ? sql`select count(*) from (${rows} limit 10001) as counted`
    : sql`select count(*) from (${rows}) as counted`
}

/** Compiles the planner's own estimate of the number of records of a list. */
export function compileEstimate(reader: Reader, { plan, within }: ListPage): RawBuilder<unknown> {
  return sql`explain (format json) ${countedRows(reader, { plan, within })}`
}

function countedRows(reader: Reader, { plan, within }: ListPage): RawBuilder<unknown> {
  const from = new FromClause(reader, plan.object)
  const conditions = rowConditions(
    from,
    { plan, within },
    0,
    !within && !plan.search && !isNarrow(plan),
  )
  return sql`select 1 from ${from.toSql()} where ${all(conditions)}`
}

function rowConditions(
  from: FromClause,
  { plan, within }: ListPage,
  first = 0,
  isWholesale = false,
): RawBuilder<boolean>[] {
  return [
    from.visibleRows({ isWholesale }),
    ...(within
      ? [sql<boolean>`${from.column({ hops: [], field: within })} = ${new Slot('parent')}`]
      : []),
    ...askedConditions(from, plan, first),
  ]
}

function askedConditions(
  from: FromClause,
  { conditions, search }: ListPlan,
  first = 0,
): RawBuilder<boolean>[] {
  return [
    ...compileConditions(from, conditions, first),
    ...(search === undefined ? [] : [searchCondition(from)]),
  ]
}

/** Whether the text of the slot `search` is in one of the fields that are searched. */
function searchCondition(from: FromClause): RawBuilder<boolean> {
  const fields = searchFields(from.reader, from.object)
  if (fields.length === 0) return sql<boolean>`false`
  const hits = fields.map((field) => sql`${searchedText(from, field)} ilike ${new Slot('search')}`)
  return sql<boolean>`(${sql.join(hits, sql` or `)})`
}

/** All of these conditions. */
export function all(conditions: readonly RawBuilder<boolean>[]): RawBuilder<boolean> {
  return sql<boolean>`${sql.join(conditions, sql` and `)}`
}
