import { createFieldTypes } from '@trellis/metamodel'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { startJobs, type Stop } from '../../server/src/jobs/start-jobs.ts'
import {
  type Caller,
  makeRecord,
  publishWorld,
  startTestServer,
  type TestServer,
} from '../support/index.ts'
import { runTestImport, sendForm } from '../support/upload.ts'

let server: TestServer
let stopJobs: Stop
let admin: Caller

const META = '/api/v1/meta/changesets'
const THINGS = '/api/v1/records/thing__c'

const words = fc.constantFrom(
  ' ',
  'a',
  'Ä',
  '上海',
  '😀',
  '"',
  "'",
  '=1+1',
  '-',
  '@x',
  ',',
  ';',
  '|',
  '\n',
  '0',
)
const text = (most: number): fc.Arbitrary<string> =>
  fc
    .array(words, { minLength: 1, maxLength: most })
    .map((parts) => parts.join(''))
    .filter((one) => one.trim() !== '')
const scaled = (most: number, scale: number): fc.Arbitrary<number> =>
  fc.integer({ min: -most, max: most }).map((whole) => Number((whole / 10 ** scale).toFixed(scale)))
const day = fc
  .date({ min: new Date('1900-01-01'), max: new Date('2100-01-01'), noInvalidDate: true })
  .map((date) => date.toISOString())
const two = (most: number): fc.Arbitrary<string> =>
  fc.integer({ min: 0, max: most }).map((part) => String(part).padStart(2, '0'))
const plain = fc.constantFrom('a', '上海', '1 < 2', 'A & B', '"x"')
const escaped = plain.map((one) => one.replaceAll('&', '&amp;').replaceAll('<', '&lt;'))

/** A definition of each type that people fill, and values of it. */
const FIELDS: Readonly<Record<string, { field?: object; value: fc.Arbitrary<unknown> }>> = {
  text: { value: text(6) },
  long_text: { value: text(30) },
  rich_text: {
    value: fc
      .array(fc.tuple(fc.constantFrom('p', 'h2', 'blockquote'), escaped), {
        minLength: 1,
        maxLength: 4,
      })
      .map((parts) => parts.map(([tag, part]) => `<${tag}><em>${part}</em></${tag}>`).join('')),
  },
  number: { field: { scale: 3 }, value: scaled(999_999_999, 3) },
  currency: { value: scaled(99_999_999_999, 2) },
  percent: { value: scaled(10_000, 2) },
  checkbox: { value: fc.boolean() },
  date: { value: day.map((one) => one.slice(0, 10)) },
  datetime: { value: day },
  time: { value: fc.tuple(two(23), two(59), two(59)).map((parts) => parts.join(':')) },
  email: { value: fc.nat(9999).map((n) => `user${n}@example.com`) },
  phone: { value: fc.integer({ min: 13_000_000_000, max: 19_999_999_999 }).map(String) },
  url: { value: fc.nat(9999).map((n) => `https://example.com/?q=${n}&r=1`) },
  picklist: {
    field: { values: [{ code: 'a' }, { code: 'b', label: '乙' }] },
    value: fc.constantFrom('a', 'b'),
  },
  multi_picklist: {
    field: { values: [{ code: 'a' }, { code: 'b', label: '乙' }, { code: 'c' }] },
    value: fc.constantFrom(['a'], ['a', 'c'], ['a', 'b', 'c']),
  },
  address: {
    value: fc.record(
      {
        country: fc.constantFrom('中国', 'France', '{x}'),
        province: text(2).map((one) => one.trim()),
        city: fc.constantFrom('上海市', 'Saint-Étienne'),
        street: text(4).map((one) => one.trim()),
        postal_code: fc.constantFrom('200120', '012345'),
      },
      { requiredKeys: ['city'] },
    ),
  },
  geolocation: {
    value: fc.record({ latitude: scaled(90_000_000, 6), longitude: scaled(180_000_000, 6) }),
  },
  json: {
    value: fc
      .jsonValue({ maxDepth: 2, stringUnit: 'grapheme' })
      .filter(
        (one) =>
          one !== null &&
          !JSON.stringify(one).includes('\\u0000') &&
          !JSON.stringify(one).includes('__proto__'),
      )
      .map((one) => JSON.parse(JSON.stringify(one)) as unknown),
  },
  encrypted_text: { value: text(6).map((one) => one.trim()) },
}
const NAMES = Object.keys(FIELDS)
const columnOf = (type: string): string => `${type}__c`

