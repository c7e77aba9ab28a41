import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { type Answer, type Caller, startTestServer, type TestServer } from '../support/index.ts'

const CASES = '/api/v1/records/case__c'
const WORK = { create: true, read: true, edit: true, read_scope: 'all', edit_scope: 'all' }
const TYPES: Readonly<Record<string, object>> = {
  question__c: {
    label: { 'zh-CN': '咨询', 'en-US': 'Question' },
    order: 1,
    default: true,
    values: {
      status__c: { codes: ['new', 'answered'], default: 'new' },
      topics__c: { codes: ['price', 'delivery'], default: 'price' },
    },
  },
  complaint__c: {
    label: { 'zh-CN': '投诉', 'en-US': 'Complaint' },
    order: 2,
    values: { status__c: { codes: ['new', 'analysed', 'solved'] } },
  },
  old__c: { label: 'Old', active: false, order: 3 },
}

let server: TestServer
let admin: Caller
let clerk: Caller
let auditor: Caller

/** Publishes definitions by their names. */
async function publish(items: Readonly<Record<string, object | null>>): Promise<Answer> {
  const set = (await admin.post('/api/v1/meta/changesets', { label: 'types' })).body.id
  for (const [name, definition] of Object.entries(items)) {
    const at = `/api/v1/meta/changesets/${set}/${name}`
    const answer = definition === null ? await admin.delete(at) : await admin.put(at, definition)
    expect([name, answer.status, answer.text]).toEqual([name, 200, expect.anything()])
  }
  return admin.post(`/api/v1/meta/changesets/${set}/publish`, {})
}

beforeAll(async () => {
  server = await startTestServer()
  admin = server.admin
  const codes = (...all: string[]): object[] => all.map((code) => ({ code, label: code }))
  const first = await publish({
    'object/case__c': { label: 'Case', plural: 'Cases', sharing: 'private' },
    'field/case__c.status__c': {
      type: 'picklist',
      label: 'Status',
      values: codes('new', 'answered', 'analysed', 'solved'),
    },
    'field/case__c.topics__c': {
      type: 'multi_picklist',
      label: 'Topics',
      values: codes('price', 'delivery', 'quality'),
    },
  })
  expect(first.status, first.text).toBe(200)
  const made = await admin.post(CASES, { name: 'Older than the types', status__c: 'solved' })
  expect(made.status, made.text).toBe(201)
  const second = await publish({
    ...Object.fromEntries(
      Object.entries(TYPES).map(([name, type]) => [`record_type/case__c.${name}`, type]),
    ),
    'permission_set/clerk__c': {
      label: 'Clerk',
      objects: { case__c: { ...WORK, record_types: ['complaint__c'] } },
    },
    'permission_set/auditor__c': {
      label: 'Auditor',
      objects: { case__c: { ...WORK, fields: { status__c: 'none' } } },
    },
  })
  expect(second.status, second.text).toBe(200)
  clerk = await server.signIn(await server.createUser({ name: 'Clara', sets: ['clerk__c'] }))
  auditor = await server.signIn(await server.createUser({ name: 'Otto', sets: ['auditor__c'] }))
})
afterAll(() => server.stop())

const faults = ({ body }: Answer): string[] =>
  body.errors.map((one: { path: string; code: string }) => `${one.path} ${one.code}`)

describe('a new record', () => {
  it('gets the default type and what it chooses, where nobody does', async () => {
    const { body } = await admin.post(CASES, { name: 'One' })
    expect([body.record_type, body.status__c, body.topics__c]).toEqual([
      'question__c',
      'new',
      ['price'],
    ])
  })

  it('gets the first type that its maker may choose', async () => {
    const { body } = await clerk.post(CASES, { name: 'Two' })
    expect([body.record_type, body.status__c]).toEqual(['complaint__c', null])
  })

  it('is refused a type that its maker may not choose, and one that is not chosen any more', async () => {
    expect(faults(await clerk.post(CASES, { name: 'x', record_type: 'question__c' }))).toEqual([
      'record_type forbidden_record_type',
    ])
    expect(faults(await admin.post(CASES, { name: 'x', record_type: 'old__c' }))).toEqual([
      'record_type inactive_value',
    ])
    expect(faults(await admin.post(CASES, { name: 'x', record_type: 'nothing' }))).toEqual([
      'record_type unknown_value',
    ])
  })

  it('is refused values that its type does not offer', async () => {
    const values = { name: 'x', status__c: 'solved', topics__c: ['price', 'quality'] }
    expect(faults(await admin.post(CASES, values))).toEqual([
      'status__c not_of_record_type',
      'topics__c not_of_record_type',
    ])
  })
})

