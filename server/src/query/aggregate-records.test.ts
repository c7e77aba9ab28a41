import type { AggregatePage, AggregateQuery } from '@trellis/metamodel'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import { READ_MODEL } from '../../../tests/support/read-world-model.ts'
import { createReadWorld, type ReadWorld } from '../../../tests/support/read-world.ts'
import { RequestError } from '../errors.ts'
import { aggregateRecords } from './aggregate-records.ts'

const ids = (n: number): string => `01900000-0000-7000-8000-${String(n).padStart(12, '0')}`
const ANN = ids(1)
const BOB = ids(2)

// A real database on a machine that others use too.
vi.setConfig({ testTimeout: 60_000 })

let world: ReadWorld
beforeAll(async () => {
  world = await createReadWorld(READ_MODEL)
  await world.insert('user', [
    { id: ANN, name: 'Ann', owner: ANN },
    { id: BOB, name: 'Bob', owner: ANN, manager: ANN },
  ])
  await world.insert('account', [
    { id: ids(11), name: 'Tech', owner: ANN, industry: 'tech', employees: 100 },
    { id: ids(12), name: 'Media', owner: BOB, industry: 'media', employees: 5 },
  ])
  await world.insert('deal', [
    {
      id: ids(21),
      name: 'D1',
      owner: ANN,
      account: ids(11),
      stage: 'won',
      amount: '0.10',
      margin: 1,
      close_date: '2026-11-30',
      met_at: '2026-10-31T16:30:00Z',
      hot: true,
    },
    {
      id: ids(22),
      name: 'D2',
      owner: ANN,
      account: ids(12),
      stage: 'won',
      amount: '0.20',
      margin: 2,
      close_date: '2026-11-01',
      met_at: '2026-10-31T15:30:00Z',
      hot: false,
    },
    {
      id: ids(23),
      name: 'D3',
      owner: BOB,
      account: ids(12),
      stage: 'open',
      amount: null,
      close_date: null,
      hot: false,
    },
    {
      id: ids(24),
      name: 'D4',
      owner: BOB,
      account: null,
      stage: 'open',
      amount: '9999999999999.99',
      margin: 4,
      close_date: '2025-01-31',
      hot: false,
    },
  ])
  await world.insert('deal_line', [
    { id: ids(31), name: 'L1', deal: ids(21), quantity: 1 },
    { id: ids(32), name: 'L2', deal: ids(21), quantity: 2 },
  ])
}, 60_000)
afterAll(() => world?.test.drop())

async function ask(
  query: AggregateQuery,
  { id = ANN, sets = ['admin'], object = 'deal' } = {},
): Promise<AggregatePage> {
  const context = world.context({ id, sets })
  const model = context.release.model.objects.get(object)
  if (!model) throw new Error(object)
  return JSON.parse(
    await aggregateRecords(context, { object: model, query, cursorKey: Buffer.alloc(32, 1) }),
  ) as AggregatePage
}

const count = { fn: 'count', as: 'n' } as const
const total = { fn: 'sum', field: 'amount', as: 'total' } as const

