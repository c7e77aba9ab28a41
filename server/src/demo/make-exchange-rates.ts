import type { DemoRecord } from './demo-data.ts'

/** The rates of a year, by quarter, in yuan for one unit; the last is in force. */
const RATES: Readonly<Record<string, readonly number[]>> = {
  USD: [7.2431, 7.1876, 7.1604, 7.1219, 7.0978],
  EUR: [7.6215, 7.8543, 8.1872, 8.3361, 8.2247],
  HKD: [0.9312, 0.9247, 0.9128, 0.9143, 0.9124],
  JPY: [0.04706, 0.04839, 0.04957, 0.04812, 0.04583],
  GBP: [9.0654, 9.2831, 9.6418, 9.5926, 9.3317],
}

const MONTHS = 3

/** Exchange rates of the currencies in use, from the first of every third month. */
export function makeExchangeRates(today: string): DemoRecord[] {
  return Object.entries(RATES).flatMap(([code, rates]) =>
    rates.map((rate, index): DemoRecord => ({
      _key: `exchange_rate.${code}.${index + 1}`,
      currency_code: code,
      valid_from: firstOfMonth(today, (index + 1 - rates.length) * MONTHS),
      rate,
    })),
  )
}

function firstOfMonth(today: string, months: number): string {
  const [year = 0, month = 1] = today.split('-').map(Number)
  return new Date(Date.UTC(year, month - 1 + months, 1)).toISOString().slice(0, 10)
}

/** Every so many deals without lines go abroad. */
const ABROAD_EVERY = 7

/**
 * The currency and the amount of a deal that is only estimated so far: some are with the plants of a customer abroad,
 * who pays in dollars or euros.
 *
 * @example inCurrencyOfDeal(700_000, 7) // { currency: 'USD', amount: 99_000 }
 */
export function inCurrencyOfDeal(
  amount: number,
  index: number,
): { currency: string; amount: number } {
  if (index % ABROAD_EVERY !== 0) return { currency: 'CNY', amount }
  const currency = index % 2 === 0 ? 'EUR' : 'USD'
  const rate = RATES[currency]?.at(-1) ?? 1
  return { currency, amount: Math.max(1, Math.round(amount / rate / 1000)) * 1000 }
}