beforeAll(async () => {
  server = await startTestServer({ requestsPerMinute: 1_000_000 })
  stopJobs = await startJobs(server.foundation)
  admin = server.admin
  const set = (await admin.post(META, { label: 'x' })).body.id
  await admin.put(`${META}/${set}/object/thing__c`, { label: 'Thing' })
  for (const type of NAMES) {
    const definition = { type, label: type, ...FIELDS[type]?.field }
    const answer = await admin.put(`${META}/${set}/field/thing__c.${columnOf(type)}`, definition)
    expect(answer.status, answer.text).toBe(200)
  }
  const published = await admin.post(`${META}/${set}/publish`, {})
  expect(published.status, published.text).toBe(200)
}, 120_000)
afterAll(async () => {
  await stopJobs()
  await server.stop()
})

type Thing = Record<string, unknown>

const things = fc.array(
  fc.record(
    Object.fromEntries(
      NAMES.map((type) => [columnOf(type), FIELDS[type]?.value ?? fc.constant(null)]),
    ),
  ),
  { minLength: 3, maxLength: 8, size: 'max' },
)

function valuesOf(record: Thing): Thing {
  return Object.fromEntries(NAMES.map((type) => [columnOf(type), record[columnOf(type)]]))
}

async function listed(run: string): Promise<Thing[]> {
  const where = encodeURIComponent(JSON.stringify({ starts_with: [{ var: 'name' }, run] }))
  const answer = await admin.get(`${THINGS}?where=${where}&sort=name&limit=1000`)
  return answer.body.records
}

/** What history tells of the first change of each field. */
async function toldBy(id: unknown): Promise<Thing> {
  const { entries } = (await admin.get(`${THINGS}/${String(id)}/history?limit=200`)).body
  const lines = entries as { field: string | null; new: unknown }[]
  return Object.fromEntries(
    lines.flatMap((one) => (one.field === null ? [] : [[one.field, one.new]])),
  )
}

/** The values of records that were exported and imported again under other names. */
async function behindFile(run: number, given: readonly Thing[], format: string): Promise<Thing[]> {
  const header = run % 2 === 0 ? 'name' : 'label'
  const file = await admin.post('/api/v1/exports', {
    object: 'thing__c',
    columns: ['name', ...NAMES.map(columnOf)],
    header,
    format,
    where: { starts_with: [{ var: 'name' }, `r${run} `] },
    sort: ['name'],
  })
  expect(file.status, file.text).toBe(200)
  const aliases = given.map((_, index) => [`r${run} ${index}`, `${format}${run} ${index}`])
  const bytes = Uint8Array.from(file.bytes)
  const preview = await sendForm(admin, '/api/v1/imports/preview', { file: bytes })
  const [name = '', ...others] = preview.body.header as string[]
  expect(preview.body.rows).toHaveLength(given.length)
  const job = await runTestImport(admin, bytes, {
    object: 'thing__c',
    mapping: {
      [name]: { field: 'name', aliases: Object.fromEntries(aliases) },
      ...Object.fromEntries(others.map((other, index) => [other, columnOf(NAMES[index] ?? '')])),
    },
  })
  expect([job.created, job.failed, job.errors]).toEqual([given.length, 0, []])
  return (await listed(`${format}${run} `)).map(valuesOf)
}

const REFERENCES = ['lookup', 'master_detail', 'polymorphic_lookup', 'user', 'department']

describe('a value of every type that people fill', () => {
  it('has no type left out', () => {
    const others = new Set([
      // Given by the house, not written: a file of a list has them to read, and to find records by.
      'auto_number',
      'formula',
      'roll_up',
      ...REFERENCES,
      // Uploaded rather than written: a file of a list has their names.
      'file',
      'image',
    ])
    const filled = [...createFieldTypes().keys()].filter((name) => !others.has(name))
    expect(filled.filter((name) => !NAMES.includes(name))).toEqual([])
  })

  it('is the same in the answer, the list, the record, the history, and behind a file', async () => {
    let run = 0
    await fc.assert(
      fc.asyncProperty(things, async (given) => {
        run += 1
        const ids: unknown[] = []
        for (const [index, values] of given.entries()) {
          const made = await admin.post(THINGS, { name: `r${run} ${index}` })
          const saved = await admin.patch(`${THINGS}/${made.body.id}`, values)
          expect(saved.status, saved.text).toBe(200)
          expect(valuesOf(saved.body)).toEqual(values)
          ids.push(made.body.id)
        }
        expect((await listed(`r${run} `)).map(valuesOf)).toEqual(given)
        const one = await admin.get(`${THINGS}/${String(ids[0])}`)
        expect(valuesOf(one.body)).toEqual(given[0])
        const { checkbox__c: box, ...first } = given[0] ?? {}
        const told = await toldBy(ids[0])
        expect(told).toEqual({
          ...first,
          ...(box === true ? { checkbox__c: true } : {}),
          encrypted_text__c: { masked: '****' },
        })
        for (const format of ['csv', 'xlsx']) {
          expect(await behindFile(run, given, format), format).toEqual(given)
        }
      }),
      { numRuns: 6, endOnFailure: true, interruptAfterTimeLimit: 60_000 },
    )
  }, 90_000)
})

