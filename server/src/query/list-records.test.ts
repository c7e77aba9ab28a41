import type { ListQuery, RecordPage } from '@trellis/metamodel'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import { READ_MODEL } from '../../../tests/support/read-world-model.ts'
import { createReadWorld, type ReadWorld } from '../../../tests/support/read-world.ts'
import { RequestError } from '../errors.ts'
import { listRecords, listToJson } from './list-records.ts'
import { type Parameters, parseListParameters } from './parse-list-parameters.ts'

const ids = (n: number): string => `01900000-0000-7000-8000-${String(n).padStart(12, '0')}`
const ANN = ids(1)
const BOB = ids(2)
const cursorKey = Buffer.alloc(32, 7)

// A real database on a machine that others use too.
vi.setConfig({ testTimeout: 60_000 })

let world: ReadWorld
beforeAll(async () => {
  world = await createReadWorld(READ_MODEL)
  await world.insert('user', [
    { id: ANN, name: '安娜', owner: ANN, email: 'ann@example.com', manager: null },
    { id: BOB, name: 'Bob', owner: ANN, email: 'bob@example.com', manager: ANN },
  ])
  await world.insert('account', [
    {
      id: ids(11),
      name: '华为科技',
      owner: ANN,
      industry: 'tech',
      phone: '010-100%',
      employees: 9007199254740,
      tags: ['vip', 'new'],
      rating: 'A',
    },
    {
      id: ids(12),
      name: 'Bob\'s "Media"',
      owner: BOB,
      industry: 'media',
      parent: ids(11),
      rating: 'B',
    },
    { id: ids(13), name: 'Gone', owner: ANN, deleted_at: '2026-01-01T00:00:00Z' },
  ])
  await world.insert('secret', [{ id: ids(91), name: 'hush', owner: ANN, code: 'x' }])
  await world.insert('deal', [
    {
      id: ids(21),
      name: 'D1',
      owner: ANN,
      account: ids(11),
      stage: 'won',
      amount: '1200.50',
      margin: 12.5,
      close_date: '2026-11-03',
      met_at: '2026-11-20T16:30:00.123456Z',
      hot: true,
      created_at: '2026-11-01T00:00:00Z',
    },
    {
      id: ids(22),
      name: 'D2',
      owner: ANN,
      account: ids(12),
      stage: 'open',
      amount: '99999999999.99',
      margin: 5,
      close_date: null,
      hot: false,
      created_at: '2026-11-02T00:00:00Z',
    },
    {
      id: ids(23),
      name: 'D3',
      owner: BOB,
      account: ids(12),
      stage: 'lost',
      amount: null,
      margin: null,
      close_date: '2026-10-31',
      hot: false,
      secret: ids(91),
      created_at: '2026-11-03T00:00:00Z',
    },
    {
      id: ids(24),
      name: 'D4',
      owner: ANN,
      account: ids(13),
      stage: 'open',
      amount: '0.00',
      margin: 0,
      close_date: '2026-12-01',
      hot: false,
      created_at: '2026-11-04T00:00:00Z',
    },
    {
      id: ids(25),
      name: 'D5',
      owner: ANN,
      account: null,
      stage: 'open',
      hot: false,
      deleted_at: '2026-11-05T00:00:00Z',
    },
  ])
  await world.insert('deal_line', [
    { id: ids(31), name: 'L0001', deal: ids(21), quantity: '1.500' },
    { id: ids(32), name: 'L0002', deal: ids(23), quantity: '2' },
  ])
}, 60_000)
afterAll(() => world?.test.drop())

const admin = () => world.context({ id: ANN, sets: ['admin'] })
const rep = (id = ANN) => world.context({ id, sets: ['rep'] })

async function ask(
  context: ReturnType<typeof admin>,
  object: string,
  query: ListQuery,
): Promise<RecordPage> {
  const model = context.release.model.objects.get(object)
  if (!model) throw new Error(object)
  const answer = await listRecords(context, {
    object: model,
    asked: { query, filters: [], failures: [] },
    cursorKey,
  })
  return JSON.parse(listToJson(answer)) as RecordPage
}

