import { afterAll, beforeAll, expect, it } from 'vitest'

import { type Caller, startTestServer, type TestServer, type TestUser } from '../support/index.ts'

const ME = '/api/v1/me'

let server: TestServer
let user: TestUser
let caller: Caller

beforeAll(async () => {
  server = await startTestServer()
  user = await server.createUser({ sets: ['sales_rep'] })
  caller = await server.signIn(user)
}, 120_000)
afterAll(() => server.stop())

it('changes the own language and time zone, for the next answer and in the history', async () => {
  const changed = await caller.patch(ME, { locale: 'zh-CN', time_zone: 'Europe/Berlin' })
  expect(changed.status, changed.text).toBe(200)
  expect(changed.body).toMatchObject({ locale: 'zh-CN', time_zone: 'Europe/Berlin' })
  expect(changed.body.csrf_token).toBe((await caller.get(ME)).body.csrf_token)
  expect((await caller.get(ME)).body).toMatchObject({
    locale: 'zh-CN',
    time_zone: 'Europe/Berlin',
  })
  expect((await caller.get(`${ME}?x=1`)).body.title).toBe('未知的参数')
  const record = await server.admin.get(`/api/v1/records/user/${user.id}`)
  expect(record.body).toMatchObject({
    locale: 'zh-CN',
    version: 2,
    updated_by: { id: user.id },
  })
  // The same once more changes nothing.
  expect((await caller.patch(ME, { locale: 'zh-CN' })).status).toBe(200)
  expect((await server.admin.get(`/api/v1/records/user/${user.id}`)).body.version).toBe(2)
})

it('changes nothing else of a user, and nothing of anybody else', async () => {
  for (const body of [{}, { permission_sets: ['admin'] }, { name: 'A' }, { id: 'x' }, []]) {
    expect((await caller.patch(ME, body)).status, JSON.stringify(body)).toBeGreaterThanOrEqual(400)
  }
  expect((await caller.patch(ME, { locale: 'fr-FR' })).status).toBe(400)
  const zone = await caller.patch(ME, { time_zone: 'Nowhere/City' })
  expect([zone.status, zone.body.errors[0].path]).toEqual([422, 'time_zone'])
  expect((await caller.get(ME)).body.permissions.sets).toEqual(['sales_rep'])
})

it('asks for a session and its token, not for a key', async () => {
  expect((await server.stranger.patch(ME, { locale: 'zh-CN' })).status).toBe(401)
  const { cookie = '' } = caller.headers
  expect((await server.stranger.with({ cookie }).patch(ME, { locale: 'zh-CN' })).status).toBe(403)
  const key = await server.admin.post('/api/v1/api-keys', { label: 'me' })
  const holder = server.stranger.with({ authorization: `Bearer ${key.body.key}` })
  expect((await holder.get(ME)).status).toBe(200)
  expect((await holder.patch(ME, { locale: 'zh-CN' })).status).toBe(403)
})
