import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import {
  type Answer,
  type Caller,
  startTestServer,
  type TestServer,
  type TestUser,
} from '../support/index.ts'

let server: TestServer
let admin: Caller

beforeAll(async () => {
  server = await startTestServer({ requestsPerMinute: 1_000_000 })
  admin = server.admin
  const set = (await admin.post('/api/v1/meta/changesets', { label: 'staff' })).body.id
  const put = (name: string, definition: object): Promise<Answer> =>
    admin.put(`/api/v1/meta/changesets/${set}/${name}`, definition)
  await put('permission_set/staff__c', {
    label: 'Staff',
    system: ['manage_users'],
    objects: {
      user: { create: true, read: true, edit: true, edit_scope: 'all' },
      account: { create: true, read: true, edit: true, fields: { credit_limit: 'read' } },
    },
  })
  const sets: Readonly<Record<string, object>> = {
    own__c: { account: { read: true, edit: true, fields: { credit_limit: 'none' } } },
    wider__c: {
      account: {
        read: true,
        edit: true,
        edit_scope: 'department',
        fields: { credit_limit: 'none' },
      },
    },
    field__c: { account: { read: true, edit: true } },
    other__c: { contact: { read: true } },
  }
  for (const [name, objects] of Object.entries(sets)) {
    await put(`permission_set/${name}`, { label: name, objects })
  }
  const published = await admin.post(`/api/v1/meta/changesets/${set}/publish`, {})
  expect(published.status, published.text).toBe(200)
})
afterAll(() => server.stop())

const USERS = '/api/v1/records/user'
const codes = ({ body }: Answer): string[] =>
  body.errors.map((one: { path: string; code: string }) => `${one.path}:${one.code}`)

describe('handing over', () => {
  it('moves what somebody owns, and what waits for them, and ends their sessions', async () => {
    const leaver = await server.createUser({ name: 'Leaver', sets: ['sales_manager'] })
    const heir = await server.createUser({ name: 'Heir', sets: ['sales_rep'] })
    const caller = await server.signIn(leaver)
    for (const name of ['Account A', 'Account B', 'Account C']) {
      expect((await caller.post('/api/v1/records/account', { name })).status).toBe(201)
    }
    await server.test.database.execute(
      `update main.account set locked = true where name = 'Account C' and owner = $1`,
      [leaver.id],
    )
    const holdings = await admin.get(`${USERS}/${leaver.id}/holdings`)
    expect(holdings.body).toEqual({
      objects: [{ object: 'account', label: expect.any(String), count: 3 }],
      work_items: 0,
      direct_reports: 0,
      queues: 0,
    })
    const path = `${USERS}/${leaver.id}/actions/deactivate`
    const answer = await admin.post(path, { successor: heir.id })
    expect(answer.status, answer.text).toBe(200)
    expect(answer.body).toEqual({
      active: false,
      successor: { id: heir.id, name: 'Heir' },
      moved: [{ object: 'account', label: expect.any(String), count: 2 }],
      left: [{ object: 'account', label: expect.any(String), count: 1 }],
      work_items: { moved: 0, left: 0 },
      direct_reports: { moved: 0, left: 0 },
      complete: true,
    })
    expect((await caller.get('/api/v1/me')).status).toBe(401)
    await server.test.database.execute('update main.account set locked = false')
    const again = await admin.post(path, { successor: heir.id })
    expect(again.body).toMatchObject({ moved: [{ object: 'account', count: 1 }], left: [] })
    expect((await admin.post(path, { successor: heir.id })).body).toMatchObject({
      moved: [],
      left: [],
    })
    const list = await (await server.signIn(heir)).get('/api/v1/records/account?count=exact')
    expect(list.body.count).toBe(3)
  })

  it('takes only an active person for a successor, and only who manages users may do it', async () => {
    const leaver = await server.createUser({ name: 'Leaver', sets: ['sales_rep'] })
    const path = `${USERS}/${leaver.id}/actions/deactivate`
    expect(codes(await admin.post(path, { successor: leaver.id }))).toEqual([
      'successor:validation_failed',
    ])
    const nobody = '00000000-0000-4000-8000-000000000000'
    expect((await admin.post(path, { successor: nobody })).status).toBe(422)
    expect((await admin.post(path, { successor: 'x' })).status).toBe(400)
    expect((await admin.post(`${USERS}/${nobody}/actions/deactivate`)).status).toBe(404)
    const rep = await server.signIn(leaver)
    expect((await rep.post(path, {})).status).toBe(403)
    expect((await rep.get(`${USERS}/${leaver.id}/holdings`)).status).toBe(403)
    expect((await admin.post(path)).body).toMatchObject({ active: false, successor: null })
  })

  it('gives open work items to the successor, but not those of their own submissions', async () => {
    const { database } = server.test
    const boss = await server.createUser({ name: 'Boss', sets: ['sales_manager'] })
    const rep = await server.createUser({ name: 'Rep', sets: ['sales_rep'] })
    const items = async (submitter: TestUser): Promise<string> => {
      const [row] = await database.query<{ id: string }>(
        `with a as (insert into main._approval (id, process, definition, object, record, status, step, submitted_by, submitted_at)
           values (gen_random_uuid(), 'p', '{"steps": [{"name": "one"}]}', 'account', gen_random_uuid(), 'pending', 0, $1, now()) returning id)
         insert into main._work_item (id, approval, step, position, assignee, status, created_at)
         select gen_random_uuid(), a.id, 0, 0, $2, 'pending', now() from a returning id`,
        [submitter.id, boss.id],
      )
      return row?.id ?? ''
    }
    const heir = await server.createUser({ name: 'Heir', sets: ['sales_manager'] })
    const moving = await items(rep)
    const staying = await items(heir)
    const answer = await admin.post(`${USERS}/${boss.id}/actions/deactivate`, {
      successor: heir.id,
    })
    expect(answer.body.work_items).toEqual({ moved: 1, left: 1 })
    const rows = await database.query<{ id: string; assignee: string }>(
      'select id, assignee from main._work_item where id = any($1::uuid[])',
      [[moving, staying]],
    )
    expect(Object.fromEntries(rows.map((row) => [row.id, row.assignee]))).toEqual({
      [moving]: heir.id,
      [staying]: boss.id,
    })
  })
})

