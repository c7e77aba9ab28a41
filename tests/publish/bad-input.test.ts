import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { examine, installPackages } from '../../server/src/catalog/index.ts'
import { startJobs, type Stop } from '../../server/src/jobs/start-jobs.ts'
import {
  type Answer,
  type Caller,
  publishPieces,
  type Put,
  sendImport,
  startTestServer,
  type TestServer,
  whenFinished,
} from '../support/index.ts'

let server: TestServer
let admin: Caller
let stopJobs: Stop

const META = '/api/v1/meta'
const RECORDS = '/api/v1/records'

beforeAll(async () => {
  server = await startTestServer()
  admin = server.admin
  server.foundation.target.largeFrom = 500
  stopJobs = await startJobs(server.foundation)
})
afterAll(async () => {
  const { database } = server.test
  expect(await examine(database, 'main', server.foundation.target.fieldTypes)).toEqual([])
  await stopJobs()
  await server.stop()
})

const publish = (...puts: Put[]): Promise<Answer> => publishPieces(admin, puts)

const formula = (text: string): Put => [
  'field',
  'account.bad__c',
  { type: 'formula', label: 'Bad', result: 'number', formula: text },
]
const rule = (condition: object): Put => [
  'validation_rule',
  'account.bad__c',
  { error_if: condition, message: 'Bad' },
]

describe('metadata that would do harm', () => {
  it.each<[string, Put, code: string]>([
    ['a formula of 100,001 characters', formula('1'.padEnd(100_001, '+1')), 'too_long'],
    [
      'a formula nested 10,000 deep',
      formula(`${'('.repeat(10_000)}1${')'.repeat(10_000)}`),
      'too_deep',
    ],
    ['a formula with an unknown function', formula('FROB(1)'), 'unknown_function'],
    ['a text that is compared to a number', rule({ '>': [{ var: 'name' }, 1] }), 'wrong_type'],
    ['an unknown operator', rule({ frobs: [{ var: 'name' }] }), 'unknown_operator'],
    [
      'a picklist of 20,000 values',
      [
        'field',
        'account.bad__c',
        {
          type: 'picklist',
          label: 'Bad',
          values: Array.from({ length: 20_000 }, (_, n) => ({ code: `v${n}` })),
        },
      ],
      'out_of_range',
    ],
    [
      'a lookup without a target',
      ['field', 'account.bad__c', { type: 'lookup', label: 'Bad' }],
      'missing_key',
    ],
    [
      'a view without columns',
      ['list_view', 'account.bad__c', { label: 'Bad', columns: [] }],
      'out_of_range',
    ],
    [
      'a permission to write what cannot be read',
      ['permission_set', 'bad__c', { label: 'Bad', objects: { account: { edit: true } } }],
      'inert',
    ],
  ])('is refused by name: %s', async (_what, put, code) => {
    const answer = await publish(put)
    expect(answer.status).toBe(422)
    const [first] = answer.body.errors
    expect([first.code, first.path]).toEqual([code, expect.stringContaining(put[1])])
  })

  it('is refused as a body where it is nested deeper than anything that is read', async () => {
    const set = (await admin.post(`${META}/changesets`, { label: 'deep' })).body.id
    const deep = Array.from({ length: 1000 }).reduce<object>((inner) => ({ '!': [inner] }), {})
    const put = await admin.put(`${META}/changesets/${set}/validation_rule/account.bad__c`, {
      error_if: deep,
      message: 'Bad',
    })
    expect(put.status).toBe(400)
  })

  it('does no harm with a pattern that takes others for ever', async () => {
    expect((await publish(formula('IF(REGEX(name, "(a+)+$"), 1, 2)'))).status).toBe(200)
    const made = await admin.post(`${RECORDS}/account`, { name: `${'a'.repeat(200)}b` })
    const began = performance.now()
    const read = await admin.get(`${RECORDS}/account/${made.body.id}?select=bad__c`)
    expect(read.body).toMatchObject({ bad__c: 2 })
    expect(performance.now() - began).toBeLessThan(3000)
  })

  it.each([
    ['conditions', 'number', 'IF(ISBLANK(name), 1, ', ')'],
    ['cases', 'number', 'CASE(name, "a", 1, ', ')'],
    ['sums', 'number', '(1 + ', ')'],
    ['roundings', 'number', 'ROUND(', ', 2)'],
  ])(
    'takes a formula of forty %s in one another in good time',
    async (_what, result, open, close) => {
      const text = `${open.repeat(40)}2${close.repeat(40)}`
      const began = performance.now()
      const field = { type: 'formula', label: 'Deep', result, formula: text }
      const published = await publish(['field', 'account.deep__c', field])
      expect([published.status, performance.now() - began < 20_000]).toEqual([200, true])
      await admin.post(`${RECORDS}/account`, { name: 'Deep' })
      expect((await admin.get(`${RECORDS}/account?select=deep__c&sort=deep__c`)).status).toBe(200)
    },
  )

  it('is refused with the 501st field of an object', async () => {
    const install = (count: number): Promise<unknown> => {
      const fields = Array.from({ length: count }, (_, n) => ({
        kind: 'field',
        name: `wide.f${n}`,
        definition: { type: 'text', label: `F${n}` },
      }))
      const object = { kind: 'object', name: 'wide', definition: { label: 'Wide' } }
      const app = { kind: 'app', name: 'wide', definition: { label: 'Wide', version: '1.0.0' } }
      return installPackages(
        server.foundation.target,
        [{ app: 'wide', components: [app, object, ...fields], problems: [] }],
        { by: null, now: new Date(), label: 'Wide' },
      )
    }
    await expect(install(501)).rejects.toMatchObject({
      details: { failures: [{ code: 'too_many_fields', path: 'object wide' }] },
    })
    await install(500)
    await server.currentModel.refresh()
    const made = await admin.post(`${RECORDS}/wide`, { name: 'Wide', f499: 'last' })
    expect(made.body).toMatchObject({ f499: 'last', f0: null })
  })
})

