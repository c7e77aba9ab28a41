import type { Bucket, TypedExpression } from '@trellis/metamodel'
import { type RawBuilder, sql } from 'kysely'

import type { Reader } from '../access/row-filter.ts'
import type { AggregatePlan, GroupKey, PlannedMeasure } from './aggregate-plan.ts'
import { CELL_WRITERS } from './cells.ts'
import { compileCondition, compileConditions } from './compile-conditions.ts'
import { compileEmitter, type Emitter, type Output } from './compile-emitter.ts'
import { afterCursor, orderBy, orderExpression, type OrderKey, placeSlot } from './compile-order.ts'
import { FromClause } from './from-clause.ts'
import { isNarrow } from './is-narrow.ts'
import { cellKind, maskFor, nameTeller } from './mask-cells.ts'
import { Slot } from './slot.ts'

/** An aggregation that is ready to run as soon as its slots have values. */
export interface CompiledAggregate {
  statement: RawBuilder<unknown>
  emit: Emitter
  /** Where in a row the place in the order is found. */
  place: readonly number[]
}

/** A column of the grouped rows: its name, and how it is made of a record (groups) or of a group (measures). */
interface Column {
  name: string
  expression: RawBuilder<unknown>
}

/**
 * Compiles an aggregation into one statement: records with what they are grouped by, then groups with their
 * measures, then the order and the page. `after` is as of a list.
 */
export function compileAggregate(
  reader: Reader,
  plan: AggregatePlan,
  after: readonly boolean[] | undefined,
): CompiledAggregate {
  const from = new FromClause(reader, plan.object)
  const name = (text: string): RawBuilder<unknown> => reader.release.physical.identifier(text)
  const groups = plan.groups.map((group, index) => groupColumns(from, group, index))
  const inputs = plan.measures.flatMap((measure, index) => measureInput(from, measure, index))
  const records = [...groups.flat(), ...inputs]
  const grouped = groups.flat().map((column) => name(column.name))
  const measures = plan.measures.map((measure, index): Column => ({
    name: `m${index}`,
    expression: measureExpression(measure, name(`v${index}`)),
  }))
  const visible = from.visibleRows({ isWholesale: !isNarrow(plan) })
  const conditions = [visible, ...compileConditions(from, plan.conditions)]
  const inner = sql`select ${columnList(records, name)} from ${from.toSql()} where ${sql.join(conditions, sql` and `)}`
  const groupBy = grouped.length > 0 ? sql`group by ${sql.join(grouped)}` : sql``
  const outer = sql`select ${sql.join([...grouped, ...measures.map((one) => sql`${one.expression} as ${name(one.name)}`)])} from (${inner}) as records ${groupBy}`
  const cells = [...groups.flat(), ...measures].map((column) => column.name)
  const keys = orderKeys(reader, plan, name)
  const limits = [
    ...(plan.having ? [havingCondition(plan, plan.having, name)] : []),
    ...(after ? [afterCursor(keys, after)] : []),
  ]
  const where = limits.length > 0 ? sql`where ${sql.join(limits, sql` and `)}` : sql``
  const places = keys.map(({ expression }) => expression)
  return {
    statement: sql`select ${sql.join([...cells.map(name), ...places])} from (${outer}) as groups ${where} ${keys.length > 0 ? orderBy(keys) : sql``} limit ${new Slot('limit')}`,
    emit: compileEmitter(outputsOf(reader, plan, cells)),
    place: places.map((_, index) => cells.length + index),
  }
}

/** The condition on groups; it comes behind those on records. */
function havingCondition(
  { groups, measures, conditions }: AggregatePlan,
  having: TypedExpression,
  name: (text: string) => RawBuilder<unknown>,
): RawBuilder<boolean> {
  const column = (key: string): RawBuilder<unknown> => {
    const group = groups.findIndex((one) => one.name === key)
    return name(group >= 0 ? `g${group}` : `m${measures.findIndex((one) => one.name === key)}`)
  }
  return compileCondition(having, { column }, conditions.length)
}

function columnList(
  columns: readonly Column[],
  name: (text: string) => RawBuilder<unknown>,
): RawBuilder<unknown> {
  // A plain count of everything needs no column at all.
  if (columns.length === 0) return sql`1`
  return sql.join(columns.map((column) => sql`${column.expression} as ${name(column.name)}`))
}

function groupColumns(from: FromClause, { path, bucket }: GroupKey, index: number): Column[] {
  const name = `g${index}`
  if (path.field.target !== undefined) {
    const reference = from.reference(path)
    return [
      { name, expression: reference.id },
      { name: `${name}_name`, expression: reference.name ?? sql`null::text` },
    ]
  }
  const column = from.column(path)
  return [
    {
      name,
      expression:
        bucket === undefined
          ? column
          : bucketOf(column, bucket, path.field.type.expressionType === 'datetime'),
    },
  ]
}

