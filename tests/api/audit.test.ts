import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { appendEntries } from '../../server/src/audit/index.ts'
import { verifyAudit } from '../../server/src/audit/verify-audit.ts'
import { startJobs, type Stop } from '../../server/src/jobs/start-jobs.ts'
import {
  type Answer,
  type Caller,
  runTestImport,
  startTestServer,
  type TestServer,
  type TestUser,
} from '../support/index.ts'

const AUDIT = '/api/v1/audit'
const SET = '/api/v1/meta/changesets'

let server: TestServer
let stopJobs: Stop
let rep: Caller
let repUser: TestUser
beforeAll(async () => {
  server = await startTestServer()
  stopJobs = await startJobs(server.foundation)
  repUser = await server.createUser({ sets: ['sales_rep'], name: 'Rep' })
  rep = await server.signIn(repUser)
})
afterAll(async () => {
  await stopJobs()
  await server.stop()
})

interface Entry {
  [member: string]: unknown
  details: Record<string, unknown>
}

async function entries(query: string): Promise<Entry[]> {
  const answer = await server.admin.get(`${AUDIT}?${query}`)
  expect(answer.status).toBe(200)
  return answer.body.entries
}

/** Refusals are written after the answer. */
function eventually(query: string): { toHaveLength(count: number): Promise<void> } {
  return {
    toHaveLength: (count) =>
      expect.poll(() => entries(query), { timeout: 5000 }).toHaveLength(count),
  }
}

async function createAccount(caller: Caller, name: string): Promise<string> {
  const answer = await caller.post('/api/v1/records/account', { name })
  expect(answer.status).toBe(201)
  return answer.body.id
}

describe('the audit log tells', () => {
  it('of rights that somebody got and lost, old and new', async () => {
    const user = await server.createUser({ sets: ['sales_rep'] })
    const url = `/api/v1/records/user/${user.id}`
    await server.admin.patch(url, { permission_sets: ['finance', 'sales_rep'] })
    await server.admin.patch(url, { name: 'Another name' })
    await server.admin.patch(url, { active: false })
    const found = await entries(`record=${user.id}`)
    expect(found).toMatchObject([
      {
        action: 'deactivate',
        object: 'user',
        record: { id: user.id, name: 'Another name' },
        details: { rights: { active: { old: true, new: false } } },
      },
      {
        action: 'permission_changed',
        by: 'session',
        address: '127.0.0.1',
        actor: { id: expect.any(String), name: 'Test user' },
        details: {
          change: 'update',
          rights: { permission_sets: { old: ['sales_rep'], new: ['finance', 'sales_rep'] } },
        },
      },
    ])
  })

  it('of who belongs where', async () => {
    const group = await server.admin.post('/api/v1/records/user_group', {
      name: '审计组',
      code: 'audit',
    })
    const member = await server.admin.post('/api/v1/records/group_member', {
      user_group: group.body.id,
      user: repUser.id,
    })
    expect(member.status).toBe(201)
    await server.admin.delete(`/api/v1/records/group_member/${member.body.id}`)
    const found = await entries(`record=${member.body.id}`)
    expect(found.map(({ details }) => details['change'])).toEqual(['deleted', 'create'])
    expect(found[1]?.details).toMatchObject({ rights: { user: { old: null, new: repUser.id } } })
  })

  it('of what was published, rolled back and taken out', async () => {
    const set = await server.admin.post(SET, { label: 'Audited' })
    await server.admin.put(`${SET}/${set.body.id}/role/auditor__c`, {
      label: { 'en-US': 'Auditor', 'zh-CN': '审计员' },
    })
    const published = await server.admin.post(`${SET}/${set.body.id}/publish`)
    expect(published.status).toBe(200)
    const { release } = published.body
    await server.admin.post(`/api/v1/meta/releases/${release - 1}/rollback`)
    await server.admin.get('/api/v1/meta/package')
    const found = await entries('action=publish,rollback,export&limit=3')
    expect(found).toMatchObject([
      { action: 'export', details: { what: 'metadata' } },
      { action: 'rollback', details: { release: release + 1, to: release - 1 } },
      {
        action: 'publish',
        details: {
          release,
          label: 'Audited',
          changes: [{ op: 'added', kind: 'role', name: 'auditor__c' }],
        },
      },
    ])
  })

  it('of many changes at once and of imports, once each', async () => {
    const operations = Array.from({ length: 60 }, (_, at) => ({
      op: 'create',
      record: { name: `批量 ${at}` },
    }))
    await server.admin.post('/api/v1/records/account/batch', { operations })
    await server.admin.post('/api/v1/records/account/batch', {
      operations: operations.slice(0, 49),
    })
    expect(await entries('action=mass_change')).toMatchObject([
      { object: 'account', details: { create: 60 } },
    ])
    const job = await runTestImport(server.admin, 'name\n导入公司\n', { object: 'account' })
    await server.admin.post(`/api/v1/imports/${job.id}/undo`)
    expect(await entries('action=import')).toMatchObject([
      { object: 'account', details: { import: job.id, undone: true } },
      { object: 'account', details: { import: job.id, rows: 1, mode: 'create', dry_run: false } },
    ])
  })

  it('of records that were given away, and of shares', async () => {
    const account = await createAccount(server.admin, 'Given away')
    const path = `/api/v1/records/account/${account}`
    const shared = await server.admin.post(`${path}/shares`, {
      principal: { type: 'user', id: repUser.id },
      access: 'read',
      cause: 'team',
    })
    expect(shared.status, shared.text).toBe(201)
    expect((await server.admin.patch(path, { owner: repUser.id })).status).toBe(200)
    const [given] = await entries(`action=transfer&record=${account}`)
    expect(given?.details).toMatchObject({ owner: { new: repUser.id } })
    const [share] = await entries(`action=share_changed&record=${account}`)
    expect(share?.details).toMatchObject({ old: null, new: { access: 'read', cause: 'team' } })
  })

  it('of nothing that was rolled back', async () => {
    const before = (await entries('action=permission_changed&limit=200')).length
    const answer = await server.admin.post('/api/v1/records/user/batch', {
      atomic: true,
      operations: [
        { op: 'update', id: repUser.id, record: { permission_sets: ['admin'] } },
        { op: 'create', record: { no_such_field: 1 } },
      ],
    })
    expect(answer.status).toBe(422)
    expect(await entries('action=permission_changed&limit=200')).toHaveLength(before)
  })
})