describe('a change of type', () => {
  it('asks for the values that do not fit, and takes them in the same save', async () => {
    const { body } = await admin.post(CASES, { name: 'Three', status__c: 'answered' })
    const at = `${CASES}/${body.id}`
    expect(faults(await admin.patch(at, { record_type: 'complaint__c' }))).toEqual([
      'status__c not_of_record_type',
    ])
    const done = await admin.patch(at, { record_type: 'complaint__c', status__c: 'analysed' })
    expect([done.status, done.body.record_type, done.body.status__c]).toEqual([
      200,
      'complaint__c',
      'analysed',
    ])
    expect(faults(await admin.patch(at, { record_type: null }))).toEqual(['record_type required'])
  })

  it('names every value for which another one is asked, and those that may take its place', async () => {
    const values = { name: 'Nine', record_type: 'complaint__c', status__c: 'analysed' }
    const { body } = await admin.post(CASES, { ...values, topics__c: ['price', 'quality'] })
    const change = { op: 'update', id: body.id, record: { record_type: 'question__c' } }
    const { body: batch } = await admin.post(`${CASES}/batch`, {
      atomic: false,
      operations: [change],
    })
    const single = await admin
      .with({ 'if-match': `"${body.version}"` })
      .patch(`${CASES}/${body.id}`, { record_type: 'question__c' })
    expect(single.body.errors).toEqual([
      {
        path: 'status__c',
        code: 'not_of_record_type',
        value: 'analysed',
        allowed: ['new', 'answered'],
        message: expect.stringContaining('analysed'),
      },
      {
        path: 'topics__c',
        code: 'not_of_record_type',
        value: ['quality'],
        allowed: ['price', 'delivery'],
        message: expect.stringContaining('quality'),
      },
    ])
    expect(batch.results[0]).toMatchObject({ status: 422, errors: single.body.errors })
    const mapped = { record_type: 'question__c', status__c: 'new', topics__c: ['price'] }
    const stale = admin.with({ 'if-match': '"99"' })
    expect((await stale.patch(`${CASES}/${body.id}`, mapped)).status).toBe(412)
    const done = await admin
      .with({ 'if-match': `"${body.version}"` })
      .patch(`${CASES}/${body.id}`, mapped)
    expect([done.status, done.body.version]).toEqual([200, body.version + 1])
  })

  it('does not tell of a field that is hidden why the type does not fit', async () => {
    const { body } = await admin.post(CASES, { name: 'Four', status__c: 'answered' })
    const answer = await auditor.patch(`${CASES}/${body.id}`, { record_type: 'complaint__c' })
    expect(faults(answer)).toEqual(['record_type not_of_record_type'])
    expect(answer.text).not.toContain('status__c')
  })

  it('leaves alone what is older than the types', async () => {
    const { body } = await admin.get(`${CASES}?filter[name]=Older than the types`)
    const [old] = body.records
    expect([old.record_type, old.status__c]).toEqual([null, 'solved'])
    const { status } = await admin.patch(`${CASES}/${old.id}`, { status__c: 'answered' })
    expect(status).toBe(200)
  })
})

describe('types are told', () => {
  it('with what the caller may choose and see', async () => {
    const { body } = await clerk.get('/api/v1/meta/objects/case__c')
    expect(
      body.record_types.map((type: { name: string; available: boolean }) => [
        type.name,
        type.available,
      ]),
    ).toEqual([
      ['question__c', false],
      ['complaint__c', true],
      ['old__c', false],
    ])
    const seen = (await auditor.get('/api/v1/meta/objects/case__c')).body.record_types
    expect(JSON.stringify(seen)).not.toContain('status__c')
  })

  it('in lists, groups and filters', async () => {
    const { body } = await admin.post(`${CASES}/aggregate`, {
      group_by: ['record_type'],
      measures: [{ fn: 'count', as: 'n' }],
    })
    const types = body.groups.map((group: { record_type: string | null }) => group.record_type)
    expect(types).toContain('complaint__c')
    const list = await admin.get(`${CASES}?filter[record_type]=complaint__c&select=record_type`)
    expect(list.body.records.length).toBeGreaterThan(0)
  })
})

it('a batch makes records of different types, each with its own answer', async () => {
  const { body } = await clerk.post(`${CASES}/batch`, {
    operations: [
      { op: 'create', record: { name: 'b1' } },
      { op: 'create', record: { name: 'b2', record_type: 'question__c' } },
    ],
  })
  expect(body.results.map((one: { status: number }) => one.status)).toEqual([201, 422])
})

