import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { type Caller, startTestServer, type TestServer, type TestUser } from '../support/index.ts'

let server: TestServer
let rep: TestUser
let outsider: TestUser

const WORK = { create: true, read: true, edit: true }

beforeAll(async () => {
  server = await startTestServer()
  await publish({
    'object/deal__c': { label: 'Deal' },
    'field/deal__c.region__c': { type: 'text', label: 'Region', max_length: 20 },
    'field/deal__c.margin__c': { type: 'number', label: 'Margin' },
    'permission_set/seller__c': {
      label: 'Seller',
      objects: { deal__c: { ...WORK, fields: { margin__c: 'none' } } },
    },
    'permission_set/guest__c': { label: 'Guest', objects: { user: { read: true } } },
    'sharing_rule/deal__c.east__c': {
      label: { 'zh-CN': '东区', 'en-US': 'East' },
      where: { '==': [{ var: 'region__c' }, 'east'] },
      to: [{ everyone: true }],
      access: 'read',
    },
    'restriction_rule/deal__c.open__c': {
      label: 'No secrets',
      to: [{ everyone: true }],
      where: { '!=': [{ var: 'name' }, 'Secret'] },
    },
  })
  rep = await server.createUser({ sets: ['seller__c'], name: 'Ray' })
  outsider = await server.createUser({ sets: ['guest__c'], name: 'Gus' })
  const seller = await server.signIn(rep)
  for (const name of ['Own 1', 'Own 2']) await create(seller, { name })
  await create(server.admin, { name: 'East 1', region__c: 'east' })
  await create(server.admin, { name: 'West 1', region__c: 'west' })
})
afterAll(() => server.stop())

const ask = (caller: Caller, user: string, object = 'deal__c') =>
  caller
    .with({ 'accept-language': 'en-US' })
    .get(`/api/v1/meta/access?user=${user}&object=${object}`)

describe('what a user sees', () => {
  it('is told with the ways that lead there, counted', async () => {
    const { status, body } = await ask(server.admin, rep.id)
    expect(status).toBe(200)
    expect(body).toMatchObject({
      user: { id: rep.id, name: 'Ray' },
      permission_sets: [{ name: 'seller__c', label: 'Seller', rights: ['create', 'read', 'edit'] }],
      rights: { create: true, read: true, edit: true, delete: false },
      scopes: { read: ['own'] },
      records: { looked_at: 4, visible: 3, complete: true },
      restrictions: [{ reason: { kind: 'restriction_rule' }, label: 'No secrets', count: 4 }],
    })
    expect(body.ways).toContainEqual(
      expect.objectContaining({ reason: { kind: 'scope', scope: 'own' }, count: 2 }),
    )
    expect(body.ways).toContainEqual({
      reason: { kind: 'sharing_rule', rule: 'deal__c.east__c' },
      label: 'East',
      count: 1,
    })
    expect(body.records.first.map(({ name }: { name: string }) => name).toSorted()).toEqual([
      'East 1',
      'Own 1',
      'Own 2',
    ])
    expect(body.fields).toContainEqual(
      expect.objectContaining({ field: 'margin__c', access: 'none' }),
    )
  })

  it('is what they are answered themselves', async () => {
    const theirs = await (await server.signIn(rep)).get('/api/v1/records/deal__c')
    const { body } = await ask(server.admin, rep.id)
    expect(body.records.first.map(({ id }: { id: string }) => id).toSorted()).toEqual(
      theirs.body.records.map(({ id }: { id: string }) => id).toSorted(),
    )
  })

  it('is nothing without the right on the object', async () => {
    const { body } = await ask(server.admin, outsider.id)
    expect(body).toMatchObject({
      rights: { read: false },
      records: { visible: 0, first: [] },
      ways: [],
      restrictions: [],
    })
  })

  it('is told to those alone who manage users', async () => {
    expect((await ask(await server.signIn(rep), rep.id)).status).toBe(403)
  })

  it('is refused for a user or an object that is not there', async () => {
    expect((await ask(server.admin, '00000000-0000-7000-8000-000000000000')).status).toBe(404)
    expect((await ask(server.admin, rep.id, 'deals__c')).status).toBe(404)
    expect((await ask(server.admin, 'nobody')).status).toBe(400)
  })
})

async function create(caller: Caller, values: object): Promise<void> {
  const answer = await caller.post('/api/v1/records/deal__c', values)
  expect([answer.status, answer.text]).toEqual([201, expect.anything()])
}

async function publish(items: Record<string, object>): Promise<void> {
  const { body } = await server.admin.post('/api/v1/meta/changesets', { label: 'Access' })
  const own = `/api/v1/meta/changesets/${body.id}`
  for (const [name, definition] of Object.entries(items)) {
    const put = await server.admin.put(`${own}/${name}`, definition)
    expect([name, put.status, put.text]).toEqual([name, 200, expect.anything()])
  }
  const published = await server.admin.post(`${own}/publish`, { label: 'Access' })
  expect([published.status, published.text]).toEqual([200, expect.anything()])
}
