import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { type Caller, startTestServer, type TestServer } from '../support/index.ts'

let server: TestServer
let admin: Caller
beforeAll(async () => {
  server = await startTestServer()
  admin = server.admin
})
afterAll(() => server.stop())

const ACCOUNTS = '/api/v1/records/account'
type Result = { status: number; id?: string; version?: number; errors?: { code: string }[] }

async function batch(object: string, operations: readonly object[]): Promise<Result[]> {
  const answer = await admin.post(`/api/v1/records/${object}/batch`, { operations })
  expect(answer.status, answer.text).toBe(200)
  return answer.body.results
}

async function createMany(object: string, records: readonly object[]): Promise<string[]> {
  const results = await batch(
    object,
    records.map((record) => ({ op: 'create', record })),
  )
  expect(results.every(({ status }) => status === 201)).toBe(true)
  return results.map(({ id }) => id ?? '')
}

const statuses = (results: readonly Result[]): number[] => results.map(({ status }) => status)

describe('many deletions', () => {
  it('are judged each for itself, in their order', async () => {
    const [parent, child, inUse, changed, free] = await createMany('account', [
      { name: 'Parent of one' },
      { name: 'Child of one' },
      { name: 'With a deal' },
      { name: 'Changed' },
      { name: 'Free' },
    ])
    await admin.patch(`${ACCOUNTS}/${child}`, { parent })
    await admin.patch(`${ACCOUNTS}/${changed}`, { city: 'Wuxi' })
    const deal = { name: 'Deal', account: inUse, close_date: '2027-01-31' }
    await createMany('opportunity', [deal])
    const results = await batch('account', [
      { op: 'delete', id: free },
      { op: 'delete', id: inUse },
      { op: 'delete', id: changed, version: 1 },
      { op: 'delete', id: parent },
      { op: 'delete', id: free },
      { op: 'delete', id: '00000000-0000-7000-8000-000000000000' },
      { op: 'delete', id: child },
    ])
    expect(statuses(results)).toEqual([204, 409, 412, 204, 404, 404, 204])
    for (const [id, status] of [
      [free, 404],
      [inUse, 200],
      [changed, 200],
      [parent, 404],
      [child, 404],
    ]) {
      expect((await admin.get(`${ACCOUNTS}/${id}`)).status).toBe(status)
    }
    expect((await admin.post(`${ACCOUNTS}/${child}/restore`)).body).toMatchObject({ parent: null })
  })

  it('take the details with them, and leave nothing half done', async () => {
    const accounts = await createMany(
      'account',
      Array.from({ length: 5 }, (_, index) => ({ name: `Goes ${index}` })),
    )
    const contacts = await createMany('contact', [{ name: 'Stays alone', account: accounts[2] }])
    const answer = await admin.post(`${ACCOUNTS}/batch`, {
      atomic: true,
      operations: [...accounts, 'nobody'].map((id) => ({ op: 'delete', id })),
    })
    expect(answer.status).toBeGreaterThanOrEqual(400)
    expect((await admin.get(`${ACCOUNTS}/${accounts[0]}`)).status).toBe(200)
    expect((await admin.get(`/api/v1/records/contact/${contacts[0]}`)).status).toBe(200)
  })
})

describe('many creations', () => {
  it('are judged each for itself across the parts in which they are written', async () => {
    const operations = Array.from({ length: 600 }, (_, index) => ({
      op: 'create',
      record: { name: `P ${index}`, code: `PC-${index}`, standard_price: index === 300 ? -1 : 1 },
    }))
    const [first, repeat, other] = [operations[3], operations[4], operations[599]]
    if (!first || !repeat || !other) throw new Error('There are 600')
    repeat.record.code = 'pc-3'
    other.record.code = 'PC-9'
    const results = await batch('product', operations)
    const refused = results.flatMap(({ status }, index) => (status === 201 ? [] : [index]))
    expect(refused).toEqual([4, 300, 599])
    expect(new Set(results.flatMap(({ id }) => id ?? [])).size).toBe(597)
  })

  it('of the same values at the same moment: each is there once', async () => {
    const operations = Array.from({ length: 120 }, (_, index) => ({
      op: 'create',
      record: { name: `Race ${index}`, code: `RACE-${index}`, standard_price: 1 },
    }))
    const all = await Promise.all([1, 2, 3].map(() => batch('product', operations)))
    for (let index = 0; index < operations.length; index += 1) {
      expect(all.map((results) => results[index]?.status).toSorted()).toEqual([201, 409, 409])
    }
  })
})

