import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import {
  type Caller,
  type Pieces,
  publishWorld,
  startTestServer,
  type TestServer,
  type TestUser,
} from '../support/index.ts'

let server: TestServer
let admin: Caller
const users: Record<string, TestUser & { caller: Caller }> = {}

beforeAll(async () => {
  server = await startTestServer({ requestsPerMinute: 1_000_000 })
  admin = server.admin
  await publish({
    'role/head__c': { label: 'Head' },
    'role/lead__c': { label: 'Lead', parent: 'head__c' },
    'role/rep__c': { label: 'Rep', parent: 'lead__c' },
    'object/deal__c': { label: 'Deal' },
    'field/deal__c.region__c': { type: 'text', label: 'Region', max_length: 20 },
    'object/ranked__c': { label: 'Ranked', role_hierarchy: true },
    'object/visit__c': { label: 'Visit' },
    'field/visit__c.deal__c': {
      type: 'lookup',
      label: 'Deal',
      target: 'deal__c',
      relationship: { name: 'visits__c' },
      shares_parent: true,
    },
    'sharing_rule/deal__c.east__c': {
      label: 'East',
      where: { '==': [{ var: 'region__c' }, 'east'] },
      to: [{ group: 'east' }],
      access: 'edit',
    },
    'sharing_rule/deal__c.of_reps__c': {
      label: 'Of reps',
      owned_by: [{ role: 'rep__c' }],
      to: [{ role: 'head__c' }],
      access: 'read',
    },
    'restriction_rule/deal__c.secret__c': {
      label: 'No secrets',
      to: [{ department_and_below: 'sales' }],
      where: {
        or: [{ is_blank: { var: 'region__c' } }, { '!=': [{ var: 'region__c' }, 'secret'] }],
      },
    },
    ...Object.fromEntries(
      ['own', 'own_and_subordinates', 'department', 'department_and_below'].map((scope) => [
        `permission_set/${scope}__c`,
        {
          label: scope,
          objects: {
            deal__c: { ...WORK, read_scope: scope, edit_scope: scope },
            ranked__c: WORK,
            visit__c: WORK,
            user: { read: true },
          },
        },
      ]),
    ),
    'object/deal_line__c': { label: 'Line' },
    'field/deal_line__c.deal__c': {
      type: 'master_detail',
      label: 'Deal',
      target: 'deal__c',
      relationship: { name: 'lines__c' },
    },
    'permission_set/all__c': {
      label: 'All',
      objects: { deal__c: { ...WORK, edit_scope: 'all' }, deal_line__c: WORK },
    },
    'permission_set/deleting__c': {
      label: 'Deleting',
      objects: { deal__c: { ...WORK, delete_scope: 'all' } },
    },
    'permission_set/handing_over__c': {
      label: 'Handing over',
      objects: { deal__c: { ...WORK, transfer: true } },
    },
  })
  await makePeople()
})
afterAll(() => server.stop())

const WORK = { create: true, read: true, edit: true, delete: true }

const publish = (definitions: Pieces): Promise<void> => publishWorld(admin, definitions)

async function create(object: string, values: object): Promise<string> {
  const answer = await admin.post(`/api/v1/records/${object}`, values)
  if (answer.status !== 201) throw new Error(answer.text)
  return answer.body.id
}

/** anna heads sales; bea leads in sales below anna; cem is a rep in sales/east below bea; dan works elsewhere. */
async function makePeople(): Promise<void> {
  const sales = await create('department', { name: 'Sales', code: 'sales' })
  const east = await create('department', { name: 'East', code: 'east', parent: sales })
  const other = await create('department', { name: 'Other', code: 'other' })
  const group = await create('user_group', { name: 'East', code: 'east' })
  const plan = {
    anna: { role: 'head__c', department: sales, set: 'department_and_below__c', manager: null },
    bea: { role: 'lead__c', department: sales, set: 'own_and_subordinates__c', manager: 'anna' },
    cem: { role: 'rep__c', department: east, set: 'own__c', manager: 'bea' },
    eve: { role: 'rep__c', department: east, set: 'department__c', manager: 'bea' },
    dan: { role: 'rep__c', department: other, set: 'own__c', manager: null },
  }
  for (const [name, { role, department, set, manager }] of Object.entries(plan)) {
    const user = await server.createUser({ sets: [set], name })
    const patched = await admin.patch(`/api/v1/records/user/${user.id}`, {
      role,
      department,
      ...(manager === null ? {} : { manager: users[manager]?.id }),
    })
    expect(patched.status, patched.text).toBe(200)
    users[name] = { ...user, caller: await server.signIn(user) }
  }
  await create('group_member', { user_group: group, user: id('dan') })
}

