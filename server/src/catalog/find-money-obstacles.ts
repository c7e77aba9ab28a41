import {
  isMoney,
  isRollUp,
  type Model,
  type ModelChange,
  type ObjectModel,
  PLATFORM_APP,
  RATE,
} from '@trellis/metamodel'
import { type RawBuilder, sql } from 'kysely'

import type { Transaction } from '../db/index.ts'
import { message } from '../errors.ts'
import type { PhysicalMap } from '../schema/physical-map.ts'
import type { Finding } from './obstacle.ts'

interface Asked {
  current: Model
  physical: PhysicalMap
  plan: { model: Model }
}

/**
 * Amounts that would mean something else: under another currency of the organization, or without their own; and those
 * that could not be converted for a roll-up.
 */
export async function findMoneyObstacles(
  tx: Transaction,
  asked: Asked,
  change: ModelChange,
): Promise<Finding[]> {
  const { current, plan } = asked
  if (change.kind === 'app' && change.name === PLATFORM_APP) {
    const isSame = current.corporateCurrency === plan.model.corporateCurrency
    return isSame ? [] : otherMeaning(tx, asked, change)
  }
  if (change.kind === 'field') return change.op === 'removed' ? [] : ratesLost(tx, asked, change)
  if (change.kind !== 'object' || change.op !== 'changed') return []
  const was = current.objects.get(change.name)
  const now = plan.model.objects.get(change.name)
  return was?.money && now && !now.money ? currencyLost(tx, asked, change, was) : []
}

async function otherMeaning(
  tx: Transaction,
  { current, physical }: Asked,
  change: ModelChange,
): Promise<Finding[]> {
  const found: Finding[] = []
  for (const object of current.objects.values()) {
    const isValued = [...object.fields.values()].some(isMoney)
    if (!isValued && object.name !== RATE.object) continue
    const count = await countRows(tx, sql`${physical.table(object.name)}`)
    if (count > 0) found.push(meantOtherwise(change, object, count))
  }
  return found
}

function meantOtherwise({ kind, name }: ModelChange, object: ObjectModel, count: number): Finding {
  return {
    code: 'amounts_exist',
    severity: 'error',
    kind,
    name,
    count,
    message: message(
      `${count} records of ${object.name} have amounts in the currency of the organization, or rates for it: it is chosen before there are any`,
      `${object.name} 已有 ${count} 条记录以本位币计价：本位币只能在没有此类记录时更改`,
    ),
  }
}

async function currencyLost(
  tx: Transaction,
  { current, physical }: Asked,
  { kind, name }: ModelChange,
  { money }: ObjectModel,
): Promise<Finding[]> {
  const currency = physical.column(name, money?.currency.name ?? '')
  const own = current.corporateCurrency
  const count = await countRows(tx, sql`${physical.table(name)} where ${currency} <> ${own}`)
  if (count === 0) return []
  const finding = { code: 'currency_in_use', severity: 'error', kind, name, count } as const
  const [en, zh] = [
    `${count} records are in another currency than ${own}: change them first`,
    `${count} 条记录的币种不是 ${own}：请先修改这些记录`,
  ]
  return [{ ...finding, message: message(en, zh) }]
}

/** Records in currencies that have lost their rates: what is made of them would be no number. */
async function ratesLost(
  tx: Transaction,
  { current, physical, plan }: Asked,
  { kind, name }: ModelChange,
): Promise<Finding[]> {
  const [object = '', own = ''] = name.split('.')
  const field = plan.model.objects.get(object)?.fields.get(own)
  if (!field || !isRollUp(field) || field.rollUp.isConverted !== true) return []
  const rates = sql`select 1 from ${physical.table(RATE.object)} as r
    where r.${physical.column(RATE.object, RATE.currency)} = t.code and r.deleted_at is null`
  const found: Finding[] = []
  for (const { name: at, money } of [object, field.rollUp.child].flatMap(
    (one) => current.objects.get(one) ?? [],
  )) {
    if (!money) continue
    const codes = sql`(select ${physical.column(at, money.currency.name)} as code from ${physical.table(at)}) as t`
    const count = await countRows(
      tx,
      sql`${codes} where t.code <> ${current.corporateCurrency} and not exists (${rates})`,
    )
    if (count === 0) continue
    const finding = { code: 'no_exchange_rate', severity: 'error', kind, name, count } as const
    const text = message(
      `${count} records of ${at} are in a currency that has no exchange rate`,
      `${at} 有 ${count} 条记录的币种缺少汇率`,
    )
    found.push({ ...finding, message: text })
  }
  return found
}

/** Rows of a table, those in the recycle bin too. */
async function countRows(tx: Transaction, from: RawBuilder<unknown>): Promise<number> {
  const [row] = await tx.query<{ total: number }>(sql`select count(*)::int as total from ${from}`)
  return row?.total ?? 0
}