describe('names and texts that others fell for', () => {
  it('are kept as they are: words of SQL, quotes, emoji', async () => {
    const label = `O'Brien "x" 😀 \\ ; drop table--`
    const answer = await publish(
      ['object', 'select__c', { label, name_field: { type: 'text', label } }],
      ['field', 'select__c.order__c', { type: 'text', label, unique: true }],
      ['field', 'select__c.table__c', { type: 'number', label, index: true }],
      [
        'list_view',
        'select__c.where__c',
        { label, columns: ['name', 'order__c'], where: { '>': [{ var: 'table__c' }, 1] } },
      ],
    )
    expect(answer.status).toBe(200)
    const made = await admin.post(`${RECORDS}/select__c`, {
      name: label,
      order__c: label,
      table__c: 2,
    })
    expect(made.body).toMatchObject({ name: label, order__c: label, table__c: 2 })
    const list = await admin.get(`${RECORDS}/select__c?view=where__c&sort=-order__c`)
    expect(list.body.records).toMatchObject([{ name: label }])
    const { body } = await admin.get(`${META}/objects/select__c`)
    expect(body.fields).toContainEqual(expect.objectContaining({ name: 'order__c', label }))
  })
})

/** An object with so many records, written by SQL. */
async function largeObject(name: string, rows: number): Promise<void> {
  const made = await publish(
    ['object', name, { label: 'Big' }],
    ['field', `${name}.n__c`, { type: 'text', label: 'N' }],
  )
  expect(made.status).toBe(200)
  await server.test.database.execute(`
    insert into main."${name}" (id, name, owner, created_at, updated_at, version, locked, n__c)
    select gen_random_uuid(), 'R' || i, (select id from main."user" limit 1), now(), now(), 1, false, i::text
    from generate_series(1, ${rows}) as i`)
  await server.test.database.execute(`analyze main."${name}"`)
}

const publishOf = async (id: string): Promise<Answer['body']> =>
  (await admin.get(`${META}/publishes/${id}`)).body