describe('what is refused', () => {
  it('is written with its reason: a right, a policy, a field, a record that is hidden', async () => {
    const hidden = await createAccount(server.admin, '别人的客户')
    const asked = `actor=${repUser.id}&action=refused`
    expect((await rep.get(`/api/v1/records/account/${hidden}`)).status).toBe(404)
    await eventually(`${asked}&record=${hidden}`).toHaveLength(1)
    const [first] = await entries(`${asked}&record=${hidden}`)
    expect(first).toMatchObject({
      object: 'account',
      record: { id: hidden, name: '别人的客户' },
      details: { route: 'GET /api/v1/records/:object/:id', reason: 'not_found' },
    })
    await rep.get('/api/v1/meta/changesets')
    await rep.delete('/api/v1/records/user/' + repUser.id)
    await eventually(asked).toHaveLength(3)
    const reasons = (await entries(asked)).map(({ details }) => details['reason'])
    expect(reasons.toSorted()).toEqual(['forbidden', 'forbidden', 'not_found'])
  })

  it('is written of the operations of a batch, too', async () => {
    const user = await server.createUser({ sets: ['marketing'] })
    const caller = await server.signIn(user)
    const operations = [1, 2].map(() => ({ op: 'delete', id: repUser.id }))
    await caller.post('/api/v1/records/user/batch', { operations })
    const query = `actor=${user.id}&action=refused`
    await eventually(query).toHaveLength(1)
    expect(await entries(query)).toMatchObject([
      { object: 'user', details: { reason: 'forbidden', operations: 2 } },
    ])
  })

  it('is not written for a record that is not there', async () => {
    const user = await server.createUser({ sets: ['sales_rep'] })
    const caller = await server.signIn(user)
    await caller.get('/api/v1/records/account/0190a000-0000-7000-8000-000000000000')
    await caller.get('/api/v1/meta/changesets')
    await eventually(`actor=${user.id}&action=refused`).toHaveLength(1)
  })

  it('is counted within a minute, and written once more', async () => {
    const user = await server.createUser({ sets: ['sales_rep'] })
    const caller = await server.signIn(user)
    for (let at = 0; at < 20; at += 1) await caller.get('/api/v1/meta/changesets')
    await eventually(`actor=${user.id}&action=refused`).toHaveLength(1)
  })
})

describe('reading the log', () => {
  it('is for those who may', async () => {
    const answer = await rep.get(AUDIT)
    expect(answer.status).toBe(403)
    expect(answer.body.detail).toContain('view_audit_log')
    await eventually(`actor=${repUser.id}&action=refused`).toHaveLength(4)
  })

  it('goes page by page, each entry once, newest first', async () => {
    const all = await entries('limit=200')
    const seen: unknown[] = []
    let cursor = ''
    for (;;) {
      const page: Answer = await server.admin.get(`${AUDIT}?limit=3${cursor}`)
      seen.push(...page.body.entries.map(({ id }: { id: string }) => id))
      if (page.body.next_cursor === null) break
      cursor = `&cursor=${page.body.next_cursor}`
    }
    expect(seen).toEqual(all.map(({ id }) => id))
    const times = all.map(({ at }) => String(at))
    expect(all.length).toBeGreaterThan(8)
    expect(times.every((at) => !Number.isNaN(Date.parse(at)))).toBe(true)
  })

  it('is filtered by time', async () => {
    const now = new Date().toISOString()
    expect(await entries(`from=${now}`)).toEqual([])
    expect((await entries(`to=${now}`)).length).toBeGreaterThan(0)
  })

  it.each([
    ['action=dancing', 'invalid_filter', 'action'],
    ['from=yesterday', 'invalid_filter', 'from'],
    ['actor=me', 'malformed', 'actor'],
    ['limit=201', 'malformed', 'limit'],
    ['cursor=2026-02-31.1', 'invalid_cursor', 'cursor'],
    ["cursor=2026-02-28.1'--", 'invalid_cursor', 'cursor'],
    ['who=x', 'unknown_parameter', 'who'],
  ])('refuses %s by name', async (query, code, path) => {
    const answer = await server.admin.get(`${AUDIT}?${query}`)
    expect(answer.status).toBe(400)
    expect(answer.body).toMatchObject({ code, errors: [{ path }] })
  })
})

