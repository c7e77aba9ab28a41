import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { examine } from '../../server/src/catalog/index.ts'
import { startJobs } from '../../server/src/jobs/start-jobs.ts'
import { CURRENCY_WORLD } from '../support/currency-world.ts'
import { type Answer, type Caller, startTestServer, type TestServer } from '../support/index.ts'
import { publishPieces } from '../support/publish.ts'

let server: TestServer
let admin: Caller
let stopJobs: () => Promise<void>

beforeAll(async () => {
  server = await startTestServer({ requestsPerMinute: 1_000_000 })
  admin = server.admin
  const published = await publishPieces(admin, CURRENCY_WORLD)
  expect(published.status, published.text).toBe(200)
  stopJobs = await startJobs(server.foundation)
})
afterAll(async () => {
  await stopJobs()
  await server.stop()
})

const at = (object: string): string => `/api/v1/records/${object}`

async function make(object: string, values: object): Promise<string> {
  const made = await admin.post(at(object), values)
  expect(made.status, made.text).toBe(201)
  return made.body.id
}

const rate = (code: string, from: string, value: number): Promise<string> =>
  make('exchange_rate', { currency_code: code, valid_from: from, rate: value })

const region = (): Promise<string> => make('region__c', { name: 'R' })
const deal = (values: object): Promise<string> => make('deal__c', { name: 'D', ...values })
const get = async (object: string, id: string): Promise<Answer['body']> =>
  (await admin.get(`${at(object)}/${id}`)).body

async function sum(where: unknown, fn = 'sum', field = 'amount__c'): Promise<Answer> {
  return admin.post(`${at('deal__c')}/aggregate`, {
    where,
    measures: [{ fn, field, as: 'value' }],
  })
}

const of = (id: string): unknown => ({ '==': [{ var: 'region__c' }, id] })

const doctor = (): ReturnType<typeof examine> =>
  examine(server.test.database, 'main', server.foundation.target.fieldTypes)

const settled = (read: () => Promise<unknown>): ReturnType<typeof expect.poll> =>
  expect.poll(read, { timeout: 30_000 })

beforeAll(async () => {
  await rate('USD', '2026-01-01', 7)
  await rate('USD', '2026-07-01', 7.25)
  await rate('EUR', '2026-01-01', 8.12345678)
})

describe('the currency of a record', () => {
  it('is that of the organization, or that of the master, unless it is said', async () => {
    const own = await deal({ amount__c: 5 })
    expect(await get('deal__c', own)).toMatchObject({ currency: 'CNY', amount__c: 5 })
    const dollars = await deal({ currency: 'USD' })
    const part = await make('part__c', { name: 'P', deal__c: dollars, price__c: 1 })
    expect(await get('part__c', part)).toMatchObject({ currency: 'USD' })
    const other = await make('part__c', {
      name: 'P',
      deal__c: dollars,
      price__c: 1,
      currency: 'EUR',
    })
    expect(await get('part__c', other)).toMatchObject({ currency: 'EUR', price__c: 1 })
    expect((await admin.get('/api/v1/me')).body.currency).toBe('CNY')
  })

  it('is one of the list, and has a rate', async () => {
    const refused = async (currency: unknown, code: string): Promise<void> => {
      const answer = await admin.post(at('deal__c'), { name: 'D', currency })
      expect(answer.status).toBe(422)
      expect(answer.body.errors).toMatchObject([{ path: 'currency', code }])
    }
    await refused('GBP', 'no_exchange_rate')
    await refused('XYZ', 'unknown_value')
    await refused(7, 'wrong_type')
    await refused(null, 'required')
  })

  it('is filtered and grouped by; amounts are compared as they are', async () => {
    const r = await region()
    await deal({ region__c: r, currency: 'USD', amount__c: 100 })
    await deal({ region__c: r, amount__c: 150 })
    const few = await admin.get(
      `${at('deal__c')}?filter[region__c]=${r}&filter[amount__c][gt]=120&select=currency`,
    )
    expect(few.body.records).toMatchObject([{ currency: 'CNY' }])
    const groups = await admin.post(`${at('deal__c')}/aggregate`, {
      where: of(r),
      group_by: ['currency'],
      measures: [{ fn: 'sum', field: 'amount__c', as: 'total' }],
      sort: ['total'],
    })
    expect(groups.body.groups).toEqual([
      { currency: 'CNY', total: 150 },
      { currency: 'USD', total: 725 },
    ])
  })
})

