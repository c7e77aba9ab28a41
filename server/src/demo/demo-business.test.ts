import { expect, test } from 'vitest'

import type { DemoRecord, DemoValue } from './demo-data.ts'
import { generateDemo } from './generate-demo.ts'
import { byKey, keyIn, recordsOf } from './read-demo.ts'

const data = generateDemo('2026-11-21')
const deals = byKey(recordsOf(data, 'opportunity'))
const contacts = byKey(recordsOf(data, 'contact'))
const payments = recordsOf(data, 'payment')

test('contracts follow from deals that were won by the same account, for the same amount', () => {
  const sold = recordsOf(data, 'contract').flatMap((contract) => {
    const deal = deals.get(keyIn(contract, 'opportunity') ?? '')
    return deal ? [{ contract, deal }] : []
  })
  const wrong = sold.filter(
    ({ contract, deal }) =>
      deal['stage'] !== 'won' ||
      keyIn(deal, 'account') !== keyIn(contract, 'account') ||
      deal['amount'] !== contract['amount'],
  )
  expect(sold).toHaveLength(92)
  expect(wrong).toEqual([])
})

test('contacts belong to the account of what they appear in', () => {
  const places = ['opportunity', 'quote', 'follow_up', 'task'].flatMap((object) =>
    recordsOf(data, object).filter((record) => keyIn(record, 'contact') !== undefined),
  )
  const wrong = places.filter((record) => {
    const contact = contacts.get(keyIn(record, 'contact') ?? '')
    return contact === undefined || keyIn(contact, 'account') !== keyIn(record, 'account')
  })
  expect(places.length).toBeGreaterThan(900)
  expect(wrong).toEqual([])
})

test('the instalments of a contract add up to its amount', () => {
  const plans = recordsOf(data, 'payment_plan')
  const wrong = recordsOf(data, 'contract').filter(
    (contract) => cents(childrenOf(contract, plans, 'contract')) !== cents([contract]),
  )
  expect(wrong).toEqual([])
})

test('what came in for an instalment fits its status', () => {
  const confirmed = payments.filter((payment) => payment['status'] === 'confirmed')
  const wrong = recordsOf(data, 'payment_plan').filter((plan) => {
    const received = cents(childrenOf(plan, confirmed, 'plan'))
    if (plan['status'] === 'paid') return received !== cents([plan])
    if (plan['status'] === 'partial') return received <= 0 || received >= cents([plan])
    return received !== 0
  })
  expect(wrong).toEqual([])
})

test('lines add up to the amounts of deals and quotes', () => {
  const withLines = [...deals.values()].filter(
    (deal) => deal['stage'] !== 'needs_confirmed' && deal['stage'] !== 'invalid',
  )
  const lines = recordsOf(data, 'opportunity_product')
  const wrongDeals = withLines.filter(
    (deal) => total(childrenOf(deal, lines, 'opportunity')) !== cents([deal]),
  )
  const wrongQuotes = recordsOf(data, 'quote').filter((quote) => {
    const own = childrenOf(quote, recordsOf(data, 'quote_line'), 'quote')
    return total(own) !== toCents(quote['amount_before_discount'])
  })
  expect([...wrongDeals, ...wrongQuotes]).toEqual([])
})

test('every account has exactly one primary contact', () => {
  const primary = [...contacts.values()].filter((contact) => contact['is_primary'] === true)
  expect(new Set(primary.map((contact) => keyIn(contact, 'account'))).size).toBe(400)
  expect(primary).toHaveLength(400)
})

test('credit codes have the right check character', () => {
  const codes = recordsOf(data, 'account').map((account) => String(account['uscc']))
  expect(codes.filter((code) => !isBalanced(code))).toEqual([])
})

test.each(['91350100M000100Y43', '91110108551385082Q', '91440300708461136T'])(
  'the test for credit codes knows the real one %s',
  (code) => {
    expect(isBalanced(code)).toBe(true)
    expect(isBalanced(`${code.slice(0, -1)}0`)).toBe(false)
  },
)

function childrenOf(parent: DemoRecord, records: readonly DemoRecord[], by: string): DemoRecord[] {
  return records.filter((record) => keyIn(record, by) === parent._key)
}

/** Whole cents, so that sums are exact. */
function toCents(amount: DemoValue | undefined): number {
  return Math.round(Number(amount) * 100)
}

function cents(records: readonly DemoRecord[]): number {
  return records.reduce((sum, record) => sum + toCents(record['amount']), 0)
}

function total(lines: readonly DemoRecord[]): number {
  const subtotals = lines.map(
    (line) =>
      Number(line['quantity']) * Number(line['unit_price']) * (100 - Number(line['discount'])),
  )
  return Math.round(subtotals.reduce((sum, subtotal) => sum + subtotal, 0))
}

/** GB 32100-2015 told the other way round: the weighted sum of all 18 is a multiple of 31. */
function isBalanced(code: string): boolean {
  const weights = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28, 1]
  const values = [...code].map((character) => '0123456789ABCDEFGHJKLMNPQRTUWXY'.indexOf(character))
  const sum = values.reduce((before, value, index) => before + value * (weights[index] ?? 0), 0)
  return code.length === 18 && !values.includes(-1) && sum % 31 === 0
}
