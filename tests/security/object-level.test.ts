import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import {
  type Call,
  type Caller,
  startTestServer,
  type TestServer,
  type TestUser,
} from '../support/index.ts'

let server: TestServer
let rep: Caller
let repUser: TestUser
/** Records of somebody else, by object. */
const foreign = new Map<string, string>()

async function create(caller: Caller, object: string, record: object): Promise<string> {
  const answer = await caller.post(`/api/v1/records/${object}`, record)
  expect(answer.status, answer.text).toBe(201)
  return answer.body.id
}

beforeAll(async () => {
  server = await startTestServer()
  repUser = await server.createUser({ sets: ['sales_rep'] })
  rep = await server.signIn(repUser)
  const account = await create(server.admin, 'account', { name: '别人的客户' })
  foreign.set('account', account)
  foreign.set(
    'contact',
    await create(server.admin, 'contact', { name: '张三', account, mobile: '13800138000' }),
  )
  foreign.set(
    'lead',
    await create(server.admin, 'lead', {
      name: '李四',
      company: '线索公司',
      mobile: '13900139000',
    }),
  )
})
afterAll(() => server.stop())

/** A number that is another as soon as anything in any table but those of the house's own doings is. */
async function checksum(): Promise<string> {
  const { database } = server.test
  const tables = await database.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables
     where schemaname in ('main', 'platform') and tablename not in ('_audit', '_audit_day', 'session')
     order by 1`,
  )
  const sums = await Promise.all(
    tables.map(async ({ name }) => {
      const [row] = await database.query<{ sum: string }>(
        `select md5(coalesce(string_agg(t::text, ',' order by t::text), '')) as sum from ${name} as t`,
      )
      return `${name} ${row?.sum}`
    }),
  )
  return sums.join('\n')
}

describe('the id of a record that somebody may not see', () => {
  it('opens no route, and changes nothing (NocoDB CVE-2026-28361, EspoCRM CVE-2026-41160, Directus CVE-2025-53889)', async () => {
    const before = await checksum()
    const opened: string[] = []
    const routes = server.routes.filter(
      ({ path, method }) =>
        path.startsWith('/api/v1/records/:object/:id') &&
        method !== 'HEAD' &&
        !path.includes(':share'),
    )
    expect(routes.length).toBeGreaterThan(8)
    for (const [object, id] of foreign) {
      for (const { method, path } of routes) {
        const url = path
          .replace(':object', object)
          .replace(':id', id)
          .replaceAll(/:\w+/g, 'contacts')
        const answer = await rep.send({
          method: method as NonNullable<Call['method']>,
          url,
          ...(['POST', 'PUT', 'PATCH'].includes(method)
            ? { payload: '{}', headers: { 'content-type': 'application/json' } }
            : {}),
        })
        if (![400, 403, 404, 405, 422].includes(answer.status)) opened.push(`${method} ${url}`)
        expect(answer.text, url).not.toContain('别人的客户')
      }
    }
    expect(opened).toEqual([])
    expect(await checksum()).toBe(before)
  })

  it('is refused with a body as without, and nothing is written first (EspoCRM CVE-2026-41160)', async () => {
    const before = await checksum()
    const id = foreign.get('account') ?? ''
    const url = `/api/v1/records/account/${id}`
    const answers = [
      await rep.patch(url, { name: '改了' }),
      await rep.delete(url),
      await rep.post('/api/v1/records/account/batch', {
        operations: [
          { op: 'update', id, record: { name: '改了' } },
          { op: 'delete', id },
        ],
      }),
      await rep.post('/api/v1/records/contact', { name: '王五', account: id }),
    ]
    // Whoever may delete no account at all is told so, whatever the id.
    expect(answers.map(({ status }) => status)).toEqual([404, 403, 200, 422])
    expect(answers[2]?.body.results.map(({ status }: { status: number }) => status)).toEqual([
      404, 403,
    ])
    expect(await checksum()).toBe(before)
  })

  it('under another object is no id at all (Payload CVE-2026-25574)', async () => {
    for (const object of ['contact', 'lead', 'user']) {
      const answer = await server.admin.get(`/api/v1/records/${object}/${foreign.get('account')}`)
      expect(answer.status).toBe(404)
    }
  })

  it('answers as one that never was (Directus CVE-2025-64749)', async () => {
    const never = '0190a000-0000-7000-8000-000000000000'
    const own = foreign.get('account') ?? ''
    const normal = (text: string): string =>
      text.replaceAll(/"instance":"[^"]+"/g, '').replaceAll(own, never)
    for (const method of ['GET', 'DELETE'] as const) {
      const [hidden, missing] = await Promise.all(
        [own, never].map((id) => rep.send({ method, url: `/api/v1/records/account/${id}` })),
      )
      expect(normal(hidden?.text ?? '')).toBe(normal(missing?.text ?? ''))
      expect(hidden?.status).toBe(missing?.status)
    }
    const [unseen, unknown] = [
      await rep.get('/api/v1/records/no_such_object'),
      await rep.get('/api/v1/records/no_such_object_2'),
    ]
    expect(unseen.status).toBe(unknown.status)
  })
})

describe('a count', () => {
  it('is of the records that are shown: not of hidden ones, not of deleted ones (Directus #1978)', async () => {
    const count = async (caller: Caller, object: string): Promise<unknown> => {
      const list = await caller.get(`/api/v1/records/${object}?count=exact`)
      const measured = await caller.post(`/api/v1/records/${object}/aggregate`, {
        measures: [{ fn: 'count', as: 'n' }],
      })
      const { records, count: counted } = list.body
      expect(counted).toBe(records.length)
      expect(measured.body.groups[0]?.n ?? 0).toBe(counted)
      return counted
    }
    expect(await count(rep, 'lead')).toBe(0)
    const before = Number(await count(server.admin, 'lead'))
    const lead = { name: '王五', company: '另一家公司', mobile: '13700137000' }
    const id = await create(server.admin, 'lead', lead)
    expect(await count(server.admin, 'lead')).toBe(before + 1)
    expect(await count(rep, 'lead')).toBe(0)
    await server.admin.delete(`/api/v1/records/lead/${id}`)
    expect(await count(server.admin, 'lead')).toBe(before)
  })
})

describe('a body', () => {
  it('writes no column of the system (Payload #16119, EspoCRM CVE-2026-33656, Budibase GHSA-6xp4-cf37-ppjh)', async () => {
    const id = await create(rep, 'account', { name: '自己的客户' })
    const names = [
      'id',
      'created_at',
      'created_by',
      'updated_at',
      'updated_by',
      'version',
      'locked',
      'deleted_at',
      'as',
      'audit',
      'isSystem',
      'password_hash',
      '__proto__',
      'constructor',
    ]
    const before = await checksum()
    for (const name of names) {
      const body = `{"${name}": ${JSON.stringify(name === 'locked' ? true : repUser.id)}}`
      const headers = { 'content-type': 'application/json' }
      const answer = await rep.send({
        method: 'PATCH',
        url: `/api/v1/records/account/${id}`,
        payload: body,
        headers,
      })
      expect([400, 403, 422], name).toContain(answer.status)
      const made = await rep.send({
        method: 'POST',
        url: '/api/v1/records/account',
        payload: body.replace('{', '{"name": "x", '),
        headers,
      })
      expect([400, 403, 422], name).toContain(made.status)
    }
    expect(await checksum()).toBe(before)
  })

  it('asks for no work in the name of the system (payload-puck CVE-2026-39397)', async () => {
    const answer = await rep.post('/api/v1/records/account/batch', {
      operations: [{ op: 'create', record: { name: 'x' }, as: 'system' }],
    })
    expect(answer.status).toBe(400)
  })

  it('gives nobody rights that the caller does not have (Budibase GHSA-6xp4-cf37-ppjh)', async () => {
    const before = await checksum()
    const answer = await rep.patch(`/api/v1/records/user/${repUser.id}`, {
      permission_sets: ['admin'],
    })
    expect([403, 404]).toContain(answer.status)
    expect(await checksum()).toBe(before)
  })
})

describe('rights that are taken', () => {
  it('are gone with the next request (Budibase CVE-2026-46424, Directus #5597)', async () => {
    const user = await server.createUser({ sets: ['finance'] })
    const caller = await server.signIn(user)
    expect((await caller.get('/api/v1/records/account')).status).toBe(200)
    await server.admin.patch(`/api/v1/records/user/${user.id}`, { permission_sets: [] })
    expect((await caller.get('/api/v1/records/account')).status).toBe(403)
  })

  it('of a field that was deleted do not come back with its name (Directus CVE-2025-64746)', async () => {
    const { database } = server.test
    const set = async (put: [string, object][], drop: string[] = []): Promise<void> => {
      const { id } = (await server.admin.post('/api/v1/meta/changesets', {})).body
      for (const [path, definition] of put) {
        const answer = await server.admin.put(`/api/v1/meta/changesets/${id}/${path}`, definition)
        expect(answer.status, answer.text).toBe(200)
      }
      for (const path of drop) await server.admin.delete(`/api/v1/meta/changesets/${id}/${path}`)
      const published = await server.admin.post(`/api/v1/meta/changesets/${id}/publish`)
      expect(published.status, published.text).toBe(200)
    }
    const field = { type: 'text', label: { 'en-US': 'Secret', 'zh-CN': '机密' }, max_length: 80 }
    const grants = (fields: object) => ({
      label: { 'en-US': 'Reader', 'zh-CN': '查看' },
      objects: { account: { read: true, read_scope: 'all', field_access: 'none', fields } },
    })
    await set([
      ['field/account.secret__c', field],
      ['permission_set/reader__c', grants({ name: 'read', secret__c: 'read' })],
    ])
    await database.execute(`update main.account set secret__c = '旧机密'`).catch(() => 0)
    await set([['permission_set/reader__c', grants({ name: 'read' })]], ['field/account.secret__c'])
    await set([['field/account.secret__c', field]])
    const caller = await server.signIn(await server.createUser({ sets: ['reader__c'] }))
    const answer = await caller.get('/api/v1/records/account?select=name,secret__c')
    expect(answer.status).toBe(400)
    expect((await caller.get('/api/v1/records/account')).text).not.toContain('旧机密')
    const seen = await server.admin.get('/api/v1/records/account?select=secret__c')
    expect(seen.text).not.toContain('旧机密')
  })
})
