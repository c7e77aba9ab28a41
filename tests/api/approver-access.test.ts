import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import {
  type Answer,
  type Caller,
  type Pieces,
  publishWorld,
  startTestServer,
  type TestServer,
  type TestUser,
} from '../support/index.ts'

interface Person extends TestUser {
  caller: Caller
}

let server: TestServer
let seller: Person
let first: Person
let second: Person

const DEAL = '/api/v1/records/deal__c'
const WORK = { create: true, read: true, edit: true }

beforeAll(async () => {
  server = await startTestServer({ requestsPerMinute: 1_000_000 })
  const step = (name: string, mode = 'any'): object => ({
    name,
    label: name,
    mode,
    approvers: [{ by: 'role', role: `${name}__c` }],
  })
  await publish({
    'object/deal__c': { label: 'Deal' },
    'field/deal__c.secret__c': { type: 'text', label: 'Secret', max_length: 20 },
    'role/first__c': { label: 'First' },
    'role/second__c': { label: 'Second' },
    'permission_set/seller__c': { label: 'Seller', objects: { deal__c: WORK } },
    'permission_set/judge__c': {
      label: 'Judge',
      objects: { deal__c: { read: true, fields: { secret__c: 'none' } } },
    },
    'permission_set/blind__c': {
      label: 'Blind',
      objects: { deal__c: { read: true, fields: { name: 'none' } } },
    },
    'permission_set/nobody__c': { label: 'Nobody', objects: {} },
    'approval_process/deal__c': {
      label: 'Deal',
      object: 'deal__c',
      steps: [step('first', 'all'), step('second')],
    },
  })
  seller = await person('Seller', 'seller__c')
  first = await person('First', 'judge__c')
  second = await person('Second', 'judge__c')
})
afterAll(() => server.stop())

const publish = (components: Pieces): Promise<void> => publishWorld(server.admin, components)

async function person(name: string, set: string): Promise<Person> {
  const user = await server.createUser({ sets: [set], name })
  return { ...user, caller: await server.signIn(user) }
}

/** Says who has the roles that are asked. */
async function ask(role: 'first' | 'second', ...people: readonly Person[]): Promise<void> {
  const { database } = server.test
  await database.execute(`update main."user" set role = null where role = $1`, [`${role}__c`])
  await database.execute(`update main."user" set role = $1 where id = any($2::uuid[])`, [
    `${role}__c`,
    people.map(({ id }) => id),
  ])
}

interface Submitted {
  deal: string
  approval: string
}

async function submit(name: string): Promise<Submitted> {
  const deal = (await seller.caller.post(DEAL, { name, secret__c: 'secret' })).body.id
  const answer = await seller.caller.post('/api/v1/approvals', { object: 'deal__c', record: deal })
  expect(answer.status, answer.text).toBe(201)
  return { deal, approval: answer.body.id }
}

async function decide(judge: Person, approval: string, act: string): Promise<Answer> {
  const { body } = await judge.caller.get(`/api/v1/approvals/${approval}`)
  const item = body.work_items.find(
    (one: { assignee: { id: string }; status: string }) =>
      one.assignee.id === judge.id && one.status === 'pending',
  )
  return judge.caller.post(`/api/v1/work-items/${item.id}/${act}`, { comment: 'ok' })
}

const canRead = async ({ caller }: Person, deal: string): Promise<boolean> =>
  (await caller.get(`${DEAL}/${deal}`)).status === 200

describe('who is asked to decide', () => {
  it('is not told a name that their permission sets hide', async () => {
    const blind = await person('Blind', 'blind__c')
    await ask('first', blind)
    const { deal, approval } = await submit('A hidden name')
    const one = await blind.caller.get(`/api/v1/approvals/${approval}`)
    expect(one.body.record).toEqual({ id: deal, name: null })
    const box = await blind.caller.get('/api/v1/approvals?box=to_do')
    expect(box.body.approvals).toMatchObject([{ id: approval, record: { id: deal, name: null } }])
    expect(`${one.text} ${box.text}`).not.toContain('A hidden name')
  })

  it('reads the record until they have decided, then the next', async () => {
    await ask('first', first)
    await ask('second', second)
    const { deal, approval } = await submit('A deal')
    const seen = await first.caller.get(`${DEAL}/${deal}`)
    expect(seen.body).toMatchObject({ id: deal, name: 'A deal' })
    expect(seen.body).not.toHaveProperty('secret__c')
    expect((await first.caller.get(DEAL)).body.records).toMatchObject([{ id: deal }])
    expect((await first.caller.patch(`${DEAL}/${deal}`, { name: 'Mine' })).status).toBe(403)
    expect(await canRead(second, deal)).toBe(false)
    expect((await decide(first, approval, 'approve')).status).toBe(200)
    expect(await canRead(first, deal)).toBe(false)
    expect(await canRead(second, deal)).toBe(true)
    expect((await decide(second, approval, 'approve')).status).toBe(200)
    expect(await canRead(second, deal)).toBe(false)
  })

  it('reads it no more when another has refused, or it was recalled', async () => {
    await ask('first', first, second)
    const refused = await submit('Refused')
    expect(await canRead(second, refused.deal)).toBe(true)
    await decide(first, refused.approval, 'reject')
    expect(await canRead(second, refused.deal)).toBe(false)
    const recalled = await submit('Recalled')
    expect(await canRead(first, recalled.deal)).toBe(true)
    await seller.caller.post(`/api/v1/approvals/${recalled.approval}/recall`, {})
    expect(await canRead(first, recalled.deal)).toBe(false)
    expect(await canRead(second, recalled.deal)).toBe(false)
  })

  it('is named as such, and nobody ends or gives it by hand', async () => {
    await ask('first', first)
    const { deal } = await submit('Named')
    const { body } = await server.admin.get(`${DEAL}/${deal}/shares`)
    expect(body.shares).toMatchObject([
      { cause: 'approval', access: 'read', principal: { type: 'user', id: first.id } },
    ])
    const [share] = body.shares
    expect((await server.admin.delete(`${DEAL}/${deal}/shares/${share.id}`)).status).toBe(403)
    const widened = await server.admin.patch(`${DEAL}/${deal}/shares/${share.id}`, {
      access: 'edit',
    })
    expect(widened.status).toBe(403)
    const given = await server.admin.post(`${DEAL}/${deal}/shares`, {
      principal: { type: 'user', id: second.id },
      access: 'read',
      cause: 'approval',
    })
    expect(given.status).toBe(400)
    const why = await first.caller.get(`${DEAL}/${deal}/access`)
    expect(why.body).toMatchObject({ allowed: true, shares: [{ cause: 'approval' }] })
  })

  it('needs the right on the object all the same', async () => {
    const outsider = await person('Outsider', 'nobody__c')
    await ask('first', outsider)
    const { deal } = await submit('Not for them')
    expect((await outsider.caller.get(`${DEAL}/${deal}`)).status).toBe(403)
  })
})
