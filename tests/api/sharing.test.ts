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

interface Person {
  readonly user: TestUser
  readonly caller: Caller
}
let ann: Person
let bob: Person
let reader: Person

const WORK = { create: true, read: true, edit: true }
const SETS: Readonly<Record<string, object>> = {
  worker__c: {
    objects: {
      case__c: { ...WORK, transfer: true, delete: true },
      note__c: { ...WORK, transfer: true },
      part__c: WORK,
      user: { read: true, field_access: 'read' },
      department: { read: true, field_access: 'read' },
      user_group: { read: true, field_access: 'read' },
    },
  },
  reader__c: { objects: { case__c: { read: true }, user: { read: true, field_access: 'read' } } },
  writer__c: { objects: { case__c: { ...WORK }, user: { read: true, field_access: 'read' } } },
  blinkered__c: {
    objects: {
      case__c: { ...WORK, transfer: true },
      note__c: { ...WORK, transfer: true, fields: { case__c: 'none' } },
      user: { read: true, field_access: 'read' },
    },
  },
  staff__c: {
    system: ['manage_users'],
    objects: {
      user: { create: true, read: true, edit: true, edit_scope: 'all' },
      case__c: { read: true },
    },
  },
  wide__c: { objects: { case__c: { read: true, read_scope: 'all' } } },
}

beforeAll(async () => {
  server = await startTestServer({ requestsPerMinute: 1_000_000 })
  admin = server.admin
  const set = (await admin.post('/api/v1/meta/changesets', { label: 'cases' })).body.id
  const put = async (name: string, definition: object): Promise<void> => {
    const answer = await admin.put(`/api/v1/meta/changesets/${set}/${name}`, definition)
    expect(answer.status, answer.text).toBe(200)
  }
  await put('object/case__c', {
    label: 'Case',
    plural: 'Cases',
    sharing: 'private',
    role_hierarchy: true,
  })
  await put('field/case__c.secret__c', { type: 'checkbox', label: 'Secret' })
  await put('object/note__c', { label: 'Note', sharing: 'private' })
  await put('field/note__c.case__c', {
    type: 'lookup',
    label: 'Case',
    target: 'case__c',
    relationship: { name: 'notes__c' },
  })
  await put('object/part__c', { label: 'Part' })
  await put('field/part__c.case__c', {
    type: 'master_detail',
    label: 'Case',
    target: 'case__c',
    relationship: { name: 'parts__c' },
  })
  for (const [name, definition] of Object.entries(SETS)) {
    await put(`permission_set/${name}`, { label: name, ...definition })
  }
  await put('restriction_rule/case__c.no_secrets', {
    label: { 'zh-CN': '不含机密', 'en-US': 'No secrets' },
    to: [{ role: 'finance' }],
    where: { '==': [{ var: 'secret__c' }, false] },
  })
  const published = await admin.post(`/api/v1/meta/changesets/${set}/publish`, {})
  expect(published.status, published.text).toBe(200)
  ann = await person('Ann', 'worker__c')
  bob = await person('Bob', 'worker__c')
  reader = await person('Rita', 'reader__c')
})
afterAll(() => server.stop())

async function person(name: string, ...sets: string[]): Promise<Person> {
  const user = await server.createUser({ name, sets })
  return { user, caller: await server.signIn(user) }
}

const CASES = '/api/v1/records/case__c'
async function makeCase(by: Caller = ann.caller, values: object = {}): Promise<string> {
  const answer = await by.post(CASES, { name: 'A case', ...values })
  expect(answer.status, answer.text).toBe(201)
  return answer.body.id
}
const withUser = ({ user }: Person, more: object = {}): object => ({
  principal: { type: 'user', id: user.id },
  access: 'read',
  cause: 'manual',
  ...more,
})
const share = (id: string, by: Caller, body: object): Promise<Answer> =>
  by.post(`${CASES}/${id}/shares`, body)
const seenBy = async ({ caller }: Person, id: string): Promise<number> =>
  (await caller.get(`${CASES}/${id}`)).status
const codes = ({ body }: Answer): string[] =>
  body.errors.map((one: { path: string; code: string }) => `${one.path}:${one.code}`)