describe('a rate', () => {
  const post = (values: object): Promise<Answer> => admin.post(at('exchange_rate'), values)

  it('is greater than 0, one for a currency and day, and not for the own currency', async () => {
    const day = { currency_code: 'USD', valid_from: '2025-01-01' }
    expect((await post({ ...day, rate: 0 })).status).toBe(422)
    expect((await post({ ...day, rate: -1 })).status).toBe(422)
    expect((await post({ ...day, valid_from: '2026-01-01', rate: 1 })).status).toBe(409)
    const own = await post({ ...day, currency_code: 'CNY', rate: 1 })
    expect(own.body.errors).toMatchObject([{ path: 'currency_code' }])
  })

  it('stays while records are in its currency', async () => {
    const yen = await rate('JPY', '2026-01-01', 0.05)
    const one = await deal({ currency: 'JPY', amount__c: 1 })
    const gone = await admin.delete(`${at('exchange_rate')}/${yen}`)
    expect([gone.status, gone.body.code]).toEqual([409, 'in_use'])
    const moved = await admin.patch(`${at('exchange_rate')}/${yen}`, { currency_code: 'HKD' })
    expect([moved.status, moved.body.code]).toEqual([409, 'in_use'])
    await admin.patch(`${at('deal__c')}/${one}`, { currency: 'CNY' })
    expect((await admin.delete(`${at('exchange_rate')}/${yen}`)).status).toBe(204)
  })
})

describe('a sum', () => {
  it('is in the currency of the organization, at the rate of each day', async () => {
    const r = await region()
    await deal({ region__c: r, currency: 'USD', day__c: '2026-06-30', amount__c: 100 })
    await deal({ region__c: r, currency: 'USD', day__c: '2026-07-01', amount__c: 100 })
    await deal({ region__c: r, currency: 'USD', day__c: '2025-07-01', amount__c: 1 })
    await deal({ region__c: r, currency: 'EUR', day__c: '2026-07-01', amount__c: 0.1 })
    await deal({ region__c: r, day__c: '2026-07-01', amount__c: 1000.01 })
    await deal({ region__c: r, currency: 'USD' })
    // 700 + 725 + 7 + 0.81 + 1000.01
    const total = 2432.82
    expect((await sum(of(r))).body).toEqual({
      groups: [{ value: total }],
      next_cursor: null,
      currency: 'CNY',
    })
    expect((await sum(of(r), 'max')).body.groups).toEqual([{ value: 1000.01 }])
    expect((await sum(of(r), 'min')).body.groups).toEqual([{ value: 0.81 }])
    expect((await sum(of(r), 'sum', 'double__c')).body.groups).toEqual([{ value: 4865.64 }])
    expect((await sum(of(r), 'count')).body).toEqual({ groups: [{ value: 5 }], next_cursor: null })
    const page = await admin.get(`${at('region__c')}/${r}`)
    expect(page.body).toMatchObject({ total__c: total, most__c: 1000.01 })
  })

  it('is exact', { timeout: 60_000 }, async () => {
    const cents = fc.integer({ min: -1_000_000_000, max: 1_000_000_000 })
    const row = fc.record({ cents, currency: fc.constantFrom('CNY', 'USD', 'EUR') })
    const rates = { CNY: 100_000_000n, USD: 725_000_000n, EUR: 812_345_678n }
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 40 }), async (rows) => {
        const r = await region()
        const operations = rows.map(({ cents: amount, currency }) => ({
          op: 'create',
          record: {
            name: 'D',
            region__c: r,
            currency,
            day__c: '2026-08-01',
            amount__c: amount / 100,
          },
        }))
        const saved = await admin.post(`${at('deal__c')}/batch`, { operations, atomic: true })
        expect(saved.status, saved.text).toBe(200)
        const total = rows
          .map(({ cents: amount, currency }) => halfUp(BigInt(amount) * rates[currency]))
          .reduce((a, b) => a + b, 0n)
        const expected = Number(total) / 100
        expect((await sum(of(r))).body.groups).toEqual([{ value: expected }])
        expect(await get('region__c', r)).toMatchObject({ total__c: expected })
      }),
      { numRuns: 12 },
    )
  })

  it('stands in facts and totals of record pages, and rows say their currency', async () => {
    const account = await make('account', { name: '出海科技', type: 'customer' })
    const opportunity = { account, name: 'X', stage: 'needs_confirmed', close_date: '2026-08-01' }
    await make('opportunity', { ...opportunity, amount: 100, currency: 'USD' })
    await make('opportunity', { ...opportunity, amount: 5 })
    const page = (await admin.get(`${at('account')}/${account}/overview`)).body
    const list = page.related.find((one: { object: string }) => one.object === 'opportunity')
    expect(list.total.value).toBe(730)
    expect(list.columns).not.toContain('currency')
    const rows = list.records.map((one: Record<string, unknown>) => [
      one['amount'],
      one['currency'],
    ])
    expect(new Set(rows.map(String))).toEqual(new Set(['100,USD', '5,CNY']))
  })

  it('is not for who may not know the currencies', async () => {
    const rights = (more: object): object => ({
      label: 'Reader',
      objects: { deal__c: { read: true, read_scope: 'all', ...more } },
    })
    await publishPieces(admin, [
      ['permission_set/no_currency__c', rights({ fields: { currency: 'none' } })],
      ['permission_set/no_amount__c', rights({ fields: { amount__c: 'none' } })],
    ])
    for (const [set, hidden] of [
      ['no_currency__c', 'currency'],
      ['no_amount__c', 'amount__c'],
    ] as const) {
      const caller = await server.signIn(await server.createUser({ sets: [set] }))
      const answer = await caller.post(`${at('deal__c')}/aggregate`, {
        measures: [{ fn: 'sum', field: 'amount__c', as: 'value' }],
      })
      expect([answer.status, answer.body.errors[0].code]).toEqual([400, 'unreadable_field'])
      expect(answer.body.errors[0].message).toContain(hidden)
    }
  })
})

