import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import {
  type Answer,
  sendForm,
  startTestServer,
  type TestServer,
  type TestUser,
} from '../support/index.ts'

let server: TestServer
let user: TestUser
beforeAll(async () => {
  server = await startTestServer()
  user = await server.createUser({ sets: ['admin'] })
  await server.admin.post('/api/v1/records/account', { name: '注入测试' })
})
afterAll(() => server.stop())

/** What has ended a statement, a name or a path elsewhere. */
const HOSTILE = [
  `name'`,
  `name"`,
  `name" from platform.sign_in --`,
  `name'; drop table main.account; --`,
  `name) union select password_hash from platform.sign_in --`,
  `name->>'x'`,
  `name::text`,
  `t.name`,
  `t0.password_hash`,
  `owner.password_hash`,
  `owner.sign_in.password_hash`,
  `$where`,
  `__proto__`,
  `constructor.prototype`,
  `name\u0000`,
  `name/**/`,
  `count(*)`,
  `name as x`,
  `version()`,
  `pg_sleep(5)`,
  `(select 1)`,
  `{"isRaw":true}`,
  `🙂`,
]
const enc = encodeURIComponent

/** Refused as a mistake of the caller, in no time. */
function expectRefused(answer: Answer, what: string): void {
  expect([400, 403, 404, 422], `${what}: ${answer.text}`).toContain(answer.status)
  expect(answer.text).not.toMatch(/syntax error|pg_catalog|relation "|column "/)
}

describe('the name of a field is looked up, never written into a statement', () => {
  it.each(HOSTILE)(
    '%j in select, filter, sort, where, group, measure and search (Strapi CVE-2023-34235, CVE-2022-30618, CVE-2026-27886, Payload CVE-2026-25544, CVE-2026-105845, CVE-2026-105856, NocoBase 5f0630e32b8)',
    async (name) => {
      const list = '/api/v1/records/account'
      const post = (path: string, body: unknown) => server.admin.post(`${list}/${path}`, body)
      const started = performance.now()
      expectRefused(await server.admin.get(`${list}?select=${enc(name)}`), 'select')
      expectRefused(await server.admin.get(`${list}?filter[${enc(name)}]=1`), 'filter')
      expectRefused(await server.admin.get(`${list}?sort=${enc(name)}`), 'sort')
      expectRefused(await server.admin.get(`${list}?view=${enc(name)}`), 'view')
      expectRefused(await post('query', { where: { '==': [{ var: name }, 1] } }), 'where')
      expectRefused(await post('query', { sort: [{ field: name, direction: 'asc' }] }), 'sort')
      expectRefused(
        await post('query', { sort: [{ field: 'name', direction: name }] }),
        'the direction of a sort',
      )
      expectRefused(
        await post('aggregate', { group_by: [name], measures: [{ fn: 'count', as: 'n' }] }),
        'group',
      )
      expectRefused(
        await post('aggregate', { measures: [{ fn: 'max', field: name, as: 'm' }] }),
        'measure',
      )
      expectRefused(
        await post('aggregate', { measures: [{ fn: name, field: 'credit_limit', as: 'm' }] }),
        'the function of a measure',
      )
      expectRefused(
        await post('aggregate', {
          group_by: [{ field: 'created_at', bucket: name }],
          measures: [{ fn: 'count', as: 'n' }],
        }),
        'the bucket of a group (NocoDB CVE-2026-28399)',
      )
      const exported = (body: object) =>
        server.admin.post('/api/v1/exports', { object: 'account', ...body })
      expectRefused(await exported({ object: name }), 'the object of an export')
      expectRefused(await exported({ columns: [name] }), 'a column of an export')
      expectRefused(await exported({ sort: [name] }), 'the order of an export')
      expectRefused(await exported({ view: name }), 'the view of an export')
      expectRefused(
        await exported({ where: { '==': [{ var: name }, 1] } }),
        'the condition of an export',
      )
      expectRefused(await server.admin.get(`/api/v1/records/${enc(name)}`), 'object')
      expectRefused(await server.admin.get(`/api/v1/search?q=x&objects=${enc(name)}`), 'objects')
      expectRefused(await server.admin.get(`/api/v1/meta/objects/${enc(name)}`), 'metadata')
      expect(performance.now() - started).toBeLessThan(4000)
    },
  )

  it.each(['"', `a" from platform.sign_in --`, `a'b`, 'a"; select 1', 'a b', '名称', '\u202e'])(
    'the alias %j of a measure is refused, or is a name and nothing else (Drizzle CVE-2026-39356, Kysely CVE-2026-44635, Directus CVE-2024-34708)',
    async (as) => {
      const answer = await server.admin.post('/api/v1/records/account/aggregate', {
        measures: [{ fn: 'count', as }],
      })
      expect([200, 400]).toContain(answer.status)
      if (answer.status === 200) expect(answer.body.groups[0][as]).toBeGreaterThan(0)
    },
  )
})

