import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { startJobs, type Stop } from '../../server/src/jobs/start-jobs.ts'
import { purgeShares } from '../../server/src/sharing/purge-shares.ts'
import {
  type Answer,
  type Caller,
  runTestImport,
  startTestServer,
  type TestServer,
  type TestUser,
} from '../support/index.ts'
import { loadApiDocument } from './api-document.ts'

const META = '/api/v1/meta/changesets'
const RECORDS = '/api/v1/records'
const SECRET = 'Zhao Geheim'

let server: TestServer
let stopJobs: Stop
let admin: Caller
let clerk: Caller
let clerkUser: TestUser
let consultant: Caller
let open = ''
let hidden = ''

type Put = readonly [kind: string, name: string, definition: object]

const text = { type: 'text' }
const currency = { type: 'currency' }
const WORLD: readonly Put[] = [
  ['object', 'house__c', { label: 'House' }],
  ['field', 'house__c.code__c', { ...text, label: 'Code' }],
  ['field', 'house__c.cost__c', { ...currency, label: 'Cost' }],
  [
    'field',
    'house__c.grade__c',
    {
      type: 'picklist',
      label: 'Grade',
      default: 'b',
      values: [
        { code: 'a', probability: 70 },
        { code: 'b', probability: 50 },
      ],
    },
  ],
  [
    'field',
    'house__c.rank__c',
    {
      type: 'number',
      label: 'Rank',
      default_from: { field: 'grade__c', attribute: 'probability' },
    },
  ],
  [
    'field',
    'house__c.parent__c',
    { type: 'lookup', label: 'Parent', target: 'house__c', relationship: { name: 'children__c' } },
  ],
  [
    'field',
    'house__c.told_cost__c',
    { ...currency, label: 'Told cost', default: { var: 'parent__c.cost__c' } },
  ],
  [
    'field',
    'house__c.kept_cost__c',
    { ...currency, label: 'Kept cost', default: { var: 'parent__c.cost__c' } },
  ],
  [
    'field',
    'house__c.far_code__c',
    { ...text, label: 'Far code', default: { var: 'parent__c.parent__c.code__c' } },
  ],
  [
    'field',
    'house__c.twice__c',
    { ...currency, label: 'Twice', derive: { '*': [{ var: 'cost__c' }, 2] } },
  ],
  [
    'permission_set',
    'clerk',
    {
      label: 'Clerk',
      system: ['import'],
      objects: {
        house__c: {
          create: true,
          read: true,
          edit: true,
          fields: { cost__c: 'none', kept_cost__c: 'none', grade__c: 'none' },
        },
      },
    },
  ],
  [
    'permission_set',
    'revealer',
    {
      label: 'Revealer',
      objects: {
        house__c: {
          read: true,
          read_scope: 'all',
          fields: { cost__c: 'masked' },
          reveal: ['twice__c'],
        },
      },
    },
  ],
  [
    'permission_set',
    'consultant',
    {
      label: 'Consultant',
      system: ['customize'],
      objects: { house__c: { read: true, fields: { cost__c: 'none' } } },
    },
  ],
]

async function made(answer: Promise<Answer>): Promise<string> {
  const { status, body, text: said } = await answer
  if (status !== 201) throw new Error(said)
  return body.id
}

async function openSet(caller: Caller, puts: readonly Put[]): Promise<string> {
  const set = (await caller.post(META, { label: 'A change' })).body.id
  for (const [kind, name, definition] of puts) {
    const put = await caller.put(`${META}/${set}/${kind}/${name}`, definition)
    if (put.status !== 200) throw new Error(`${kind} ${name}: ${put.text}`)
  }
  return set
}

beforeAll(async () => {
  server = await startTestServer()
  stopJobs = await startJobs(server.foundation)
  ;({ admin } = server)
  const published = await admin.post(`${META}/${await openSet(admin, WORLD)}/publish`, {})
  if (published.status !== 200) throw new Error(published.text)
  clerkUser = await server.createUser({ sets: ['clerk'], name: SECRET })
  clerk = await server.signIn(clerkUser)
  consultant = await server.signIn(await server.createUser({ sets: ['consultant'] }))
  const top = await made(admin.post(`${RECORDS}/house__c`, { name: SECRET, code__c: 'TOP-77' }))
  const values = { cost__c: 4711, owner: clerkUser.id, parent__c: top }
  open = await made(admin.post(`${RECORDS}/house__c`, { ...values, name: 'Open house' }))
  hidden = top
})
afterAll(async () => {
  await stopJobs()
  await server.stop()
})

