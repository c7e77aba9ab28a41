import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { createApp } from '@trellis/server'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { CurrentModel } from '../../server/src/catalog/index.ts'
import {
  Caller,
  runCrm,
  startTestServer,
  type TestServer,
  type TestUser,
} from '../support/index.ts'

let server: TestServer
let folder: string
let user: TestUser
const opened: { close(): Promise<unknown> }[] = []

const crm = (...args: string[]): ReturnType<typeof runCrm> =>
  runCrm(args, { DATABASE_URL: server.test.url, DATA_DIR: folder, DEMO: 'none' })

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trellis-tenants-'))
  server = await startTestServer()
  user = await server.createUser({ sets: ['admin'], name: 'Ada' })
  const { body } = await server.admin.post('/api/v1/records/account', { name: '华云“😀”科技' })
  await server.admin.post('/api/v1/records/contact', { name: 'Li', account: body.id })
  await server.admin.patch(`/api/v1/records/account/${body.id}`, { phone: '010-88886666' })
}, 120_000)
afterAll(async () => {
  for (const one of opened.toReversed()) await one.close()
  await server.stop()
  await rm(folder, { recursive: true, force: true })
})

/** A server of another tenant on the same database. */
async function serve(tenant: string): Promise<{ signIn(): Promise<Caller>; stranger: Caller }> {
  const { foundation } = server
  const { db, config, secrets } = foundation
  const { fieldTypes } = foundation.target
  const currentModel = new CurrentModel(db, tenant, fieldTypes)
  await currentModel.start()
  const app = await createApp(
    {
      config: { ...config, tenant },
      db,
      currentModel,
      target: { ...foundation.target, schema: tenant },
      secrets,
    },
    { accountFactor: 100 },
  )
  await app.ready()
  opened.push({ close: () => currentModel.stop() }, app)
  const stranger = new Caller(app)
  const signIn = async (): Promise<Caller> => {
    const { email, password } = user
    const answer = await stranger.post('/api/v1/auth/login', { email, password })
    expect(answer.status, answer.text).toBe(200)
    const cookie = String(answer.headers['set-cookie']).split(';')[0] ?? ''
    return stranger.with({ cookie, 'x-csrf-token': answer.body.csrf_token })
  }
  return { signIn, stranger }
}

describe('a copy of a tenant', () => {
  it('holds the same metadata and records, and disagrees with itself in nothing', async () => {
    const made = await crm('tenant', 'create', 'trial', '--from', 'main')
    expect(made.code, made.text).toBe(0)
    const trial = await serve('trial')
    const ada = await trial.signIn()
    const [here, there] = await Promise.all([
      server.admin.get('/api/v1/meta/package'),
      ada.get('/api/v1/meta/package'),
    ])
    expect(there.headers['etag']).toBe(here.headers['etag'])
    const list = '/api/v1/records/account?select=id,name,phone,version,created_at'
    expect((await ada.get(list)).body).toEqual((await server.admin.get(list)).body)
    const [account] = (await ada.get(list)).body.records
    const history = await ada.get(`/api/v1/records/account/${account.id}/history`)
    expect(history.text).toContain('010-88886666')
    const doctor = await runCrm(['doctor'], {
      DATABASE_URL: server.test.url,
      DATA_DIR: folder,
      DEMO: 'none',
      TENANT: 'trial',
    })
    expect(doctor.code, doctor.text).toBe(0)
  })

  it('goes its own way', async () => {
    const trial = await serve('trial')
    const ada = await trial.signIn()
    const made = await ada.post('/api/v1/records/account', { name: 'Only here' })
    expect(made.status).toBe(201)
    expect((await server.admin.get(`/api/v1/records/account/${made.body.id}`)).status).toBe(404)
    const set = (await ada.post('/api/v1/meta/changesets', { label: 'x' })).body.id
    await ada.put(`/api/v1/meta/changesets/${set}/field/account.only__c`, {
      type: 'text',
      label: 'Only here',
    })
    expect((await ada.post(`/api/v1/meta/changesets/${set}/publish`, {})).status).toBe(200)
    const told = await server.admin.get('/api/v1/meta/objects/account')
    expect(told.text).not.toContain('only__c')
  })

  it('takes no session and no key of another tenant, and ends none', async () => {
    const trial = await serve('trial')
    const main = await server.signIn(user)
    const { headers } = main
    expect((await trial.stranger.with(headers).get('/api/v1/me')).status).toBe(401)
    const { body } = await main.post('/api/v1/api-keys', { label: 'here' })
    const key = { authorization: `Bearer ${body.key}` }
    expect((await trial.stranger.with(key).get('/api/v1/me')).status).toBe(401)
    expect((await server.stranger.with(key).get('/api/v1/me')).status).toBe(200)
    expect((await main.get('/api/v1/me')).status).toBe(200)
  })

  it('shares nothing with any other schema', async () => {
    const crossing = await server.test.database.query(`
      select conname from pg_constraint as k
      join pg_class as a on a.oid = k.conrelid join pg_class as b on b.oid = k.confrelid
      where k.contype = 'f' and a.relnamespace <> b.relnamespace`)
    expect(crossing).toEqual([])
    const views = await server.test.database.query(`
      select relname from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
      where c.relkind in ('v', 'm') and n.nspname in ('main', 'trial')`)
    expect(views).toEqual([])
  })
})

describe('tenants', () => {
  it('begin with the shipped packages and an administrator', async () => {
    const made = await crm('tenant', 'create', 'acme')
    expect(made.code, made.text).toBe(0)
    expect(made.text).toContain('admin@example.com signs in with the one-time password')
    const listed = await crm('tenant', 'list')
    expect(listed.text).toMatch(/acme: release 1, 1 sign in/)
    expect(listed.text).toMatch(/trial: release 2/)
  })

  it('are refused by what is wrong with their names', async () => {
    for (const name of ['Acme', 'pg_acme', 'acme;drop']) {
      const refused = await crm('tenant', 'create', name)
      expect([refused.code, refused.text.includes('cannot name a tenant')], name).toEqual([1, true])
    }
    const taken = await crm('tenant', 'create', 'acme')
    expect([taken.code, taken.text.includes('already')]).toEqual([1, true])
    const unknown = await crm('tenant', 'create', 'other', '--from', 'nobody')
    expect([unknown.code, unknown.text.includes('no tenant "nobody"')]).toEqual([1, true])
    expect((await crm('tenant', 'list')).text).not.toContain('other')
  })

  it('go with everything, if it is said twice', async () => {
    expect((await crm('tenant', 'drop', 'acme')).code).toBe(2)
    expect((await crm('tenant', 'drop', 'acme', '--confirm', 'main')).code).toBe(2)
    expect((await crm('tenant', 'drop', 'main', '--confirm', 'main')).code).toBe(1)
    expect((await crm('tenant', 'drop', 'acme', '--confirm', 'acme')).code).toBe(0)
    const left = await server.test.database.query(`
      select tenant from platform.sign_in where tenant = 'acme'
      union all select nspname from pg_namespace where nspname = 'acme'`)
    expect(left).toEqual([])
    const gone = await runCrm(['doctor'], {
      DATABASE_URL: server.test.url,
      DATA_DIR: folder,
      TENANT: 'acme',
    })
    expect(gone.code).not.toBe(0)
    expect(gone.text).toContain('TENANT must name a tenant that is there')
  })
})
