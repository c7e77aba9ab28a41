import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import { type Answer, type Caller, startTestServer, type TestServer } from '../support/index.ts'
import { publishPieces } from '../support/publish.ts'
import { ROLL_UP_WORLD } from '../support/roll-up-world.ts'

let server: TestServer
let admin: Caller
let region: string
let site: string
let other: string

beforeAll(async () => {
  server = await startTestServer({ requestsPerMinute: 1_000_000 })
  admin = server.admin
  const published = await publishPieces(admin, ROLL_UP_WORLD)
  expect(published.status, published.text).toBe(200)
})
afterAll(() => server.stop())

const at = (object: string): string => `/api/v1/records/${object}__c`

async function make(object: string, values: object): Promise<string> {
  const made = await admin.post(at(object), { name: 'N', ...values })
  expect(made.status, made.text).toBe(201)
  return made.body.id
}

beforeEach(async () => {
  region = await make('region', {})
  site = await make('site', { name: 'North', region__c: region, limit__c: 1000 })
  other = await make('site', { name: 'South', region__c: region, limit__c: 1000 })
})

const confirmed = (amount: number, more: object = {}): object => ({
  site__c: site,
  amount__c: amount,
  status__c: 'confirmed',
  ...more,
})

async function siteIs(values: object, id = site): Promise<void> {
  expect((await admin.get(`${at('site')}/${id}`)).body).toMatchObject(values)
}

async function regionTotal(): Promise<number> {
  return (await admin.get(`${at('region')}/${region}`)).body.total__c
}

async function batch(object: string, operations: object[], atomic = false): Promise<Answer> {
  return admin.post(`${at(object)}/batch`, { operations, atomic })
}