describe('sharing by hand', () => {
  it('opens a record until it ends, and tells its history', async () => {
    const id = await makeCase()
    expect(await seenBy(reader, id)).toBe(404)
    const made = await share(id, ann.caller, withUser(reader))
    expect(made.status, made.text).toBe(201)
    expect(made.body).toEqual({
      id: expect.any(String),
      cause: 'manual',
      access: 'read',
      principal: { type: 'user', id: reader.user.id, name: 'Rita' },
      team_role: null,
      expires_at: null,
      created_by: { id: ann.user.id, name: 'Ann' },
      created_at: expect.any(String),
    })
    expect(await seenBy(reader, id)).toBe(200)
    const list = await ann.caller.get(`${CASES}/${id}/shares`)
    expect(list.body).toEqual({
      shares: [made.body],
      may_share: true,
      may_edit_team: true,
      most_access: 'edit',
    })
    expect((await reader.caller.get(`${CASES}/${id}/shares`)).body).toMatchObject({
      may_share: false,
      may_edit_team: false,
      most_access: 'read',
    })
    expect((await ann.caller.delete(`${CASES}/${id}/shares/${made.body.id}`)).status).toBe(204)
    expect((await ann.caller.delete(`${CASES}/${id}/shares/${made.body.id}`)).status).toBe(404)
    expect(await seenBy(reader, id)).toBe(404)
    const { entries } = (await ann.caller.get(`${CASES}/${id}/history`)).body
    expect(entries.map((one: { action: string }) => one.action)).toEqual([
      'unshared',
      'shared',
      'created',
    ])
    expect(entries[1]).toMatchObject({
      by: { name: 'Ann' },
      new: { principal: { type: 'user', id: reader.user.id, name: 'Rita' }, access: 'read' },
    })
  })

  it('twice is once, also at the same moment', async () => {
    const id = await makeCase()
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => share(id, ann.caller, withUser(reader))),
    )
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 200, 200, 200, 201])
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1)
    const { entries } = (await ann.caller.get(`${CASES}/${id}/history`)).body
    expect(entries).toHaveLength(2)
  })

  it('is for whoever may transfer or delete the record, and for its owner', async () => {
    const id = await makeCase()
    await share(id, ann.caller, withUser(bob, { access: 'edit' }))
    const refused = await share(id, bob.caller, withUser(reader))
    expect(refused.status).toBe(403)
    const writer = await person('Wes', 'writer__c')
    const own = await makeCase(writer.caller)
    expect((await share(own, writer.caller, withUser(reader))).status).toBe(201)
    expect((await share(own, reader.caller, withUser(bob))).status).toBe(403)
    expect((await share(await makeCase(), reader.caller, withUser(bob))).status).toBe(404)
  })

  it('asks those above the owner too', async () => {
    const boss = await person('Boss', 'reader__c')
    const member = await person('Member', 'worker__c')
    await admin.patch(`/api/v1/records/user/${boss.user.id}`, { role: 'sales_director' })
    await admin.patch(`/api/v1/records/user/${member.user.id}`, { role: 'sales_rep' })
    const id = await makeCase(member.caller)
    await expect.poll(() => seenBy(boss, id), { timeout: 3000 }).toBe(200)
    // Reading is not more than reading.
    expect((await share(id, boss.caller, withUser(bob))).status).toBe(403)
  })

  it('gives edit only by who may edit, and is never for the owner (Directus GHSA-pmf4-v838-29hg)', async () => {
    const id = await makeCase()
    expect(codes(await share(id, ann.caller, withUser(ann)))).toEqual(['principal:is_owner'])
    const shared = await share(id, ann.caller, withUser(bob, { access: 'edit' }))
    expect((await bob.caller.patch(`${CASES}/${id}`, { name: 'Changed' })).status).toBe(200)
    const path = `${CASES}/${id}/shares/${shared.body.id}`
    expect((await ann.caller.patch(path, { access: 'read' })).body.access).toBe('read')
    expect((await bob.caller.patch(`${CASES}/${id}`, { name: 'Again' })).status).toBe(403)
  })

  it('refuses whom it cannot find by name, and what it cannot read', async () => {
    const id = await makeCase()
    const nobody = '00000000-0000-4000-8000-000000000000'
    const to = (type: string, principal: string): Promise<Answer> =>
      share(id, ann.caller, { principal: { type, id: principal }, access: 'read', cause: 'manual' })
    for (const [type, principal] of [
      ['user', nobody],
      ['user', 'not an id'],
      ['role', 'no_such_role'],
      ['department', nobody],
      ['group', nobody],
    ] as const) {
      const answer = await to(type, principal)
      expect(codes(answer)).toEqual(['principal:unknown_reference'])
      expect(answer.body.errors[0].message).toContain(principal)
    }
    expect((await to('everyone', 'x')).status).toBe(400)
    expect((await share(id, ann.caller, { ...withUser(bob), extra: 1 })).status).toBe(400)
    expect(codes(await share(id, ann.caller, withUser(bob, { expires_at: 'soon' })))).toEqual([
      'expires_at:not_a_datetime',
    ])
    expect(
      codes(await share(id, ann.caller, withUser(bob, { expires_at: '2020-01-01T00:00:00Z' }))),
    ).toEqual(['expires_at:out_of_range'])
  })

  it('reaches everybody with a role, of a department and of a group', async () => {
    const department = (await admin.post('/api/v1/records/department', { name: 'Shared with' }))
      .body.id
    const group = (
      await admin.post('/api/v1/records/user_group', { name: 'Readers', code: 'readers' })
    ).body.id
    const one = await person('One', 'reader__c')
    const two = await person('Two', 'reader__c')
    const three = await person('Three', 'reader__c')
    await admin.patch(`/api/v1/records/user/${one.user.id}`, { role: 'marketing' })
    await admin.patch(`/api/v1/records/user/${two.user.id}`, { department })
    await admin.post('/api/v1/records/group_member', { user_group: group, user: three.user.id })
    const id = await makeCase()
    for (const [type, principal] of [
      ['role', 'marketing'],
      ['department_and_below', department],
      ['group', group],
    ]) {
      const body = { principal: { type, id: principal }, access: 'read', cause: 'manual' }
      const made = await share(id, ann.caller, body)
      expect(made.status, made.text).toBe(201)
      expect(made.body.principal.name).toBeTruthy()
    }
    for (const each of [one, two, three]) {
      await expect.poll(() => seenBy(each, id), { timeout: 3000 }).toBe(200)
    }
  })

  it('reaches nobody by a department that is deleted, though people still belong to it', async () => {
    const made = await admin.post('/api/v1/records/department', { name: 'To be closed' })
    const department = made.body.id
    const one = await person('Of a further department', 'reader__c')
    await admin.post('/api/v1/records/user_department', { user: one.user.id, department })
    const id = await makeCase()
    const principal = { type: 'department_and_below', id: department }
    await share(id, ann.caller, { principal, access: 'read', cause: 'manual' })
    await expect.poll(() => seenBy(one, id), { timeout: 3000 }).toBe(200)
    await server.test.database.execute(
      'update main.department set deleted_at = now() where id = $1',
      [department],
    )
    await server.test.database.execute('update main._organization set version = version + 1')
    await expect.poll(() => seenBy(one, id), { timeout: 3000 }).toBe(404)
  })

  it('ends by itself at its time', async () => {
    const id = await makeCase()
    const soon = new Date(Date.now() + 700).toISOString()
    await share(id, ann.caller, withUser(reader, { expires_at: soon }))
    expect(await seenBy(reader, id)).toBe(200)
    await expect.poll(() => seenBy(reader, id), { timeout: 3000 }).toBe(404)
    expect((await ann.caller.get(`${CASES}/${id}/shares`)).body.shares).toEqual([])
  })

  it('is not for details, which follow their master', async () => {
    const id = await makeCase()
    const part = (await ann.caller.post('/api/v1/records/part__c', { name: 'P', case__c: id })).body
      .id
    const answer = await ann.caller.post(`/api/v1/records/part__c/${part}/shares`, withUser(bob))
    expect(answer.status).toBe(403)
    expect((await ann.caller.get(`/api/v1/records/part__c/${part}/shares`)).body).toMatchObject({
      shares: [],
      may_share: false,
    })
  })

  it('stands among the actions of the record page', async () => {
    const id = await makeCase()
    const overview = (await ann.caller.get(`${CASES}/${id}/overview`)).body
    expect(overview.actions).toEqual(expect.arrayContaining(['transfer', 'share']))
    await share(id, ann.caller, withUser(reader))
    expect((await reader.caller.get(`${CASES}/${id}/overview`)).body.actions).toEqual([])
  })
})