describe('a text that no index can hold', () => {
  it('stands against a publish that would build one, and is told', async () => {
    const made = await publish(
      ['object', 'essay__c', { label: 'Essay' }],
      ['field', 'essay__c.all__c', { type: 'text', label: 'All', max_length: 4000 }],
    )
    expect(made.status).toBe(200)
    const all__c = Array.from({ length: 2000 }, (_, n) =>
      String.fromCodePoint(0x4e00 + n * 5),
    ).join('')
    expect((await admin.post(`${RECORDS}/essay__c`, { name: 'E', all__c })).status).toBe(201)
    const field = { type: 'text', label: 'All', max_length: 4000 }
    for (const key of ['index', 'unique']) {
      const refused = await publish(['field', 'essay__c.all__c', { ...field, [key]: true }])
      expect([refused.status, refused.body.errors?.[0].code]).toEqual([422, 'too_long'])
    }
  })
})

describe('a disk that fills while rows are converted', () => {
  it('halts the publish with the words of the database; with room again it goes on', async () => {
    await largeObject('full__c', 2000)
    await server.test.database.execute(`
      create function main.no_room() returns trigger language plpgsql as $$ begin
        if new.n__c = '1500' then raise exception 'could not extend file: No space left on device' using errcode = '53100'; end if;
        return new; end $$;
      create trigger no_room before update on main.full__c for each row execute function main.no_room()`)
    const ordered = await publish([
      'field',
      'full__c.n__c',
      { type: 'number', label: 'N', scale: 0 },
    ])
    expect(ordered.status).toBe(202)
    const { id } = ordered.body.publish
    await expect.poll(async () => (await publishOf(id)).status, { timeout: 60_000 }).toBe('halted')
    expect((await publishOf(id)).error).toContain('No space left on device')
    const kept = await admin.get(`${RECORDS}/full__c?filter[name]=R7&select=n__c`)
    expect(kept.body.records).toMatchObject([{ n__c: '7' }])
    await server.test.database.execute(
      `drop trigger no_room on main.full__c; drop function main.no_room()`,
    )
    expect((await admin.post(`${META}/publishes/${id}/resume`, {})).status).toBe(200)
    await expect.poll(async () => (await publishOf(id)).status, { timeout: 60_000 }).toBe('done')
    await server.currentModel.refresh()
    const list = await admin.get(`${RECORDS}/full__c?filter[n__c][gte]=1999&select=n__c&sort=n__c`)
    expect(list.body.records).toMatchObject([{ n__c: 1999 }, { n__c: 2000 }])
  })
})

describe('a publish while an import runs', () => {
  it('lets both come to their end, and loses no row', async () => {
    const made = await publish(
      ['object', 'taken__c', { label: 'Taken' }],
      ['field', 'taken__c.n__c', { type: 'number', label: 'N', scale: 0 }],
    )
    expect(made.status).toBe(200)
    const rows = Array.from({ length: 6000 }, (_, n) => `T${n},${n}`)
    const sent = await sendImport(admin, ['Name,N', ...rows].join('\n'), {
      object: 'taken__c',
      mode: 'create',
      mapping: { Name: 'name', N: 'n__c' },
    })
    expect([sent.status, sent.text]).toEqual([202, expect.any(String)])
    const published: number[] = []
    for (let n = 0; n < 3; n++) {
      const answer = await publish([
        'field',
        `taken__c.more${n}__c`,
        { type: 'text', label: 'More' },
      ])
      published.push(answer.status)
    }
    expect(published).toEqual([200, 200, 200])
    expect(await whenFinished(admin, sent.body.id)).toMatchObject({ created: 6000, failed: 0 })
    const { body } = await admin.post(`${RECORDS}/taken__c/aggregate`, {
      measures: [
        { fn: 'count', as: 'n' },
        { fn: 'sum', field: 'n__c', as: 'sum' },
      ],
    })
    expect(body.groups).toEqual([{ n: 6000, sum: (6000 * 5999) / 2 }])
  })
})
