import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import {
  type Answer,
  type Caller,
  startTestServer,
  type TestServer,
  type TestUser,
} from '../support/index.ts'

interface Person extends TestUser {
  caller: Caller
}

let server: TestServer
let rep: Person

const DELEGATIONS = '/api/v1/delegations'
const LEAD = '/api/v1/records/lead'
// Every lead here is of one person.
const NEW_LEAD = `${LEAD}?allow_duplicates=true`
const HOUR = 3_600_000
const inHours = (hours: number): string => new Date(Date.now() + hours * HOUR).toISOString()
const codes = ({ body }: Answer): string[] =>
  body.errors.map((one: { path: string; code: string }) => `${one.path}:${one.code}`)

beforeAll(async () => {
  server = await startTestServer({ requestsPerMinute: 1_000_000 })
  rep = await person('Rep', 'sales_manager')
  const set = (await server.admin.post('/api/v1/meta/changesets', { label: 'x' })).body.id
  const put = (name: string, definition: object): Promise<Answer> =>
    server.admin.put(`/api/v1/meta/changesets/${set}/${name}`, definition)
  const step = (mode: string): object => ({
    name: mode,
    label: mode,
    mode,
    approvers: [{ by: 'role', role: `${mode}__c` }],
  })
  for (const mode of ['any', 'all']) {
    await put(`role/${mode}__c`, { label: mode })
    const put_ = await put(`approval_process/${mode}__c`, {
      label: mode,
      object: 'lead',
      steps: [step(mode)],
      on_approve: { need: 'approved' },
    })
    expect(put_.body.problems).toEqual([])
  }
  await put('permission_set/staff__c', {
    label: 'Staff',
    system: ['manage_users'],
    objects: { user: { create: true, read: true, edit: true, edit_scope: 'all' } },
  })
  const published = await server.admin.post(`/api/v1/meta/changesets/${set}/publish`, {})
  expect(published.status, published.text).toBe(200)
})
afterAll(() => server.stop())

async function person(name: string, set = 'sales_manager'): Promise<Person> {
  const user = await server.createUser({ sets: [set], name })
  return { ...user, caller: await server.signIn(user) }
}

/** Makes exactly these the approvers of a process. */
async function approvers(mode: 'any' | 'all', ...people: readonly Person[]): Promise<void> {
  const { database } = server.test
  await database.execute(`update main."user" set role = null where role = $1`, [`${mode}__c`])
  await database.execute(`update main."user" set role = $1 where id = any($2::uuid[])`, [
    `${mode}__c`,
    people.map(({ id }) => id),
  ])
}

async function submit(
  mode: 'any' | 'all' = 'any',
  submitter: Person = rep,
): Promise<Answer['body'] & { lead: string }> {
  const lead = await submitter.caller.post(NEW_LEAD, {
    name: '李雷',
    company: '华云',
    mobile: '13800138000',
  })
  const answer = await submitter.caller.post('/api/v1/approvals', {
    object: 'lead',
    record: lead.body.id,
    process: `${mode}__c`,
  })
  expect(answer.status, answer.text).toBe(201)
  return { ...answer.body, lead: lead.body.id }
}

const itemOf = (approval: Answer['body'], user: TestUser): string =>
  approval.waiting_for.find((one: { assignee: { id: string } }) => one.assignee.id === user.id)
    ?.work_item
const approve = ({ caller }: Person, item: string): Promise<Answer> =>
  caller.post(`/api/v1/work-items/${item}/approve`, {})
const delegate = (from: Person, to: TestUser, more: object = {}): Promise<Answer> =>
  from.caller.post(DELEGATIONS, { delegate: to.id, ends_at: inHours(24), ...more })

async function toDo({ caller }: Person, id: string): Promise<Answer['body']> {
  const { body } = await caller.get('/api/v1/approvals?limit=200')
  return body.approvals.filter((one: { id: string }) => one.id === id)
}

