import type { DuplicateGroup, DuplicateSearch } from '@trellis/metamodel'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { startJobs, type Stop } from '../../server/src/jobs/start-jobs.ts'
import { type Answer, type Caller, startTestServer, type TestServer } from '../support/index.ts'

const META = '/api/v1/meta/changesets'
const FIRM = '/api/v1/records/firm__c'
const SEARCHES = '/api/v1/duplicate-searches'

let server: TestServer
let stopJobs: Stop
let admin: Caller
let clerk: Caller
let reader: Caller
let clerkId: string

const text = (label: string): object => ({ type: 'text', label })
const warn = { on_create: 'warn', message: { 'zh-CN': '可能重复', 'en-US': 'Looks like another' } }
const WORLD: Readonly<Record<string, object>> = {
  'object/firm__c': { label: 'Firm' },
  'field/firm__c.city__c': text('City'),
  'field/firm__c.secret__c': text('Secret'),
  'field/firm__c.mail__c': { type: 'email', label: 'E-mail' },
  'duplicate_rule/firm__c.company': {
    ...warn,
    match: [{ field: 'name', method: 'company_name' }],
  },
  'duplicate_rule/firm__c.secret': { ...warn, match: [{ field: 'secret__c', method: 'exact' }] },
  'duplicate_rule/firm__c.slip': { ...warn, match: [{ field: 'city__c', method: 'fuzzy_text' }] },
  'duplicate_rule/firm__c.some': {
    ...warn,
    match: [{ field: 'city__c', method: 'exact' }],
    when: { '!=': [{ var: 'city__c' }, 'x'] },
  },
  'permission_set/clerk': {
    label: 'Clerk',
    objects: {
      firm__c: { create: true, read: true, edit: true, fields: { secret__c: 'none' } },
    },
  },
  'permission_set/reader': { label: 'Reader', objects: { firm__c: { read: true } } },
}

beforeAll(async () => {
  server = await startTestServer({ requestsPerMinute: 1_000_000 })
  stopJobs = await startJobs(server.foundation)
  ;({ admin } = server)
  const set = (await admin.post(META, { label: 'A change' })).body.id
  for (const [path, definition] of Object.entries(WORLD)) {
    const put = await admin.put(`${META}/${set}/${path}`, definition)
    if (put.status !== 200) throw new Error(`${path}: ${put.text}`)
  }
  const published = await admin.post(`${META}/${set}/publish`, {})
  if (published.status !== 200) throw new Error(published.text)
  const user = await server.createUser({ sets: ['clerk'], name: 'Clerk' })
  clerkId = user.id
  clerk = await server.signIn(user)
  reader = await server.signIn(await server.createUser({ sets: ['reader'], name: 'Reader' }))
})
afterAll(async () => {
  await stopJobs()
  await server.stop()
})

const make = async (values: object): Promise<string> => {
  const made = await admin.post(`${FIRM}?allow_duplicates=true`, values)
  expect(made.status, made.text).toBe(201)
  return made.body.id
}
const begin = (by: Caller, rule?: string): Promise<Answer> =>
  by.post(SEARCHES, { object: 'firm__c', ...(rule === undefined ? {} : { rule }) })

async function searches(by: Caller): Promise<DuplicateSearch[]> {
  const answer = await by.get(`${SEARCHES}?object=firm__c`)
  expect(answer.status, answer.text).toBe(200)
  return answer.body.searches
}

/** Waits for the end of a search. */
async function ended(by: Caller, id: string): Promise<DuplicateSearch> {
  const find = async (): Promise<DuplicateSearch | undefined> =>
    (await searches(by)).find((one) => one.id === id)
  await expect
    .poll(async () => (await find())?.finished_at ?? null, { timeout: 20_000 })
    .not.toBeNull()
  const done = await find()
  if (!done) throw new Error('The search is there')
  return done
}

async function search(by: Caller, rule?: string): Promise<string> {
  const begun = await begin(by, rule)
  expect(begun.status, begun.text).toBe(202)
  expect(await ended(by, begun.body.id)).toMatchObject({
    status: 'done',
    progress: 1,
    interrupted: false,
    note: null,
  })
  return begun.body.id
}

async function groups(by: Caller, id: string, query = ''): Promise<DuplicateGroup[]> {
  const answer = await by.get(`${SEARCHES}/${id}/groups${query}`)
  expect(answer.status, answer.text).toBe(200)
  return answer.body.groups
}
const names = (found: readonly DuplicateGroup[]): (string | null)[][] =>
  found.map(({ records }) => records.map(({ name }) => name).toSorted())
const having = (found: readonly DuplicateGroup[], name: string): DuplicateGroup | undefined =>
  found.find(({ records }) => records.some((one) => one.name === name))

