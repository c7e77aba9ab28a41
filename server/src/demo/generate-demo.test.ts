import { describe, expect, test } from 'vitest'

import type { DemoRecord } from './demo-data.ts'
import { generateDemo } from './generate-demo.ts'
import { fieldsOf, isReference, keyIn, recordsOf } from './read-demo.ts'

const TODAY = '2026-11-21'
/** Days on which a month, a quarter or a year begins or ends, and one that only some years have. */
const AWKWARD_DAYS = ['2027-01-01', '2026-10-01', '2026-03-31', '2028-02-29', '2026-12-31']
const CLOSED = ['won', 'lost', 'invalid']

describe('amounts of data', () => {
  const data = generateDemo(TODAY)
  const count = (object: string): number => recordsOf(data, object).length

  test('are those of a company of this size', () => {
    const counts = ['department', 'user', 'product', 'account', 'contact', 'lead'].map(count)
    expect(counts).toEqual([5, 13, 40, 400, 900, 300])
    const deals = ['opportunity', 'contract', 'payment_plan', 'task'].map(count)
    expect(deals).toEqual([250, 120, 500, 200])
    expect(count('quote')).toBeGreaterThanOrEqual(60)
    expect(count('follow_up')).toBeGreaterThanOrEqual(600)
    expect(count('quote_line')).toBeGreaterThan(count('quote'))
  })

  test('cover every stage, and 15 % of the instalments are overdue', () => {
    const stages = new Set(recordsOf(data, 'opportunity').map((deal) => deal['stage']))
    expect(stages.size).toBe(8)
    const overdue = recordsOf(data, 'payment_plan').filter(
      (plan) =>
        ['due', 'partial'].includes(String(plan['status'])) && String(plan['due_date']) < TODAY,
    )
    expect(overdue).toHaveLength(75)
  })

  test('follow-ups are told in many words', () => {
    const contents = new Set(recordsOf(data, 'follow_up').map((one) => one['content']))
    expect(contents.size).toBeGreaterThan(600)
    expect([...contents].filter((text) => /[{}]/.test(String(text)))).toEqual([])
  })
})

test('the same day gives the same data, another day moves the dates', () => {
  expect(generateDemo(TODAY)).toEqual(generateDemo(TODAY))
  const [first] = recordsOf(generateDemo(TODAY), 'payment_plan')
  const [later] = recordsOf(generateDemo('2026-11-22'), 'payment_plan')
  expect(later?.['due_date']).not.toBe(first?.['due_date'])
})

describe.each([TODAY, ...AWKWARD_DAYS])('the data of %s', (today) => {
  const data = generateDemo(today)
  const all = data.objects.flatMap(({ object, records }) =>
    records.map((record) => ({ object, record })),
  )

  test('has distinct keys, and refers to earlier records only', () => {
    const known = new Set<string>()
    const lost: string[] = []
    for (const { record } of all) {
      const references = fieldsOf(record).flatMap(([, value]) =>
        isReference(value) ? [value._ref] : [],
      )
      lost.push(...references.filter((key) => !known.has(key)))
      known.add(record._key)
    }
    expect(lost).toEqual([])
    expect(known.size).toBe(all.length)
  })

  test('has owners that are users, and updates of what exists', () => {
    const objects = new Map(all.map(({ object, record }) => [record._key, object]))
    const owners = all.flatMap(({ record }) => (record._owner ? [record._owner._ref] : []))
    expect(owners.filter((key) => objects.get(key) !== 'user')).toEqual([])
    const updated = data.updates.flatMap(({ object, records }) =>
      records.filter(({ _key }) => objects.get(_key) !== object),
    )
    expect(updated).toEqual([])
  })

  test('was made in the past, children not before their parents', () => {
    const made = new Map(all.map(({ record }) => [record._key, record._created_at ?? '']))
    const now = new Date(`${today}T00:05:00+08:00`).toISOString()
    const isEarly = (record: DemoRecord): boolean =>
      ['account', 'opportunity', 'contract', 'quote'].some(
        (name) => (made.get(keyIn(record, name) ?? '') ?? '') > (record._created_at ?? ''),
      )
    const wrong = all.filter(({ record }) => (record._created_at ?? '') > now || isEarly(record))
    expect(wrong.map(({ record }) => [record._key, record._created_at])).toEqual([])
  })

  test('fills the dashboard', () => {
    const month = today.slice(0, 7)
    const deals = recordsOf(data, 'opportunity')
    const months = deals
      .filter((deal) => deal['stage'] === 'won')
      .map((deal) => String(deal['close_date']).slice(0, 7))
    expect(months).toContain(month)
    expect(new Set(months).size).toBeGreaterThanOrEqual(12)
    const open = deals.filter((deal) => !CLOSED.includes(String(deal['stage'])))
    expect(open.length).toBeGreaterThan(100)
    const recorded = recordsOf(data, 'account').filter((one) => monthInChina(one) === month)
    expect(recorded.length).toBeGreaterThanOrEqual(14)
  })
})

function monthInChina(record: DemoRecord): string {
  const moment = Date.parse(record._created_at ?? '') + 8 * 3_600_000
  return new Date(moment).toISOString().slice(0, 7)
}
