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
