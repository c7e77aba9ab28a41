import type { DescribedObject } from '@trellis/metamodel'
import { describe, expect, it } from 'vitest'

import { bucketEnd, bucketLabel, bucketTicks } from './bucket.ts'
import { linkText, listLink } from './list-link.ts'
import {
  isConverted,
  periodBefore,
  resolveMarks,
  type Tile,
  TILE_VALUE,
  tileQuery,
} from './resolve-tile.ts'

const open = { not_in: [{ var: 'stage' }, ['won', 'lost']] }
const days = {
  typeOf: (path: string) => (path === 'created_at' ? 'datetime' : 'date'),
  startOf: (day: string) => `${day}T00:00:00Z`,
}

function tile(more: Partial<Tile>): Tile {
  return {
    name: 't',
    label: 'T',
    type: 'bar',
    object: 'deal',
    measure: { fn: 'sum', field: 'amount' },
    ...more,
  } as Tile
}

describe('tileQuery', () => {
  it('asks one number without groups and without a limit', () => {
    expect(tileQuery(tile({ type: 'number', where: open, limit: 5 }))).toEqual({
      where: open,
      measures: [{ fn: 'sum', field: 'amount', as: TILE_VALUE }],
    })
  })

  it('groups, sorts and limits', () => {
    const ranking = tile({
      type: 'ranking',
      group_by: [{ field: 'owner' }],
      limit: 10,
      measure: { fn: 'count' },
    })
    expect(tileQuery(ranking)).toEqual({
      group_by: ['owner'],
      measures: [{ fn: 'count', as: TILE_VALUE }],
      sort: [`-${TILE_VALUE}`],
      limit: 10,
    })
    const months = tile({ group_by: [{ field: 'close_date', bucket: 'month' }], sort: 'group' })
    expect(tileQuery(months)).toMatchObject({
      group_by: [{ field: 'close_date', bucket: 'month' }],
      sort: ['close_date'],
    })
  })
})

describe('isConverted', () => {
  const object = (name: string, ...fields: object[]): DescribedObject =>
    ({ name, fields }) as unknown as DescribedObject
  const account = object('account', { name: 'limit', type: 'currency' })
  const deal = object(
    'deal',
    { name: 'amount', type: 'currency', own_currency: true },
    { name: 'account', type: 'lookup', target: 'account' },
  )
  const describeObject = (name: string): DescribedObject | undefined =>
    [account, deal].find((one) => one.name === name)

  it('is what measures amounts in the currency of each record', () => {
    for (const fn of ['sum', 'avg', 'min', 'max'] as const) {
      expect(isConverted(deal, { fn, field: 'amount' }, describeObject)).toBe(true)
    }
    expect(isConverted(deal, { fn: 'count', field: 'amount' }, describeObject)).toBe(false)
    expect(isConverted(deal, { fn: 'count' }, describeObject)).toBe(false)
    expect(isConverted(deal, { fn: 'sum', field: 'account.limit' }, describeObject)).toBe(false)
    expect(isConverted(account, { fn: 'sum', field: 'limit' }, describeObject)).toBe(false)
    expect(isConverted(undefined, { fn: 'sum', field: 'amount' })).toBe(false)
  })
})