describe('the team of a record', () => {
  it('is made of users, with a word for what they do; a member may leave', async () => {
    const id = await makeCase()
    const member = withUser(bob, { cause: 'team', team_role: 'Presales', access: 'edit' })
    const made = await share(id, ann.caller, member)
    expect(made.body).toMatchObject({ cause: 'team', team_role: 'Presales', access: 'edit' })
    const role = { principal: { type: 'role', id: 'finance' }, access: 'read', cause: 'team' }
    expect(codes(await share(id, ann.caller, role))).toEqual(['principal:not_a_user'])
    expect(codes(await share(id, ann.caller, withUser(bob, { team_role: 'x' })))).toEqual([
      'team_role:not_in_team',
    ])
    expect((await bob.caller.delete(`${CASES}/${id}/shares/${made.body.id}`)).status).toBe(204)
    expect(await seenBy(bob, id)).toBe(404)
  })
})

describe('another owner', () => {
  const transfer = (id: string, by: Caller, body: object): Promise<Answer> =>
    by.post(`${CASES}/${id}/actions/transfer`, body)

  it('takes along what was asked for, ends what was shared by hand, keeps the team', async () => {
    const id = await makeCase()
    const note = async (by: Person): Promise<string> =>
      (await by.caller.post('/api/v1/records/note__c', { name: 'N', case__c: id })).body.id
    const own = [await note(ann), await note(ann)]
    await share(id, ann.caller, withUser(reader))
    const writer = await person('Team mate', 'writer__c')
    await share(id, ann.caller, withUser(writer, { cause: 'team' }))
    await share(id, ann.caller, withUser(bob, { cause: 'team' }))
    await note(bob)
    const answer = await transfer(id, ann.caller, { owner: bob.user.id, with: ['notes__c'] })
    expect(answer.status, answer.text).toBe(200)
    expect(answer.body).toEqual({
      id,
      version: 2,
      owner: { id: bob.user.id, name: 'Bob' },
      with: { notes__c: { moved: 2, left: 0 } },
    })
    for (const one of own) {
      const { body } = await bob.caller.get(`/api/v1/records/note__c/${one}`)
      expect(body.owner.id).toBe(bob.user.id)
    }
    expect(await seenBy(ann, id)).toBe(404)
    expect(await seenBy(reader, id)).toBe(404)
    expect(await seenBy(writer, id)).toBe(200)
    const { shares } = (await bob.caller.get(`${CASES}/${id}/shares`)).body
    expect(shares.map((one: { principal: { name: string } }) => one.principal.name)).toEqual([
      'Team mate',
    ])
  })

  it('takes nothing along by a reference that the caller may not know', async () => {
    const blinkered = await person('Blinkered', 'blinkered__c')
    const id = await makeCase(blinkered.caller)
    const { caller } = blinkered
    const known = await transfer(id, caller, { owner: bob.user.id, with: ['notes__c'] })
    const unknown = await transfer(id, caller, { owner: bob.user.id, with: ['nothing__c'] })
    expect(codes(known)).toEqual(['with:unknown_relationship'])
    expect(known.text.replaceAll('notes__c', '')).not.toContain('suggestion')
    expect(known.status).toBe(unknown.status)
    expect(await seenBy(blinkered, id)).toBe(200)
  })

  it('leaves the team behind if that is wanted', async () => {
    const id = await makeCase()
    await share(id, ann.caller, withUser(reader, { cause: 'team' }))
    expect((await transfer(id, ann.caller, { owner: bob.user.id, keep_team: false })).status).toBe(
      200,
    )
    expect(await seenBy(reader, id)).toBe(404)
  })

  it('is refused to who may not, for who does not work with it, and by a stale version', async () => {
    const writer = await person('Will', 'writer__c')
    const own = await makeCase(writer.caller)
    expect((await transfer(own, writer.caller, { owner: bob.user.id })).status).toBe(403)
    const id = await makeCase()
    const stranger = await person('Stranger')
    const refused = await transfer(id, ann.caller, { owner: stranger.user.id })
    expect(refused.status).toBe(403)
    expect(codes(refused)).toEqual(['owner:forbidden'])
    expect((await transfer(id, bob.caller, { owner: bob.user.id })).status).toBe(404)
    const stale = ann.caller.with({ 'if-match': '"7"' })
    expect((await transfer(id, stale, { owner: bob.user.id })).status).toBe(412)
    const unknown = await transfer(id, ann.caller, { owner: bob.user.id, with: ['note__c'] })
    expect(codes(unknown)).toEqual(['with:unknown_relationship'])
    expect((await transfer(id, ann.caller, { owner: 'bob' })).status).toBe(400)
    expect(await seenBy(ann, id)).toBe(200)
  })

  it('works for many, each by itself', async () => {
    const ids = [await makeCase(), await makeCase()]
    const foreign = await makeCase(bob.caller)
    const answer = await ann.caller.post(`${CASES}/actions/transfer`, {
      ids: [ids[0], foreign, ids[1], 'nonsense'],
      owner: bob.user.id,
    })
    expect(answer.status, answer.text).toBe(200)
    expect(answer.body.results.map((one: { status: number }) => one.status)).toEqual([
      200, 404, 200, 404,
    ])
  })
})