describe('a roll-up', () => {
  it('of nothing is 0 for count and sum, and nothing for the others', async () => {
    const nothing = { count__c: 0, total__c: 0, weight__c: 0, mean__c: null, first__c: null }
    await siteIs({ ...nothing, left__c: 1000 })
    const line = await make('line', confirmed(5, { pieces__c: 3, day__c: '2026-01-02' }))
    await admin.delete(`${at('line')}/${line}`)
    await siteIs({ ...nothing, latest__c: null })
  })

  it('follows a record that is made, changed, moved, deleted and restored', async () => {
    const line = await make('line', confirmed(100.1, { pieces__c: 1, day__c: '2026-03-05' }))
    const open = await make(
      'line',
      confirmed(50, { status__c: 'open', pieces__c: 2, day__c: '2026-01-31' }),
    )
    await siteIs({
      total__c: 100.1,
      count__c: 2,
      mean__c: 1.5,
      first__c: '2026-01-31',
      left__c: 899.9,
    })
    const { created_at: madeAt } = (await admin.get(`${at('line')}/${open}`)).body
    await siteIs({ latest__c: madeAt })
    await admin.patch(`${at('line')}/${line}`, { amount__c: 100.25 })
    await siteIs({ total__c: 100.25 })
    await admin.patch(`${at('line')}/${open}`, { status__c: 'confirmed' })
    await siteIs({ total__c: 150.25, left__c: 849.75 })
    await admin.patch(`${at('line')}/${open}`, { site__c: other })
    await siteIs({ total__c: 100.25, count__c: 1, first__c: '2026-03-05' })
    await siteIs({ total__c: 50, count__c: 1, left__c: 950 }, other)
    expect(await regionTotal()).toBe(150.25)
    await admin.patch(`${at('line')}/${open}`, { site__c: null })
    await siteIs({ total__c: 0, count__c: 0 }, other)
    await admin.delete(`${at('line')}/${line}`)
    await siteIs({ total__c: 0, count__c: 0, mean__c: null })
    expect(await regionTotal()).toBe(0)
    await admin.post(`${at('line')}/${line}/restore`)
    await siteIs({ total__c: 100.25, count__c: 1, mean__c: 1 })
    expect(await regionTotal()).toBe(100.25)
  })

  it('rounds a mean half up to its decimals', async () => {
    for (const pieces of [1, 1, 2, 2, 2, 2, 2, 3]) {
      await make('line', confirmed(1, { pieces__c: pieces }))
    }
    await siteIs({ mean__c: 1.88 })
  })

  it('follows batches and upserts, each as it comes out', async () => {
    const answer = await batch('line', [
      { op: 'create', record: confirmed(10, { code__c: `a${site}`, name: 'A' }) },
      { op: 'create', record: { ...confirmed(20), name: 'B', amount__c: 'twenty' } },
      { op: 'create', record: confirmed(30, { name: 'C', site__c: other }) },
    ])
    expect(answer.body.results.map((one: { status: number }) => one.status)).toEqual([
      201, 422, 201,
    ])
    await siteIs({ total__c: 10, count__c: 1 })
    await siteIs({ total__c: 30 }, other)
    const upsert = await admin.put(`${at('line')}/by/code__c/a${site}`, {
      amount__c: 11,
      site__c: other,
    })
    expect(upsert.status, upsert.text).toBe(200)
    await siteIs({ total__c: 0, count__c: 0 })
    await siteIs({ total__c: 41, count__c: 2 }, other)
    const ids = answer.body.results.flatMap((one: { id?: string }) => one.id ?? [])
    await batch(
      'line',
      ids.map((id: string) => ({ op: 'update', id, record: { site__c: site } })),
    )
    await siteIs({ total__c: 41, count__c: 2 })
    await batch(
      'line',
      ids.map((id: string) => ({ op: 'delete', id })),
    )
    await siteIs({ total__c: 0, count__c: 0 })
    expect(await regionTotal()).toBe(0)
    const undone = await batch(
      'line',
      [
        { op: 'create', record: confirmed(5) },
        { op: 'create', record: { amount__c: 'x' } },
      ],
      true,
    )
    expect(undone.status).toBe(422)
    await siteIs({ count__c: 0 })
  })

  it('goes into the bin and out of it with the record that it is of', async () => {
    const line = await make('line', confirmed(7))
    const part = await make('part', { site__c: site, weight__c: 1.125 })
    await make('part', { site__c: site, weight__c: 2 })
    await siteIs({ weight__c: 3.125 })
    expect(await regionTotal()).toBe(7)
    expect((await admin.delete(`${at('site')}/${site}`)).status).toBe(204)
    expect(await regionTotal()).toBe(0)
    expect((await admin.get(`${at('line')}/${line}`)).body.site__c).toBeNull()
    await admin.post(`${at('site')}/${site}/restore`)
    await siteIs({ weight__c: 3.125, total__c: 0, count__c: 0 })
    await admin.patch(`${at('line')}/${line}`, { site__c: site })
    expect(await regionTotal()).toBe(7)
    await admin.patch(`${at('part')}/${part}`, { site__c: other })
    await siteIs({ weight__c: 2 })
    await siteIs({ weight__c: 1.125 }, other)
  })

  it('is read only, and nobody’s edit', async () => {
    const before = (await admin.get(`${at('site')}/${site}`)).body
    const refused = await admin.patch(`${at('site')}/${site}`, { total__c: 5 })
    expect(refused.status).toBe(422)
    expect(refused.body.errors).toMatchObject([{ path: 'total__c', code: 'read_only' }])
    expect((await admin.post(at('site'), { name: 'X', count__c: 1 })).status).toBe(422)
    await make('line', confirmed(1))
    const {
      version,
      updated_at: at1,
      updated_by: by,
    } = (await admin.get(`${at('site')}/${site}`)).body
    expect({ version, at1, by }).toEqual({
      version: before.version,
      at1: before.updated_at,
      by: before.updated_by,
    })
    const saved = await admin
      .with({ 'if-match': `"${before.version}"` })
      .patch(`${at('site')}/${site}`, { limit__c: 900 })
    expect(saved.status, saved.text).toBe(200)
    expect(saved.body).toMatchObject({ total__c: 1, left__c: 899 })
    const { body } = await admin.get(`${at('site')}/${site}/history`)
    expect(JSON.stringify(body)).not.toContain('total__c')
    // The version says nothing about a roll-up: an answer that somebody kept is not said to be current.
    const again = await admin
      .with({ 'if-none-match': `"${saved.body.version}"` })
      .get(`${at('site')}/${site}`)
    expect(again.status).toBe(200)
  })

  it('is listed, filtered, sorted, grouped and measured as its result', async () => {
    await make('line', confirmed(300))
    const { body: list } = await admin.get(
      `${at('site')}?filter[total__c][gte]=300&filter[region__c]=${region}&sort=-total__c&select=name,total__c,region__c.total__c`,
    )
    expect(list.records).toMatchObject([{ name: 'North', total__c: 300 }])
    const { body: groups } = await admin.post(`${at('site')}/aggregate`, {
      group_by: [{ field: 'region__c' }],
      measures: [
        { fn: 'sum', field: 'total__c', as: 'total' },
        { fn: 'max', field: 'count__c', as: 'most' },
      ],
    })
    expect(JSON.stringify(groups)).toContain('300')
    const { body: object } = await admin.get('/api/v1/meta/objects/site__c')
    const field = object.fields.find((one: { name: string }) => one.name === 'total__c')
    expect(field).toMatchObject({
      type: 'currency',
      access: 'read',
      read_only: true,
      scale: 2,
      sortable: true,
      rolled_up: {
        fn: 'sum',
        object: 'line__c',
        object_label: 'Line',
        field: 'amount__c',
        field_label: 'Amount',
        where: { '==': [{ var: 'status__c' }, 'confirmed'] },
      },
    })
    expect((await admin.get('/api/v1/openapi.json')).text).toContain('total__c')
  })
})

