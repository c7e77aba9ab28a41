import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { startJobs, type Stop } from '../../server/src/jobs/start-jobs.ts'
import { type Answer, type Caller, startTestServer, type TestServer } from '../support/index.ts'
import { runTestImport } from '../support/upload.ts'

let server: TestServer
let stopJobs: Stop
let admin: Caller

const META = '/api/v1/meta/changesets'
const TRIP = '/api/v1/records/trip__c'

beforeAll(async () => {
  server = await startTestServer({ requestsPerMinute: 1_000_000 })
  stopJobs = await startJobs(server.foundation)
  admin = server.admin
  const codes = (...all: string[]): object[] => all.map((code) => ({ code, label: code }))
  const published = await publish({
    'picklist/region__c': {
      label: { 'zh-CN': '地区', 'en-US': 'Region' },
      values: [{ code: 'east', label: { 'zh-CN': '东区', 'en-US': 'East' } }, ...codes('west')],
    },
    'object/trip__c': { label: 'Trip' },
    'object/shop__c': { label: 'Shop' },
    'field/shop__c.region__c': { type: 'picklist', label: 'Region', values_of: 'region__c' },
    'field/trip__c.region__c': { type: 'picklist', label: 'Region', values_of: 'region__c' },
    'field/trip__c.abroad__c': { type: 'checkbox', label: 'Abroad' },
    'field/trip__c.city__c': {
      type: 'picklist',
      label: 'City',
      values: codes('shanghai', 'hangzhou', 'chengdu'),
      controlled_by: {
        field: 'region__c',
        values: { east: ['shanghai', 'hangzhou'], west: ['chengdu'] },
      },
    },
    'field/trip__c.sights__c': {
      type: 'multi_picklist',
      label: 'Sights',
      values: codes('bund', 'tower', 'panda'),
      controlled_by: {
        field: 'city__c',
        values: { shanghai: ['bund', 'tower'], chengdu: ['panda'] },
      },
    },
    'field/trip__c.papers__c': {
      type: 'picklist',
      label: 'Papers',
      values: codes('card', 'passport'),
      controlled_by: { field: 'abroad__c', values: { true: ['passport'], false: ['card'] } },
    },
    'permission_set/clerk__c': {
      label: 'Clerk',
      objects: {
        trip__c: { create: true, read: true, edit: true, fields: { region__c: 'none' } },
      },
    },
  })
  expect(published.status, published.text).toBe(200)
}, 120_000)
afterAll(async () => {
  await stopJobs()
  await server.stop()
})

async function publish(components: Readonly<Record<string, object>>): Promise<Answer> {
  const set = (await admin.post(META, { label: 'x' })).body.id
  for (const [name, definition] of Object.entries(components)) {
    await admin.put(`${META}/${set}/${name}`, definition)
  }
  const answer = await admin.post(`${META}/${set}/publish`, {})
  if (answer.status !== 200) await admin.delete(`${META}/${set}`)
  return answer
}

const faults = ({ body }: Answer): string[] =>
  body.errors.map((one: { path: string; code: string }) => `${one.path} ${one.code}`)

const create = (values: object, by = admin): Promise<Answer> =>
  by.post(TRIP, { name: 'Trip', ...values })

describe('a picklist that fields share', () => {
  it('gives each of them its values', async () => {
    for (const object of ['trip__c', 'shop__c']) {
      const { body } = await admin
        .with({ 'accept-language': 'zh-CN' })
        .get(`/api/v1/meta/objects/${object}`)
      const field = body.fields.find((one: { name: string }) => one.name === 'region__c')
      expect(field.values).toMatchObject([{ code: 'east', label: '东区' }, { code: 'west' }])
    }
    const shop = await admin.post('/api/v1/records/shop__c', { name: 'Shop', region__c: 'north' })
    expect(faults(shop)).toEqual(['region__c unknown_value'])
  })

  it('changes for all of them at once, and keeps what records have', async () => {
    const made = await admin.post('/api/v1/records/shop__c', { name: 'Shop', region__c: 'west' })
    expect(made.status).toBe(201)
    const { body } = await admin.get('/api/v1/meta/picklist/region__c')
    const [east] = body.definition.values
    const gone = await publish({ 'picklist/region__c': { ...body.definition, values: [east] } })
    expect(gone.status).toBe(422)
    const values = [...body.definition.values, { code: 'north', label: 'North' }]
    const added = await publish({ 'picklist/region__c': { ...body.definition, values } })
    expect(added.status, added.text).toBe(200)
    const shop = await admin.post('/api/v1/records/shop__c', { name: 'Shop', region__c: 'north' })
    expect(shop.status, shop.text).toBe(201)
  })

  it('keeps a value that only a record in the recycle bin has', async () => {
    const published = async (codes: readonly string[]): Promise<Answer> => {
      const set = (await admin.post(META, { label: 'x' })).body.id
      const values = codes.map((code) => ({ code }))
      await admin.put(`${META}/${set}/field/shop__c.mood__c`, {
        type: 'picklist',
        label: 'M',
        values,
      })
      return admin.post(`${META}/${set}/publish`, {})
    }
    expect((await published(['good', 'bad'])).status).toBe(200)
    const made = await admin.post('/api/v1/records/shop__c', { name: 'Shop', mood__c: 'bad' })
    await admin.delete(`/api/v1/records/shop__c/${made.body.id}`)
    const refused = await published(['good'])
    expect([refused.status, refused.body.errors]).toMatchObject([422, [{ code: 'value_in_use' }]])
    expect(refused.text).toContain('(1 more in the recycle bin)')
  })

  it('cannot go while a field has its values, nor be one that is not there', async () => {
    const set = (await admin.post(META, { label: 'x' })).body.id
    await admin.delete(`${META}/${set}/picklist/region__c`)
    const refused = await admin.post(`${META}/${set}/publish`, {})
    expect(refused.status).toBe(422)
    expect(refused.text).toContain('unknown_picklist')
    await admin.delete(`${META}/${set}`)
    const used = await admin.get('/api/v1/meta/where-used/picklist/region__c')
    const users = new Set(used.body.uses.map((one: { name: string }) => one.name))
    expect([...users].toSorted()).toEqual([
      'shop__c.region__c',
      'trip__c.city__c',
      'trip__c.region__c',
    ])
  })
})