/** From 10⁻¹⁰ to cents, half away from zero. */
function halfUp(value: bigint): bigint {
  const unit = 100_000_000n
  const whole = (value < 0n ? -value : value) + unit / 2n
  return (value < 0n ? -1n : 1n) * (whole / unit)
}

describe('a roll-up', () => {
  it('is in the currency of its record, and follows currencies, days and rates', async () => {
    const r = await region()
    const d = await deal({ region__c: r, currency: 'USD', day__c: '2026-08-01', amount__c: 10 })
    await make('part__c', { name: 'P', deal__c: d, price__c: 3 })
    const euro = await make('part__c', { name: 'P', deal__c: d, price__c: 1, currency: 'EUR' })
    // 1 € at 8.12345678 is 1.12 $ at 7.25, and these 4.12 $ are 29.87 ¥.
    expect(await get('deal__c', d)).toMatchObject({ parts_total__c: 4.12 })
    expect(await get('region__c', r)).toMatchObject({ total__c: 72.5, parts__c: 29.87 })
    await admin.patch(`${at('deal__c')}/${d}`, { day__c: '2026-06-30' })
    expect(await get('region__c', r)).toMatchObject({ total__c: 70 })
    await admin.patch(`${at('deal__c')}/${d}`, { currency: 'CNY' })
    expect(await get('deal__c', d)).toMatchObject({ parts_total__c: 29.87 })
    expect(await get('region__c', r)).toMatchObject({ total__c: 10, parts__c: 29.87 })
    await admin.patch(`${at('deal__c')}/${d}`, { currency: 'USD', day__c: '2026-09-15' })
    await admin.patch(`${at('part__c')}/${euro}`, { currency: 'USD' })
    expect(await get('region__c', r)).toMatchObject({ total__c: 72.5, parts__c: 29 })

    const added = await rate('USD', '2026-09-01', 8)
    await settled(() => get('region__c', r)).toMatchObject({ total__c: 80, parts__c: 32 })
    await admin.patch(`${at('exchange_rate')}/${added}`, { rate: 9 })
    await settled(() => get('region__c', r)).toMatchObject({ total__c: 90 })
    await admin.delete(`${at('exchange_rate')}/${added}`)
    await settled(() => get('region__c', r)).toMatchObject({ total__c: 72.5, parts__c: 29 })
    await settled(async () => (await get('region__c', r))._calculating).toBeUndefined()
    expect(await doctor()).toEqual([])
  })
})