describe('delegating', () => {
  it('is told to both, ended by either, and one at a time', async () => {
    const [boss, deputy, other] = [await person('Boss'), await person('Deputy'), await person('O')]
    const made = await delegate(boss, deputy, { note: ' Annual leave ' })
    expect(made.status, made.text).toBe(201)
    expect(made.body).toEqual({
      id: expect.any(String),
      user: { id: boss.id, name: 'Boss' },
      delegate: { id: deputy.id, name: 'Deputy' },
      starts_at: expect.any(String),
      ends_at: expect.any(String),
      note: 'Annual leave',
      state: 'in_force',
      created_by: { id: boss.id, name: 'Boss' },
      created_at: expect.any(String),
    })
    for (const { caller } of [boss, deputy]) {
      expect((await caller.get(DELEGATIONS)).body).toEqual({ delegations: [made.body] })
    }
    expect((await other.caller.get(DELEGATIONS)).body).toEqual({ delegations: [] })
    expect(codes(await delegate(boss, other))).toEqual(['starts_at:overlaps'])
    const later = await delegate(boss, other, { starts_at: inHours(24), ends_at: inHours(48) })
    expect(later.body).toMatchObject({ state: 'coming' })
    expect((await other.caller.delete(`${DELEGATIONS}/${made.body.id}`)).status).toBe(404)
    expect((await deputy.caller.delete(`${DELEGATIONS}/${made.body.id}`)).status).toBe(204)
    expect((await deputy.caller.delete(`${DELEGATIONS}/${made.body.id}`)).status).toBe(404)
    expect((await boss.caller.delete(`${DELEGATIONS}/${later.body.id}`)).status).toBe(204)
    expect((await boss.caller.get(DELEGATIONS)).body).toEqual({ delegations: [] })
  })

  it('refuses what is no period and who is no delegate', async () => {
    const [boss, deputy] = [await person('Boss'), await person('Deputy')]
    const gone = await person('Gone')
    await server.admin.patch(`/api/v1/records/user/${gone.id}`, { active: false })
    const refused = async (to: TestUser, more: object): Promise<string[]> => {
      const answer = await delegate(boss, to, more)
      expect(answer.status, answer.text).toBe(422)
      return codes(answer)
    }
    expect(await refused(boss, {})).toEqual(['delegate:is_user'])
    expect(await refused(gone, {})).toEqual(['delegate:not_active'])
    expect(await refused(deputy, { ends_at: inHours(-1) })).toEqual(['ends_at:too_early'])
    expect(await refused(deputy, { ends_at: inHours(367 * 24) })).toEqual(['ends_at:too_late'])
    expect(await refused(deputy, { ends_at: 'soon' })).toEqual(['ends_at:wrong_type'])
    expect((await delegate(boss, deputy, { scope: 'all' })).status).toBe(400)
    const nobody = { ...deputy, id: '00000000-0000-4000-8000-000000000000' }
    expect(await refused(nobody, {})).toEqual(['delegate:not_active'])
    expect((await delegate(boss, { ...deputy, id: 'x' })).status).toBe(400)
    expect((await boss.caller.get(DELEGATIONS)).body.delegations).toEqual([])
  })

  it('is done for others only by who manages them, and never to oneself', async () => {
    const [boss, deputy] = [await person('Boss'), await person('Deputy')]
    const staff = await person('Staff', 'staff__c')
    const forBoss = (who: Caller, to: TestUser): Promise<Answer> =>
      who.post(DELEGATIONS, { user: boss.id, delegate: to.id, ends_at: inHours(5) })
    expect((await forBoss(deputy.caller, deputy)).status).toBe(403)
    expect((await deputy.caller.get(`${DELEGATIONS}?user=${boss.id}`)).status).toBe(403)
    expect((await forBoss(staff.caller, staff)).status).toBe(403)
    const overAdmin = await staff.caller.post(DELEGATIONS, {
      user: (await server.admin.get('/api/v1/me')).body.user.id,
      delegate: deputy.id,
      ends_at: inHours(5),
    })
    expect(overAdmin.status, overAdmin.text).toBe(403)
    const made = await forBoss(server.admin, deputy)
    expect(made.status, made.text).toBe(201)
    const list = await server.admin.get(`${DELEGATIONS}?user=${boss.id}`)
    expect(list.body.delegations).toHaveLength(1)
    const [entry] = (
      await server.admin.get(`/api/v1/audit?action=delegation_changed&record=${boss.id}`)
    ).body.entries
    expect(entry).toMatchObject({
      object: 'user',
      record: { id: boss.id, name: 'Boss' },
      details: { change: 'created', delegate: deputy.id },
    })
    expect((await server.admin.delete(`${DELEGATIONS}/${made.body.id}`)).status).toBe(204)
  })

  it('is not for a key that is limited to a permission set', async () => {
    const [boss, deputy] = [await person('Boss'), await person('Deputy')]
    const key = await server.admin.post('/api/v1/api-keys', {
      label: 'narrow',
      permission_set: 'sales_rep',
    })
    const narrow = server.stranger.with({ authorization: `Bearer ${key.body.key}` })
    const asked = { delegate: deputy.id, ends_at: inHours(5) }
    expect((await narrow.post(DELEGATIONS, asked)).status).toBe(403)
    expect((await narrow.post(DELEGATIONS, { ...asked, user: boss.id })).status).toBe(403)
  })
})