describe('a picklist that another field controls', () => {
  it('takes what is offered for the value of that field, on create', async () => {
    const fits = { region__c: 'east', city__c: 'shanghai', sights__c: ['bund'] }
    expect((await create(fits)).status).toBe(201)
    expect((await create({ city__c: null })).status).toBe(201)
    expect(faults(await create({ ...fits, city__c: 'chengdu' }))).toEqual([
      'city__c not_offered',
      'sights__c not_offered',
    ])
    expect(faults(await create({ city__c: 'shanghai' }))).toEqual(['city__c not_offered'])
    expect(faults(await create({ ...fits, sights__c: ['bund', 'panda'] }))).toEqual([
      'sights__c not_offered',
    ])
  })

  it('is asked again when that field changes, and left alone when neither does', async () => {
    const { body } = await create({ region__c: 'east', city__c: 'hangzhou' })
    const url = `${TRIP}/${body.id}`
    expect(faults(await admin.patch(url, { region__c: 'west' }))).toEqual(['city__c not_offered'])
    expect((await admin.patch(url, { region__c: 'west', city__c: 'chengdu' })).status).toBe(200)
    await server.test.database.execute(
      `update main.trip__c set city__c = 'shanghai' where id = $1`,
      [body.id],
    )
    expect((await admin.patch(url, { name: 'Renamed' })).status).toBe(200)
    expect(faults(await admin.patch(url, { city__c: 'hangzhou' }))).toEqual(['city__c not_offered'])
  })

  it('may be controlled by a checkbox', async () => {
    expect((await create({ abroad__c: true, papers__c: 'passport' })).status).toBe(201)
    expect((await create({ papers__c: 'card' })).status).toBe(201)
    expect(faults(await create({ papers__c: 'passport' }))).toEqual(['papers__c not_offered'])
  })

  it('is held to in a batch and in an import', async () => {
    const operations = ['shanghai', 'chengdu'].map((city__c) => ({
      op: 'create',
      record: { name: 'B', region__c: 'east', city__c },
    }))
    const { body } = await admin.post(`${TRIP}/batch`, { operations })
    expect(body.results.map((one: { status: number }) => one.status)).toEqual([201, 422])
    const csv = 'name,region__c,city__c\nA,East,shanghai\nB,west,shanghai\n'
    const job = await runTestImport(admin, csv, { object: 'trip__c', mode: 'create' })
    expect([job.created, job.failed]).toEqual([1, 1])
    expect(job.errors).toMatchObject([{ row: 3, column: 'city__c' }])
  })

  it('is told with what controls it, to those who know that', async () => {
    const control = async (by: Caller): Promise<unknown> => {
      const { body } = await by.get('/api/v1/meta/objects/trip__c')
      return body.fields.find((one: { name: string }) => one.name === 'city__c').controlled_by
    }
    expect(await control(admin)).toMatchObject({ field: 'region__c' })
    const clerk = await server.signIn(await server.createUser({ sets: ['clerk__c'] }))
    expect(await control(clerk)).toBeUndefined()
    expect(faults(await create({ city__c: 'shanghai' }, clerk))).toEqual(['city__c not_offered'])
  })

  it('is refused when published, where it makes no sense', async () => {
    const city = {
      type: 'picklist',
      label: 'City',
      values: [{ code: 'a', label: 'A' }],
    }
    const refused = await publish({
      'field/trip__c.one__c': { ...city, controlled_by: { field: 'nowhere', values: {} } },
      'field/trip__c.two__c': { ...city, controlled_by: { field: 'name', values: {} } },
      'field/trip__c.three__c': {
        ...city,
        controlled_by: { field: 'region__c', values: { south: ['a'], east: ['b'] } },
      },
      'field/trip__c.four__c': { ...city, controlled_by: { field: 'four__c', values: {} } },
      'field/trip__c.five__c': { ...city, values_of: 'region__c' },
    })
    expect(refused.status).toBe(422)
    const told = refused.body.errors.map(
      (one: { path: string; code: string }) => `${one.path} ${one.code}`,
    )
    expect(told.toSorted()).toEqual([
      'field trip__c.five__c: values missing_values',
      'field trip__c.four__c: controlled_by.field circle',
      'field trip__c.one__c: controlled_by.field unknown_field',
      'field trip__c.three__c: controlled_by.values.east.0 unknown_value',
      'field trip__c.three__c: controlled_by.values.south unknown_value',
      'field trip__c.two__c: controlled_by.field wrong_type',
    ])
  })
})