describe('a currency that has lost its rates past the engine', () => {
  it('is named where an amount would have to be converted, and the rest goes on', async () => {
    await rate('HKD', '2026-01-01', 0.92)
    const r = await region()
    const d = await deal({ region__c: r, currency: 'HKD', amount__c: 10 })
    expect(await get('region__c', r)).toMatchObject({ total__c: 9.2 })
    const lose = (when: string): Promise<unknown> =>
      server.test.database.query(
        `update main.exchange_rate set deleted_at = ${when} where currency_code = 'HKD'`,
      )
    await lose('now()')
    const refused = await admin.patch(`${at('deal__c')}/${d}`, { amount__c: 20 })
    expect(refused.status, refused.text).toBe(422)
    const named = {
      path: 'region__c',
      code: 'no_exchange_rate',
      message: 'Region "R": A currency in use has no exchange rate',
    }
    // The sum and the greatest.
    expect(refused.body.errors).toEqual([named, named])
    expect((await admin.patch(`${at('deal__c')}/${d}`, { name: 'Renamed' })).status).toBe(200)
    // What would fill a new roll-up is no number either.
    const mean = { type: 'roll_up', label: 'Mean', via: 'deals__c', fn: 'avg', field: 'amount__c' }
    const unfilled = await publishPieces(admin, [['field/region__c.mean__c', mean]])
    expect([unfilled.status, unfilled.body.errors?.[0].code]).toEqual([422, 'no_exchange_rate'])
    await lose('null')
    expect((await admin.patch(`${at('deal__c')}/${d}`, { amount__c: 20 })).status).toBe(200)
    expect(await get('region__c', r)).toMatchObject({ total__c: 18.4 })
  })
})

describe('an object', () => {
  it('gets currencies while it has records, and keeps them while they are used', async () => {
    const plain = { label: 'Sale' }
    const valued = { label: 'Sale', multi_currency: {} }
    await publishPieces(admin, [
      ['object/sale__c', plain],
      ['field/sale__c.amount__c', { label: 'Amount', type: 'currency' }],
    ])
    const sale = await make('sale__c', { name: 'S', amount__c: 5 })
    const on = await publishPieces(admin, [['object/sale__c', valued]])
    expect(on.status, on.text).toBe(200)
    expect(await get('sale__c', sale)).toMatchObject({ currency: 'CNY', version: 1 })
    await admin.patch(`${at('sale__c')}/${sale}`, { currency: 'USD' })
    const off = await publishPieces(admin, [['object/sale__c', plain]])
    expect([off.status, off.text]).toEqual([422, expect.stringContaining('currency_in_use')])
    await admin.patch(`${at('sale__c')}/${sale}`, { currency: 'CNY' })
    expect((await publishPieces(admin, [['object/sale__c', plain]])).status).toBe(200)
    expect(await get('sale__c', sale)).not.toHaveProperty('currency')
    await make('sale__c', { name: 'S', amount__c: 6 })
    expect((await publishPieces(admin, [['object/sale__c', valued]])).status).toBe(200)
    expect(await doctor()).toEqual([])
  })

  it('keeps the currency of the organization, and those in use', async () => {
    const app = (await admin.get('/api/v1/meta/app/platform')).body
    const other = { ...app.definition, corporate_currency: 'USD' }
    const refused = await publishPieces(admin, [['app/platform', other]])
    expect([refused.status, refused.text]).toEqual([422, expect.stringContaining('amounts_exist')])
    const list = (await admin.get('/api/v1/meta/picklist/currency')).body.definition
    const without = list.values.filter(({ code }: { code: string }) => code !== 'EUR')
    const gone = await publishPieces(admin, [['picklist/currency', { ...list, values: without }]])
    expect([gone.status, gone.text]).toEqual([422, expect.stringContaining('value_in_use')])
  })
})