describe('a reference of every type', () => {
  const LINKS = '/api/v1/records/link__c'
  const fields = REFERENCES.map(columnOf)

  it('is the same in the answer, the list, the history, and behind a file by id or by name', async () => {
    // Two columns of a file that are called the same are told apart by their names.
    const reference = { label: 'R', relationship: { name: 'links__c' } }
    await publishWorld(admin, {
      'object/other__c': { label: 'Other' },
      'object/link__c': { label: 'Link' },
      'field/link__c.lookup__c': { ...reference, type: 'lookup', target: 'thing__c' },
      'field/link__c.master_detail__c': { ...reference, type: 'master_detail', target: 'other__c' },
      'field/link__c.polymorphic_lookup__c': {
        ...reference,
        type: 'polymorphic_lookup',
        targets: ['thing__c', 'other__c'],
        relationship: { name: 'either__c' },
      },
      'field/link__c.user__c': { type: 'user', label: 'U' },
      'field/link__c.department__c': { type: 'department', label: 'D' },
      'field/link__c.no__c': { type: 'auto_number', label: 'No', format: 'L{0000}' },
      'field/link__c.loud__c': {
        type: 'formula',
        label: 'Loud',
        result: 'text',
        formula: 'name & "!"',
      },
    })
    const user = await server.createUser({ sets: [], name: 'Ma "Jack", 马' })
    const thing = {
      id: await makeRecord(admin, THINGS, { name: 'A, "b": 上海' }),
      name: 'A, "b": 上海',
    }
    const other = {
      id: await makeRecord(admin, '/api/v1/records/other__c', { name: 'x:y' }),
      name: 'x:y',
    }
    const house = {
      id: await makeRecord(admin, '/api/v1/records/department', { name: '销售部' }),
      name: '销售部',
    }
    const full = {
      lookup__c: thing,
      master_detail__c: other,
      polymorphic_lookup__c: { ...other, object: 'other__c' },
      user__c: { id: user.id, name: 'Ma "Jack", 马' },
      department__c: house,
    }
    const few = {
      ...full,
      lookup__c: null,
      polymorphic_lookup__c: { ...thing, object: 'thing__c' },
      user__c: null,
      department__c: null,
    }
    const shown = (record: Thing): Thing =>
      Object.fromEntries(fields.map((name) => [name, record[name]]))
    const names = ['L0', 'L1']
    const listOf = async (given: readonly string[]): Promise<Thing[]> =>
      (await admin.get(`${LINKS}?filter[name][in]=${given.join(',')}&sort=name`)).body.records
    for (const [index, values] of [full, few].entries()) {
      const made = await admin.post(LINKS, { name: names[index], ...values })
      expect([made.status, shown(made.body)]).toEqual([201, values])
      await admin.patch(`${LINKS}/${made.body.id}`, { polymorphic_lookup__c: null })
      const { polymorphic_lookup__c } = values
      await admin.patch(`${LINKS}/${made.body.id}`, { polymorphic_lookup__c })
      const { entries } = (await admin.get(`${LINKS}/${made.body.id}/history`)).body
      expect(entries.slice(0, 2)).toMatchObject([
        { old: null, new: polymorphic_lookup__c },
        { old: polymorphic_lookup__c, new: null },
      ])
    }
    expect((await listOf(names)).map(shown)).toEqual([full, few])
    for (const format of ['csv', 'xlsx']) {
      for (const header of ['name', 'label']) {
        const file = await admin.post('/api/v1/exports', {
          object: 'link__c',
          columns: ['id', 'name', ...fields, 'no__c', 'loud__c'],
          header,
          format,
          where: { in: [{ var: 'name' }, names] },
          sort: ['name'],
        })
        const bytes = Uint8Array.from(file.bytes)
        const preview = await sendForm(admin, '/api/v1/imports/preview', { file: bytes })
        const [, name = '', ...columns] = preview.body.header as string[]
        const aliases = Object.fromEntries(names.map((one) => [one, `${format} ${header} ${one}`]))
        const job = await runTestImport(admin, bytes, {
          object: 'link__c',
          mapping: {
            [name]: { field: 'name', aliases },
            ...Object.fromEntries(fields.map((field, at) => [columns[at], field])),
          },
        })
        expect([job.created, job.errors]).toEqual([2, []])
        const back = await listOf(Object.values(aliases))
        expect(back.map(shown), `${format} by ${header}`).toEqual([full, few])
        expect(back.map((one) => one['no__c'])).not.toContain('L0001')
      }
    }
  }, 60_000)
})