describe('a search by a rule', () => {
  it('keeps groups with how alike they are and where they agree, page by page', async () => {
    await make({ name: '泰山文旅有限公司', city__c: 'Taian' })
    await make({ name: '泰山文旅集团', city__c: 'Taian' })
    await make({ name: 'Acme Widgets Co., Ltd.' })
    await make({ name: 'ACME widgets Inc' })
    await make({ name: 'acme widgets' })
    await make({ name: 'Like no other' })
    const id = await search(admin, 'company')
    const found = await groups(admin, id)
    expect(names(found)).toHaveLength(2)
    expect(having(found, '泰山文旅集团')).toMatchObject({ agreed: [] })
    expect(having(found, 'acme widgets')?.records).toHaveLength(3)
    for (const { score } of found) expect(score > 0.5 && score <= 1).toBe(true)
    const first = await admin.get(`${SEARCHES}/${id}/groups?limit=1`)
    const cursor = encodeURIComponent(first.body.next_cursor)
    const second = await admin.get(`${SEARCHES}/${id}/groups?limit=1&cursor=${cursor}`)
    expect([...first.body.groups, ...second.body.groups]).toEqual(found)
    expect(second.body.next_cursor).toBeNull()
    expect([first.body.left, second.body.left]).toEqual([2, undefined])
    expect((await clerk.get(`${SEARCHES}/${id}/groups?cursor=${cursor}`)).status).toBe(404)
  })

  it('finds slips of the keyboard', async () => {
    await make({ name: 'One', city__c: 'Guangzhou' })
    await make({ name: 'Two', city__c: 'Guangzhuo' })
    const found = await groups(admin, await search(admin, 'slip'))
    expect(having(found, 'One')?.records.map(({ name }) => name)).toEqual(['One', 'Two'])
  })

  it('tells by what it compares, and by what the caller may search', async () => {
    const { searches: made, rules } = (await admin.get(`${SEARCHES}?object=firm__c`)).body
    expect(made[0].compared).toEqual([{ field: 'city__c', method: 'fuzzy_text' }])
    expect(rules).toEqual(
      ['company', 'secret', 'slip'].map((name) => ({ name, label: expect.any(String) })),
    )
    const own = (await clerk.get(`${SEARCHES}?object=firm__c`)).body.rules
    expect(own.map(({ name }: { name: string }) => name)).toEqual(['company', 'slip'])
  })

  it('is refused where there is none, or one that compares otherwise', async () => {
    for (const rule of ['nothing', 'some']) {
      const answer = await begin(admin, rule)
      expect([answer.status, answer.body.errors[0].path]).toEqual([422, 'rule'])
    }
    expect((await admin.post(SEARCHES, { object: 'nothing__c' })).status).toBe(404)
    expect((await admin.post(SEARCHES, { object: 7 })).status).toBe(400)
  })
})

describe('a search without a rule', () => {
  it('goes by what the records tell', async () => {
    const firms = ['Nordwind Logistik', 'Südhang Brauerei', 'Ostsee Fischerei', 'Westfalen Stahl']
    for (const [at, name] of firms.entries()) {
      const values = { city__c: `Place ${at}`, mail__c: `${at}@firm${at}.example` }
      await make({ ...values, name: `${name} GmbH` })
      await make({ ...values, name })
    }
    const found = await groups(admin, await search(admin))
    for (const name of firms) {
      expect(having(found, name)?.agreed).toEqual(['city__c', 'mail__c'])
    }
  })
})

describe('the list', () => {
  it('forgets records that are deleted or merged meanwhile, and tells changed ones as they are', async () => {
    const ids = [await make({ name: '华山文旅有限公司' }), await make({ name: '华山文旅集团' })]
    const id = await search(admin, 'company')
    await admin.patch(`${FIRM}/${ids[1]}`, { name: 'Another name' })
    expect(having(await groups(admin, id), 'Another name')?.records).toHaveLength(2)
    const merged = await admin.post(`${FIRM}/${ids[0]}/merge`, { merge: [{ id: ids[1] }] })
    expect(merged.status, merged.text).toBe(200)
    expect(having(await groups(admin, id), '华山文旅有限公司')).toBeUndefined()
    const other = await make({ name: '华山文旅股份有限公司' })
    const again = await search(admin, 'company')
    expect(having(await groups(admin, again), '华山文旅有限公司')?.records).toHaveLength(2)
    await admin.delete(`${FIRM}/${other}`)
    expect(having(await groups(admin, again), '华山文旅有限公司')).toBeUndefined()
  })

  it('tells no group again that somebody has dismissed, unless another record joins it', async () => {
    await make({ name: '衡山茶业有限公司' })
    await make({ name: '衡山茶业集团' })
    const id = await search(admin, 'company')
    const group = having(await groups(admin, id), '衡山茶业集团')
    const at = `${SEARCHES}/${id}/groups/${group?.id}/dismiss`
    expect((await reader.post(at)).status).toBe(404)
    expect((await clerk.post(at)).status).toBe(404)
    const left = async (): Promise<number> =>
      (await admin.get(`${SEARCHES}/${id}/groups?limit=1`)).body.left
    const before = await left()
    expect((await admin.post(at)).status).toBe(204)
    expect((await admin.post(at)).status).toBe(204)
    expect(await left()).toBe(before - 1)
    expect((await admin.post(`${SEARCHES}/${id}/groups/${id}/dismiss`)).status).toBe(404)
    expect(having(await groups(admin, id), '衡山茶业集团')).toBeUndefined()
    expect(having(await groups(admin, await search(admin, 'company')), '衡山茶业集团')).toBe(
      undefined,
    )
    await make({ name: '衡山茶业股份有限公司' })
    const found = await groups(admin, await search(admin, 'company'))
    expect(having(found, '衡山茶业集团')?.records).toHaveLength(3)
  })
})