describe('the chain', () => {
  const verify = (day?: string) => verifyAudit(server.test.database, 'main', { day })
  const tamper = async (statement: string, work: () => Promise<void>): Promise<void> => {
    const { database } = server.test
    await database.inTransaction(async (tx) => {
      await tx.execute(`set local session_replication_role = replica`)
      await tx.execute(`create table if not exists kept_audit as select * from main._audit`)
      await tx.execute(`create table if not exists kept_day as select * from main._audit_day`)
      await tx.execute(statement)
    })
    await work()
    await database.inTransaction(async (tx) => {
      await tx.execute(`set local session_replication_role = replica`)
      await tx.execute('delete from main._audit; delete from main._audit_day')
      await tx.execute('insert into main._audit select * from kept_audit')
      await tx.execute('insert into main._audit_day select * from kept_day')
      await tx.execute('drop table kept_audit, kept_day')
    })
  }

  it('holds, with many who write at once', async () => {
    const users = await Promise.all(
      Array.from({ length: 8 }, () => server.createUser({ sets: ['sales_rep'] })),
    )
    await Promise.all(
      users.flatMap(({ id }) =>
        ['finance', 'marketing', 'sales_rep'].map((set) =>
          server.admin.patch(`/api/v1/records/user/${id}`, { permission_sets: [set] }),
        ),
      ),
    )
    const found = await verify()
    expect(found.broken).toBeUndefined()
    expect(found.entries).toBeGreaterThan(20)
    expect(found.last?.number).toBe(found.entries)
  })

  it('refuses to be changed, whoever asks', async () => {
    const { database } = server.test
    for (const statement of [
      `update main._audit set action = 'publish'`,
      'delete from main._audit',
      'truncate main._audit',
      'delete from main._audit_day',
      'truncate main._audit_day',
    ]) {
      await expect(database.execute(statement)).rejects.toThrow('only ever added to')
    }
  })

  it.each([
    ['altered', `update main._audit set details = '{}' where number = 3`, 3, 'altered'],
    ['altered in who did it', `update main._audit set actor = null where number = 4`, 4, 'altered'],
    ['deleted', 'delete from main._audit where number = 5', 5, 'missing'],
    [
      'deleted at the end',
      'delete from main._audit where number = (select max(number) from main._audit)',
      undefined,
      'missing',
    ],
    [
      'inserted at the end',
      `insert into main._audit select day, number + 1000, at, actor, by, address, action, object, record, details, hash
       from main._audit where number = 1`,
      1001,
      'surplus',
    ],
    [
      'inserted in between',
      `update main._audit set number = -number where number > 5;
       insert into main._audit select day, 6, at, actor, by, address, action, object, record, details, hash from main._audit where number = 5;
       update main._audit set number = 1 - number where number < 0`,
      6,
      'altered',
    ],
    [
      'reordered',
      `update main._audit set number = case number when 3 then -4 else -3 end where number in (3, 4);
       update main._audit set number = -number where number < 0`,
      3,
      'altered',
    ],
    [
      'of a day that never was',
      `insert into main._audit select '2020-02-02', 1, at, actor, by, address, action, object, record, details, hash
       from main._audit where number = 1`,
      1,
      'surplus',
    ],
  ])('finds a row that was %s', async (_name, statement, number, fault) => {
    await tamper(statement, async () => {
      const { broken } = await verify()
      expect(broken).toMatchObject({ fault, ...(number === undefined ? {} : { number }) })
    })
    expect((await verify()).broken).toBeUndefined()
  })

  it('goes on with a new day, which holds the last link of the day before', async () => {
    const { database } = server.test
    const entry = {
      schema: 'main',
      at: new Date(),
      actor: null,
      by: 'system',
      address: null,
      action: 'setting_changed',
    } as const
    const before = await verify()
    const next = '2999-01-01'
    await Promise.all(
      Array.from({ length: 5 }, () =>
        database.inTransaction((tx) => appendEntries(tx, [entry], next)),
      ),
    )
    expect(await verify(next)).toMatchObject({ entries: 5, days: 1 })
    expect((await verify()).entries).toBe(before.entries + 5)
    await tamper(`update main._audit_day set previous = hash where day = '${next}'`, async () => {
      expect((await verify()).broken).toEqual({ day: next, number: 1, fault: 'previous' })
    })
  })
})