describe('a default that reads what the saver may not', () => {
  const asked = (): object => ({ name: 'New', parent__c: open })
  const withheld = { told_cost__c: null, far_code__c: null, rank__c: null }

  it('does not tell it through the new record', async () => {
    const created = await clerk.post(`${RECORDS}/house__c`, asked())
    expect([created.status, created.body]).toMatchObject([201, withheld])
    expect(created.text).not.toContain('4711')
    const { body } = await clerk.get(`${RECORDS}/house__c/${created.body.id}`)
    expect(body).toMatchObject(withheld)
    const seen = await admin.get(`${RECORDS}/house__c/${created.body.id}`)
    expect(seen.body).toMatchObject({ ...withheld, kept_cost__c: 4711, grade__c: 'b' })
  })

  it('does not tell it in a preview, whatever else is wrong', async () => {
    for (const parent of [open, hidden]) {
      const preview = await clerk.post(`${RECORDS}/house__c/preview`, {
        name: 'New',
        parent__c: parent,
      })
      expect(preview.status).toBe(200)
      expect(preview.body.record).toMatchObject(withheld)
      expect(preview.text).not.toMatch(/4711|TOP-77/)
    }
  })

  it('does not tell it by an import', async () => {
    const done = await runTestImport(clerk, `name,parent__c\nImported,${open}\n`, {
      object: 'house__c',
    })
    expect([done.created, JSON.stringify(done)]).toEqual([1, expect.not.stringContaining('4711')])
    const { body } = await clerk.get(
      `${RECORDS}/house__c?filter[name]=Imported&select=told_cost__c,far_code__c,rank__c`,
    )
    expect(body.records).toMatchObject([withheld])
  })

  it('is filled in for those who may', async () => {
    const { body } = await admin.post(`${RECORDS}/house__c`, asked())
    expect(body).toMatchObject({ told_cost__c: 4711, far_code__c: 'TOP-77', rank__c: 50 })
  })
})

describe('revealing a derived field', () => {
  it('asks for the right to reveal what it is made of', async () => {
    const revealer = await server.signIn(await server.createUser({ sets: ['revealer'] }))
    const asked = await revealer.post(`${RECORDS}/house__c/${open}/actions/reveal`, {
      field: 'twice__c',
    })
    expect([asked.status, asked.body.code]).toEqual([403, 'forbidden'])
    expect(asked.text).not.toContain('9422')
  })
})

describe('who customizes without seeing all data', () => {
  const rule = (error_if: unknown): Put => [
    'validation_rule',
    'house__c.check__c',
    { message: 'No', error_if, existing: 'report' },
  ]
  const findings = async (caller: Caller, puts: readonly Put[]) => {
    const set = await openSet(caller, puts)
    const plan = await caller.post(`${META}/${set}/plan`, {})
    await caller.delete(`${META}/${set}`)
    expect(plan.text).not.toContain('4711')
    return plan.body.findings as {
      code: string
      count: number
      samples: { name: string; value: unknown }[]
    }[]
  }
  const namesOf = (found: Awaited<ReturnType<typeof findings>>): string[] =>
    found.flatMap(({ samples = [] }) => samples.map(({ name }) => name))

  beforeAll(async () => {
    const own = (await consultant.get('/api/v1/me')).body.user.id
    for (const name of ['Mine 1', 'Mine 2']) {
      await made(
        admin.post(`${RECORDS}/house__c`, { name, code__c: 'SAME', cost__c: 4711, owner: own }),
      )
    }
    await made(admin.post(`${RECORDS}/house__c`, { name: `${SECRET} 2`, code__c: 'TOP-77' }))
  })

  it('is told by a plan how many records break a rule, and which of those that they may read', async () => {
    const blank = rule({ '!': { is_blank: [{ var: 'code__c' }] } })
    const [found] = await findings(consultant, [blank])
    expect(found).toMatchObject({ code: 'rows_break_rule', count: 4 })
    expect(found && namesOf([found])).toEqual(['Mine 1', 'Mine 2'])
    const [all] = await findings(admin, [blank])
    expect(all?.samples).toHaveLength(4)
  })

  it('is named no record by a rule about what they may not read', async () => {
    const costs = rule({ '>': [{ var: 'cost__c' }, 4710] })
    const [found] = await findings(consultant, [costs])
    expect(found).toMatchObject({ count: 3, samples: [] })
    const above = rule({ '==': [{ var: 'parent__c.code__c' }, 'TOP-77'] })
    const [over] = await findings(consultant, [above])
    expect(over).toMatchObject({ count: 1, samples: [] })
  })

  it('is shown values in the way only of records that they may read', async () => {
    const unique: Put = ['field', 'house__c.code__c', { ...text, label: 'Code', unique: true }]
    const [found] = await findings(consultant, [unique])
    expect(found).toMatchObject({ code: 'duplicate_values', count: 4 })
    expect(found?.samples).toMatchObject([{ name: 'Mine 1', value: 'SAME' }])
    const [all] = await findings(admin, [unique])
    expect(all?.samples).toHaveLength(2)
    const cost: Put = ['field', 'house__c.cost__c', { ...currency, label: 'Cost', required: true }]
    const [empty] = await findings(consultant, [cost])
    expect(empty).toMatchObject({ code: 'empty_values', samples: [] })
  })

  it('is told nobody who has a permission set that goes', async () => {
    const set = (await consultant.post(META, { label: 'Gone' })).body.id
    await consultant.delete(`${META}/${set}/permission_set/clerk`)
    const plan = await consultant.post(`${META}/${set}/plan`, {})
    expect(plan.text).not.toContain(SECRET)
    expect(plan.body.findings).toContainEqual(
      expect.objectContaining({ code: 'in_use', count: 1, samples: [] }),
    )
    await consultant.delete(`${META}/${set}`)
  })

  it('counts by a condition only what they may read', async () => {
    const set = await openSet(consultant, [])
    const check = async (caller: Caller, error_if: unknown): Promise<unknown> => {
      const asked = { object: 'house__c', error_if }
      const { body } = await caller.post(`${META}/${set}/check-rule`, asked)
      return body
    }
    const coded = { '!': { is_blank: [{ var: 'code__c' }] } }
    expect(await check(consultant, coded)).toMatchObject({
      count: 2,
      samples: [{ name: 'Mine 1' }, { name: 'Mine 2' }],
    })
    expect(await check(admin, coded)).toMatchObject({ count: 4 })
    const costs = { '>': [{ var: 'cost__c' }, 4710] }
    expect(await check(consultant, costs)).toEqual({ count: null, samples: [] })
    expect(await check(admin, costs)).toMatchObject({ count: expect.any(Number) })
  })

  it('is told no names of users that they may not read', async () => {
    await server.test.database.execute(
      'update main._release set published_by = $1 where number = (select max(number) from main._release)',
      [clerkUser.id],
    )
    const releases = await consultant.get('/api/v1/meta/releases')
    expect(releases.body.releases[0].published_by).toEqual({ id: clerkUser.id, name: null })
    expect(releases.text).not.toContain(SECRET)
    const sets = await consultant.get(META)
    expect(sets.text).not.toContain('Test user')
    const seen = await admin.get('/api/v1/meta/releases')
    expect(seen.body.releases[0].published_by.name).toBe(SECRET)
  })
})

