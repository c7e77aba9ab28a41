import {
  type Expression,
  type ObjectModel,
  objectScope,
  resolveExpression,
  type TypedExpression,
} from '@trellis/metamodel'
import { type RawBuilder, sql } from 'kysely'

import { houseAccess } from '../access/actor.ts'
import { type Reader, rowFilter } from '../access/row-filter.ts'
import { shareFilter } from '../access/share-filter.ts'
import { Columns, showFields } from './columns.ts'
import { compileConditions } from './compile-conditions.ts'
import { compileEmitter, type Emitter } from './compile-emitter.ts'
import { compilePart } from './compile-read.ts'
import { FromClause } from './from-clause.ts'
import type { OverviewPlan, PlannedFigure } from './plan-overview.ts'
import { showAll } from './plan-select.ts'
import { Slot } from './slot.ts'

/** A record page that is ready to run: one statement for the record, its figures and its related lists. */
export interface CompiledOverview {
  statement: RawBuilder<unknown>
  /** Conditions of figures and lists, in the order of their slots. */
  conditions: readonly TypedExpression[]
  record: {
    emit: Emitter
    locked: number
    edit: number
    delete: number
    transfer: number
    share: number
    submit: number
  }
  lists: readonly { emit: Emitter; place: readonly number[] }[]
}

/**
 * Compiles a record page. Every row of the statement is the number of its part and an array of texts: first
 * the record, then one row of figures for each list and each fact, then the rows of each list. The record is
 * in the slots `id` and `parent`.
 */
export function compileOverview(reader: Reader, plan: OverviewPlan): CompiledOverview {
  const conditions: TypedExpression[] = []
  const record = compileRecord(reader, plan.object, conditions)
  const figures = [
    ...plan.lists.map(({ child, field, figures: list }) => ({ child, field, list })),
    ...plan.facts.map(({ child, field, figure }) => ({ child, field, list: [figure] })),
  ].map((one) => compileFigures(reader, one, conditions))
  const lists = plan.lists.map(({ plan: list, field }) => {
    const first = conditions.length
    conditions.push(...list.conditions)
    return compilePart(reader, { plan: list, within: field }, first)
  })
  const parts = [
    record.rows,
    ...figures,
    ...lists.map(({ columns, rest }) => sql`${columns.toJson()} as cells ${rest}`),
  ]
  const numbered = parts.map(
    (rows, index) => sql`(select ${String(index)}::integer as part, ${rows})`,
  )
  return { statement: sql.join(numbered, sql` union all `), conditions, record, lists }
}

function compileRecord(
  reader: Reader,
  object: ObjectModel,
  conditions: TypedExpression[],
): CompiledOverview['record'] & { rows: RawBuilder<unknown> } {
  const from = new FromClause(reader, object)
  const columns = new Columns()
  const outputs = showFields(from, columns, showAll(reader, object))
  const may = (right: 'edit' | 'delete' | 'transfer'): RawBuilder<unknown> =>
    rowFilter(reader, { object, right, alias: from.alias }) ?? sql`true`
  const own = reader.release.physical.column(object.name, 'id', from.alias)
  const record = {
    emit: compileEmitter(outputs),
    locked: columns.add(
      'locked',
      reader.release.physical.column(object.name, 'locked', from.alias),
    ),
    edit: columns.add('may edit', may('edit')),
    delete: columns.add('may delete', may('delete')),
    transfer: columns.add('may transfer', object.master ? sql`false` : may('transfer')),
    share: columns.add('may share', shareFilter(reader, { object, alias: from.alias })),
    submit: columns.add('may submit', submitCondition(reader, from, conditions)),
  }
  return {
    ...record,
    rows: sql`${columns.toJson()} as cells from ${from.toSql()} where ${own} = ${new Slot('id')} and ${from.visibleRows()}`,
  }
}

/** Whether an approval process is open to the record. Its entry is judged by the house, which sees every field. */
function submitCondition(
  reader: Reader,
  record: FromClause,
  conditions: TypedExpression[],
): RawBuilder<unknown> {
  const { object, aliases } = record
  const { model, physical } = reader.release
  const house: Reader = {
    ...reader,
    actor: { ...reader.actor, ...houseAccess(reader.actor.userId) },
  }
  const scope = objectScope(model, object, 'record')
  const open = object.approvalProcesses.flatMap(({ definition }) => {
    const entry = (definition.entry ?? true) as Expression
    const { typed } = resolveExpression(entry, scope, 'boolean')
    if (!typed) return []
    const from = new FromClause(house, object, aliases)
    const [holds] = compileConditions(from, [typed], conditions.length)
    conditions.push(typed)
    const own = physical.column(object.name, 'id', record.alias)
    const same = sql`${physical.column(object.name, 'id', from.alias)} = ${own}`
    return [sql`exists (select 1 from ${from.toSql()} where ${same} and ${holds})`]
  })
  return open.length > 0 ? sql`(${sql.join(open, sql` or `)})` : sql`false`
}

type Figures = Pick<OverviewPlan['facts'][number], 'child' | 'field'> & {
  list: readonly PlannedFigure[]
}

function compileFigures(
  reader: Reader,
  { child, field, list }: Figures,
  conditions: TypedExpression[],
): RawBuilder<unknown> {
  const from = new FromClause(reader, child)
  const figures = list.map(({ fn, path, condition }) => {
    const value = path && (fn === 'count' ? from.column(path) : from.amount(path))
    const figure = value ? FIGURES[fn](value) : sql`count(*)`
    if (!condition) return orZero(fn, figure)
    conditions.push(condition)
    const [holds] = compileConditions(from, [condition], conditions.length - 1)
    return orZero(fn, sql`${figure} filter (where ${holds})`)
  })
  const texts = figures.map((figure) => sql`(${figure})::text`)
  const reference = from.column({ hops: [], field })
  return sql`to_json(array[${sql.join(texts)}]::text[]) as cells from ${from.toSql()} where ${reference} = ${new Slot('parent')} and ${from.visibleRows()}`
}

// The sum of nothing is 0; there is no least, greatest or average of nothing.
function orZero(fn: PlannedFigure['fn'], figure: RawBuilder<unknown>): RawBuilder<unknown> {
  return fn === 'sum' ? sql`coalesce(${figure}, 0)` : figure
}

const FIGURES: Readonly<
  Record<PlannedFigure['fn'], (value: RawBuilder<unknown>) => RawBuilder<unknown>>
> = {
  count: (value) => sql`count(${value})`,
  sum: (value) => sql`sum(${value})`,
  avg: (value) => sql`avg(${value})`,
  min: (value) => sql`min(${value})`,
  max: (value) => sql`max(${value})`,
}
