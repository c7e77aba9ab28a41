import { afterAll, beforeAll, expect, it } from 'vitest'

import { type Answer, type Caller, startTestServer, type TestServer } from '../support/index.ts'

const ROUNDS = 12
const META = '/api/v1/meta/changesets'
const BOTH = ['modify_all_data', 'manage_users']

let server: TestServer
let first: { id: string; caller: Caller }
let second: { id: string; caller: Caller }

beforeAll(async () => {
  server = await startTestServer({ requestsPerMinute: 1_000_000 })
  expect((await publish(await openSet(BOTH))).status).toBe(200)
  first = await administrator('admin')
  second = await administrator('second__c')
  // Nobody else is left: what the two do to each other decides.
  await server.test.database.execute(
    `update main."user" set active = false where id <> all($1::uuid[])`,
    [[first.id, second.id]],
  )
}, 120_000)
afterAll(() => server.stop())

async function administrator(set: string): Promise<{ id: string; caller: Caller }> {
  const user = await server.createUser({ sets: [set], name: set })
  return { id: user.id, caller: await server.signIn(user) }
}

async function openSet(system: readonly string[], by = server.admin): Promise<string> {
  const { body } = await by.post(META, { label: 'second' })
  const definition = { label: 'Second', system: [...system, 'customize'] }
  await by.put(`${META}/${body.id}/permission_set/second__c`, definition)
  return body.id
}

const publish = (set: string, by = server.admin): Promise<Answer> =>
  by.post(`${META}/${set}/publish`, {})

async function administrators(): Promise<number> {
  const rows = await server.test.database.query<{ sets: string[] | null }>(
    `select permission_sets as sets from main."user" where active and deleted_at is null`,
  )
  const { permissionSets } = server.currentModel.release.model
  return rows.filter(({ sets }) =>
    BOTH.every((right) =>
      sets?.some((set) => permissionSets.get(set)?.system?.some((one) => one === right)),
    ),
  ).length
}

async function restore(): Promise<void> {
  const { database } = server.test
  for (const [{ id }, set] of [
    [first, 'admin'],
    [second, 'second__c'],
  ] as const) {
    await database.execute(`update main."user" set permission_sets = $2 where id = $1`, [id, [set]])
  }
  await database.execute('update main._organization set version = version + 1')
  await expect.poll(async () => (await first.caller.get('/api/v1/me')).status).toBe(200)
  if (server.currentModel.release.model.permissionSets.get('second__c')?.system?.length === 1) {
    await expect
      .poll(async () => (await publish(await openSet(BOTH, first.caller), first.caller)).status)
      .toBe(200)
  }
}

it('is kept when a publish and a change of a user take one administrator each at the same moment', async () => {
  let published = 0
  let narrowed = 0
  for (let round = 0; round < ROUNDS; round++) {
    const set = await openSet([], first.caller)
    const [publishing, narrowing] = await Promise.all([
      publish(set, first.caller),
      second.caller.patch(`/api/v1/records/user/${first.id}`, { permission_sets: [] }),
    ])
    expect(await administrators(), `${publishing.text} ${narrowing.text}`).toBeGreaterThan(0)
    if (publishing.status === 200) published++
    if (narrowing.status === 200) narrowed++
    for (const { status } of [publishing, narrowing]) expect([200, 403, 409, 422]).toContain(status)
    await restore()
  }
  expect(published + narrowed).toBeGreaterThanOrEqual(ROUNDS / 2)
}, 120_000)