describe('who may not see all', () => {
  it('is told of no record that they may not read, and of no group with fewer than two', async () => {
    const mine = { owner: clerkId }
    await make({ name: '嵩山制药有限公司', ...mine })
    await make({ name: '嵩山制药集团', ...mine })
    await make({ name: '嵩山制药股份有限公司' })
    await make({ name: '恒山煤业有限公司', ...mine })
    await make({ name: '恒山煤业集团' })
    const id = await search(clerk, 'company')
    expect(names(await groups(clerk, id))).toEqual([
      ['嵩山制药有限公司', '嵩山制药集团'].toSorted(),
    ])
    const all = await groups(admin, await search(admin, 'company'))
    expect(having(all, '嵩山制药集团')?.records).toHaveLength(3)
  })

  it('is told what is alike by what they may read alone', async () => {
    const own = { owner: clerkId, city__c: 'Xian' }
    const [one] = [
      await make({ name: '终南山茶业有限公司', ...own }),
      await make({ name: '终南山茶业集团', ...own }),
    ]
    const seen = async (): Promise<[DuplicateGroup | undefined, DuplicateGroup | undefined]> => [
      having(await groups(clerk, await search(clerk, 'company')), '终南山茶业集团'),
      having(await groups(clerk, await search(clerk)), '终南山茶业集团'),
    ]
    const strip = (group?: DuplicateGroup): object => ({ ...group, id: undefined })
    const before = (await seen()).map(strip)
    // A third that they do not see, which is like both and agrees in nothing else.
    await make({ name: '终南山茶业股份有限公司', city__c: 'Lanzhou' })
    expect((await seen()).map(strip)).toEqual(before)
    expect((before[0] as DuplicateGroup).records.map(({ id }) => id)).toContain(one)
  })

  it('is told nothing of what others searched for, nor by a key of less', async () => {
    const id = await search(admin, 'company')
    expect((await clerk.get(`${SEARCHES}/${id}/groups`)).status).toBe(404)
    expect((await searches(clerk)).map((each) => each.id)).not.toContain(id)
    const key = await admin.post('/api/v1/api-keys', { label: 'less', permission_set: 'clerk' })
    expect(key.status, key.text).toBe(201)
    const narrowed = server.stranger.with({ authorization: `Bearer ${key.body.key}` })
    expect((await narrowed.get(`${SEARCHES}/${id}/groups`)).status).toBe(404)
    expect(await searches(narrowed)).toEqual([])
    expect((await begin(narrowed, 'company')).status).toBe(403)
  })

  it('is told nothing of a search that compared what they may not know', async () => {
    await make({ name: 'Left', secret__c: 'S1', owner: clerkId })
    await make({ name: 'Right', secret__c: 'S1', owner: clerkId })
    const id = await search(admin, 'secret')
    expect(having(await groups(admin, id), 'Left')).toMatchObject({
      agreed: ['secret__c'],
      score: 1,
    })
    expect((await clerk.get(`${SEARCHES}/${id}/groups`)).status).toBe(404)
    expect((await searches(clerk)).map((one) => one.id)).not.toContain(id)
    expect((await begin(clerk, 'secret')).status).toBe(403)
  })

  it('needs the right to edit', async () => {
    expect((await begin(reader)).status).toBe(403)
    expect((await reader.get(`${SEARCHES}?object=firm__c`)).status).toBe(403)
  })
})

describe('one search of an object at a time', () => {
  it('runs, and one that was cut off begins anew without showing half a list', async () => {
    await stopJobs()
    const answers = await Promise.all([begin(admin, 'company'), begin(admin), begin(clerk)])
    expect(answers.map(({ status }) => status).toSorted()).toEqual([202, 409, 409])
    const at = answers.findIndex(({ status }) => status === 202)
    const [id, starter] = [answers[at]?.body.id, at === 2 ? clerk : admin]
    // As a process leaves it that was killed in the middle.
    await server.test.database.execute(
      `update main._duplicate_search set status = 'running', progress = 0.5 where id = $1`,
      [id],
    )
    expect(await groups(starter, id)).toEqual([])
    expect((await searches(starter))[0]).toMatchObject({ id, status: 'running', interrupted: true })
    expect((await begin(admin)).status).toBe(409)
    stopJobs = await startJobs(server.foundation)
    expect(await ended(starter, id)).toMatchObject({ status: 'done' })
    expect((await groups(starter, id)).length).toBeGreaterThan(0)
  })
})
