import type { FieldModel, ObjectModel } from '@trellis/metamodel'
import { type RawBuilder, sql } from 'kysely'

import type { Reader } from '../access/row-filter.ts'
import { Columns, pathKey, showFields } from './columns.ts'
import { compileConditions } from './compile-conditions.ts'
import { compileEmitter, type Emitter } from './compile-emitter.ts'
import { afterCursor, orderBy, orderExpression, type OrderKey } from './compile-order.ts'
import { FromClause } from './from-clause.ts'
import type { ListPlan } from './plan-list.ts'
import { searchFields } from './plan-search.ts'
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
const LIMITS: Readonly<Record<(typeof PAGE_SIZES)[number], RawBuilder<unknown>>> = {
  10: sql`limit 11`,
  50: sql`limit 51`,
  200: sql`limit 201`,
  1000: sql`limit 1001`,
}

/** The page size that a limit is cut from. */
export function pageSize(limit: number): (typeof PAGE_SIZES)[number] {
  return PAGE_SIZES.find((size) => limit <= size) ?? 1000
}

/** Compiles one page of a list into one statement. Parents are joined; nothing multiplies rows. */
export function compileList(reader: Reader, page: ListPage): CompiledRead {
  const { columns, rest, ...compiled } = compileRows(reader, page)
  return { ...compiled, statement: sql`select ${columns.toSql()} ${rest}` }
}

/** The columns of a page, and the statement from its `from` on. */
export interface CompiledRows extends Omit<CompiledRead, 'statement'> {
  columns: Columns
  rest: RawBuilder<unknown>
}

/** As `compileList`, for a statement of which the page is a part; `first` is as of `compileConditions`. */
export function compileRows(reader: Reader, { plan, within, after }: ListPage, first = 0): CompiledRows {
  const from = new FromClause(reader, plan.object)
  const columns = new Columns()
  const outputs = showFields(from, columns, plan.shown)
  const keys = plan.sort.map(({ path, direction, isNullable, codes }): OrderKey => ({
    expression: orderExpression(from.column(path), codes), direction, isNullable,
  }))
  const place = plan.sort.map(({ path, codes }, index) => {
    const key = codes ? `${pathKey(path)} place` : pathKey(path)
    return columns.add(key, keys[index]?.expression ?? from.column(path))
  })
  const conditions = [...rowConditions(from, { plan, within }, first), ...(after ? [afterCursor(keys, after)] : [])]
  const rest = sql`from ${from.toSql()} where ${all(conditions)} ${orderBy(keys)} ${LIMITS[pageSize(plan.limit)]}`
  return { columns, rest, emit: compileEmitter(outputs), place }
}

/** Compiles the reading of one record, whose id is in the slot `id`. */
export function compileGet(reader: Reader, object: ObjectModel, shown: readonly Shown[]): CompiledRead & { version: number } {
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
export function compileCount(reader: Reader, { plan, within }: ListPage, isCapped: boolean): RawBuilder<unknown> {
  const rows = countedRows(reader, { plan, within })
  return isCapped ? sql`select count(*) from (${rows} limit 10001) as counted` : sql`select count(*) from (${rows}) as counted`
}

/** Compiles the planner's own estimate of the number of records of a list. */
export function compileEstimate(reader: Reader, { plan, within }: ListPage): RawBuilder<unknown> {
  return sql`explain (format json) ${countedRows(reader, { plan, within })}`
}

function countedRows(reader: Reader, { plan, within }: ListPage): RawBuilder<unknown> {
  const from = new FromClause(reader, plan.object)
  const conditions = rowConditions(from, { plan, within })
  return sql`select 1 from ${from.toSql()} where ${all(conditions)}`
}

function rowConditions(from: FromClause, { plan, within }: ListPage, first = 0): RawBuilder<boolean>[] {
  return [
    from.visibleRows(),
    ...(within ? [sql<boolean>`${from.column({ hops: [], field: within })} = ${new Slot('parent')}`] : []),
    ...compileConditions(from, plan.conditions, first),
    ...(plan.search === undefined ? [] : [searchCondition(from)]),
  ]
}

/** Whether the text of the slot `search` is in one of the fields that are searched. */
function searchCondition(from: FromClause): RawBuilder<boolean> {
  const fields = searchFields(from.reader, from.object)
  if (fields.length === 0) return sql<boolean>`false`
  const hits = fields.map((field) => sql`${from.column({ hops: [], field })} ilike ${new Slot('search')}`)
  return sql<boolean>`(${sql.join(hits, sql` or `)})`
}

/** All of these conditions. */
export function all(conditions: readonly RawBuilder<boolean>[]): RawBuilder<boolean> {
  return sql<boolean>`${sql.join(conditions, sql` and `)}`
}
