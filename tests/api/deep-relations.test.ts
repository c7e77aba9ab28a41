import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { startJobs, type Stop } from '../../server/src/jobs/start-jobs.ts'
import {
  type Answer,
  type Caller,
  publishPieces,
  type Put,
  runTestImport,
  startTestServer,
  type TestServer,
} from '../support/index.ts'

let server: TestServer
let admin: Caller
let stopJobs: Stop
const META = '/api/v1/meta'

const publish = (...puts: Put[]): Promise<Answer> => publishPieces(admin, puts)

async function made(object: string, values: object): Promise<string> {
  const answer = await admin.post(`/api/v1/records/${object}`, values)
  if (answer.status !== 201) throw new Error(answer.text)
  return answer.body.id
}

const TEXT = { type: 'text', label: 'Text' }
const LEVELS = [0, 1, 2, 3, 4, 5, 6]
/** The path to a field of the record so many relations up. */
const up = (relations: number, field: string): string =>
  [...Array<string>(relations).fill('up__c'), field].join('.')

beforeAll(async () => {
  server = await startTestServer()
  admin = server.admin
  stopJobs = await startJobs(server.foundation)
  const answer = await publish(
    ...LEVELS.flatMap((level): Put[] => [
      ['object', `level${level}__c`, { label: `Level ${level}` }],
      ['field', `level${level}__c.code__c`, { ...TEXT, unique: true }],
      ['field', `level${level}__c.size__c`, { type: 'number', label: 'Size' }],
    ]),
    ...LEVELS.slice(0, -1).map((level): Put => [
      'field',
      `level${level}__c.up__c`,
      { type: 'lookup', label: 'Up', target: `level${level + 1}__c` },
    ]),
  )
  if (answer.status !== 200) throw new Error(answer.text)
  for (const branch of ['a', 'b']) {
    let above: string | undefined
    for (const level of LEVELS.toReversed()) {
      above = await made(`level${level}__c`, {
        name: `${branch}${level}`,
        code__c: `${branch}${level}`,
        size__c: branch === 'a' ? 1 : 2,
        ...(above === undefined ? {} : { up__c: above }),
      })
    }
  }
})
afterAll(async () => {
  await stopJobs?.()
  await server?.stop()
})