describe('what cannot be published', () => {
  it.each([
    ['a field that is no picklist', { values: { name: { codes: ['a'] } } }, 'wrong_type'],
    ['a value that is not there', { values: { status__c: { codes: ['nwe'] } } }, 'unknown_value'],
    [
      'a default that is not offered',
      { values: { status__c: { codes: ['new'], default: 'solved' } } },
      'unknown_value',
    ],
    ['a second default', { default: true }, 'duplicate_default'],
    ['a default that is not chosen any more', { default: true, active: false }, 'inert'],
  ])('%s', async (_name, definition, code) => {
    const answer = await publish({
      'record_type/case__c.more__c': { label: 'More', ...definition },
    })
    expect(answer.status).toBe(422)
    expect(answer.body.errors.map((one: { code: string }) => one.code)).toContain(code)
  })

  it('without a type that records have', async () => {
    await admin.post(CASES, { name: 'A question' })
    const answer = await publish({ 'record_type/case__c.question__c': null })
    expect(answer.status).toBe(422)
    expect(answer.text).toContain('value_in_use')
    const off = { ...TYPES['question__c'], active: false, default: false }
    expect((await publish({ 'record_type/case__c.question__c': off })).status).toBe(200)
  })

  it('a permission set with a type that is gone', async () => {
    const answer = await publish({ 'record_type/case__c.complaint__c': null })
    expect(answer.status).toBe(422)
    expect(answer.text).toContain('unknown_record_type')
  })
})

describe('a type that is taken away', () => {
  const VISITS = '/api/v1/records/visit__c'
  const typed = (...items: [string, object | null][]): Record<string, object | null> =>
    Object.fromEntries(items.map(([name, type]) => [`record_type/visit__c.${name}`, type]))
  const object = (replaced?: object): object => ({
    label: 'Visit',
    ...(replaced === undefined ? {} : { replaced_record_types: replaced }),
  })
  let on: string
  let off: string

  beforeAll(async () => {
    const answer = await publish({
      'object/visit__c': object(),
      'field/visit__c.result__c': {
        type: 'picklist',
        label: 'Result',
        values: [{ code: 'good' }, { code: 'bad' }],
      },
      ...typed(
        ['site__c', { label: 'On site', default: true }],
        ['call__c', { label: 'Call', values: { result__c: { codes: ['good'] } } }],
        ['mail__c', { label: 'Mail' }],
      ),
    })
    expect(answer.status, answer.text).toBe(200)
    const first = await admin.post(VISITS, {
      name: 'A',
      record_type: 'site__c',
      result__c: 'bad',
    })
    const second = await admin.post(VISITS, { name: 'B', record_type: 'mail__c' })
    on = first.body.id
    off = second.body.id
  })

  it('asks where its records go, and is refused an answer that is none', async () => {
    const refused = await publish(typed(['site__c', null]))
    expect(refused.status).toBe(422)
    expect(refused.text).toContain('value_in_use')
    const faulty = await publish({
      'object/visit__c': object({ site__c: 'phone__c', mail__c: 'call__c' }),
      ...typed(['site__c', null]),
    })
    expect(faults(faulty)).toEqual([
      'object visit__c: replaced_record_types.mail__c contradiction',
      'object visit__c: replaced_record_types.site__c unknown_record_type',
    ])
  })

  it('names records with values that the other type does not offer; they stay as they are', async () => {
    const set = (await admin.post('/api/v1/meta/changesets', { label: 'types' })).body.id
    const at = `/api/v1/meta/changesets/${set}`
    await admin.put(`${at}/object/visit__c`, object({ site__c: 'call__c' }))
    await admin.delete(`${at}/record_type/visit__c.site__c`)
    const plan = await admin.post(`${at}/plan`, {})
    expect(plan.body.findings).toMatchObject([
      {
        code: 'values_not_offered',
        severity: 'warning',
        kind: 'record_type',
        name: 'visit__c.site__c',
        count: 1,
        samples: [{ id: on, name: 'A', value: 'bad' }],
      },
    ])
    const done = await admin.post(`${at}/publish`, {})
    expect(done.status, done.text).toBe(200)
    const { body } = await admin.get(`${VISITS}/${on}`)
    expect([body.record_type, body.result__c, body.version]).toEqual(['call__c', 'bad', 2])
    const history = (await admin.get(`${VISITS}/${on}/history`)).body
    expect(JSON.stringify(history)).toContain('"record_type"')
  })

  it('may leave its records without one', async () => {
    const answer = await publish({
      'object/visit__c': object({ mail__c: '' }),
      ...typed(['mail__c', null]),
    })
    expect(answer.status, answer.text).toBe(200)
    expect((await admin.get(`${VISITS}/${off}`)).body.record_type).toBeNull()
  })
})
