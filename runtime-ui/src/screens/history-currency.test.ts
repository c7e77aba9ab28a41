import type { HistoryEntry } from '@trellis/metamodel'
import { describe, expect, it } from 'vitest'

import { changedCurrency, currenciesOf } from './history-currency.ts'

const entry = (
  id: string,
  at: string,
  field: string,
  values: [unknown, unknown],
): HistoryEntry => ({
  id,
  at,
  field,
  by: null,
  action: 'updated',
  cause: 'user',
  old: values[0],
  new: values[1],
  of: null,
})

describe('the currency of amounts in a history', () => {
  it('is before one change what it was then', () => {
    const changes = [{ field: 'currency', old: 'USD' }]
    expect(changedCurrency(changes, 'CNY')).toEqual({ old: 'USD', new: 'CNY' })
    expect(changedCurrency([{ field: 'amount', old: 1 }], 'CNY')).toEqual({
      old: 'CNY',
      new: 'CNY',
    })
  })

  it('is that of today, back to where another one was chosen', () => {
    const told = currenciesOf(
      [
        entry('4', '2026-11-04', 'amount', [200, 300]),
        entry('3', '2026-11-03', 'amount', [100, 200]),
        entry('2', '2026-11-03', 'currency', ['CNY', 'USD']),
        entry('1', '2026-11-01', 'amount', [null, 100]),
      ],
      'USD',
    )
    expect([...told]).toEqual([
      ['4', { old: 'USD', new: 'USD' }],
      ['3', { old: 'CNY', new: 'USD' }],
      ['2', { old: 'CNY', new: 'USD' }],
      ['1', { old: 'CNY', new: 'CNY' }],
    ])
  })
})
