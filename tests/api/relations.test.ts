import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { type Answer, type Caller, startTestServer, type TestServer } from '../support/index.ts'

let server: TestServer
let admin: Caller
let rep: Caller
const META = '/api/v1/meta'
const BOTH = (en: string, zh: string) => ({ 'en-US': en, 'zh-CN': zh })
type Put = [kind: string, name: string, definition: object]

async function ask(how: 'plan' | 'publish', ...puts: Put[]): Promise<Answer> {
  const set = (await admin.post(`${META}/changesets`, { label: 'test' })).body.id
  for (const [kind, name, definition] of puts) {
    await admin.put(`${META}/changesets/${set}/${kind}/${name}`, definition)
  }
  return admin.post(`${META}/changesets/${set}/${how}`, {})
}

async function publish(...puts: Put[]): Promise<void> {
  const answer = await ask('publish', ...puts)
  if (answer.status !== 200) throw new Error(answer.text)
}

async function made(object: string, values: object, caller = admin): Promise<string> {
  const answer = await caller.post(`/api/v1/records/${object}`, values)
  if (answer.status !== 201) throw new Error(answer.text)
  return answer.body.id
}

const OBJECT = { label: BOTH('Seat', '席位'), sharing: 'read_write' }
const TEXT = (en: string, zh: string) => ({ type: 'text', label: BOTH(en, zh) })

beforeAll(async () => {
  server = await startTestServer()
  admin = server.admin
  rep = await server.signIn(await server.createUser({ sets: ['sales_rep'], name: '李雷' }))
})
afterAll(() => server?.stop())

describe('a unique combination of fields', () => {
  const SEATS = '/api/v1/records/seat__c'
  const COMBO = { fields: ['hall__c', 'row__c', 'place__c'], unique: true, ignore_case: true }
  const seat = (hall: string | null, row: string | null, place: number | null) => ({
    name: `${hall}-${row}-${place}`,
    hall__c: hall,
    row__c: row,
    place__c: place,
  })

  it('is refused by the plan while records agree, with how many and which', async () => {
    await publish(
      ['object', 'seat__c', OBJECT],
      ['field', 'seat__c.hall__c', TEXT('Hall', '厅')],
      ['field', 'seat__c.row__c', TEXT('Row', '排')],
      ['field', 'seat__c.place__c', { type: 'number', label: BOTH('Place', '座') }],
    )
    const first = await made('seat__c', seat('A', 'x', 1))
    await made('seat__c', seat('a', 'X', 1))
    await made('seat__c', seat(null, 'X', 1))
    await made('seat__c', seat(null, 'X', 1))
    const plan = await ask('plan', ['object', 'seat__c', { ...OBJECT, indexes: [COMBO] }])
    expect(plan.body.findings).toMatchObject([
      {
        code: 'duplicate_values',
        severity: 'error',
        kind: 'object',
        count: 2,
        samples: [{ id: first }],
      },
    ])
    const refused = await ask('publish', ['object', 'seat__c', { ...OBJECT, indexes: [COMBO] }])
    expect(refused.status).toBe(422)
    await admin.delete(`${SEATS}/${first}`)
    await publish(['object', 'seat__c', { ...OBJECT, indexes: [COMBO] }])
    // It is in the bin: what took its place keeps it there.
    expect((await admin.post(`${SEATS}/${first}/restore`, {})).status).toBe(409)
  })

  it('names all its fields in the refusal, in any door, and does not count empty and deleted ones', async () => {
    const answer = await admin.post(SEATS, seat('A', 'X', 1))
    expect(answer.status).toBe(409)
    expect(answer.body.errors.map(({ path }: { path: string }) => path)).toEqual(COMBO.fields)
    expect(answer.body.errors[0].message).toBe(
      'Another record has the same Hall, Row, Place already',
    )
    const batch = await admin.post(`${SEATS}/batch`, {
      operations: [seat('B', 'X', 1), seat('b', 'x', 1), seat('B', 'X', 2), seat(null, 'X', 1)].map(
        (record) => ({ op: 'create', record }),
      ),
    })
    expect(batch.body.results.map(({ status }: { status: number }) => status)).toEqual([
      201, 409, 201, 201,
    ])
    const twins = await Promise.all(
      Array.from({ length: 8 }, () => admin.post(SEATS, seat('C', 'Y', 7))),
    )
    expect(twins.map(({ status }) => status).toSorted()).toEqual([201, ...Array(7).fill(409)])
  })

  it('says what makes no sense', async () => {
    const indexes = [
      { fields: ['place__c', 'place__c'], unique: true },
      { fields: ['place__c'], ignore_case: true },
    ]
    const plan = await ask('publish', ['object', 'seat__c', { ...OBJECT, indexes }])
    expect(plan.body.errors.map(({ code }: { code: string }) => code).toSorted()).toEqual([
      'duplicate_name',
      'inert',
    ])
  })
})