describe('a value stays a value', () => {
  it.each(["' or '1'='1", "'; select pg_sleep(5) --", '%', '_', '\\', '${7*7}', '{{7*7}}', '$1'])(
    '%j in filters, search, cursors and addresses finds nothing (SuiteCRM CVE-2022-50589)',
    async (value) => {
      const list = '/api/v1/records/account'
      const found = await server.admin.get(`${list}?filter[name]=${enc(value)}`)
      expect(found.body.records).toEqual([])
      for (const operator of ['contains', 'starts_with', 'ends_with']) {
        const answer = await server.admin.get(`${list}?filter[name][${operator}]=${enc(value)}`)
        expect(answer.body.records).toEqual([])
      }
      const searched = await server.admin.get(`/api/v1/search?q=${enc(value)}`)
      expect([200, 400]).toContain(searched.status)
      expectRefused(await server.admin.get(`${list}?cursor=${enc(value)}`), 'cursor')
      expectRefused(await server.admin.get(`${list}/${enc(value)}`), 'id')
      expectRefused(await server.admin.get(`/api/v1/audit?actor=${enc(value)}`), 'actor')
    },
  )

  it('an empty list of values is no condition that is always true (Directus CVE-2024-39701)', async () => {
    const answer = await server.admin.post('/api/v1/records/account/query', {
      where: { in: [{ var: 'name' }, []] },
    })
    if (answer.status === 200) expect(answer.body.records).toEqual([])
    else expect(answer.status).toBe(400)
  })
})

describe('a header is input like any other', () => {
  it.each([
    { 'accept-language': `zh'; select 1 --` },
    { 'time-zone': `UTC' || current_user || '` },
    { 'x-timezone': `UTC' || current_user || '` },
    { 'if-match': `"1' or 1=1"` },
    { prefer: `return=minimal'; --` },
    { 'user-agent': `'; drop table platform.session; --` },
    { 'x-forwarded-for': `'; select 1; --` },
    { 'idempotency-key': `a'--` },
  ])('%o reaches no statement (NocoBase 8de558da969)', async (headers) => {
    const caller = server.admin.with(headers)
    expect((await caller.get('/api/v1/records/account?limit=1')).status).toBeLessThan(500)
    const patched = await caller.patch('/api/v1/records/account/x', { name: 'x' })
    expect(patched.status).toBeLessThan(500)
    const login = await server.stranger
      .with(headers)
      .post('/api/v1/auth/login', { email: user.email, password: user.password })
    expect(login.status).toBe(200)
  })

  it('a time zone that is none is no time zone, even in the record of a user (NocoBase 8de558da969)', async () => {
    await server.admin.patch(`/api/v1/records/user/${user.id}`, {
      time_zone: `UTC' || current_user || '`,
    })
    const caller = await server.signIn(user)
    expect((await caller.get('/api/v1/me')).body.time_zone).toBe('Asia/Shanghai')
    const list = '/api/v1/records/account?filter[created_at]=today'
    expect((await caller.get(list)).body.records).toHaveLength(1)
  })
})

describe('an import', () => {
  it.each([
    { mapping: { name: "name'; drop table main.account; --" } },
    { mapping: { name: { field: 'owner', by: "name' or 1=1" } } },
    { match_field: 'name" --', mode: 'upsert' },
    { object: 'account"; --' },
  ])('takes no statement as a field or a key: %o (NocoBase 5d58c123afc)', async (fields) => {
    const answer = await sendForm(server.admin, '/api/v1/imports', {
      file: `name,"a'; drop table main.account; --"\n'; drop table main.account; --,x\n`,
      fields: { object: 'account', ...fields },
    })
    expectRefused(answer, 'import')
  })
})

describe('metadata holds data, never a statement', () => {
  it.each([
    ['default', { isRaw: true, value: 'now()' }],
    ['default', ['now()', { isRaw: true }]],
    ['max_length', '80); drop table main.account; --'],
    ['type', 'text); drop table main.account; --'],
    ['derive', { raw: 'select 1' }],
    ['derive', { method: [{ var: 'name' }, 'constructor'] }],
    ['target', 'account"; --'],
  ])(
    '%s %j is refused when it is put, and again when it is changed (Strapi CVE-2026-22599, NocoBase CVE-2026-41641)',
    async (key, value) => {
      const { id } = (await server.admin.post('/api/v1/meta/changesets', {})).body
      const url = `/api/v1/meta/changesets/${id}/field/account.hostile__c`
      const field = { type: 'text', label: { 'en-US': 'x', 'zh-CN': 'x' }, max_length: 80 }
      await server.admin.put(url, field)
      await server.admin.put(url, { ...field, [key]: value })
      const published = await server.admin.post(`/api/v1/meta/changesets/${id}/publish`)
      expect(published.status, published.text).toBe(422)
      await server.admin.delete(`/api/v1/meta/changesets/${id}`)
    },
  )

  it.each([`a"b__c`, `a'; --__c`, '__proto__', 'a.b.c__c', 'A__c', 'x'.repeat(80)])(
    'the name %j is no name of a component',
    async (name) => {
      const { id } = (await server.admin.post('/api/v1/meta/changesets', {})).body
      await server.admin.put(`/api/v1/meta/changesets/${id}/object/${enc(name)}`, {
        label: { 'en-US': 'x', 'zh-CN': 'x' },
        plural: { 'en-US': 'x', 'zh-CN': 'x' },
      })
      const published = await server.admin.post(`/api/v1/meta/changesets/${id}/publish`)
      expect([200, 400, 422]).toContain(published.status)
      const objects = await server.admin.get('/api/v1/meta/objects')
      expect(objects.text).not.toContain(JSON.stringify(name))
    },
  )

  it('no wildcard grants everything (NocoBase 85ef0cafb2c)', async () => {
    const { id } = (await server.admin.post('/api/v1/meta/changesets', {})).body
    await server.admin.put(`/api/v1/meta/changesets/${id}/permission_set/wild__c`, {
      label: { 'en-US': 'x', 'zh-CN': 'x' },
      objects: { '*': { read: true } },
    })
    const published = await server.admin.post(`/api/v1/meta/changesets/${id}/publish`)
    expect(published.status).toBe(422)
  })
})