async function get(
  context: ReturnType<typeof admin>,
  object: string,
  parameters: Parameters,
): Promise<RecordPage> {
  const model = context.release.model.objects.get(object)
  if (!model) throw new Error(object)
  const asked = parseListParameters(context, model, parameters)
  return JSON.parse(
    listToJson(await listRecords(context, { object: model, asked, cursorKey })),
  ) as RecordPage
}

const names = (page: RecordPage): string[] => page.records.map((record) => record.name)

async function refusal(work: Promise<unknown>): Promise<{ code: string; places: string[] }> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof RequestError)) throw new Error(`Not refused: ${String(error)}`)
  return {
    code: error.code,
    places: (error.details.failures ?? []).map((one) => `${one.path} ${one.code}`),
  }
}

const sorted = async (...sort: string[]): Promise<string[]> =>
  names(await ask(admin(), 'deal', { sort }))

describe('a list', () => {
  it('shows every readable field, newest first, with names of references', async () => {
    const { records, next_cursor } = await ask(admin(), 'deal', {})
    expect(records.map((record) => record.name)).toEqual(['D4', 'D3', 'D2', 'D1'])
    expect(next_cursor).toBeNull()
    expect(records[3]).toEqual({
      id: ids(21),
      name: 'D1',
      owner: { id: ANN, name: '安娜' },
      account: { id: ids(11), name: '华为科技' },
      stage: 'won',
      amount: 1200.5,
      margin: 12.5,
      close_date: '2026-11-03',
      met_at: '2026-11-20T16:30:00.123Z',
      hot: true,
      secret: null,
      created_at: '2026-11-01T00:00:00.000Z',
      created_by: null,
      updated_at: '2026-11-21T04:00:00.000Z',
      updated_by: null,
      version: 1,
      locked: false,
    })
    expect(records[2]).toMatchObject({ amount: 99999999999.99, close_date: null })
    expect(records[0]).toMatchObject({ amount: 0, account: null })
  })

  it('keeps what a reader may not see out of sight', async () => {
    const page = await ask(rep(), 'deal', {})
    expect(names(page)).toEqual(['D4', 'D2', 'D1'])
    expect(page.records[0]).not.toHaveProperty('margin')
    expect(page.records[1]).toMatchObject({ account: { id: ids(12), name: null } })
    const auditor = await ask(world.context({ id: BOB, sets: ['auditor'] }), 'deal', {
      select: ['account', 'secret'],
    })
    expect(auditor.records.map((record) => record['account'])).toEqual([
      { id: ids(13), name: null },
      { id: ids(12), name: null },
      { id: ids(12), name: null },
      { id: ids(11), name: null },
    ])
    expect(names(await ask(rep(BOB), 'deal_line', {}))).toEqual(['L0002'])
    expect(names(await ask(rep(ANN), 'deal_line', {}))).toEqual(['L0001'])
    expect((await ask(admin(), 'deal_line', {})).records).toHaveLength(2)
  })

  it('nests what is selected over relations', async () => {
    const { records } = await ask(admin(), 'deal', {
      select: [
        'amount',
        'account.industry',
        'account.parent.owner',
        'account.owner.manager.email',
        'account.tags',
      ],
      where: { '==': [{ var: 'name' }, 'D3'] },
    })
    expect(records).toEqual([
      {
        id: ids(23),
        name: 'D3',
        version: 1,
        amount: null,
        account: {
          id: ids(12),
          name: 'Bob\'s "Media"',
          industry: 'media',
          tags: null,
          parent: { id: ids(11), name: '华为科技', owner: { id: ANN, name: '安娜' } },
          owner: {
            id: BOB,
            name: 'Bob',
            manager: { id: ANN, name: '安娜', email: 'ann@example.com' },
          },
        },
      },
    ])
    const hidden = await ask(rep(), 'deal', {
      select: ['account.industry', 'account.owner'],
      where: { '==': [{ var: 'name' }, 'D2'] },
    })
    expect(hidden.records[0]?.['account']).toEqual({
      id: ids(12),
      name: null,
      industry: null,
      owner: null,
    })
  })

  it('filters by parameters of every kind', async () => {
    const cases: [Parameters, string[]][] = [
      [{ 'filter[stage]': 'won' }, ['D1']],
      [{ 'filter[stage][ne]': 'won' }, ['D4', 'D3', 'D2']],
      [{ 'filter[amount][gte]': '1200.5' }, ['D2', 'D1']],
      [{ 'filter[amount][lt]': '1200.5', sort: 'name' }, ['D4']],
      [{ 'filter[amount][between]': '0,2000' }, ['D4', 'D1']],
      [{ 'filter[stage][in]': 'won,lost' }, ['D3', 'D1']],
      [{ 'filter[stage][in]': '' }, []],
      [{ 'filter[stage][not_in]': 'won,lost' }, ['D4', 'D2']],
      [{ 'filter[amount][is_null]': 'true' }, ['D3']],
      [{ 'filter[amount][is_null]': 'false', 'filter[hot]': 'true' }, ['D1']],
      [{ 'filter[account.industry]': 'media' }, ['D3', 'D2']],
      [{ 'filter[account.owner.name]': 'Bob' }, ['D3', 'D2']],
      [{ 'filter[account]': ids(12) }, ['D3', 'D2']],
      [{ 'filter[close_date]': 'this_month' }, ['D1']],
      [{ 'filter[close_date][ne]': 'this_month' }, ['D4', 'D3']],
      [{ 'filter[close_date][lt]': 'this_month' }, ['D3']],
      [{ 'filter[close_date][gt]': 'this_month' }, ['D4']],
      [{ 'filter[close_date][between]': 'last_month,this_month' }, ['D3', 'D1']],
      // 00:30 on the 21st in Shanghai.
      [{ 'filter[met_at]': 'today' }, ['D1']],
      [{ 'filter[met_at][lt]': '2026-11-20T16:30:00.123Z' }, []],
      [{ 'filter[name][starts_with]': 'd' }, ['D4', 'D3', 'D2', 'D1']],
      [{ 'filter[name][ends_with]': '4' }, ['D4']],
      [{ where: '{"some":[{"var":"lines"},{">":[{"var":"quantity"},1.5]}]}' }, ['D3']],
      [{ where: '{"none":[{"var":"lines"},{">":[{"var":"quantity"},1.5]}]}' }, ['D4', 'D2', 'D1']],
      [{ view: 'won' }, ['D1']],
      [{ view: 'mine' }, ['D4', 'D2', 'D1']],
      [{ q: '2' }, ['D2']],
    ]
    for (const [parameters, expected] of cases) {
      expect([parameters, names(await get(admin(), 'deal', parameters))]).toEqual([
        parameters,
        expected,
      ])
    }
    expect(names(await get(admin(), 'account', { q: '0%' }))).toEqual(['华为科技'])
    expect(names(await get(admin(), 'account', { q: '1%1' }))).toEqual([])
    expect(names(await get(admin(), 'account', { q: '为科' }))).toEqual(['华为科技'])
    expect(names(await get(admin(), 'account', { 'filter[tags]': 'vip' }))).toEqual(['华为科技'])
    expect(
      names(
        await get(rep(), 'account', { 'filter[deals]': 'x' }).catch(() => ({
          records: [],
          next_cursor: null,
        })),
      ),
    ).toEqual([])
  })

  it('sees related records only as the reader does', async () => {
    const withDeals = { some: [{ var: 'deals' }, { '>': [{ var: 'amount' }, 1] }] }
    expect(names(await ask(admin(), 'account', { where: withDeals, sort: ['name'] }))).toEqual([
      'Bob\'s "Media"',
      '华为科技',
    ])
    expect(names(await ask(rep(BOB), 'account', { where: withDeals }))).toEqual([])
  })

  it('shows a list view as far as the reader may', async () => {
    expect((await ask(rep(), 'deal', { view: 'won' })).records).toEqual([
      {
        id: ids(21),
        name: 'D1',
        version: 1,
        amount: 1200.5,
        account: { id: ids(11), name: '华为科技', industry: 'tech' },
      },
    ])
    expect(await refusal(ask(rep(), 'deal', { view: 'good_margin' }))).toEqual({
      code: 'unreadable_field',
      places: ['view unreadable_field'],
    })
  })

  it('refuses by name, all at once', async () => {
    expect(
      await refusal(
        get(rep(), 'deal', {
          'filter[stge]': 'won',
          'filter[margin][gt]': '1',
          'filter[amount][like]': '1',
          'filter[amount]': '5x',
          limt: '5',
          select: 'nme,rating,account.rating',
          sort: '-margin,tags',
          where: '{"==":[{"var":"stage"},"wno"]}',
          limit: '1001',
          view: 'wons',
          count: 'all',
          'filter[account]': '5',
          'filter[hot]': '1',
          'filter[close_date]': '2026-02-30',
        }),
      ),
    ).toEqual({
      code: 'unknown_field',
      places: [
        'filter[stge] unknown_field',
        'filter[margin][gt] unreadable_field',
        'filter[amount][like] invalid_filter',
        'filter[amount] invalid_filter',
        'limt unknown_parameter',
        'count malformed',
        'filter[account] invalid_filter',
        'filter[hot] invalid_filter',
        'view unknown_view',
        'select.0 unknown_field',
        'select.1 unknown_field',
        'select.2 unreadable_field',
        'sort.0 unreadable_field',
        'sort.1 unknown_field',
        'where.==.1 unknown_value',
        'filter[close_date].==.1 wrong_value',
        'limit malformed',
      ],
    })
    expect(
      await refusal(ask(rep(), 'deal', { where: { '>': [{ var: 'account.rating' }, 'A'] } })),
    ).toEqual({ code: 'unreadable_field', places: ['where unreadable_field'] })
    expect(
      await refusal(
        ask(rep(), 'account', {
          where: { some: [{ var: 'deals' }, { '>': [{ var: 'margin' }, 1] }] },
        }),
      ),
    ).toMatchObject({ code: 'unreadable_field' })
    expect(await refusal(ask(admin(), 'deal', { where: null }))).toMatchObject({
      code: 'invalid_filter',
    })
    expect(await refusal(ask(rep(), 'deal', { sort: ['note'] }))).toMatchObject({
      code: 'unknown_field',
    })
    expect(await refusal(ask(rep(), 'account', { sort: ['note'] }))).toMatchObject({
      code: 'malformed',
      places: ['sort.0 not_sortable'],
    })
    expect(await refusal(get(admin(), 'deal', { q: 'a\0b' }))).toMatchObject({ code: 'malformed' })
    expect(await refusal(get(admin(), 'deal', { 'filter[name]': 'a\0b' }))).toMatchObject({
      code: 'invalid_filter',
    })
  })

  it('counts', async () => {
    expect(await ask(rep(), 'deal', { count: 'exact', limit: 0 })).toEqual({
      records: [],
      next_cursor: null,
      count: 3,
    })
    expect(
      await ask(admin(), 'deal', {
        count: 'estimate',
        limit: 1,
        where: { '==': [{ var: 'stage' }, 'open'] },
      }),
    ).toMatchObject({ count: 2 })
  })

  it('counts exactly up to a bound, and estimates beyond it', async () => {
    await world.test.database
      .execute(`insert into main.secret (id, name, owner, code, created_at, updated_at, version, locked)
      select gen_random_uuid(), 'many', '${ANN}', 'many', now(), now(), 1, false from generate_series(1, 12000)`)
    await world.test.database.execute('analyze main.secret')
    const many = { where: { '==': [{ var: 'name' }, 'many'] }, limit: 0 }
    expect((await ask(admin(), 'secret', { ...many, count: 'exact' })).count).toBe(12000)
    const estimated = await ask(admin(), 'secret', { ...many, count: 'estimate' })
    expect(estimated.count_is_estimate).toBe(true)
    expect(estimated.count).toBeGreaterThan(10_000)
    expect(estimated.count).toBeLessThan(15_000)
  })

  it('orders by any key with empty values last', async () => {
    expect(await sorted('amount')).toEqual(['D4', 'D1', 'D2', 'D3'])
    expect(await sorted('-amount')).toEqual(['D2', 'D1', 'D4', 'D3'])
    expect(await sorted('-close_date')).toEqual(['D4', 'D1', 'D3', 'D2'])
    expect(await sorted('stage', '-name')).toEqual(['D4', 'D2', 'D1', 'D3'])
    expect(await sorted('account.industry', 'name')).toEqual(['D1', 'D2', 'D3', 'D4'])
    expect(await sorted('account', 'name')).toEqual(['D2', 'D3', 'D1', 'D4'])
  })
})
