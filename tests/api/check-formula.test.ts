import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { type Answer, type Caller, startTestServer, type TestServer } from '../support/index.ts'

const SETS = '/api/v1/meta/changesets'

let server: TestServer
let consultant: Caller
let set = ''

type Items = Readonly<Record<string, object>>

async function stage(items: Items): Promise<string> {
  const { body } = await server.admin.post(SETS, { label: 'Formulas' })
  for (const [path, definition] of Object.entries(items)) {
    const answer = await server.admin.put(`${SETS}/${body.id}/${path}`, definition)
    if (answer.status !== 200) throw new Error(answer.text)
  }
  return body.id
}

async function made(by: Caller, object: string, record: object): Promise<string> {
  const { status, body, text } = await by.post(`/api/v1/records/${object}`, record)
  if (status !== 201) throw new Error(text)
  return body.id
}

const check = (by: Caller, formula: string, more: object = {}): Promise<Answer> =>
  by.post(`${SETS}/${set}/check-formula`, { object: 'job__c', result: 'number', formula, ...more })

/** What is told of each record: the value, or the reason for none. */
async function told(by: Caller, formula: string, more: object = {}): Promise<unknown> {
  const answer = await check(by, formula, more)
  expect(answer.status, answer.text).toBe(200)
  const { records } = answer.body as {
    records: { name: string; value: unknown; reason: { code: string; fields: string[] } | null }[]
  }
  return records.map(({ name, value, reason }) => [
    name,
    reason === null ? value : [reason.code, ...reason.fields].join(' '),
  ])
}

beforeAll(async () => {
  server = await startTestServer()
  const world = await stage({
    'object/firm__c': { label: 'Firm', sharing: 'private' },
    'field/firm__c.credit__c': { type: 'currency', label: 'Credit' },
    'object/job__c': { label: 'Job', sharing: 'private' },
    'field/job__c.firm__c': {
      type: 'lookup',
      label: 'Firm',
      target: 'firm__c',
      relationship: { name: 'jobs__c' },
    },
    'field/job__c.amount__c': { type: 'currency', label: 'Amount' },
    'field/job__c.cost__c': { type: 'currency', label: 'Cost' },
    'field/job__c.size__c': { type: 'text', label: 'Size' },
    'permission_set/consultant__c': {
      label: 'Consultant',
      system: ['customize'],
      objects: {
        firm__c: { read: true, create: true },
        job__c: { read: true, create: true, fields: { cost__c: 'none' } },
      },
    },
  })
  const published = await server.admin.post(`${SETS}/${world}/publish`, {})
  if (published.status !== 200) throw new Error(published.text)
  consultant = await server.signIn(await server.createUser({ sets: ['consultant__c'] }))
  const hidden = await made(server.admin, 'firm__c', { name: 'Hidden', credit__c: 7 })
  await made(server.admin, 'job__c', { name: 'Not mine', amount__c: 1 })
  await made(consultant, 'job__c', { name: 'Empty' })
  const job = await made(consultant, 'job__c', { name: 'Job', amount__c: 10 })
  const patched = await server.admin.patch(`/api/v1/records/job__c/${job}`, {
    firm__c: hidden,
    cost__c: 4,
    size__c: 'L',
  })
  if (patched.status !== 200) throw new Error(patched.text)
  set = await stage({
    'field/job__c.rate__c': { type: 'percent', label: 'Rate' },
    'field/job__c.double__c': {
      type: 'formula',
      label: 'Double',
      result: 'currency',
      formula: 'amount__c * 2',
    },
    'field/job__c.broken__c': {
      type: 'formula',
      label: 'Broken',
      result: 'number',
      formula: '1 +',
    },
  })
}, 120_000)
afterAll(() => server.stop())

describe('a formula that is being written', () => {
  it.each([
    ['amount__c + 1', {}, 11, 1],
    ['amount__c + 1', { blanks: 'blank' }, 11, 'blank amount__c'],
    ['amount__c / 3', { scale: 3 }, 3.333, 0],
    ['100 / amount__c', {}, 10, 'division_by_zero'],
    ['size__c', { result: 'text' }, 'L', 'blank size__c'],
    ['NULL', { result: 'text' }, undefined, undefined],
    ['amount__c > 5', { result: 'checkbox' }, true, false],
    ['VALUE(size__c)', {}, 'not_a_number', 'blank size__c'],
    // A formula of the draft, and a field that has no column yet, beside a formula that is broken.
    ['double__c + rate__c', {}, 20, 0],
    ['double__c + rate__c', { blanks: 'blank' }, 'blank rate__c', 'blank amount__c rate__c'],
  ])('%s %j yields %s, and %s of what is empty', async (formula, more, full, empty) => {
    if (full === undefined) {
      expect((await check(consultant, formula, more)).body.errors).toMatchObject([
        { path: 'formula' },
      ])
      return
    }
    expect(await told(consultant, formula, more)).toEqual([
      ['Job', full],
      ['Empty', empty],
    ])
  })

  it('tells nothing of records that the caller may not see, also behind a reference', async () => {
    const credit = 'firm__c.credit__c'
    expect(await told(consultant, credit, { result: 'currency', blanks: 'blank' })).toEqual([
      ['Job', `blank ${credit}`],
      ['Empty', `blank ${credit}`],
    ])
    expect(await told(server.admin, credit, { result: 'currency' })).toEqual([
      ['Job', 7],
      ['Empty', 0],
      ['Not mine', 0],
    ])
  })

  it.each(['cost__c', 'amount__c - cost__c'])('refuses %s by name', async (formula) => {
    const { status, body } = await check(consultant, formula)
    expect([status, body.errors[0]]).toMatchObject([
      400,
      { path: 'formula', code: 'unreadable_field', message: expect.stringContaining('cost__c') },
    ])
    expect((await check(server.admin, formula)).status).toBe(200)
  })

  it('refuses it through a formula of the draft too', async () => {
    const path = `${SETS}/${set}/field/job__c.margin__c`
    const margin = {
      type: 'formula',
      label: 'M',
      result: 'currency',
      formula: 'amount__c - cost__c',
    }
    expect((await server.admin.put(path, margin)).status).toBe(200)
    const { status, body } = await check(consultant, 'margin__c')
    expect([status, body.errors[0].message]).toEqual([400, expect.stringContaining('cost__c')])
    await server.admin.delete(`${path}?undo=true`)
  })

  it.each([
    ['amount__c +', {}, 'formula'],
    ['amuont__c', {}, 'formula'],
    ['size__c', {}, 'formula'],
    ['1', { result: 'lookup' }, 'result'],
    ['1', { scale: 9 }, 'scale'],
    ['1', { object: 'nowhere__c' }, ''],
  ])('%s %j is refused at its place', async (formula, more, path) => {
    const { status, body } = await check(consultant, formula, more)
    expect(status).toBe(400)
    if (path !== '') expect(body.errors[0].path).toBe(path)
  })

  it('is for those who customize', async () => {
    const rep = await server.signIn(await server.createUser({ sets: ['sales_rep'] }))
    expect((await check(rep, '1')).status).toBe(403)
  })
})
