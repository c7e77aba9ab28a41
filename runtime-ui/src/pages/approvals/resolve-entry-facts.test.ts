import type { DescribedField } from '@trellis/metamodel'
import { describe, expect, it } from 'vitest'

import { resolveEntryFacts } from './resolve-entry-facts.ts'

const context = { locale: 'en-US', timeZone: 'Asia/Shanghai', currency: 'CNY' } as const
const field = (name: string, type: string, label: string): DescribedField =>
  ({ name, type, label }) as DescribedField
const object = {
  fields: [
    field('account', 'lookup', 'Account'),
    field('amount', 'currency', 'Amount'),
    field('discount', 'percent', 'Discount'),
    field('lines', 'number', 'Lines'),
    field('until', 'date', 'Valid until'),
  ],
}
const account = { id: '1', name: 'Aurora' }
const highlights = { account, amount: 1200, discount: 15, lines: 3, until: '2026-12-31' }

function wordsOf(entry: Parameters<typeof resolveEntryFacts>[0]): unknown {
  const { amount, lines } = resolveEntryFacts(entry, object, context)
  const write = ({
    label,
    before,
    text,
  }: {
    label: string
    before: string
    text: string
  }): string => [label, before, text].filter((part) => part !== '').join(' ')
  return [amount && write(amount), lines.map((line) => line.map(write))]
}

describe('what a row of the inbox says', () => {
  it('is the amount, what speaks for itself, and what needs its label', () => {
    expect(wordsOf({ highlights, changes: [], status: 'pending' })).toEqual([
      'Amount ¥1,200',
      [['Aurora'], ['Discount 15%', 'Lines 3']],
    ])
  })

  it('tells what changed before all else, and what it was', () => {
    const changes = [{ field: 'until', label: 'Valid until', old: '2026-11-30', new: '2026-12-31' }]
    expect(wordsOf({ highlights, changes, status: 'pending' })).toEqual([
      'Amount ¥1,200',
      [['Aurora'], ['Discount 15%', 'Valid until Nov 30, 2026 Dec 31, 2026']],
    ])
  })

  it('tells an amount in the currency that it had', () => {
    const own = { ...field('amount', 'currency', 'Amount'), own_currency: true }
    const changes = [
      { field: 'amount', label: 'Amount', old: 100, new: 1200 },
      { field: 'currency', label: 'Currency', old: 'USD', new: 'CNY' },
    ]
    const entry = {
      highlights: { amount: 1200, currency: 'CNY' },
      changes,
      status: 'pending',
    } as const
    const { amount } = resolveEntryFacts(entry, { fields: [own] }, context)
    expect([amount?.before, amount?.text]).toEqual(['$100', '¥1,200'])
  })

  it('says nothing of a change once it is decided: the record has gone on', () => {
    const changes = [{ field: 'discount', label: 'Discount', old: 5, new: 20 }]
    expect(wordsOf({ highlights, changes, status: 'approved' })).toEqual([
      'Amount ¥1,200',
      [['Aurora'], ['Discount 15%', 'Lines 3']],
    ])
  })

  it('is nothing where the record is not for the reader', () => {
    expect(wordsOf({ highlights: null, changes: [], status: 'pending' })).toEqual([undefined, []])
  })
})
