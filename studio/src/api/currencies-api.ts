import { RATE } from '@trellis/metamodel'
import { createRecord, deleteRecord, updateRecord } from '@trellis/runtime-ui/api'

import { loadAll } from './organization-api.ts'

/** What one unit of a currency is in the organization's own, from a day on. */
export interface Rate {
  id: string
  version: number
  currency: string
  /** The day, as `2026-11-22`. */
  validFrom: string
  rate: number
}

/** All exchange rates, the latest first. */
export async function loadRates(signal?: AbortSignal): Promise<Rate[]> {
  const select = [RATE.currency, RATE.validFrom, RATE.rate]
  const records = await loadAll(RATE.object, { select }, signal)
  const rates = records.map((record) => ({
    id: String(record['id']),
    version: Number(record['version']),
    currency: String(record[RATE.currency]),
    validFrom: String(record[RATE.validFrom]),
    rate: Number(record[RATE.rate]),
  }))
  return rates.toSorted((a, b) => b.validFrom.localeCompare(a.validFrom))
}

/** @throws ApiError if there is one for the day already, or the caller may not */
export async function createRate(
  given: Pick<Rate, 'currency' | 'validFrom' | 'rate'>,
): Promise<void> {
  await createRecord(RATE.object, {
    [RATE.currency]: given.currency,
    [RATE.validFrom]: given.validFrom,
    [RATE.rate]: given.rate,
  })
}

export async function changeRate({ id, version }: Rate, rate: number): Promise<void> {
  await updateRecord(RATE.object, id, { values: { [RATE.rate]: rate }, version })
}

/** @throws ApiError if it is the last one of a currency that records are in */
export function deleteRate({ id }: Rate): Promise<void> {
  return deleteRecord(RATE.object, id)
}