describe('a delegate', () => {
  it('finds the work of the other in the own box, decides in their name, and it says so', async () => {
    const [boss, deputy] = [await person('Boss'), await person('Deputy')]
    await approvers('any', boss)
    const before = await submit()
    const item = itemOf(before, boss)
    expect(await toDo(deputy, before.id)).toEqual([])
    expect((await approve(deputy, item)).status).toBe(404)
    await delegate(boss, deputy)
    const [entry] = await toDo(deputy, before.id)
    expect(entry).toMatchObject({
      work_item: item,
      in_name_of: { id: boss.id, name: 'Boss' },
      waiting_for: [
        { assignee: { id: boss.id, name: 'Boss' }, delegate: { id: deputy.id, name: 'Deputy' } },
      ],
    })
    const [own] = await toDo(boss, before.id)
    expect(own).toMatchObject({ work_item: item })
    expect(own).not.toHaveProperty('in_name_of')
    // Who decides sees of the record what their own rights show.
    expect((await deputy.caller.get(`${LEAD}/${before.lead}`)).status).toBe(404)
    await server.admin.patch(`/api/v1/records/user/${rep.id}`, { manager: deputy.id })
    const overview = await deputy.caller.get(`${LEAD}/${before.lead}/overview`)
    expect(overview.body.actions).toEqual(
      expect.arrayContaining([`approve:${item}`, `reject:${item}`]),
    )
    const decided = await approve(deputy, item)
    expect(decided.status, decided.text).toBe(200)
    expect(decided.body).toMatchObject({
      status: 'approved',
      work_items: [{ assignee: { id: boss.id }, decided_by: { id: deputy.id, name: 'Deputy' } }],
      history: [
        { act: 'submitted', in_name_of: null },
        { act: 'approved', by: { name: 'Deputy' }, in_name_of: { id: boss.id, name: 'Boss' } },
      ],
    })
    const done = async ({ caller }: Person): Promise<Answer['body']> =>
      (await caller.get('/api/v1/approvals?box=done')).body.approvals[0]
    expect(await done(deputy)).toMatchObject({ id: before.id, in_name_of: { id: boss.id } })
    expect(await done(boss)).toMatchObject({ id: before.id, decided_by: { id: deputy.id } })
    const timeline = await deputy.caller.get(`${LEAD}/${before.lead}/timeline`)
    expect(timeline.body.entries.map((line: { title: string }) => line.title)).toContain(
      'any · approved for Boss',
    )
    const [audit] = (await server.admin.get(`/api/v1/audit?action=decided_for`)).body.entries
    expect(audit).toMatchObject({
      actor: { id: deputy.id },
      object: 'lead',
      record: { id: before.lead },
      details: { for: boss.id, change: 'approve' },
    })
  })

  it('is named to who submits, before and after', async () => {
    const [boss, deputy] = [await person('Boss'), await person('Deputy')]
    await approvers('any', boss)
    await delegate(boss, deputy)
    const lead = await rep.caller.post(NEW_LEAD, { name: 'X', company: 'Y', mobile: '13800138000' })
    const preview = await rep.caller.post('/api/v1/approvals/preview', {
      object: 'lead',
      record: lead.body.id,
      process: 'any__c',
    })
    expect(preview.body.steps[0].approvers).toEqual([
      { id: boss.id, name: 'Boss', delegate: { id: deputy.id, name: 'Deputy' } },
    ])
    expect((await submit()).waiting_for).toMatchObject([{ delegate: { id: deputy.id } }])
  })

  it('does not decide before the period, after it, when it is ended, or when either is inactive', async () => {
    const [boss, deputy] = [await person('Boss'), await person('Deputy')]
    await approvers('any', boss)
    const approval = await submit()
    const item = itemOf(approval, boss)
    const closed = async (): Promise<void> => {
      expect(await toDo(deputy, approval.id)).toEqual([])
      expect((await approve(deputy, item)).status).toBe(404)
      const { body } = await rep.caller.get(`/api/v1/approvals/${approval.id}`)
      expect(body.waiting_for[0].delegate).toBeNull()
    }
    const coming = await delegate(boss, deputy, { starts_at: inHours(1), ends_at: inHours(2) })
    await closed()
    await boss.caller.delete(`${DELEGATIONS}/${coming.body.id}`)
    const made = (await delegate(boss, deputy)).body
    expect(await toDo(deputy, approval.id)).toHaveLength(1)
    const { database } = server.test
    await database.execute(
      `update main._delegation set starts_at = now() - interval '2 days', ends_at = now() where id = $1`,
      [made.id],
    )
    await closed()
    await database.execute(
      `update main._delegation set ends_at = now() + interval '1 day' where id = $1`,
      [made.id],
    )
    await database.execute(`update main."user" set active = false where id = $1`, [boss.id])
    await closed()
    const seen = await deputy.caller.get(DELEGATIONS)
    expect(seen.body.delegations).toMatchObject([{ state: 'idle' }])
    await database.execute(`update main."user" set active = true where id = $1`, [boss.id])
    expect(await toDo(deputy, approval.id)).toHaveLength(1)
    await database.execute(`update main."user" set active = false where id = $1`, [deputy.id])
    const { body } = await rep.caller.get(`/api/v1/approvals/${approval.id}`)
    expect(body.waiting_for[0].delegate).toBeNull()
    await database.execute(`update main."user" set active = true where id = $1`, [deputy.id])
    await deputy.caller.delete(`${DELEGATIONS}/${made.id}`)
    await closed()
    // The delegator decides all the time.
    expect((await approve(boss, item)).status).toBe(200)
  })

  it('does not decide on what they submitted themself, though the other may', async () => {
    const [boss, deputy] = [await person('Boss'), await person('Deputy')]
    await approvers('any', boss)
    await delegate(boss, deputy)
    const approval = await submit('any', deputy)
    expect(approval.waiting_for).toMatchObject([{ delegate: null }])
    expect(await toDo(deputy, approval.id)).toEqual([])
    expect((await approve(deputy, itemOf(approval, boss))).status).toBe(404)
    const overview = await deputy.caller.get(`${LEAD}/${approval.lead}/overview`)
    expect(overview.body.actions.join()).not.toContain('approve:')
    expect((await approve(boss, itemOf(approval, boss))).status).toBe(200)
  })

  it('passes nothing on', async () => {
    const [boss, deputy, third] = [await person('Boss'), await person('Deputy'), await person('T')]
    await approvers('any', boss)
    await delegate(boss, deputy)
    await delegate(deputy, third)
    const approval = await submit()
    expect(await toDo(third, approval.id)).toEqual([])
    expect((await approve(third, itemOf(approval, boss))).status).toBe(404)
    expect(await toDo(deputy, approval.id)).toHaveLength(1)
  })

  it('who is asked too has both votes, each counted once', async () => {
    const [boss, deputy] = [await person('Boss'), await person('Deputy')]
    await approvers('all', boss, deputy)
    await delegate(boss, deputy)
    const approval = await submit('all')
    const [first, second] = [itemOf(approval, deputy), itemOf(approval, boss)]
    expect(
      (await toDo(deputy, approval.id))
        .map((one: { work_item: string }) => one.work_item)
        .toSorted(),
    ).toEqual([first, second].toSorted())
    expect((await approve(deputy, first)).body.status).toBe('pending')
    expect((await approve(deputy, first)).status).toBe(409)
    const end = await approve(deputy, second)
    expect(end.body).toMatchObject({ status: 'approved' })
    expect(
      end.body.history.map(
        (one: { in_name_of: { id: string } | null }) => one.in_name_of?.id ?? null,
      ),
    ).toEqual([null, null, boss.id])
    const list = await deputy.caller.get('/api/v1/approvals?box=done')
    const found = list.body.approvals.filter((one: { id: string }) => one.id === approval.id)
    expect(found).toHaveLength(1)
  })
})

