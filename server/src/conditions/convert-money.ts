import { type FieldModel, type Model, type ObjectModel, RATE } from '@trellis/metamodel'
import { type RawBuilder, sql } from 'kysely'

import { STORED_TIME_ZONE } from './compile-formula.ts'
import type { Fragment } from './sql-parameter.ts'

/** A model and the tables in which the exchange rates rest. */
export interface MoneyGround {
  model: Model
  physical: {
    table(object: string): Fragment
    column(object: string, field: string, alias?: string): Fragment
    identifier(name: string): Fragment
  }
}

/** In which currency a record has its amounts, and the day whose rate counts for it. */
export interface RecordMoney {
  currency: Fragment
  day: Fragment
}

/**
 * How a record has its amounts, given its columns; amounts of an object without currencies are in that of the
 * organization.
 */
export function recordMoney(
  { model }: MoneyGround,
  object: ObjectModel | undefined,
  column: (field: FieldModel) => Fragment,
): RecordMoney | undefined {
  const createdAt = object?.fields.get('created_at')
  if (!object || !createdAt) return undefined
  const created = sql`(${column(createdAt)} at time zone ${STORED_TIME_ZONE})::date`
  const { currency, rateDate } = object.money ?? {}
  return {
    currency: currency ? column(currency) : sql`${model.corporateCurrency}::text`,
    day: rateDate ? sql`coalesce(${column(rateDate)}, ${created})` : created,
  }
}

/** An amount in the currency of the organization, rounded half up to the decimals of its field, as it is booked. */
export function toCorporate(
  ground: MoneyGround,
  amount: Fragment,
  { currency, day }: RecordMoney,
  field: FieldModel,
): RawBuilder<unknown> {
  const rate = rateOf(ground, currency, day)
  return sql`case when ${currency} = ${ground.model.corporateCurrency}::text then ${amount} else round(${amount} * ${rate}, ${scaleOf(field)}) end`
}

/**
 * An amount in another currency at the rates of its own day, rounded half up to the decimals of its field. What is in
 * that currency already stays as it is, to the last digit.
 */
export function toCurrency(
  ground: MoneyGround,
  amount: Fragment,
  from: RecordMoney,
  { currency, field }: { currency: Fragment; field: FieldModel },
): RawBuilder<unknown> {
  const rates = sql`${rateOf(ground, from.currency, from.day)} / ${rateOf(ground, currency, from.day)}`
  return sql`case when ${from.currency} = ${currency} then ${amount} else round(${amount} * ${rates}, ${scaleOf(field)}) end`
}

/**
 * The latest rate up to a day; before the first one, that. No amount is in a currency without any rate, so if there is
 * none something is broken: what comes out is no number, and not a sum that leaves it out.
 */
function rateOf(
  { model, physical }: MoneyGround,
  currency: Fragment,
  day: Fragment,
): RawBuilder<unknown> {
  const column = (name: string): Fragment => physical.column(RATE.object, name, 'rate')
  const rates = sql`select ${column(RATE.rate)} from ${physical.table(RATE.object)} as ${physical.identifier('rate')} where ${column(RATE.currency)} = ${currency} and ${column('deleted_at')} is null`
  const date = column(RATE.validFrom)
  return sql`case when ${currency} = ${model.corporateCurrency}::text then 1 else coalesce((${rates} and ${date} <= ${day} order by ${date} desc limit 1), (${rates} order by ${date} limit 1), 'NaN'::numeric) end`
}

function scaleOf({ type, options }: FieldModel): Fragment {
  const storage = type.storage(options)
  return sql`${sql`${storage.as === 'numeric' ? storage.scale : 0}`}::integer`
}