describe('a rule of the record above', () => {
  it('refuses the save of a record below, and names both', async () => {
    await make('line', confirmed(600))
    const over = await admin.post(at('line'), { name: 'Over', ...confirmed(401) })
    expect(over.status, over.text).toBe(422)
    expect(over.body.errors).toEqual([
      {
        path: 'site__c',
        code: 'rule_failed',
        message: 'Site "North": Confirmed lines exceed the limit',
        rule: 'site__c.within_limit',
      },
    ])
    await siteIs({ total__c: 600, count__c: 1 })
    const inChinese = await admin
      .with({ 'accept-language': 'zh-CN' })
      .post(at('line'), { name: 'Over', ...confirmed(401) })
    expect(inChinese.body.errors[0].message).toBe('站点“North”：已确认明细超出上限')
    expect((await admin.post(at('line'), { name: 'Fits', ...confirmed(400) })).status).toBe(201)
  })

  it('refuses of many only those that are too much, in their order', async () => {
    const answer = await batch(
      'line',
      [400, 400, 400, 100, 150].map((amount) => ({
        op: 'create',
        record: { name: 'L', ...confirmed(amount) },
      })),
    )
    expect(answer.body.results.map((one: { status: number }) => one.status)).toEqual([
      201, 201, 422, 201, 422,
    ])
    await siteIs({ total__c: 900, count__c: 3 })
  })

  it('is not asked when nothing that it reads has changed', async () => {
    await make('line', confirmed(900))
    // Nobody sees to it that old records keep to a rule.
    await server.test.database.execute(
      `update main.site__c set limit__c = 100 where id = '${site}'`,
    )
    expect(
      (await admin.post(at('line'), { name: 'Open', ...confirmed(5, { status__c: 'open' }) }))
        .status,
    ).toBe(201)
    expect((await admin.post(at('line'), { name: 'More', ...confirmed(5) })).status).toBe(422)
    await siteIs({ count__c: 2, total__c: 900 })
  })

  it('does not keep the record itself from being deleted and restored', async () => {
    const heavy = { error_if: { '<': [{ var: 'weight__c' }, 1] }, message: 'Too light' }
    const rule = { ...heavy, on: ['update'] }
    await publishPieces(admin, [['validation_rule/site__c.heavy', rule]])
    const part = await make('part', { site__c: site, weight__c: 1 })
    const light = await admin.delete(`${at('part')}/${part}`)
    expect(light.status).toBe(422)
    expect(light.body.errors[0].message).toBe('Site "North": Too light')
    const both = await batch(
      'part',
      [part, await make('part', { site__c: site, weight__c: 2 })].map((id) => ({
        op: 'delete',
        id,
      })),
    )
    expect(both.body.results.map((one: { status: number }) => one.status)).toEqual([204, 422])
    expect((await admin.delete(`${at('site')}/${site}`)).status).toBe(204)
    expect((await admin.post(`${at('site')}/${site}/restore`)).status).toBe(200)
    await siteIs({ weight__c: 2 })
    await publishPieces(admin, [['validation_rule/site__c.heavy', { ...rule, active: false }]])
  })

  it('names no record that the caller may not see', async () => {
    await publishPieces(admin, [
      [
        'permission_set/clerk__c',
        {
          label: 'Clerk',
          objects: {
            line__c: { create: true, read: true, edit: true, fields: { site__c: 'edit' } },
          },
        },
      ],
    ])
    const line = await make('line', confirmed(900))
    const user = await server.createUser({ sets: ['clerk__c'] })
    const clerk = await server.signIn(user)
    await admin.post(`${at('line')}/${line}/shares`, {
      principal: { type: 'user', id: user.id },
      access: 'edit',
      cause: 'manual',
    })
    const refused = await clerk.patch(`${at('line')}/${line}`, { amount__c: 2000 })
    expect(refused.status, refused.text).toBe(422)
    expect(refused.body.errors[0].message).toBe('Site: Confirmed lines exceed the limit')
  })

  it('refuses a sum that would have too many digits', async () => {
    await admin.patch(`${at('site')}/${site}`, { limit__c: 9_999_999_999_999 })
    await make('line', confirmed(9_999_999_999_999))
    const more = await admin.post(at('line'), { name: 'More', ...confirmed(9_999_999_999_999) })
    expect(more.status, more.text).toBe(422)
    expect(more.body.errors).toMatchObject([{ code: 'too_large', path: 'site__c' }])
  })
})

describe('fifteen records of one parent at the same moment', () => {
  it('all count, and a rule lets through as many as fit', async () => {
    const made = await Promise.all(
      Array.from({ length: 15 }, () => admin.post(at('line'), { name: 'L', ...confirmed(100) })),
    )
    const saved = made.filter(({ status }) => status === 201)
    expect(saved).toHaveLength(10)
    expect(made.filter(({ status }) => status === 422)).toHaveLength(5)
    await siteIs({ total__c: 1000, count__c: 10, left__c: 0 })
    await Promise.all(
      saved.map(({ body }, index) =>
        index % 2 === 0
          ? admin.patch(`${at('line')}/${body.id}`, { site__c: other })
          : admin.delete(`${at('line')}/${body.id}`),
      ),
    )
    await siteIs({ total__c: 0, count__c: 0 })
    await siteIs({ total__c: 500, count__c: 5 }, other)
    expect(await regionTotal()).toBe(500)
  })
})