describe('at the same moment', { timeout: 120_000 }, () => {
  it('delegator and delegate have one vote between them', async () => {
    const [boss, deputy, other] = [await person('Boss'), await person('Deputy'), await person('C')]
    await approvers('all', boss, other)
    await delegate(boss, deputy)
    for (let round = 0; round < 60; round++) {
      const approval = await submit('all')
      const item = itemOf(approval, boss)
      const answers = await Promise.all([approve(boss, item), approve(deputy, item)])
      expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409])
      const { body } = await rep.caller.get(`/api/v1/approvals/${approval.id}`)
      expect(body.status).toBe('pending')
      const votes = body.history.filter((one: { act: string }) => one.act === 'approved')
      expect(votes).toHaveLength(1)
      const byDeputy = votes[0].by.id === deputy.id
      expect(votes[0].in_name_of?.id ?? null).toBe(byDeputy ? boss.id : null)
    }
  })

  it('a decision either is made before the delegation ends, or not at all', async () => {
    const [boss, deputy] = [await person('Boss'), await person('Deputy')]
    await approvers('any', boss)
    for (let round = 0; round < 60; round++) {
      const made = await delegate(boss, deputy)
      expect(made.status, made.text).toBe(201)
      const approval = await submit()
      const item = itemOf(approval, boss)
      const [decided, ended] = await Promise.all([
        approve(deputy, item),
        boss.caller.delete(`${DELEGATIONS}/${made.body.id}`),
      ])
      expect(ended.status).toBe(204)
      expect([200, 404]).toContain(decided.status)
      const { body } = await rep.caller.get(`/api/v1/approvals/${approval.id}`)
      expect(body.status).toBe(decided.status === 200 ? 'approved' : 'pending')
      expect((await approve(deputy, item)).status).toBe(decided.status === 200 ? 409 : 404)
    }
  })

  it('two delegations of one period come to one', async () => {
    const [boss, a, b] = [await person('Boss'), await person('A'), await person('B')]
    for (let round = 0; round < 20; round++) {
      const answers = await Promise.all([delegate(boss, a), delegate(boss, b)])
      expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 422])
      const made = answers.find(({ status }) => status === 201)
      expect((await boss.caller.delete(`${DELEGATIONS}/${made?.body.id}`)).status).toBe(204)
    }
  })
})