describe('an aggregation', () => {
  it('groups by fields, paths, references and stretches of days', async () => {
    expect((await ask({ group_by: ['stage'], measures: [total, count] })).groups).toEqual([
      { stage: 'open', total: 9999999999999.99, n: 2 },
      { stage: 'won', total: 0.3, n: 2 },
    ])
    expect((await ask({ group_by: ['account.industry'], measures: [count] })).groups).toEqual([
      { 'account.industry': 'tech', n: 1 },
      { 'account.industry': 'media', n: 2 },
      { 'account.industry': null, n: 1 },
    ])
    expect((await ask({ group_by: ['owner'], measures: [count] })).groups).toEqual([
      { owner: { id: ANN, name: 'Ann' }, n: 2 },
      { owner: { id: BOB, name: 'Bob' }, n: 2 },
    ])
    expect((await ask({ group_by: ['owner.manager'], measures: [count] })).groups).toEqual([
      { 'owner.manager': { id: ANN, name: 'Ann' }, n: 2 },
      { 'owner.manager': null, n: 2 },
    ])
    expect(
      (await ask({ group_by: [{ field: 'close_date', bucket: 'month' }], measures: [count] }))
        .groups,
    ).toEqual([
      { close_date: '2025-01-01', n: 1 },
      { close_date: '2026-11-01', n: 2 },
      { close_date: null, n: 1 },
    ])
    // Half past midnight on 1 November in Shanghai, and half past eleven the day before.
    expect(
      (
        await ask({
          group_by: [{ field: 'met_at', bucket: 'month', as: 'month' }],
          measures: [count],
          where: { '!': [{ is_blank: [{ var: 'met_at' }] }] },
        })
      ).groups,
    ).toEqual([
      { month: '2026-10-01', n: 1 },
      { month: '2026-11-01', n: 1 },
    ])
    expect(
      (
        await ask({
          group_by: ['hot', { field: 'close_date', bucket: 'year' }],
          measures: [count],
          sort: ['-n', 'hot'],
          limit: 1,
        })
      ).groups,
    ).toHaveLength(1)
  })

  it('measures exactly', async () => {
    const { groups } = await ask({
      measures: [
        count,
        total,
        { fn: 'count', field: 'amount', as: 'with_amount' },
        { fn: 'count_distinct', field: 'account', as: 'accounts' },
        { fn: 'avg', field: 'margin', as: 'margin' },
        { fn: 'min', field: 'close_date', as: 'first' },
        { fn: 'max', field: 'met_at', as: 'last' },
        { fn: 'max', field: 'name', as: 'name' },
        { fn: 'sum', field: 'account.employees', as: 'people' },
      ],
    })
    expect(groups).toEqual([
      {
        n: 4,
        total: 10000000000000.29,
        with_amount: 3,
        accounts: 2,
        margin: 7 / 3,
        first: '2025-01-31',
        last: '2026-10-31T16:30:00.000Z',
        name: 'D4',
        people: 110,
      },
    ])
  })

  it('knows nothing: 0 or null', async () => {
    const none = { '==': [{ var: 'name' }, 'none'] }
    expect(
      (
        await ask({
          where: none,
          measures: [
            count,
            total,
            { fn: 'avg', field: 'amount', as: 'avg' },
            { fn: 'min', field: 'amount', as: 'min' },
          ],
        })
      ).groups,
    ).toEqual([{ n: 0, total: 0, avg: null, min: null }])
    expect((await ask({ where: none, group_by: ['stage'], measures: [count] })).groups).toEqual([])
  })

  it('never multiplies, through whatever it looks', async () => {
    const where = {
      and: [
        { some: [{ var: 'lines' }, { '>': [{ var: 'quantity' }, 0] }] },
        { '==': [{ var: 'account.industry' }, 'tech'] },
      ],
    }
    expect((await ask({ where, measures: [total, count] })).groups).toEqual([{ total: 0.1, n: 1 }])
  })

  it('keeps the groups that have what is asked', async () => {
    expect(
      (
        await ask({
          group_by: ['stage'],
          measures: [total],
          having: { '<': [{ var: 'total' }, 1] },
        })
      ).groups,
    ).toEqual([{ stage: 'won', total: 0.3 }])
    expect(
      (
        await ask({
          group_by: ['stage'],
          measures: [count],
          where: { '==': [{ var: 'hot' }, false] },
          having: { and: [{ '==': [{ var: 'stage' }, 'open'] }, { '>': [{ var: 'n' }, 1] }] },
        })
      ).groups,
    ).toEqual([{ stage: 'open', n: 2 }])
  })

  it('sees what the reader sees', async () => {
    const rep = { id: BOB, sets: ['rep'] }
    expect((await ask({ group_by: ['account'], measures: [count] }, rep)).groups).toEqual([
      { account: { id: ids(12), name: 'Media' }, n: 1 },
      { account: null, n: 1 },
    ])
    expect(
      (await ask({ group_by: ['account'], measures: [count] }, { id: ANN, sets: ['rep'] })).groups,
    ).toEqual([
      { account: { id: ids(11), name: 'Tech' }, n: 1 },
      { account: { id: ids(12), name: null }, n: 1 },
    ])
    await expect(
      ask({ measures: [{ fn: 'max', field: 'margin', as: 'm' }] }, rep),
    ).rejects.toMatchObject({ code: 'unreadable_field' })
    await expect(ask({ group_by: ['margin'], measures: [count] }, rep)).rejects.toMatchObject({
      code: 'unreadable_field',
    })
  })

  it('goes on from page to page', async () => {
    const query: AggregateQuery = {
      group_by: ['account.industry', 'stage', { field: 'close_date', bucket: 'day' }],
      measures: [count, total],
      sort: ['-total'],
    }
    const whole = await ask(query)
    expect(whole.groups).toHaveLength(4)
    const seen: unknown[] = []
    for (let cursor: string | null | undefined; cursor !== null;) {
      const page: AggregatePage = await ask({
        ...query,
        limit: 1,
        ...(cursor === undefined ? {} : { cursor }),
      })
      seen.push(...page.groups)
      cursor = page.next_cursor
    }
    expect(seen).toEqual(whole.groups)
  })

  it('refuses by name, all at once', async () => {
    const error: unknown = await ask({
      group_by: ['stge', { field: 'stage', bucket: 'month' }, 'owner.manager.phone', 'name'],
      sort: ['totl'],
      limit: 0,
      where: { '==': [{ var: 'stge' }, 'won'] },
      having: { '>': [{ var: 'x' }, 1] },
      measures: [
        { fn: 'sum', as: 's' },
        { fn: 'sum', field: 'stage', as: 't' },
        { fn: 'avg', field: 'close_date', as: 'u' },
        { fn: 'min', field: 'hot', as: 'v' },
        { fn: 'count', as: 'name' },
      ],
    }).catch((thrown: unknown) => thrown)
    if (!(error instanceof RequestError)) throw error
    expect(error.details.failures?.map((one) => `${one.path} ${one.code}`)).toEqual([
      'group_by.0 unknown_field',
      'group_by.1 malformed',
      'group_by.2 unknown_field',
      'measures.0 malformed',
      'measures.1 malformed',
      'measures.2 malformed',
      'measures.3 malformed',
      'where.==.0 unknown_field',
      'having.>.0 unknown_field',
      'measures malformed',
      'sort.0 unknown_field',
      'limit malformed',
    ])
    await expect(
      ask(
        { group_by: ['note'], measures: [count] },
        { id: ANN, sets: ['admin'], object: 'account' },
      ),
    ).rejects.toMatchObject({ code: 'malformed' })
  })
})