describe('handing over to several', () => {
  it('gives records, approvals and subordinates to whom is named for each', async () => {
    const people = await Promise.all(
      ['Leaver', 'Heir', 'Judge', 'Chief', 'Member'].map((name) =>
        server.createUser({ name, sets: ['sales_manager'] }),
      ),
    )
    const [leaver, heir, judge, chief, member] = people.map(({ id }) => id)
    const caller = await server.signIn(people[0] as TestUser)
    expect((await caller.post('/api/v1/records/account', { name: 'Several' })).status).toBe(201)
    for (const id of [chief, member]) {
      expect((await admin.patch(`${USERS}/${id}`, { manager: leaver })).status).toBe(200)
    }
    const queue = (
      await admin.post(USERS, { name: 'Queue', type: 'queue', code: 'handed_over', active: true })
    ).body.id
    await admin.post('/api/v1/records/queue_member', { queue, member: leaver })
    const holdings = await admin.get(`${USERS}/${leaver}/holdings`)
    expect(holdings.body).toMatchObject({ direct_reports: 2, queues: 1 })
    const path = `${USERS}/${leaver}/actions/deactivate`
    expect(codes(await admin.post(path, { approver: leaver, manager: queue }))).toEqual([
      'approver:validation_failed',
      'manager:validation_failed',
    ])
    const answer = await admin.post(path, { successor: heir, approver: judge, manager: chief })
    expect(answer.body).toMatchObject({
      moved: [{ object: 'account', count: 1 }],
      // Nobody reports to themself.
      direct_reports: { moved: 1, left: 1 },
    })
    expect((await admin.get(`${USERS}/${member}`)).body.manager).toMatchObject({ id: chief })
    expect((await admin.get(`${USERS}/${chief}`)).body.manager).toMatchObject({ id: leaver })
  })
})

describe('how somebody gets in', () => {
  it('is told to who manages users, who ends it', async () => {
    const user = await server.createUser({ name: 'In', sets: ['sales_rep'] })
    const caller = await server.signIn(user)
    const path = `/api/v1/users/${user.id}/sign-in`
    expect((await caller.get(path)).status).toBe(403)
    expect((await admin.get(path)).body).toEqual({
      email: user.email,
      last_seen_at: expect.any(String),
      sessions: 1,
      api_keys: 0,
      second_step: false,
    })
    expect((await admin.delete(`/api/v1/users/${user.id}/sessions`)).status).toBe(204)
    expect((await caller.get('/api/v1/me')).status).toBe(401)
    expect((await admin.get(path)).body).toMatchObject({ sessions: 0, last_seen_at: null })
    const nobody = '00000000-0000-4000-8000-000000000000'
    expect((await admin.get(`/api/v1/users/${nobody}/sign-in`)).status).toBe(404)
  })
})

