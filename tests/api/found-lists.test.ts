import { afterAll, beforeAll, expect, it } from 'vitest'

import {
  type Caller,
  type Pieces,
  publishWorld,
  startTestServer,
  type TestServer,
} from '../support/index.ts'

// Rows of readers are gathered up to 5,000; who sees more of them finds a page by walking. `more` is beyond that.
const DEALS = 11_000
const SORTS = ['-created_at', 'created_at', 'amount__c', '-amount__c', 'name', 'owner']
const ASKED = [
  '',
  '&filter[region__c]=east',
  '&q=deal%2011',
  '&filter[amount__c][gte]=500&filter[region__c]=west',
]

let server: TestServer
const readers: Record<string, { id: string; caller: Caller }> = {}

beforeAll(async () => {
  server = await startTestServer({ requestsPerMinute: 1_000_000 })
  await publish({
    'object/deal__c': { label: 'Deal' },
    'field/deal__c.region__c': { type: 'text', label: 'Region', max_length: 20 },
    'field/deal__c.amount__c': { type: 'number', label: 'Amount' },
    'object/visit__c': { label: 'Visit' },
    'field/visit__c.deal__c': {
      type: 'lookup',
      label: 'Deal',
      target: 'deal__c',
      relationship: { name: 'visits__c' },
      shares_parent: true,
    },
    'role/ruled__c': { label: 'Ruled' },
    'sharing_rule/deal__c.large__c': {
      label: 'Large',
      where: { '>': [{ var: 'amount__c' }, 950] },
      to: [{ role: 'ruled__c' }],
      access: 'read',
    },
    'permission_set/own__c': {
      label: 'Own',
      objects: { deal__c: { read: true }, visit__c: { read: true }, user: { read: true } },
    },
  })
  for (const name of ['nobody', 'few', 'more', 'ruled', 'other']) {
    const user = await server.createUser({ sets: ['own__c'], name })
    readers[name] = { id: user.id, caller: await server.signIn(user) }
  }
  const { database } = server.test
  await database.execute(`update main."user" set role = 'ruled__c' where id = '${idOf('ruled')}'`)
  await database.execute('update main._organization set version = version + 1')
  await makeDeals()
}, 120_000)
afterAll(() => server.stop())

const publish = (definitions: Pieces): Promise<void> => publishWorld(server.admin, definitions)

const idOf = (name: string): string => readers[name]?.id ?? ''

/**
 * Deals of `few` and `more` by owner, by share and by visit. Of each kind some are deleted or ended, shares come with
 * and without the moment that orders them, visits open the same deal twice.
 */
async function makeDeals(): Promise<void> {
  const { database } = server.test
  const [few, more, ruled, other] = ['few', 'more', 'ruled', 'other'].map(
    (name) => `'${idOf(name)}'::uuid`,
  )
  const system = `now(), 1, ${other}`
  await database.execute(`
    insert into main."deal__c" (id, name, owner, created_at, updated_at, version, created_by, region__c, amount__c, deleted_at)
    select gen_random_uuid(), 'Deal ' || g, case when g % 300 = 1 then ${few} when g % 5 = 2 then ${more} when g % 300 = 3 then ${ruled} else ${other} end,
      timestamptz '2026-01-01' + make_interval(mins => g / 2), ${system},
      case when g % 3 = 0 then 'east' when g % 3 = 1 then 'west' end,
      case when g % 7 <> 0 then (g * 7919) % 1000 end, case when g % 97 = 0 then now() end
    from generate_series(1, ${DEALS}) as g`)
  await database.execute(`
    insert into main."visit__c" (id, name, owner, created_at, updated_at, version, created_by, deal__c, deleted_at)
    select gen_random_uuid(), 'Visit', case when number % 400 = 5 then ${few} when number % 10 < 6 then ${more} else ${other} end,
      now(), ${system}, id, case when number % 89 = 0 then now() end
    from (select id, substr(name, 6)::int as number from main."deal__c") as d, generate_series(1, 2)`)
  await database.execute(`
    insert into main._share (id, object, record, principal, access, cause, created_by, created_at, expires_at, record_created_at)
    select gen_random_uuid(), 'deal__c', id, 'user:' || case when number % 250 = 7 then ${few} when number % 250 = 8 then ${ruled} else ${more} end, 'read', 'team',
      ${other}, now(), case when number % 11 = 0 then now() - interval '1 day' end, case when number % 2 = 0 then created_at end
    from (select id, created_at, substr(name, 6)::int as number from main."deal__c") as d
    where number % 250 in (7, 8) or number % 4 = 3`)
}

/** The ids of the deals that a reader may see, by the rules alone. */
async function mayRead(name: string): Promise<Set<string>> {
  const rows = await server.test.database.query<{ id: string }>(
    `select id from main."deal__c" as d where deleted_at is null and (owner = $1 or ($3 and amount__c > 950)
      or exists (select from main."visit__c" as v where v.deal__c = d.id and v.owner = $1 and v.deleted_at is null)
      or exists (select from main._share as s where s.record = d.id and s.principal = $2
        and (s.expires_at is null or s.expires_at > now())))`,
    [idOf(name), `user:${idOf(name)}`, name === 'ruled'],
  )
  return new Set(rows.map(({ id }) => id))
}

async function pagesOf(
  caller: Caller,
  asked: string,
  { limit, most = Number.POSITIVE_INFINITY }: { limit: number; most?: number },
): Promise<string[]> {
  const ids: string[] = []
  for (let cursor: string | null = ''; cursor !== null && ids.length < most;) {
    const further: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`
    const answer = await caller.get(
      `/api/v1/records/deal__c?select=id&limit=${limit}${asked}${further}`,
    )
    expect(answer.status, answer.text).toBe(200)
    ids.push(...answer.body.records.map(({ id }: { id: string }) => id))
    cursor = answer.body.next_cursor
  }
  return ids
}

it.each(['nobody', 'few', 'more', 'ruled'])(
  'shows %s exactly what they may see, in every order',
  async (name) => {
    const readable = await mayRead(name)
    const { caller } = readers[name] ?? {}
    if (!caller) throw new Error(`Nobody is called ${name}`)
    for (const sort of SORTS) {
      for (const asked of ASKED) {
        const list = `&sort=${sort}${asked}`
        const all = await pagesOf(server.admin, list, { limit: 1000 })
        const expected = all.filter((id) => readable.has(id))
        expect(await pagesOf(caller, list, { limit: 1000 }), list).toEqual(expected)
        const first = await pagesOf(caller, list, { limit: 9, most: 60 })
        expect(first, list).toEqual(expected.slice(0, first.length))
      }
    }
    const answer = await caller.post('/api/v1/records/deal__c/aggregate', {
      measures: [{ fn: 'count', as: 'deals' }],
    })
    expect(answer.body.groups).toEqual([{ deals: readable.size }])
  },
  300_000,
)

it('the readers are on both sides of what is gathered', async () => {
  expect((await mayRead('nobody')).size).toBe(0)
  expect((await mayRead('few')).size).toBeLessThan(300)
  expect((await mayRead('ruled')).size).toBeGreaterThan(500)
  expect((await mayRead('more')).size).toBeGreaterThan(6000)
})