const id = (name: string): string => users[name]?.id ?? ''
const as = (name: string): Caller => {
  const caller = users[name]?.caller
  if (!caller) throw new Error(`Nobody is called ${name}`)
  return caller
}

/** Who of all may read a record, and who may edit it. */
async function access(object: string, record: string): Promise<{ read: string[]; edit: string[] }> {
  const read: string[] = []
  const edit: string[] = []
  for (const name of Object.keys(users)) {
    const path = `/api/v1/records/${object}/${record}`
    const [one, list, patch] = [
      await as(name).get(path),
      await as(name).get(`/api/v1/records/${object}?limit=1000&count=exact`),
      await as(name).post(`${path}/preview`, { name: 'x' }),
    ]
    const isListed = list.body.records.some((row: { id: string }) => row.id === record)
    expect(isListed, name).toBe(one.status === 200)
    expect(list.body.count).toBe(list.body.records.length)
    expect([200, 404]).toContain(one.status)
    if (one.status === 200) read.push(name)
    if (patch.status === 200) edit.push(name)
  }
  return { read, edit }
}

describe('a record is open', () => {
  it('to scopes by its owner: managers above, departments, departments below', async () => {
    const ofCem = await create('deal__c', { name: 'c', owner: id('cem') })
    expect(await access('deal__c', ofCem)).toEqual({
      read: ['anna', 'bea', 'cem', 'eve'],
      edit: ['anna', 'bea', 'cem', 'eve'],
    })
    const ofAnna = await create('deal__c', { name: 'a', owner: id('anna') })
    expect(await access('deal__c', ofAnna)).toEqual({ read: ['anna'], edit: ['anna'] })
    const ofDan = await create('deal__c', { name: 'd', owner: id('dan') })
    expect(await access('deal__c', ofDan)).toEqual({ read: ['anna', 'dan'], edit: ['dan'] })
  })

  it('to roles above its owner, where the object says so', async () => {
    const ofCem = await create('ranked__c', { name: 'c', owner: id('cem') })
    expect(await access('ranked__c', ofCem)).toEqual({
      read: ['anna', 'bea', 'cem'],
      edit: ['anna', 'bea', 'cem'],
    })
    const ofBea = await create('ranked__c', { name: 'b', owner: id('bea') })
    expect((await access('ranked__c', ofBea)).read).toEqual(['anna', 'bea'])
  })

  it('by sharing rules, as far as they go, at once when the record changes', async () => {
    const deal = await create('deal__c', { name: 'a', owner: id('anna'), region__c: 'east' })
    expect(await access('deal__c', deal)).toEqual({ read: ['anna', 'dan'], edit: ['anna', 'dan'] })
    await admin.patch(`/api/v1/records/deal__c/${deal}`, { region__c: 'west' })
    expect((await access('deal__c', deal)).read).toEqual(['anna'])
  })

  it('to nobody whom a restriction rule means, not even its owner', async () => {
    const deal = await create('deal__c', { name: 's', owner: id('dan'), region__c: 'secret' })
    expect(await access('deal__c', deal)).toEqual({ read: ['dan'], edit: ['dan'] })
    const own = await as('anna').post('/api/v1/records/deal__c', { name: 'x', region__c: 'secret' })
    expect(own.status).toBe(403)
    const deals = await as('anna').post('/api/v1/records/deal__c', { name: 'x' })
    const moved = await as('anna').patch(`/api/v1/records/deal__c/${deals.body.id}`, {
      region__c: 'secret',
    })
    expect(moved.status).toBe(403)
    const kept = await admin.get(`/api/v1/records/deal__c/${deals.body.id}`)
    expect(kept.body).toMatchObject({ version: 1, region__c: null })
  })

  it('to those who may read a record below it that opens its parent', async () => {
    const deal = await create('deal__c', { name: 'p', owner: id('anna') })
    const visit = await create('visit__c', { name: 'v', owner: id('cem'), deal__c: deal })
    expect(await access('deal__c', deal)).toEqual({ read: ['anna', 'cem'], edit: ['anna'] })
    await admin.delete(`/api/v1/records/visit__c/${visit}`)
    expect((await access('deal__c', deal)).read).toEqual(['anna'])
  })

  it('to the members of a queue that owns it, and they may take it', async () => {
    const queue = await create('user', { name: 'Q', type: 'queue' })
    const deal = await create('deal__c', { name: 'q', owner: queue })
    expect((await access('deal__c', deal)).read).toEqual([])
    const member = await create('queue_member', { queue, member: id('dan') })
    expect((await access('deal__c', deal)).edit).toEqual(['dan'])
    const taken = await as('dan').patch(`/api/v1/records/deal__c/${deal}`, { owner: id('dan') })
    expect(taken.status, taken.text).toBe(200)
    await admin.delete(`/api/v1/records/queue_member/${member}`)
    expect((await access('deal__c', deal)).read).toEqual(['anna', 'dan'])
  })
})