describe('a path over five relations', () => {
  const RECORDS = '/api/v1/records/level0__c'

  it('is selected, filtered, sorted and grouped by; one over six is refused by name', async () => {
    const five = up(5, 'code__c')
    const { body } = await admin.get(
      `${RECORDS}?select=${five}&filter[${five}][in]=a5,b5&sort=-${five}`,
    )
    const deepest = (record: Record<string, unknown>): unknown => {
      let at: unknown = record
      for (const name of five.split('.')) at = (at as Record<string, unknown>)[name]
      return at
    }
    expect(body.records.map(deepest)).toEqual(['b5', 'a5'])
    const where = { '>': [{ var: up(5, 'size__c') }, 1] }
    const found = await admin.post(`${RECORDS}/query`, { where, select: ['name'] })
    expect(found.body.records).toMatchObject([{ name: 'b0' }])
    const grouped = await admin.post(`${RECORDS}/aggregate`, {
      group_by: [five],
      measures: [{ fn: 'sum', field: up(5, 'size__c'), as: 'total' }],
      sort: [five],
    })
    expect(grouped.body.groups).toEqual([
      { [five]: 'a5', total: 1 },
      { [five]: 'b5', total: 2 },
    ])
    const six = up(6, 'code__c')
    for (const query of [`select=${six}`, `filter[${six}]=a6`, `sort=${six}`]) {
      const refused = await admin.get(`${RECORDS}?${query}`)
      expect([refused.status, refused.body.errors[0].code]).toEqual([400, 'unknown_field'])
      expect(refused.body.errors[0].message).toContain(six)
    }
    for (const asked of [{ where: { '==': [{ var: six }, 'a6'] } }]) {
      const refused = await admin.post(`${RECORDS}/query`, asked)
      expect([refused.status, refused.body.errors[0].code]).toEqual([400, 'unknown_field'])
      expect(refused.text).toContain(six)
    }
    const refused = await admin.post(`${RECORDS}/aggregate`, {
      group_by: [six],
      measures: [{ fn: 'count', as: 'n' }],
    })
    expect([refused.status, refused.body.errors[0].message]).toEqual([
      400,
      expect.stringContaining(six),
    ])
  })

  it('is in formulas, virtual and stored, in rules, views and filters of lookups', async () => {
    const answer = await publish(
      [
        'field',
        'level0__c.seen__c',
        { type: 'formula', label: 'Seen', result: 'number', formula: `${up(5, 'size__c')} * 10` },
      ],
      [
        'field',
        'level0__c.kept__c',
        {
          type: 'formula',
          label: 'Kept',
          result: 'number',
          stored: true,
          formula: `${up(5, 'size__c')} * 100`,
        },
      ],
      [
        'list_view',
        'level0__c.deep__c',
        { label: 'Deep', columns: ['name', up(5, 'code__c')], sort: [{ field: up(5, 'code__c') }] },
      ],
      [
        'validation_rule',
        'level0__c.small__c',
        {
          label: 'Small',
          error_if: { '>': [{ var: up(5, 'size__c') }, 50] },
          message: 'Too large above',
        },
      ],
    )
    expect([answer.status, answer.body.errors]).toEqual([200, undefined])
    const read = async (): Promise<unknown> => {
      const { body } = await admin.get(`${RECORDS}?view=deep__c&select=name,seen__c,kept__c`)
      return body.records.map((one: Record<string, unknown>) => [
        one['name'],
        one['seen__c'],
        one['kept__c'],
      ])
    }
    await expect.poll(read).toEqual([
      ['a0', 10, 100],
      ['b0', 20, 200],
    ])
    const top = await admin.get('/api/v1/records/level5__c?filter[code__c]=a5')
    await admin.patch(`/api/v1/records/level5__c/${top.body.records[0].id}`, { size__c: 60 })
    await expect.poll(read).toContainEqual(['a0', 600, 6000])
    const own = await admin.get(`${RECORDS}?filter[code__c]=a0`)
    const refused = await admin.patch(`${RECORDS}/${own.body.records[0].id}`, { code__c: 'a00' })
    expect(refused.body.errors).toMatchObject([{ code: 'rule_failed', rule: 'small__c' }])
  })

  it.for([
    ['field', 'level0__c.far__c', 'formula'],
    ['list_view', 'level0__c.far__c', 'columns'],
    ['validation_rule', 'level0__c.far__c', 'error_if'],
  ] as const)('over six is refused in a %s', async ([kind, name]) => {
    const six = up(6, 'size__c')
    const definitions = {
      field: { type: 'formula', label: 'Far', result: 'number', formula: `${six} * 10` },
      list_view: { label: 'Far', columns: ['name', six] },
      validation_rule: { label: 'Far', error_if: { '>': [{ var: six }, 1] }, message: 'Far' },
    }
    const answer = await publish([kind, name, definitions[kind]])
    expect([answer.status, answer.text]).toEqual([422, expect.stringContaining(six)])
  })

  it('begins with a parent that an import finds by its unique field', async () => {
    const csv = 'name,above\nc0,b1\nd0,nobody\n'
    const mapping = { name: 'name', above: 'up__c.code__c' }
    const job = await runTestImport(admin, csv, { object: 'level0__c', mode: 'create', mapping })
    expect(job).toMatchObject({ created: 1, failed: 1 })
    const { body } = await admin.get(`${RECORDS}?filter[name]=c0&select=${up(5, 'code__c')}`)
    expect(JSON.stringify(body.records)).toContain('"b5"')
  })
})