describe('why', () => {
  const why = (id: string, by: Caller, query = ''): Promise<Answer> =>
    by.get(`${CASES}/${id}/access${query}`)

  it('tells everybody what opens a record to them', async () => {
    const id = await makeCase()
    await share(id, ann.caller, withUser(reader))
    const answer = await why(id, reader.caller)
    expect(answer.status, answer.text).toBe(200)
    expect(answer.body).toMatchObject({
      user: { id: reader.user.id, name: 'Rita' },
      right: 'read',
      allowed: true,
      given_by: [{ permission_set: 'reader__c', label: 'reader__c' }],
      denials: [],
      shares: [{ cause: 'manual', access: 'read', principal: { name: 'Rita' } }],
    })
    const holding = answer.body.grants.filter((one: { holds: boolean }) => one.holds)
    expect(holding).toEqual([
      { reason: { kind: 'share' }, text: expect.any(String), holds: true, of_key: false },
    ])
    expect(answer.body.fields).toContainEqual({
      field: 'secret__c',
      label: 'Secret',
      access: 'edit',
    })
    const edit = (await why(id, reader.caller, '?right=edit')).body
    expect(edit).toMatchObject({ allowed: false, denials: [{ kind: 'no_object_right' }] })
    const own = (await why(id, ann.caller, '?right=transfer')).body
    expect(own.allowed).toBe(true)
    expect(own.grants.filter((one: { holds: boolean }) => one.holds)).toMatchObject([
      { reason: { kind: 'scope', scope: 'own' } },
    ])
    const chinese = await why(id, ann.caller.with({ 'accept-language': 'zh-CN' }))
    expect(chinese.text).toContain('负责人')
  })

  it('tells who manages users why others may not', async () => {
    const id = await makeCase(admin)
    const finance = await person('Finn', 'wide__c')
    await admin.patch(`/api/v1/records/user/${finance.user.id}`, { role: 'finance' })
    const of = async ({ user }: Person, right = 'read'): Promise<Answer['body']> =>
      (await why(id, admin, `?user=${user.id}&right=${right}`)).body
    expect(await of(ann)).toMatchObject({ allowed: false, denials: [{ kind: 'no_way' }] })
    const stranger = await person('Nobody')
    expect(await of(stranger)).toMatchObject({ denials: [{ kind: 'no_object_right' }], grants: [] })
    expect(await of(finance)).toMatchObject({ allowed: true, restrictions: [{ holds: true }] })
    await admin.patch(`${CASES}/${id}`, { secret__c: true })
    expect(await of(finance)).toMatchObject({
      allowed: false,
      grants: [{ reason: { kind: 'all_records' }, holds: true }],
      restrictions: [{ text: 'Restriction rule "No secrets"', holds: false }],
      denials: [{ kind: 'restriction_rule' }],
    })
    expect(await seenBy(finance, id)).toBe(404)
    await admin.patch(`/api/v1/records/user/${finance.user.id}`, { active: false })
    expect(await of(finance)).toMatchObject({ allowed: false, denials: [{ kind: 'inactive' }] })
  })

  it('is not told of others to everybody, nor of what is not seen', async () => {
    const id = await makeCase()
    expect((await why(id, ann.caller, `?user=${bob.user.id}`)).status).toBe(403)
    expect((await why(id, bob.caller)).status).toBe(404)
    const staff = await person('Staff', 'staff__c')
    expect((await why(id, staff.caller, `?user=${bob.user.id}`)).status).toBe(404)
    expect((await why(id, ann.caller, '?right=own')).status).toBe(400)
  })

  it('agrees with what is enforced', async () => {
    const people = [ann, bob, reader, await person('Wide', 'wide__c')]
    const id = await makeCase()
    await share(id, ann.caller, withUser(bob, { access: 'edit' }))
    for (const each of people) {
      const explained = (await why(id, admin, `?user=${each.user.id}`)).body
      expect(explained.allowed).toBe((await seenBy(each, id)) === 200)
      const edit = (await why(id, admin, `?user=${each.user.id}&right=edit`)).body
      const saved = await each.caller.patch(`${CASES}/${id}`, { name: 'A case' })
      expect(edit.allowed).toBe(saved.status === 200)
    }
  })
})
