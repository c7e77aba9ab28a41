import { allRollUps, CURRENCY, RATE } from '@trellis/metamodel'
import { sql } from 'kysely'

import type { WriteContext } from '../access/context.ts'
import type { RecordChange } from '../effects/record-change.ts'
import { message, refuse, RequestError } from '../errors.ts'
import { deferRecalculation } from './defer-recalculation.ts'
import { holdRates } from './hold-rates.ts'
import { ratedCurrencies } from './require-rates.ts'

/**
 * What follows from exchange rates being written, in the same transaction: amounts that are kept converted are
 * computed anew by a job.
 * @throws RequestError validation_failed for a rate of the organization's own currency · in_use as `keepRates`
 */
export async function followRates(
  context: WriteContext,
  changes: readonly RecordChange[],
): Promise<void> {
  if (changes[0]?.object.name !== RATE.object) return
  const own = context.release.model.corporateCurrency
  if (changes.some(({ after }) => after[RATE.currency] === own)) {
    const text = message(
      `${own} is the currency of the organization: its rate is 1`,
      `${own} 是组织本位币，汇率恒为 1`,
    )
    throw refuse('validation_failed', RATE.currency, text)
  }
  await settle(
    context,
    changes.flatMap(({ before }) => before?.values[RATE.currency] ?? []),
  )
}

/** The same after rates went into the recycle bin or out of it. @throws RequestError in_use as `keepRates` */
export async function followRatesState(
  context: WriteContext,
  object: string,
  ids: readonly string[],
): Promise<void> {
  if (object !== RATE.object) return
  const { physical } = context.release
  const rows = await context.tx.query<{ code: string }>(sql`
    select ${physical.column(RATE.object, RATE.currency)} as code from ${physical.table(RATE.object)}
    where id = any(${[...ids]}::uuid[])`)
  await settle(
    context,
    rows.map(({ code }) => code),
  )
}

async function settle(context: WriteContext, codes: readonly unknown[]): Promise<void> {
  await holdRates(context)
  await keepRates(context, new Set(codes.filter((code) => typeof code === 'string')))
  for (const field of allRollUps(context.release.model)) {
    if (field.rollUp.isConverted !== true) continue
    await deferRecalculation(context, { field, hops: [], ids: [] })
  }
}

/**
 * A currency that records are in keeps a rate, those in the recycle bin too: no sum could tell them.
 * @throws RequestError in_use
 */
async function keepRates(context: WriteContext, codes: ReadonlySet<string>): Promise<void> {
  const { model, physical } = context.release
  const rated = await ratedCurrencies(context, [...codes])
  const gone = [...codes].filter((code) => !rated.has(code))
  if (gone.length === 0) return
  for (const { name, money } of model.objects.values()) {
    if (!money) continue
    const currency = physical.column(name, CURRENCY)
    const [found] = await context.tx.query<{ code: string }>(sql`
      select ${currency} as code from ${physical.table(name)} where ${currency} = any(${gone}::text[]) limit 1`)
    if (!found) continue
    throw new RequestError('in_use', {
      detail: message(
        `This is the last exchange rate of ${found.code}, and records are in ${found.code}`,
        `这是 ${found.code} 的最后一条汇率，仍有记录使用 ${found.code}`,
      ),
    })
  }
}