describe('a junction of two master-details', () => {
  const LINKS = '/api/v1/records/link__c'
  const MASTER = (target: string, name: string) => ({
    type: 'master_detail',
    label: target,
    target,
    relationship: { name, label: name },
  })
  let student = ''
  let course = ''

  beforeAll(async () => {
    const answer = await publish(
      ['object', 'student__c', { label: 'Student' }],
      ['object', 'course__c', { label: 'Course' }],
      [
        'object',
        'link__c',
        {
          label: 'Enrolment',
          name_field: { type: 'auto_number', format: 'E{0000}' },
          indexes: [{ fields: ['student__c', 'course__c'], unique: true }],
        },
      ],
      ['field', 'link__c.student__c', MASTER('student__c', 'courses__c')],
      ['field', 'link__c.course__c', MASTER('course__c', 'students__c')],
    )
    if (answer.status !== 200) throw new Error(answer.text)
    student = await made('student__c', { name: 'Li' })
    course = await made('course__c', { name: 'Physics' })
  })

  const linked = async (object: string, id: string, list: string): Promise<unknown[]> =>
    (await admin.get(`/api/v1/records/${object}/${id}/related/${list}`)).body.records

  it('is listed at both masters with the other side, and joins two records once', async () => {
    const link = await made('link__c', { student__c: student, course__c: course })
    expect(await linked('student__c', student, 'courses__c')).toMatchObject([
      { id: link, course__c: { id: course, name: 'Physics' } },
    ])
    expect(await linked('course__c', course, 'students__c')).toMatchObject([
      { id: link, student__c: { name: 'Li' } },
    ])
    const again = await admin.post(LINKS, { student__c: student, course__c: course })
    expect([again.status, again.body.errors.map((one: { path: string }) => one.path)]).toEqual([
      409,
      ['student__c', 'course__c'],
    ])
    const described = (await admin.get(`${META}/objects/student__c`)).body.relationships
    expect(described).toContainEqual(
      expect.objectContaining({
        name: 'courses__c',
        joins: { field: 'course__c', object: 'course__c' },
      }),
    )
    // Unlinked, both sides stay.
    expect((await admin.delete(`${LINKS}/${link}`)).status).toBe(204)
    expect((await admin.get(`/api/v1/records/course__c/${course}`)).status).toBe(200)
  })

  it('goes with either master and comes back with it, unless the other one is gone', async () => {
    for (const [object, id, other, list] of [
      ['student__c', student, course, 'students__c'],
      ['course__c', course, student, 'courses__c'],
    ] as const) {
      const link = await made('link__c', { student__c: student, course__c: course })
      expect((await admin.delete(`/api/v1/records/${object}/${id}`)).status).toBe(204)
      expect((await admin.get(`${LINKS}/${link}`)).status).toBe(404)
      expect((await admin.post(`/api/v1/records/${object}/${id}/restore`, {})).status).toBe(200)
      const side = object === 'student__c' ? 'course__c' : 'student__c'
      expect(await linked(side, other, list)).toMatchObject([{ id: link }])
      await admin.delete(`${LINKS}/${link}`)
    }
    const link = await made('link__c', { student__c: student, course__c: course })
    await admin.delete(`/api/v1/records/student__c/${student}`)
    await admin.delete(`/api/v1/records/course__c/${course}`)
    await admin.post(`/api/v1/records/student__c/${student}/restore`, {})
    expect((await admin.get(`${LINKS}/${link}`)).status).toBe(404)
    const early = await admin.post(`${LINKS}/${link}/restore`, {})
    expect(early.status).toBe(409)
    await admin.post(`/api/v1/records/course__c/${course}/restore`, {})
    expect(await linked('student__c', student, 'courses__c')).toMatchObject([{ id: link }])
  })

  it('is made and changed only by who may edit both masters', async () => {
    const set = {
      label: 'Links',
      objects: {
        student__c: { create: true, read: true, edit: true },
        course__c: { read: true },
        link__c: { create: true, read: true, edit: true, delete: true },
      },
    }
    await publish(['permission_set', 'links__c', set])
    const user = await server.createUser({ sets: ['links__c'], name: '李雷' })
    const rep = await server.signIn(user)
    const own = (await rep.post('/api/v1/records/student__c', { name: 'Wang' })).body.id
    const refused = await rep.post(LINKS, { student__c: own, course__c: course })
    expect([refused.status, refused.body.errors]).toMatchObject([
      422,
      [{ path: 'course__c', code: 'unknown_reference' }],
    ])
  })
})