describe('many upserts', () => {
  const upsert = (code: string, record: object): object => ({
    op: 'upsert',
    by: { code },
    record: { standard_price: 1, ...record },
  })
  const priceOf = async (code: string): Promise<unknown> => {
    const { body } = await admin.get(`/api/v1/records/product?filter[code]=${code}`)
    return body.records.map((one: Record<string, unknown>) => [
      one['name'],
      one['code'],
      one['standard_price'],
    ])
  }

  it('find what is there, what one of them has made before, and make the others, each for itself', async () => {
    await createMany('product', [{ name: 'There', code: 'UP-1', standard_price: 1 }])
    const results = await batch('product', [
      upsert('UP-3', { name: 'Third' }),
      upsert('up-1', { standard_price: 5 }),
      upsert('UP-2', { name: 'Bad', standard_price: -1 }),
      upsert('UP-3', { standard_price: 7 }),
      upsert('UP-4', { name: 'Renamed', code: 'UP-5' }),
      upsert('UP-5', { standard_price: 9 }),
      upsert('UP-6', { name: 'Takes the code of another', code: 'UP-1' }),
      { op: 'upsert', by: { name: 'There' }, record: {} },
    ])
    expect(statuses(results)).toEqual([201, 200, 422, 200, 201, 200, 409, 400])
    expect(await priceOf('UP-1')).toEqual([['There', 'UP-1', 5]])
    expect(await priceOf('UP-3')).toEqual([['Third', 'UP-3', 7]])
    expect(await priceOf('UP-5')).toEqual([['Renamed', 'UP-5', 9]])
    expect(await priceOf('UP-2')).toEqual([])
  })

  it('refer to each other by what finds them, wherever the other one stands', async () => {
    const parent = (code: string): object => ({ parent: { code } })
    const results = await batch('department', [
      { op: 'upsert', by: { code: 'Z-1' }, record: { name: 'Above' } },
      { op: 'upsert', by: { code: 'M-1' }, record: { name: 'Between', ...parent('Z-1') } },
      { op: 'upsert', by: { code: 'A-1' }, record: { name: 'Below', ...parent('M-1') } },
      { op: 'upsert', by: { code: 'A-2' }, record: { name: 'Before', ...parent('A-3') } },
      { op: 'upsert', by: { code: 'A-3' }, record: { name: 'After' } },
      { op: 'upsert', by: { code: 'A-4' }, record: { name: 'Alone', ...parent('Z-9') } },
    ])
    expect(statuses(results)).toEqual([201, 201, 201, 201, 201, 422])
  })

  it('of the same values at the same moment, in opposite orders: one makes each, the others find it', async () => {
    const operations = Array.from({ length: 300 }, (_, index) =>
      upsert(`UR-${index}`, { name: `Race ${index}` }),
    )
    const began = performance.now()
    const answers = await Promise.all(
      Array.from({ length: 6 }, (_, at) =>
        admin.post('/api/v1/records/product/batch', {
          atomic: at < 3,
          operations: at % 2 === 0 ? operations : operations.toReversed(),
        }),
      ),
    )
    expect(answers.map(({ status }) => status)).toEqual(Array(6).fill(200))
    const all = answers.flatMap(({ body }) => statuses(body.results))
    expect([200, 201].map((status) => all.filter((one) => one === status).length)).toEqual([
      1500, 300,
    ])
    // None waits until the database breaks a tie, and none writes row by row what others have taken.
    expect(performance.now() - began).toBeLessThan(8000)
  })
})