describe('who tried too often', () => {
  it('waits, until somebody who manages users lets them try again', async () => {
    const { id, email, password } = await server.createUser({
      name: 'Forgets',
      sets: ['sales_rep'],
    })
    const login = (word: string): Promise<Answer> =>
      server.stranger.post('/api/v1/auth/login', { email, password: word })
    for (let round = 0; round < 5; round++) expect((await login('a wrong one')).status).toBe(401)
    expect((await login(password)).status).toBe(429)
    const rep = await server.signIn(await server.createUser({ name: 'Rep', sets: ['sales_rep'] }))
    expect((await rep.delete(`/api/v1/users/${id}/attempts`)).status).toBe(403)
    expect((await admin.delete(`/api/v1/users/${id}/attempts`)).status).toBe(204)
    expect((await login(password)).status).toBe(200)
    const { body } = await admin.get(`/api/v1/audit?action=unlocked&record=${id}`)
    expect(body.entries).toHaveLength(1)
  })
})

describe('giving rights', () => {
  it('goes no further than the own ones', async () => {
    const staff = await server.signIn(
      await server.createUser({ name: 'Staff', sets: ['staff__c'] }),
    )
    const colleague = await server.createUser({ name: 'Colleague', sets: ['sales_rep'] })
    const give = (sets: readonly string[]): Promise<Answer> =>
      staff.patch(`${USERS}/${colleague.id}`, { permission_sets: sets })
    for (const set of ['admin', 'wider__c', 'field__c', 'other__c']) {
      const refused = await give(['sales_rep', set])
      expect(refused.status, set).toBe(403)
      expect(codes(refused)).toEqual(['permission_sets:forbidden'])
      expect(refused.text).toContain(set)
    }
    // What somebody has already stays theirs, and less is always possible.
    expect((await give(['sales_rep', 'own__c'])).status).toBe(200)
    expect((await give(['own__c'])).status).toBe(200)
    expect((await give(['own__c', 'sales_rep'])).status).toBe(403)
    const made = await staff.post(USERS, {
      name: 'New',
      email: 'new.colleague@example.com',
      permission_sets: ['admin'],
    })
    expect(made.status).toBe(403)
    expect(
      (await admin.patch(`${USERS}/${colleague.id}`, { permission_sets: ['admin'] })).status,
    ).toBe(200)
    await admin.patch(`${USERS}/${colleague.id}`, { permission_sets: ['sales_rep'] })
  })
})

describe('the last administrator', () => {
  const administrators = async (): Promise<number> => {
    const [row] = await server.test.database.query<{ n: number }>(
      `select count(*)::int as n from main."user"
       where active and deleted_at is null and permission_sets && '{admin}'::text[]`,
    )
    return row?.n ?? 0
  }

  it('stays, whatever they do', async () => {
    expect(await administrators()).toBe(1)
    const { id } = (await admin.get('/api/v1/me')).body.user
    for (const answer of [
      await admin.patch(`${USERS}/${id}`, { active: false }),
      await admin.patch(`${USERS}/${id}`, { permission_sets: ['sales_rep'] }),
      await admin.patch(`${USERS}/${id}`, { type: 'queue' }),
      await admin.post(`${USERS}/${id}/actions/deactivate`),
      await admin.delete(`${USERS}/${id}`),
    ]) {
      expect(answer.status, answer.text).toBe(409)
    }
    expect(await administrators()).toBe(1)
    expect((await admin.get('/api/v1/me')).status).toBe(200)
  })

  it('is left when two remove each other at the same moment', async () => {
    for (let round = 0; round < 5; round++) {
      const other = await server.createUser({ name: 'Other', sets: ['admin'] })
      const second = await server.signIn(other)
      const { id } = (await admin.get('/api/v1/me')).body.user
      const answers = await Promise.all([
        admin.patch(`${USERS}/${other.id}`, { active: false }),
        second.patch(`${USERS}/${id}`, { active: false }),
      ])
      expect(await administrators()).toBe(1)
      expect(answers.map(({ status }) => status).toSorted()).not.toEqual([200, 200])
      const [gone, survivor] = answers[0]?.status === 200 ? [other.id, admin] : [id, second]
      // Whoever is left begins the next round.
      const back = await survivor.patch(`${USERS}/${gone}`, { active: true })
      expect(back.status, back.text).toBe(200)
      await server.test.database.execute(`update main."user" set active = false where id = $1`, [
        other.id,
      ])
      admin = await signInAgain(id)
    }
  })

  it('is found in a batch too', async () => {
    const { id } = (await admin.get('/api/v1/me')).body.user
    const rep = await server.createUser({ name: 'Rep', sets: ['sales_rep'] })
    const answer = await admin.post(`${USERS}/batch`, {
      operations: [
        { op: 'update', id: rep.id, record: { title: 'Representative' } },
        { op: 'update', id, record: { active: false } },
      ],
    })
    expect(answer.body.results.map((one: { status: number }) => one.status)).toEqual([200, 409])
  })
})

