import { describe, expect, it } from 'vitest'

import { formatValue } from './format-value.ts'
import { writableValue } from './reference.ts'

const context = { locale: 'zh-CN', timeZone: 'Asia/Shanghai', currency: 'CNY' } as const
const values = [
  { code: 'won', label: '赢单', color: 'green', active: true },
  { code: 'lost', label: '输单', color: 'red', active: true },
]

describe('a value in words', () => {
  it.each([
    [{ type: 'text' }, '华为', '华为'],
    [{ type: 'text' }, null, ''],
    [{ type: 'currency' }, 1280, '¥1,280.00'],
    [{ type: 'percent' }, 12.5, '12.5%'],
    [{ type: 'number', scale: 1 }, 3, '3.0'],
    [{ type: 'checkbox' }, false, '否'],
    [{ type: 'date' }, '2026-11-21', '2026-11-21'],
    [{ type: 'picklist', values }, 'won', '赢单'],
    [{ type: 'picklist', values }, 'gone', 'gone'],
    [{ type: 'multi_picklist', values }, ['won', 'lost'], '赢单、输单'],
    [{ type: 'lookup' }, { id: '1', name: '华为科技' }, '华为科技'],
    [{ type: 'someone_elses' }, 'x', 'x'],
  ])('%j %j is "%s"', (field, value, text) => {
    expect(formatValue(field, value, { context })).toBe(text)
  })
})

describe('a value on its way to the server', () => {
  it('names a record by its id, and is null where there is nothing', () => {
    expect(writableValue({ type: 'user' }, { id: '1', name: '李蕾' })).toBe('1')
    expect(writableValue({ type: 'lookup', target: 'account' }, null)).toBeNull()
    expect(writableValue({ type: 'text' }, '')).toBeNull()
    expect(writableValue({ type: 'multi_picklist' }, [])).toBeNull()
    expect(writableValue({ type: 'number' }, 0)).toBe(0)
    expect(writableValue({ type: 'checkbox' }, false)).toBe(false)
    expect(writableValue({ type: 'json' }, { id: 1, a: 2 })).toEqual({ id: 1, a: 2 })
  })
})

describe('an amount in the currency of its record', () => {
  const english = { ...context, locale: 'en-US' } as const
  const amount = { type: 'currency', own_currency: true }
  const inCurrency = (currency: unknown): string =>
    formatValue(amount, 1280, { context, record: { currency } })

  it('has the sign of it, and none where nobody may know it', () => {
    expect(inCurrency('CNY')).toBe('¥1,280.00')
    expect(inCurrency('USD')).toBe('US$1,280.00')
    expect(inCurrency('EUR')).toBe('€1,280.00')
    expect(inCurrency(undefined)).toBe('1,280.00')
    expect(formatValue(amount, 1280, { context, short: true })).toBe('1,280')
  })

  it('is never taken for one of the organization', () => {
    const yen = { context: english, record: { currency: 'JPY' }, short: true }
    expect(formatValue(amount, 1280, yen)).toBe('JPY\u00A01,280')
    expect(formatValue(amount, 1280, { ...yen, record: { currency: 'CNY' } })).toBe('¥1,280')
  })
})
