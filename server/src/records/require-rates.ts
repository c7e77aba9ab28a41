import { CURRENCY, RATE } from '@trellis/metamodel'
import { sql } from 'kysely'

import type { WriteContext } from '../access/context.ts'
import { changedFields } from '../effects/record-change.ts'
import { failure, message } from '../errors.ts'
import { shareRates } from './hold-rates.ts'
import type { PreparedChange } from './prepared-change.ts'

/** A record takes another currency than the organization's only while there is an exchange rate for it. */
export async function requireRates(
  context: WriteContext,
  prepared: readonly PreparedChange[],
): Promise<void> {
  const { model } = context.release
  const wanted = prepared.flatMap((one) => {
    const code = one.change?.after[CURRENCY]
    const isAsked =
      one.change?.object.money !== undefined && changedFields(one.change).includes(CURRENCY)
    return isAsked && typeof code === 'string' && code !== model.corporateCurrency
      ? [{ one, code }]
      : []
  })
  if (wanted.length === 0) return
  await shareRates(context)
  const rated = await ratedCurrencies(context, [...new Set(wanted.map(({ code }) => code))])
  for (const { one, code } of wanted) {
    if (rated.has(code)) continue
    const text = message(`There is no exchange rate for ${code}`, `尚未维护 ${code} 的汇率`)
    one.failures.push(failure(CURRENCY, 'no_exchange_rate', text))
  }
}

/** Those of some currencies for which there is a rate. */
export async function ratedCurrencies(
  { tx, release: { physical } }: Pick<WriteContext, 'tx' | 'release'>,
  codes: readonly string[],
): Promise<ReadonlySet<string>> {
  const currency = physical.column(RATE.object, RATE.currency)
  const rows = await tx.query<{ code: string }>(sql`
    select distinct ${currency} as code from ${physical.table(RATE.object)}
    where deleted_at is null and ${currency} = any(${[...codes]}::text[])`)
  return new Set(rows.map(({ code }) => code))
}