describe('resolveMarks', () => {
  it('opens exactly the records of a mark', () => {
    const byStage = tile({ where: open, group_by: [{ field: 'stage' }] })
    const [first, none] = resolveMarks(
      byStage,
      [
        { stage: 'new', [TILE_VALUE]: 5 },
        { stage: null, [TILE_VALUE]: null },
      ],
      days,
    )
    expect(first).toMatchObject({
      value: 5,
      where: { and: [open, { '==': [{ var: 'stage' }, 'new'] }] },
    })
    expect(none).toMatchObject({
      value: null,
      where: { and: [open, { is_blank: { var: 'stage' } }] },
    })
  })

  it('turns buckets into days, or into moments of the reader', () => {
    const byMonth = tile({ group_by: [{ field: 'close_date', bucket: 'month' }] })
    expect(
      resolveMarks(byMonth, [{ close_date: '2026-11-01', [TILE_VALUE]: 1 }], days)[0]?.where,
    ).toEqual({
      and: [
        { '>=': [{ var: 'close_date' }, '2026-11-01'] },
        { '<': [{ var: 'close_date' }, '2026-12-01'] },
      ],
    })
    const created = tile({ group_by: [{ field: 'created_at', bucket: 'day' }] })
    expect(
      resolveMarks(created, [{ created_at: '2026-12-31', [TILE_VALUE]: 1 }], days)[0]?.where,
    ).toEqual({
      and: [
        { '>=': [{ var: 'created_at' }, '2026-12-31T00:00:00Z'] },
        { '<': [{ var: 'created_at' }, '2027-01-01T00:00:00Z'] },
      ],
    })
  })

  it('puts zeros where a line of months has nothing, and nowhere else', () => {
    const groups = [
      { close_date: '2026-11-01', [TILE_VALUE]: 1 },
      { close_date: '2027-02-01', [TILE_VALUE]: 2 },
    ]
    const byMonth = tile({ group_by: [{ field: 'close_date', bucket: 'month' }] })
    expect(resolveMarks(byMonth, groups, days).map(({ group, value }) => [group, value])).toEqual([
      ['2026-11-01', 1],
      ['2026-12-01', 0],
      ['2027-01-01', 0],
      ['2027-02-01', 2],
    ])
    expect(resolveMarks({ ...byMonth, sort: 'measure_desc' }, groups, days)).toHaveLength(2)
    expect(
      resolveMarks({ ...byMonth, measure: { fn: 'avg', field: 'amount' } }, groups, days),
    ).toHaveLength(2)
  })

  it('names a reference by its id', () => {
    const byOwner = tile({ type: 'ranking', group_by: [{ field: 'owner' }] })
    expect(
      resolveMarks(byOwner, [{ owner: { id: 'u1', name: 'Li' }, [TILE_VALUE]: 1 }], days)[0]?.where,
    ).toEqual({
      '==': [{ var: 'owner' }, 'u1'],
    })
  })
})

describe('periodBefore', () => {
  it('steps back where a current period is named', () => {
    const now = { and: [open, { in_period: [{ var: 'close_date' }, 'this_quarter'] }] }
    expect(periodBefore(now)).toEqual({
      and: [open, { in_period: [{ var: 'close_date' }, 'last_quarter'] }],
    })
  })

  it('has nothing to compare with otherwise', () => {
    expect(periodBefore(open)).toBe(undefined)
    expect(periodBefore(undefined)).toBe(undefined)
    expect(periodBefore({ in_period: [{ var: 'd' }, 'last_n_days:30'] })).toBe(undefined)
  })
})

describe('buckets', () => {
  it('end where the next begins', () => {
    expect(bucketEnd('2026-12-01', 'month')).toBe('2027-01-01')
    expect(bucketEnd('2026-10-01', 'quarter')).toBe('2027-01-01')
    expect(bucketEnd('2026-11-16', 'week')).toBe('2026-11-23')
  })

  it('are said with their year where they stand alone', () => {
    expect(bucketLabel('2026-10-01', 'quarter', 'en-US')).toBe('2026 Q4')
    expect(bucketLabel('2026-01-01', 'year', 'en-US')).toBe('2026')
    expect(bucketLabel('2026-11-01', 'month', 'zh-CN')).toBe('2026年11月')
    expect(bucketLabel('2026-11-01', 'month', 'en-US')).toBe('Nov 2026')
    expect(bucketLabel('2026-11-16', 'week', 'en-US')).toBe('Nov 16, 2026')
  })

  it('are said shortly on an axis, the year where it begins', () => {
    const months = ['2025-12-01', '2026-01-01', '2026-02-01']
    expect(bucketTicks(months, 'month', 'zh-CN')).toEqual(['12月\n2025', '1月\n2026', '2月'])
    expect(bucketTicks(months, 'month', 'en-US')).toEqual(['Dec\n2025', 'Jan\n2026', 'Feb'])
    expect(bucketTicks(['2026-10-01', '2027-01-01'], 'quarter', 'en-US')).toEqual([
      'Q4\n2026',
      'Q1\n2027',
    ])
    expect(bucketTicks(['2026-11-16', '2026-11-23'], 'week', 'en-US')).toEqual([
      '11/16\n2026',
      '11/23',
    ])
    expect(bucketTicks(['2025-01-01', '2026-01-01'], 'year', 'en-US')).toEqual(['2025', '2026'])
  })
})

describe('listLink', () => {
  it('carries the criteria in the address', () => {
    const link = listLink('deal', { '==': [{ var: 'account' }, '1'] })
    expect(
      JSON.parse(new URLSearchParams(linkText(link).split('?')[1]).get('where') ?? ''),
    ).toEqual({ '==': [{ var: 'account' }, '1'] })
    expect(linkText(listLink('deal', undefined))).toBe('/o/deal?where=')
  })
})