describe('the last administrator', () => {
  it('keeps what makes them one, whatever is published', async () => {
    const { body } = await admin.get('/api/v1/meta/permission_set/admin')
    const { definition } = body
    const without = definition.system.filter((one: string) => one !== 'manage_users')
    const narrowed: Put = ['permission_set', 'admin', { ...definition, system: without }]
    const set = await openSet(admin, [narrowed])
    const plan = await admin.post(`${META}/${set}/plan`, {})
    expect(plan.body).toMatchObject({
      publishable: false,
      findings: [{ code: 'last_administrator', severity: 'error', name: 'admin' }],
    })
    const refused = await admin.post(`${META}/${set}/publish`, {})
    expect([refused.status, refused.body.errors[0].code]).toEqual([422, 'last_administrator'])
    const label = 'Managers'
    const other: Put = ['permission_set', 'keeper', { label, system: ['manage_users'] }]
    await admin.put(`${META}/${set}/${other[0]}/${other[1]}`, other[2])
    expect((await admin.post(`${META}/${set}/publish`, {})).status).toBe(422)
    await admin.delete(`${META}/${set}`)
  })
})

describe('an answer that is told again', () => {
  const keyed = (caller: Caller, key: string): Caller => caller.with({ 'idempotency-key': key })
  const asAdmin = async (url: string, values: object): Promise<void> => {
    const { status, text: said } = await admin.patch(url, values)
    if (status !== 200) throw new Error(said)
  }

  it('is that of a record as its caller may see it now', async () => {
    const user = await server.createUser({ sets: ['clerk'] })
    const caller = keyed(await server.signIn(user), 'made-once')
    const asked = { name: 'Once', code__c: 'CODE-1' }
    const first = await caller.post(`${RECORDS}/house__c`, asked)
    const again = await caller.post(`${RECORDS}/house__c`, asked)
    expect([again.status, again.text]).toEqual([201, first.text])
    expect(again.headers).toMatchObject({
      'idempotency-replayed': 'true',
      etag: first.headers['etag'],
      location: first.headers['location'],
    })
    const url = `${RECORDS}/house__c/${first.body.id}`
    await asAdmin(url, { owner: clerkUser.id, code__c: 'CODE-2' })
    const gone = await caller.post(`${RECORDS}/house__c`, asked)
    expect([gone.status, gone.body]).toEqual([201, { id: first.body.id, version: 1 }])
    await asAdmin(url, { owner: user.id })
    expect((await caller.post(`${RECORDS}/house__c`, asked)).body).toMatchObject({
      id: first.body.id,
      code__c: 'CODE-2',
    })
    await asAdmin(`${RECORDS}/user/${user.id}`, { permission_sets: ['consultant'] })
    await new Promise((resolve) => setTimeout(resolve, 1100))
    const narrowed = await caller.post(`${RECORDS}/house__c`, asked)
    expect([narrowed.status, narrowed.body]).toMatchObject([201, { code__c: 'CODE-2' }])
    await asAdmin(`${RECORDS}/user/${user.id}`, { permission_sets: [] })
    await new Promise((resolve) => setTimeout(resolve, 1100))
    const nothing = await caller.post(`${RECORDS}/house__c`, asked)
    expect(nothing.text).not.toContain('CODE')
  })

  it('is not that of before, where what the caller may see has changed', async () => {
    const user = await server.createUser({ sets: ['clerk'] })
    const caller = keyed(await server.signIn(user), 'refused-once')
    const asked = { name: 'Refused', cost__c: 1, code__x: 1 }
    const first = await caller.post(`${RECORDS}/house__c`, asked)
    expect(first.status).toBe(422)
    expect((await caller.post(`${RECORDS}/house__c`, asked)).text).toBe(first.text)
    await asAdmin(`${RECORDS}/user/${user.id}`, { permission_sets: ['consultant'] })
    await new Promise((resolve) => setTimeout(resolve, 1100))
    const again = await caller.post(`${RECORDS}/house__c`, asked)
    expect([again.status, again.body.code]).toEqual([409, 'conflict'])
    expect(again.text).not.toContain('code__x')
  })

  it('is kept of nothing that only asks', async () => {
    const caller = keyed(await server.signIn(clerkUser), 'asked-twice')
    const first = await caller.post(`${RECORDS}/house__c/query`, { select: ['name'] })
    const again = await caller.post(`${RECORDS}/house__c/query`, { select: ['name'] })
    expect([first.status, again.status]).toEqual([200, 200])
    expect(again.headers['idempotency-replayed']).toBeUndefined()
  })
})