describe('who belongs where', () => {
  it('counts at once when it changes', async () => {
    const deal = await create('deal__c', { name: 'c', owner: id('cem') })
    await admin.patch(`/api/v1/records/user/${id('cem')}`, { manager: id('dan') })
    await admin.patch(`/api/v1/records/user/${id('dan')}`, {
      permission_sets: ['own_and_subordinates__c'],
    })
    expect((await access('deal__c', deal)).read).toEqual(['anna', 'cem', 'eve', 'dan'])
    await admin.patch(`/api/v1/records/user/${id('cem')}`, { manager: id('bea') })
    expect((await access('deal__c', deal)).read).toEqual(['anna', 'bea', 'cem', 'eve'])
    await admin.patch(`/api/v1/records/user/${id('dan')}`, { permission_sets: ['own__c'] })
  })

  it('is changed by those alone who manage users', async () => {
    const refused = await as('bea').post('/api/v1/records/user_group', { name: 'G', code: 'g' })
    expect(refused.status).toBe(403)
  })
})

describe('what lies in the bin', () => {
  it('is brought back by nobody who could not see it outside', async () => {
    const sales = (await admin.get('/api/v1/records/department?filter[code]=sales')).body.records[0]
    const restricted = await server.createUser({ sets: ['all__c'] })
    await admin.patch(`/api/v1/records/user/${restricted.id}`, { department: sales.id })
    const deal = await create('deal__c', { name: 'Secret', region__c: 'secret' })
    const line = await create('deal_line__c', { name: 'Line', deal__c: deal })
    await admin.delete(`/api/v1/records/deal_line__c/${line}`)
    const caller = await server.signIn(restricted)
    const restore = `/api/v1/records/deal_line__c/${line}/restore`
    expect((await caller.post(restore, {})).status).toBe(404)
    await admin.delete(`/api/v1/records/deal__c/${deal}`)
    expect((await caller.post(restore, {})).status).toBe(404)
  })

  it('is brought back by nobody who may delete but not read it', async () => {
    const caller = await server.signIn(await server.createUser({ sets: ['deleting__c'] }))
    const deal = await create('deal__c', { name: 'Not theirs' })
    await admin.delete(`/api/v1/records/deal__c/${deal}`)
    expect((await caller.post(`/api/v1/records/deal__c/${deal}/restore`, {})).status).toBe(404)
    expect((await admin.post(`/api/v1/records/deal__c/${deal}/restore`, {})).status).toBe(200)
  })
})

describe('the owner', () => {
  it('is changed by those alone who may transfer, to somebody who works with such records', async () => {
    const deal = await create('deal__c', { name: 'c', owner: id('cem') })
    const path = `/api/v1/records/deal__c/${deal}`
    expect((await as('bea').patch(path, { owner: id('eve') })).status).toBe(403)
    await admin.patch(`/api/v1/records/user/${id('bea')}`, {
      permission_sets: ['own_and_subordinates__c', 'handing_over__c'],
    })
    // The set that lets them transfer reaches their own records only.
    expect((await as('bea').patch(path, { owner: id('eve') })).status).toBe(403)
    const own = (await as('bea').post('/api/v1/records/deal__c', { name: 'b' })).body.id
    const stranger = await server.createUser({ sets: ['handing_over__c'] })
    await admin.patch(`/api/v1/records/user/${stranger.id}`, { active: false })
    const to = (owner: string) => as('bea').patch(`/api/v1/records/deal__c/${own}`, { owner })
    expect((await to(stranger.id)).status).toBe(403)
    expect((await to(id('dan'))).status).toBe(200)
    expect((await as('bea').get(`/api/v1/records/deal__c/${own}`)).status).toBe(404)
  })
})