async function signInAgain(id: string): Promise<Caller> {
  const [row] = await server.test.database.query<{ email: string }>(
    'select email from main."user" where id = $1',
    [id],
  )
  return server.signIn({ email: row?.email ?? '', password: 'a password for tests' })
}

describe('what users have', () => {
  const publish = async (edits: Readonly<Record<string, object | null>>): Promise<Answer> => {
    const set = (await admin.post('/api/v1/meta/changesets', { label: 'x' })).body.id
    for (const [name, definition] of Object.entries(edits)) {
      const path = `/api/v1/meta/changesets/${set}/${name}`
      const answer = await (definition === null ? admin.delete(path) : admin.put(path, definition))
      expect(answer.status, answer.text).toBeLessThan(300)
    }
    return admin.post(`/api/v1/meta/changesets/${set}/publish`, {})
  }

  it('is not taken away by a publish', async () => {
    const made = await publish({
      'role/scout__c': { label: 'Scout' },
      'permission_set/scouting__c': { label: 'Scouting', objects: { account: { read: true } } },
    })
    expect(made.status, made.text).toBe(200)
    const { id } = await server.createUser({ name: 'Scout', sets: ['sales_rep'] })
    const user = { role: 'scout__c', permission_sets: ['sales_rep', 'scouting__c'] }
    expect((await admin.patch(`${USERS}/${id}`, user)).status).toBe(200)
    for (const component of ['role/scout__c', 'permission_set/scouting__c']) {
      const refused = await publish({ [component]: null })
      expect(refused.status, refused.text).toBe(422)
      expect(refused.text).toContain('in_use')
    }
    const freed = { role: null, permission_sets: ['sales_rep'] }
    expect((await admin.patch(`${USERS}/${id}`, freed)).status).toBe(200)
    expect(
      (await publish({ 'role/scout__c': null, 'permission_set/scouting__c': null })).status,
    ).toBe(200)
  })
})

describe('trees', () => {
  const person = async (name: string): Promise<string> =>
    (await server.createUser({ name, sets: ['sales_rep'] })).id
  const put = (id: string, manager: string | null): Promise<Answer> =>
    admin.patch(`${USERS}/${id}`, { manager })

  it('have no circles', async () => {
    const [a, b, c] = [await person('A'), await person('B'), await person('C')]
    expect((await put(a, b)).status).toBe(200)
    expect((await put(b, c)).status).toBe(200)
    const refused = await put(c, a)
    expect(refused.status).toBe(422)
    expect(codes(refused)).toEqual(['manager:circle'])
    expect((await put(c, null)).status).toBe(200)
    const parent = (await admin.post('/api/v1/records/department', { name: 'Above' })).body.id
    const child = (await admin.post('/api/v1/records/department', { name: 'Below', parent })).body
      .id
    const circle = await admin.patch(`/api/v1/records/department/${parent}`, { parent: child })
    expect(codes(circle)).toEqual(['parent:circle'])
  })

  it('have none when two are saved at the same moment, or in one batch', async () => {
    for (let round = 0; round < 5; round++) {
      const [a, b] = [await person('A'), await person('B')]
      const answers = await Promise.all([put(a, b), put(b, a)])
      expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 422])
    }
    const [a, b] = [await person('A'), await person('B')]
    const batch = await admin.post(`${USERS}/batch`, {
      operations: [
        { op: 'update', id: a, record: { manager: b } },
        { op: 'update', id: b, record: { manager: a } },
      ],
    })
    expect(batch.body.results.map((one: { status: number }) => one.status)).toEqual([200, 422])
  })

  it('do not lose a department that is in use', async () => {
    const id = (await admin.post('/api/v1/records/department', { name: 'In use' })).body.id
    const user = await person('Member')
    await admin.patch(`${USERS}/${user}`, { department: id })
    const refused = await admin.delete(`/api/v1/records/department/${id}`)
    expect(refused.status, refused.text).toBe(409)
    expect(refused.text).toContain('1 Users')
    await admin.patch(`${USERS}/${user}`, { department: null })
    expect((await admin.delete(`/api/v1/records/department/${id}`)).status).toBe(204)
  })
})