describe('what is described of related records and views', () => {
  it('leaves out lists over a reference, and views by an owner, that the caller may not know', async () => {
    const rights = { read: true, fields: { parent__c: 'none', owner: 'none' } }
    const set = ['permission_set', 'blind', { label: 'B', objects: { house__c: rights } }] as const
    const published = await admin.post(`${META}/${await openSet(admin, [set])}/publish`, {})
    expect(published.status).toBe(200)
    const blind = await server.signIn(await server.createUser({ sets: ['blind'] }))
    const pathsOf = async (caller: Caller): Promise<string[]> =>
      Object.keys((await loadApiDocument(caller)).paths).filter((path) => path.includes('/related'))
    const path = `${RECORDS}/house__c/{id}/related/children__c`
    expect(await pathsOf(clerk)).toContain(path)
    expect(await pathsOf(blind)).not.toContain(path)
    const viewsOf = async (caller: Caller): Promise<string[]> => {
      const { body } = await caller.get('/api/v1/meta/objects/house__c')
      return body.list_views.map(({ name }: { name: string }) => name)
    }
    expect(await viewsOf(clerk)).toEqual(['all', 'mine'])
    expect(await viewsOf(blind)).toEqual(['all'])
  })
})

describe('shares that ended', () => {
  it('are removed long after, which is told to the audit log', async () => {
    const { database } = server.test
    const expire = (name: string, days: number): Promise<number> =>
      database.execute(
        `insert into main._share (id, object, record, principal, access, cause, expires_at, created_by, created_at)
         values (gen_random_uuid(), 'house__c', $1, $2, 'read', 'manual', now() - make_interval(days => $3), $4, now())`,
        [open, name, days, clerkUser.id],
      )
    await expire('role:long_ago', 91)
    await expire('role:lately', 89)
    const { release } = server.currentModel
    const purged = await Promise.all([1, 2].map(() => purgeShares(database, release, new Date())))
    expect(purged.toSorted()).toEqual([0, 1])
    const left = await database.query('select principal from main._share where record = $1', [open])
    expect(left).toEqual([{ principal: 'role:lately' }])
    const { body } = await admin.get(`/api/v1/audit?action=share_changed&record=${open}`)
    expect(body.entries[0]).toMatchObject({
      actor: null,
      by: 'system',
      details: { old: { principal: 'role:long_ago', cause: 'manual', access: 'read' }, new: null },
    })
  })
})
