import {
  type Expression,
  type Model,
  objectScope,
  resolveExpression,
  type RollUpField,
} from '@trellis/metamodel'
import { type RawBuilder, sql } from 'kysely'

import { compileTyped, parameterValue } from './compile-expression.ts'
import { recordMoney, toCurrency } from './convert-money.ts'
import type { Fragment } from './sql-parameter.ts'

/** A model and the tables that it rests in. */
export interface RollUpGround {
  model: Model
  /** How the database calls them. */
  physical: {
    table(object: string): Fragment
    column(object: string, field: string, alias?: string): Fragment
    identifier(name: string): Fragment
  }
}

/** Conditions of roll-ups ask nobody for the time; days are those of the house. */
const ENVIRONMENT = { user: {}, now: '1970-01-01T00:00:00.000Z', timeZone: 'Asia/Shanghai' }

/** The value of a roll-up for one record, as a sub-query. */
export function compileRollUp(
  ground: RollUpGround,
  field: RollUpField,
  id: Fragment,
): RawBuilder<unknown> {
  return sql`(select ${compileAggregate(ground, field, id)} ${compileSource(ground, field, id)})`
}

/** What is made of the records of `compileSource`, which is one look for all roll-ups of a relationship. */
export function compileAggregate(
  ground: RollUpGround,
  field: RollUpField,
  id: Fragment,
): RawBuilder<unknown> {
  const filter = compileFilter(ground, field)
  const { fn, child, source } = field.rollUp
  if (fn === 'count' || source === undefined) return sql`count(*) ${filter}`
  const column = amountOf(ground, field, ground.physical.column(child, source, CHILD), id)
  switch (fn) {
    case 'sum':
      return sql`coalesce(sum(${column}) ${filter}, 0)`
    case 'avg':
      return sql`round(avg(${column}) ${filter}, ${sql`${scaleOf(field)}`}::integer)`
    case 'min':
      return sql`min(${column}) ${filter}`
    case 'max':
      return sql`max(${column}) ${filter}`
  }
}

/** An amount of a child, in the currency of the record that it is kept on, at the rate of the child's day. */
function amountOf(
  ground: RollUpGround,
  field: RollUpField,
  amount: Fragment,
  id: Fragment,
): Fragment {
  const { model, physical } = ground
  const { child, isConverted } = field.rollUp
  const from = recordMoney(ground, model.objects.get(child), (one) =>
    physical.column(child, one.name, CHILD),
  )
  if (isConverted !== true || !from) return amount
  return toCurrency(ground, amount, from, { currency: currencyAt(ground, field.object, id), field })
}

/** In which currency the record with an id is. */
function currencyAt({ model, physical }: RollUpGround, object: string, id: Fragment): Fragment {
  const currency = model.objects.get(object)?.money?.currency
  if (!currency) return sql`${model.corporateCurrency}::text`
  const column = physical.column(object, currency.name, 'own')
  const own = physical.column(object, 'id', 'own')
  return sql`(select ${column} from ${physical.table(object)} as ${physical.identifier('own')} where ${own} = ${id})`
}

/** Whether a record of the table is made of amounts in another currency than its own. */
export function hasOtherCurrency(ground: RollUpGround, field: RollUpField): Fragment {
  const { model, physical } = ground
  const { child } = field.rollUp
  const id = sql`${physical.table(field.object)}.id`
  const from = recordMoney(ground, model.objects.get(child), (one) =>
    physical.column(child, one.name, CHILD),
  )
  if (!from) return sql`false`
  return sql`exists (select 1 ${compileSource(ground, field, id)} and ${from.currency} <> ${currencyAt(ground, field.object, id)})`
}

/** The live records that refer to one by the relationship of a roll-up. */
export function compileSource(
  { physical }: RollUpGround,
  { rollUp: { child, via } }: RollUpField,
  id: Fragment,
): RawBuilder<unknown> {
  const refersHere = sql`${physical.column(child, via, CHILD)} = ${id}`
  const live = sql`${physical.column(child, 'deleted_at', CHILD)} is null`
  return sql`from ${physical.table(child)} as ${physical.identifier(CHILD)} where ${refersHere} and ${live}`
}

const CHILD = 'child'

function compileFilter({ model, physical }: RollUpGround, field: RollUpField): Fragment {
  const { child, where } = field.rollUp
  const object = model.objects.get(child)
  if (where === undefined || !object) return sql``
  const scope = objectScope(model, object, 'query')
  const { typed } = resolveExpression(where as Expression, scope, 'boolean')
  if (!typed) throw new Error(`The condition of ${field.object}.${field.name} does not compile`)
  const condition = compileTyped(
    typed,
    { column: (path) => physical.column(child, path, CHILD) },
    (parameter) => sql`${parameterValue(parameter, typed, ENVIRONMENT)}`,
  )
  return sql`filter (where ${condition})`
}

function scaleOf({ type, options }: RollUpField): number {
  const storage = type.storage(options)
  return storage.as === 'numeric' ? storage.scale : 0
}