describe('a lookup filter', () => {
  const DEALS = '/api/v1/records/opportunity'
  let huawei = ''
  let byd = ''
  let han = ''
  let wang = ''
  const deal = (account: string, contact: string | null) => ({
    name: 'MES',
    account,
    contact,
    amount: 1,
    stage: 'needs_confirmed',
    close_date: '2027-01-31',
  })

  beforeAll(async () => {
    huawei = await made('account', { name: '华为技术有限公司' }, rep)
    byd = await made('account', { name: '比亚迪股份有限公司' }, rep)
    han = await made('contact', { name: '韩梅梅', account: huawei, mobile: '13800138000' }, rep)
    wang = await made('contact', { name: '王传', account: byd, mobile: '13800138001' }, rep)
  })

  it('holds on every write that touches the lookup or what decides it, and not on others', async () => {
    const refused = await rep.post(DEALS, deal(huawei, wang))
    expect(refused.body.errors).toMatchObject([{ path: 'contact', code: 'filtered_out' }])
    const answer = await rep.post(DEALS, deal(huawei, han))
    expect(answer.status).toBe(201)
    const at = `${DEALS}/${answer.body.id}`
    const moved = await rep.patch(at, { account: byd })
    expect(moved.body.errors).toMatchObject([{ path: 'contact', code: 'filtered_out' }])
    expect((await rep.patch(at, { account: byd, contact: wang })).status).toBe(200)
    const tried = await rep.post(`${DEALS}/batch`, {
      operations: [{ op: 'update', id: answer.body.id, record: { contact: han } }],
    })
    expect(tried.body.results[0].errors).toMatchObject([{ code: 'filtered_out' }])
    // The contact goes elsewhere: the deal was right when it was saved, and can still be renamed.
    await rep.patch(`/api/v1/records/contact/${wang}`, { account: huawei })
    expect((await rep.patch(at, { name: 'MES 二期' })).status).toBe(200)
    expect((await rep.patch(at, { contact: null })).status).toBe(200)
    await rep.patch(`/api/v1/records/contact/${wang}`, { account: byd })
  })

  it('is described with its condition and in words, to those who may know what it reads', async () => {
    const fieldOf = async (locale: string): Promise<Record<string, unknown>> => {
      const headers = { 'accept-language': locale }
      const { body } = await rep.send({
        method: 'GET',
        url: `${META}/objects/opportunity`,
        headers,
      })
      return body.fields.find(({ name }: { name: string }) => name === 'contact')
    }
    expect((await fieldOf('zh-CN'))['lookup_filter']).toEqual({
      where: { '==': [{ var: 'account' }, { var: '$record.account' }] },
      words: '商机客户的联系人',
    })
  })

  it('is checked when it is published, and tells how many records it leaves out', async () => {
    const { definition } = (await admin.get(`${META}/field/opportunity.contact`)).body
    const withFilter = (where: unknown) => ({ ...definition, lookup_filter: { where } })
    for (const [where, code] of [
      [{ '==': [{ var: 'nothing' }, 1] }, 'unknown_field'],
      [{ '==': [{ var: 'account' }, { var: '$record.amount' }] }, 'wrong_type'],
      [{ '==': [{ var: 'account' }, { var: '$record.nothing' }] }, 'unknown_field'],
      [
        { '==': [{ var: 'account.industry' }, { var: '$record.account.industry' }] },
        'crosses_relation',
      ],
      [{ '==': [{ var: '$record.stage' }, 'won'] }, 'inert'],
      [{ var: 'account' }, 'wrong_type'],
    ] as const) {
      const answer = await ask('publish', ['field', 'opportunity.contact', withFilter(where)])
      expect([answer.status, answer.body.errors.map((one: { code: string }) => one.code)]).toEqual([
        422,
        expect.arrayContaining([code]),
      ])
    }
    await made('opportunity', deal(huawei, han), rep)
    const plan = await ask('plan', [
      'field',
      'opportunity.contact',
      withFilter({ '!=': [{ var: 'account' }, { var: '$record.account' }] }),
    ])
    expect(plan.body.findings).toContainEqual(
      expect.objectContaining({ code: 'rows_break_filter', severity: 'warning', count: 1 }),
    )
  })
})

describe('a tree of records of one object', () => {
  const NODES = '/api/v1/records/node__c'
  const UP = { type: 'lookup', label: BOTH('Above', '上级'), target: 'node__c' }

  it('is published over no circle: the plan names who stands in one', async () => {
    await publish(['object', 'node__c', OBJECT], ['field', 'node__c.up__c', UP])
    const one = await made('node__c', { name: 'One' })
    const other = await made('node__c', { name: 'Other', up__c: one })
    await made('node__c', { name: 'Below both', up__c: other })
    expect((await admin.patch(`${NODES}/${one}`, { up__c: other })).status).toBe(200)
    const tree = ['field', 'node__c.up__c', { ...UP, acyclic: true }] as const
    const plan = await ask('plan', [...tree])
    expect(plan.body.findings).toMatchObject([
      { code: 'circle', severity: 'error', count: 2, samples: [{ id: one }, { id: other }] },
    ])
    expect((await ask('publish', [...tree])).status).toBe(422)
    await admin.patch(`${NODES}/${one}`, { up__c: null })
    await publish([...tree])
  })

  it('stays one, whoever moves what at the same moment, in any door', async () => {
    for (let round = 0; round < 8; round += 1) {
      const ids = await Promise.all(['A', 'B', 'C'].map((name) => made('node__c', { name })))
      const moves = await Promise.all(
        ids.map((id, at) => admin.patch(`${NODES}/${id}`, { up__c: ids[(at + 1) % 3] })),
      )
      expect(moves.map(({ status }) => status).toSorted()).toEqual([200, 200, 422])
      const refused = moves.find(({ status }) => status === 422)
      expect(refused?.body.errors).toMatchObject([{ path: 'up__c', code: 'circle' }])
    }
    const [first, second] = [
      await made('node__c', { name: '1' }),
      await made('node__c', { name: '2' }),
    ]
    const move = (id: string, above: string): object => ({
      op: 'update',
      id,
      record: { up__c: above },
    })
    const batch = await admin.post(`${NODES}/batch`, {
      operations: [move(first, second), move(second, first), move(first, first)],
    })
    expect(batch.body.results.map(({ status }: { status: number }) => status)).toEqual([
      200, 422, 422,
    ])
  })
})