// A day has no time zone, a moment falls on the day of the reader's calendar.
function bucketOf(
  column: RawBuilder<unknown>,
  bucket: Bucket,
  isMoment: boolean,
): RawBuilder<unknown> {
  const local = isMoment
    ? sql`${column} at time zone ${new Slot('time_zone')}`
    : sql`${column}::timestamp`
  return sql`date_trunc(${bucket}, ${local})::date`
}

function measureInput(
  from: FromClause,
  { path, isMoney }: PlannedMeasure,
  index: number,
): Column[] {
  if (!path) return []
  return [{ name: `v${index}`, expression: isMoney ? from.amount(path) : from.column(path) }]
}

function measureExpression(
  { fn, path }: PlannedMeasure,
  value: RawBuilder<unknown>,
): RawBuilder<unknown> {
  if (!path) return sql`count(*)`
  return MEASURES[fn](value)
}

const MEASURES: Readonly<
  Record<PlannedMeasure['fn'], (value: RawBuilder<unknown>) => RawBuilder<unknown>>
> = {
  count: (value) => sql`count(${value})`,
  count_distinct: (value) => sql`count(distinct ${value})`,
  // The sum of nothing is 0; there is no least, greatest or average of nothing.
  sum: (value) => sql`coalesce(sum(${value}), 0)`,
  avg: (value) => sql`avg(${value})`,
  min: (value) => sql`min(${value})`,
  max: (value) => sql`max(${value})`,
}

/** The order that was asked for, else by group; always completed by all groups. References go by name. */
function orderKeys(
  reader: Reader,
  plan: AggregatePlan,
  name: (text: string) => RawBuilder<unknown>,
): OrderKey[] {
  const keys: Omit<OrderKey, 'place'>[] = []
  for (const { field, direction } of plan.sort) {
    const measure = plan.measures.findIndex((one) => one.name === field)
    if (measure >= 0) keys.push({ expression: name(`m${measure}`), direction, isNullable: true })
    else {
      keys.push(
        ...groupOrder(
          reader,
          plan,
          plan.groups.findIndex((one) => one.name === field),
          { direction, name },
        ),
      )
    }
  }
  const asked = new Set(plan.sort.map((spec) => spec.field))
  const others = plan.groups.flatMap((group, index) =>
    asked.has(group.name) ? [] : groupOrder(reader, plan, index, { direction: 'asc', name }),
  )
  return [...keys, ...others].map((key, index) => ({ ...key, place: placeSlot(index) }))
}

interface OrderHow {
  direction: 'asc' | 'desc'
  name: (text: string) => RawBuilder<unknown>
}

function groupOrder(
  reader: Reader,
  { groups }: AggregatePlan,
  index: number,
  { direction, name }: OrderHow,
): Omit<OrderKey, 'place'>[] {
  const group = groups[index]
  if (!group) return []
  const value = name(`g${index}`)
  const key = (expression: RawBuilder<unknown>): Omit<OrderKey, 'place'> => ({
    expression,
    direction,
    isNullable: true,
  })
  const { field } = group.path
  if (field.target !== undefined) {
    const called = reader.release.model.objects.get(field.target)?.fields.get('name')
    // The order would tell what the mask of a name keeps back.
    const isTold = called !== undefined && maskFor(reader, called) === undefined
    return isTold ? [key(name(`g${index}_name`)), key(value)] : [key(value)]
  }
  return field.values
    ? [
        key(
          orderExpression(
            value,
            field.values.map((one) => one.code),
          ),
        ),
        key(value),
      ]
    : [key(value)]
}

function outputsOf(
  reader: Reader,
  { groups, measures }: AggregatePlan,
  cells: readonly string[],
): Output[] {
  return [
    ...groups.map(({ name, path, bucket }, index): Output => {
      const cell = cells.indexOf(`g${index}`)
      const { target } = path.field
      if (target !== undefined) {
        const tellName = nameTeller(reader, target)
        return { key: name, id: cell, name: cell + 1, tellName, parts: [] }
      }
      return {
        key: name,
        cell,
        write: CELL_WRITERS[bucket === undefined ? cellKind(path.field) : 'date'],
      }
    }),
    ...measures.map(({ name, type }, index): Output => ({
      key: name,
      cell: cells.indexOf(`m${index}`),
      write: CELL_WRITERS[type === 'null' ? 'text' : type],
    })),
  ]
}
