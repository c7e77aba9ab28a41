import { type RawBuilder, sql } from 'kysely'

import type { RowSources } from '../access/row-sources.ts'
import { gatherRows } from './compile-gathered.ts'
import { orderKeys } from './compile-order.ts'
import { orderedPage, wholePage } from './compile-page.ts'
import { FromClause } from './from-clause.ts'
import type { PageAsked } from './page-asked.ts'

/**
 * The ids of a page in any order, as an array, for a reader whose rows can be gathered. Where they are few, those are
 * looked at and ordered; where they turn out to be more, all rows are walked until enough are found that are theirs.
 */
export function fewIds(
  outer: FromClause,
  asked: PageAsked,
  sources: RowSources,
): RawBuilder<unknown> {
  const gathered = gatherRows(outer.reader, sources)
  const few = fewRows(outer, asked, { sources, gathered })
  const walked = walkedRows(outer, asked, gathered)
  return sql`array(with ${gathered.clause} select id from (${few}) as few union all select id from (${walked}) as walked)`
}

interface Found {
  sources: RowSources
  gathered: ReturnType<typeof gatherRows>
}

function fewRows(
  outer: FromClause,
  { plan, after, limits, conditionsOf }: PageAsked,
  { sources, gathered }: Found,
): RawBuilder<unknown> {
  const from = new FromClause(outer.reader, outer.object, outer.aliases)
  const keys = orderKeys(from, plan.sort)
  const { physical } = outer.reader.release
  const names = keys.map((_, index) => physical.identifier(`key_${index}`))
  const columns = keys.map(({ expression }, index) => sql`${expression} as ${names[index]}`)
  const own = (field: string): RawBuilder<unknown> =>
    physical.column(outer.object.name, field, from.alias)
  const conditions = [
    sql<boolean>`${own('id')} = gathered.id`,
    sql<boolean>`${own('deleted_at')} is null`,
    ...sources.closed(from.alias),
    ...conditionsOf(from),
  ]
  const rows = sql`select ${own('id')} as id, ${sql.join(columns)} from ${from.toSql()}
    where ${sql.join(conditions, sql` and `)} offset 0`
  return wholePage(
    {
      // With `offset`, each of the few is looked up by its id, whatever the planner expects of their number.
      select: sql`select row.id from ${gathered.rows} as gathered cross join lateral (${rows}) as row where ${gathered.areAll}`,
      keys: keys.map((key, index) => ({ ...key, expression: sql`row.${names[index]}` })),
      limit: limits.page,
      size: limits.size,
    },
    after,
  )
}

function walkedRows(
  outer: FromClause,
  { plan, after, limits, conditionsOf }: PageAsked,
  { areAll }: Found['gathered'],
): RawBuilder<unknown> {
  const from = new FromClause(outer.reader, outer.object, outer.aliases)
  const keys = orderKeys(from, plan.sort)
  const id = outer.reader.release.physical.column(outer.object.name, 'id', from.alias)
  const conditions = [sql<boolean>`not ${areAll}`, from.visibleRows(), ...conditionsOf(from)]
  const select = sql`select ${id} as id from ${from.toSql()} where ${sql.join(conditions, sql` and `)}`
  return orderedPage({ select, keys, limit: limits.page, size: limits.size }, plan.sort, after)
}
