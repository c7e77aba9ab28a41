import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { startJobs } from '../../server/src/jobs/start-jobs.ts'
import {
  type Answer,
  type Caller,
  type Pieces,
  publishPieces,
  sendImport,
  stagePieces,
  startTestServer,
  type TestServer,
} from '../support/index.ts'

const SETS = '/api/v1/meta/changesets'
const PROJECTS = '/api/v1/records/project__c'
const CLIENTS = '/api/v1/records/client__c'

let server: TestServer
let admin: Caller
let blind: Caller
let masked: Caller
let good = ''
let poor = ''
const ids: Record<string, string> = {}

const stage = (items: Pieces): Promise<string> => stagePieces(admin, items)

const publish = (items: Pieces): Promise<Answer> => publishPieces(admin, items)

const formula = (result: string, text: string, more: object = {}): object => ({
  type: 'formula',
  label: text.slice(0, 40),
  result,
  formula: text,
  ...more,
})

const WORLD: Pieces = {
  'object/client__c': { label: 'Client', sharing: 'private' },
  'field/client__c.code__c': { type: 'text', label: 'Code' },
  'field/client__c.credit__c': { type: 'currency', label: 'Credit' },
  'field/client__c.health__c': formula('text', 'IF(credit__c > 100, "good", "poor")'),
  'object/part__c': { label: 'Part' },
  'field/part__c.project__c': {
    type: 'lookup',
    label: 'Project',
    target: 'project__c',
    relationship: { name: 'parts__c' },
  },
  'object/project__c': {
    label: 'Project',
    sharing: 'read_write',
    highlights: ['expected__c', 'health__c'],
  },
  'field/project__c.client__c': {
    type: 'lookup',
    label: 'Client',
    target: 'client__c',
    relationship: { name: 'projects__c' },
  },
  'field/project__c.amount__c': { type: 'currency', label: 'Amount' },
  'field/project__c.cost__c': { type: 'currency', label: 'Cost' },
  'field/project__c.chance__c': { type: 'percent', label: 'Chance' },
  'field/project__c.due__c': { type: 'date', label: 'Due' },
  'field/project__c.expected__c': formula('currency', 'amount__c * chance__c'),
  'field/project__c.margin__c': formula('percent', '(amount__c - cost__c) / amount__c'),
  'field/project__c.ratio__c': formula('number', 'amount__c / cost__c', { scale: 4 }),
  'field/project__c.title__c': formula('text', 'name & " / " & client__c.code__c'),
  'field/project__c.health__c': formula('text', 'client__c.health__c'),
  'field/project__c.is_big__c': formula('checkbox', 'expected__c > 400'),
  'field/project__c.ends__c': formula('date', 'due__c + 7'),
  'field/project__c.days__c': formula('number', 'due__c - TODAY()'),
  'field/project__c.made__c': formula('datetime', 'created_at + 1'),
  'field/project__c.plain__c': formula('number', 'amount__c + cost__c', { blanks: 'blank' }),
  'list_view/project__c.big__c': {
    label: 'Big',
    columns: ['name', 'expected__c', 'health__c'],
    where: { '==': [{ var: 'is_big__c' }, true] },
    sort: [{ field: 'expected__c', direction: 'desc' }],
  },
  'validation_rule/project__c.not_too_big__c': {
    label: 'Not too big',
    error_if: {
      and: [
        { '>': [{ var: 'expected__c' }, 10_000] },
        { '==': [{ var: 'client__c.health__c' }, 'poor'] },
      ],
    },
    message: 'Too big for a poor client',
    at: ['amount__c'],
  },
  'permission_set/blind__c': {
    label: 'Blind',
    objects: {
      project__c: {
        read: true,
        create: true,
        edit: true,
        read_scope: 'all',
        fields: { amount__c: 'none' },
      },
    },
  },
  'permission_set/masked__c': {
    label: 'Masked',
    objects: {
      client__c: { read: true },
      project__c: { read: true, read_scope: 'all', fields: { amount__c: 'masked' } },
    },
  },
}

async function made(answer: Promise<Answer>): Promise<string> {
  const { status, body, text } = await answer
  if (status !== 201) throw new Error(text)
  return body.id
}

beforeAll(async () => {
  server = await startTestServer()
  ;({ admin } = server)
  const published = await publish(WORLD)
  if (published.status !== 200) throw new Error(published.text)
  blind = await server.signIn(await server.createUser({ sets: ['blind__c'] }))
  masked = await server.signIn(await server.createUser({ sets: ['masked__c'] }))
  good = await made(admin.post(CLIENTS, { name: 'Good', code__c: 'G1', credit__c: 500 }))
  poor = await made(admin.post(CLIENTS, { name: 'Poor', code__c: 'P1', credit__c: 5 }))
  const rows = [
    [
      'Alpha',
      { client__c: good, amount__c: 1000, cost__c: 300, chance__c: 50, due__c: '2026-01-31' },
    ],
    ['Beta', { client__c: poor, amount__c: 2000, cost__c: 0, chance__c: 12.5 }],
    ['Gamma', { amount__c: null, cost__c: 7, chance__c: 10 }],
    ['Delta', { client__c: good, amount__c: 0.3, cost__c: 0.1, chance__c: 100 }],
  ] as const
  for (const [name, values] of rows) {
    ids[name] = await made(admin.post(PROJECTS, { name, ...values }))
  }
})
afterAll(() => server.stop())

const ask = (caller: Caller, query: object): Promise<Answer> =>
  caller.post(`${PROJECTS}/query`, query)

describe('formula fields', () => {
  it('are in a record, by the type of their result', async () => {
    const { body } = await admin.get(`${PROJECTS}/${ids['Alpha']}`)
    expect(body).toMatchObject({
      expected__c: 500,
      margin__c: 70,
      ratio__c: 3.3333,
      title__c: 'Alpha / G1',
      health__c: 'good',
      is_big__c: true,
      ends__c: '2026-02-07',
      plain__c: 1300,
    })
    expect(Date.parse(body.made__c) - Date.parse(body.created_at)).toBe(86_400_000)
    expect(body.days__c).toBeLessThan(0)
  })

  it('are empty where they cannot be computed, and never fail a list', async () => {
    const { status, body } = await admin.get(
      `${PROJECTS}?select=ratio__c,margin__c,health__c,title__c,plain__c,is_big__c&sort=name`,
    )
    expect(status).toBe(200)
    expect(
      body.records.map((one: Record<string, unknown>) => [
        one['name'],
        one['ratio__c'],
        one['margin__c'],
        one['health__c'],
        one['plain__c'],
        one['is_big__c'],
      ]),
    ).toEqual([
      ['Alpha', 3.3333, 70, 'good', 1300, true],
      ['Beta', null, 100, 'poor', 2000, false],
      ['Delta', 3, 66.67, 'good', 0, false],
      ['Gamma', 0, null, null, null, false],
    ])
  })

  it('are filtered, sorted with cursors, counted and grouped by', async () => {
    const big = await admin.get(`${PROJECTS}?filter[expected__c][gte]=250&count=exact`)
    expect(big.body.count).toBe(2)
    const none = await admin.get(`${PROJECTS}?filter[ratio__c][is_null]=true&count=exact`)
    expect(none.body.records.map((one: { name: string }) => one.name)).toEqual(['Beta'])
    const seen: string[] = []
    let cursor: string | null = null
    do {
      const page: Answer = await ask(admin, {
        sort: ['-ratio__c', 'health__c'],
        select: ['ratio__c'],
        limit: 1,
        ...(cursor === null ? {} : { cursor }),
      })
      expect(page.status).toBe(200)
      seen.push(...page.body.records.map((one: { name: string }) => one.name))
      cursor = page.body.next_cursor
    } while (cursor !== null)
    expect(seen).toEqual(['Alpha', 'Delta', 'Gamma', 'Beta'])
    const groups = await admin.post(`${PROJECTS}/aggregate`, {
      group_by: ['health__c'],
      measures: [
        { fn: 'sum', field: 'expected__c', as: 'total' },
        { fn: 'max', field: 'ends__c', as: 'last' },
      ],
      sort: ['-total'],
    })
    expect(groups.body.groups ?? groups.body.rows).toEqual([
      { health__c: 'good', total: 500.3, last: '2026-02-07' },
      { health__c: 'poor', total: 250, last: null },
      { health__c: null, total: 0, last: null },
    ])
  })

  it('stand in list views, paths, record pages and related lists', async () => {
    const view = await admin.get(`${PROJECTS}?view=big__c`)
    expect(view.body.records.map((one: { name: string }) => one.name)).toEqual(['Alpha'])
    const path = await admin.get(
      `${PROJECTS}?select=client__c.health__c&sort=-client__c.health__c,name`,
    )
    expect(
      path.body.records.map((one: { name: string; client__c: { health__c: string } | null }) => [
        one.name,
        one.client__c?.health__c,
      ]),
    ).toEqual([
      ['Beta', 'poor'],
      ['Alpha', 'good'],
      ['Delta', 'good'],
      ['Gamma', undefined],
    ])
    const related = await ask(admin, { where: { some: [{ var: 'projects__c' }, true] } })
    expect(related.status).toBe(400)
    const clients = await admin.post(`${CLIENTS}/query`, {
      where: { some: [{ var: 'projects__c' }, { '>': [{ var: 'expected__c' }, 400] }] },
    })
    expect(clients.body.records.map((one: { name: string }) => one.name)).toEqual(['Good'])
    const page = await admin.get(`${PROJECTS}/${ids['Alpha']}/overview`)
    expect(page.body.record).toMatchObject({ expected__c: 500, health__c: 'good' })
    const list = await admin.get(
      `${CLIENTS}/${good}/related/projects__c?select=expected__c&sort=-expected__c`,
    )
    expect(list.body.records.map((one: { expected__c: number }) => one.expected__c)).toEqual([
      500, 0.3,
    ])
  })

  it('are described by their result, with what a form needs to show them', async () => {
    const { body } = await admin.get('/api/v1/meta/objects/project__c')
    const fields = new Map(body.fields.map((one: { name: string }) => [one.name, one]))
    expect(fields.get('expected__c')).toMatchObject({
      type: 'currency',
      access: 'read',
      read_only: true,
      sortable: true,
      groupable: true,
      scale: 2,
      options: { result: 'currency' },
    })
    expect(fields.get('expected__c')).toHaveProperty('formula')
    expect(fields.get('health__c')).not.toHaveProperty('formula')
    expect(fields.get('is_big__c')).toMatchObject({
      type: 'checkbox',
      filter_operators: ['eq', 'ne'],
    })
    const document = await admin.get('/api/v1/openapi.json')
    const { properties } = document.body.components.schemas.project__c
    expect(properties.expected__c).toEqual({
      anyOf: [{ type: 'number' }, { type: 'null' }],
    })
    expect(properties.ends__c).toMatchObject({ anyOf: [{ format: 'date' }, { type: 'null' }] })
    expect(document.body.components.schemas['project__c.create'].properties).not.toHaveProperty(
      'expected__c',
    )
  })

  it('are read by rules, also of parents, and refused as given values', async () => {
    const refused = await admin.post(PROJECTS, {
      name: 'Huge',
      client__c: poor,
      amount__c: 50_000,
      chance__c: 90,
    })
    expect(refused.status).toBe(422)
    expect(refused.body.errors).toMatchObject([{ path: 'amount__c', code: 'rule_failed' }])
    const fine = await admin.post(PROJECTS, {
      name: 'Huge',
      client__c: good,
      amount__c: 50_000,
      chance__c: 90,
    })
    expect(fine.status).toBe(201)
    await admin.delete(`${PROJECTS}/${fine.body.id}`)
    const given = await admin.patch(`${PROJECTS}/${ids['Alpha']}`, { expected__c: 1 })
    expect(given.status).toBe(422)
    expect(given.body.errors).toMatchObject([{ path: 'expected__c', code: 'read_only' }])
  })

  it('are computed by a preview', async () => {
    const changed = await admin.post(`${PROJECTS}/${ids['Alpha']}/preview`, {
      chance__c: 10,
      client__c: poor,
    })
    expect(changed.body.record).toMatchObject({
      expected__c: 100,
      health__c: 'poor',
      is_big__c: false,
      title__c: 'Alpha / P1',
    })
    const fresh = await admin.post(`${PROJECTS}/preview`, {
      name: 'New',
      amount__c: 10,
      chance__c: 50,
    })
    expect(fresh.body.record).toMatchObject({ expected__c: 5, health__c: null, ratio__c: null })
  })
})

describe('access to formula fields', () => {
  it('who may not read one of the fields may not read the formula', async () => {
    const { body } = await blind.get(`${PROJECTS}/${ids['Alpha']}`)
    for (const name of [
      'amount__c',
      'expected__c',
      'margin__c',
      'ratio__c',
      'is_big__c',
      'plain__c',
      'health__c',
      'title__c',
    ]) {
      expect(body).not.toHaveProperty(name)
    }
    expect(body).toMatchObject({ ends__c: '2026-02-07' })
    for (const query of [
      'select=expected__c',
      'sort=expected__c',
      'filter[is_big__c][eq]=true',
      'select=health__c',
    ]) {
      const answer = await blind.get(`${PROJECTS}?${query}`)
      expect([answer.status, answer.body.errors?.[0]?.code]).toEqual([400, 'unreadable_field'])
    }
    const described = await blind.get('/api/v1/meta/objects/project__c')
    expect(described.text).not.toContain('amount__c')
    expect(described.text).not.toContain('expected__c')
    const group = await blind.post(`${PROJECTS}/aggregate`, {
      measures: [{ fn: 'sum', field: 'expected__c', as: 's' }],
    })
    expect(group.status).toBe(400)
    const preview = await blind.post(`${PROJECTS}/${ids['Alpha']}/preview`, {
      due__c: '2026-02-01',
    })
    expect(preview.body.record).toMatchObject({ ends__c: '2026-02-08' })
    expect(preview.text).not.toContain('expected__c')
  })

  it('a formula over a masked field is masked', async () => {
    const { body } = await masked.get(`${PROJECTS}/${ids['Alpha']}`)
    expect(body.expected__c).toMatchObject({ masked: expect.any(String) })
    expect(body.is_big__c).toMatchObject({ masked: expect.any(String) })
    expect(JSON.stringify(body)).not.toContain('500')
    const sorted = await masked.get(`${PROJECTS}?sort=expected__c`)
    expect(sorted.status).toBe(400)
  })

  it('reads records that the reader may not see as if they were not there', async () => {
    const { body } = await masked.get(`${PROJECTS}/${ids['Alpha']}`)
    expect(body).toMatchObject({ title__c: 'Alpha / ', health__c: null })
    const found = await masked.get(`${PROJECTS}?filter[health__c][eq]=good&count=exact`)
    expect(found.body.count).toBe(0)
    const groups = await masked.post(`${PROJECTS}/aggregate`, {
      group_by: ['health__c'],
      measures: [{ fn: 'count', as: 'n' }],
    })
    expect(JSON.stringify(groups.body)).not.toContain('good')
    const preview = await masked.post(`${PROJECTS}/${ids['Alpha']}/preview`, {})
    expect(preview.text).not.toContain('G1')
  })
})

describe('stored formulas', () => {
  let offer = ''
  let part = ''

  beforeAll(async () => {
    offer = await made(admin.post(PROJECTS, { name: 'Stored', client__c: good, amount__c: 10 }))
    part = await made(admin.post('/api/v1/records/part__c', { name: 'Part', project__c: offer }))
    const answer = await publish({
      'field/project__c.rated__c': formula('currency', 'amount__c + client__c.credit__c', {
        stored: true,
        index: true,
      }),
      'field/project__c.twice__c': formula('number', 'rated__c * 2', { stored: true, scale: 1 }),
      'field/project__c.line__c': formula('text', 'UPPER(name) & client__c.health__c', {
        stored: true,
        searchable: true,
      }),
      'field/part__c.far__c': formula(
        'number',
        'project__c.twice__c + project__c.client__c.credit__c',
        {
          stored: true,
        },
      ),
    })
    expect(answer.status, answer.text).toBe(200)
  })

  const values = async (): Promise<unknown[]> => {
    const project = (await admin.get(`${PROJECTS}/${offer}`)).body
    const { body } = await admin.get(`/api/v1/records/part__c/${part}`)
    return [project.rated__c, project.twice__c, project.line__c, body.far__c, project.version]
  }

  it('are computed of existing records when they are published', async () => {
    expect(await values()).toEqual([510, 1020, 'STOREDgood', 1520, 1])
  })

  it('follow the save of their record', async () => {
    const { body } = await admin.patch(`${PROJECTS}/${offer}`, { amount__c: 20 })
    expect(body).toMatchObject({ rated__c: 520, twice__c: 1040, version: 2 })
    expect(await values()).toEqual([520, 1040, 'STOREDgood', 1540, 2])
  })

  it('follow the records that they read, over several, without a new version', async () => {
    await admin.patch(`${CLIENTS}/${good}`, { credit__c: 50 })
    expect(await values()).toEqual([70, 140, 'STOREDpoor', 190, 2])
    const found = await admin.get(`${PROJECTS}?filter[rated__c][eq]=70&q=storedpoor&sort=rated__c`)
    expect(found.body.records.map((one: { name: string }) => one.name)).toEqual(['Stored'])
    await admin.patch(`${CLIENTS}/${good}`, { credit__c: 500 })
    expect(await values()).toEqual([520, 1040, 'STOREDgood', 1540, 2])
  })

  it('follow deletion, restoring, and a new formula', async () => {
    const other = await made(admin.post(CLIENTS, { name: 'Other', credit__c: 1 }))
    await admin.patch(`${PROJECTS}/${offer}`, { client__c: other })
    expect((await values())[0]).toBe(21)
    expect((await admin.delete(`${CLIENTS}/${other}`)).status).toBe(204)
    expect((await values())[0]).toBe(20)
    await admin.patch(`${PROJECTS}/${offer}`, { client__c: good })
    const changed = await publish({
      'field/client__c.health__c': formula('text', 'IF(credit__c > 100, "fine", "poor")'),
      'field/project__c.rated__c': formula('currency', 'amount__c - client__c.credit__c', {
        stored: true,
        index: true,
      }),
    })
    expect(changed.status, changed.text).toBe(200)
    expect((await values()).slice(0, 4)).toEqual([-480, -960, 'STOREDfine', -460])
  })

  it('tell nobody of records that they may not see', async () => {
    const { body } = await masked.get(`${PROJECTS}/${offer}`)
    expect(body.line__c).toBe('STORED')
    const found = await masked.get(`${PROJECTS}?filter[line__c][eq]=STOREDfine&count=exact`)
    expect(found.body.count).toBe(0)
  })
})

describe('stored formulas of many records', () => {
  it('are left to a job, and said to be calculating', async () => {
    const busy = await made(admin.post(CLIENTS, { name: 'Busy', credit__c: 1 }))
    const operations = Array.from({ length: 1100 }, (_, index) => ({
      op: 'create',
      record: { name: `Many ${index}`, client__c: busy, amount__c: index },
    }))
    const batch = await admin.post(`${PROJECTS}/batch`, { operations })
    expect(batch.status, batch.text.slice(0, 300)).toBe(200)
    const last = batch.body.results.at(-1).id
    const read = async (): Promise<Answer['body']> => (await admin.get(`${PROJECTS}/${last}`)).body
    expect((await read()).rated__c).toBe(1098)
    expect((await admin.patch(`${CLIENTS}/${busy}`, { credit__c: 99 })).status).toBe(200)
    const before = await read()
    expect(before).toMatchObject({ rated__c: 1098, _calculating: ['line__c', 'rated__c'] })
    const page = await admin.get(`${PROJECTS}/${last}/overview`)
    expect(page.body.record).toMatchObject({ _calculating: ['line__c', 'rated__c'] })
    expect(await masked.get(`${PROJECTS}/${last}`)).toMatchObject({ status: 200 })
    const stop = await startJobs(server.foundation)
    try {
      await expect.poll(read, { timeout: 60_000 }).not.toHaveProperty('_calculating')
    } finally {
      await stop()
    }
    expect(await read()).toMatchObject({ rated__c: 1000, twice__c: 2000 })
    const wrong = await admin.get(
      `${PROJECTS}?filter[client__c][eq]=${busy}&filter[rated__c][gt]=1000&count=exact`,
    )
    expect(wrong.body.count).toBe(0)
  })

  it('miss no change of two at the same moment', async () => {
    const shared = await made(admin.post(CLIENTS, { name: 'Shared', credit__c: 0 }))
    const names = Array.from({ length: 12 }, (_, index) => `Race ${index}`)
    await Promise.all([
      ...names.map((name) => admin.post(PROJECTS, { name, client__c: shared, amount__c: 0 })),
      ...names.map((_, index) => admin.patch(`${CLIENTS}/${shared}`, { credit__c: index + 1 })),
    ])
    const { credit__c: credit } = (await admin.get(`${CLIENTS}/${shared}`)).body
    const { body } = await admin.get(
      `${PROJECTS}?filter[client__c][eq]=${shared}&select=rated__c&limit=50`,
    )
    expect(body.records).toHaveLength(12)
    for (const one of body.records) expect(one.rated__c).toBe(-credit)
  })
})

describe('an import', () => {
  it('does not write a formula', async () => {
    const file = 'name,expected__c\nFrom a file,12\n'
    const fields = { object: 'project__c', mapping: { name: 'name', expected__c: 'expected__c' } }
    const answer = await sendImport(admin, file, fields)
    expect(answer.status).toBe(422)
    expect(answer.text).toContain('expected__c')
  })
})

describe('publishing formulas', () => {
  const problems = async (items: Pieces): Promise<Answer['body']> => {
    const { body } = await admin.get(`${SETS}/${await stage(items)}`)
    return body.problems
  }

  it('tells what is wrong with its place, in the language of the caller', async () => {
    const found = await problems({
      'field/project__c.one__c': formula('number', '1 + amuont__c'),
      'field/project__c.two__c': formula('number', 'client__c.code__c'),
      'field/project__c.three__c': formula('number', 'four__c + 1'),
      'field/project__c.four__c': formula('number', 'three__c + 1'),
    })
    expect(found).toMatchObject([
      { code: 'unknown_field', name: 'project__c.one__c', range: { from: 4, to: 13 } },
      { code: 'wrong_type', name: 'project__c.two__c', range: { from: 0, to: 17 } },
      { code: 'circular', name: expect.stringMatching(/three|four/) },
    ])
  })

  it('refuses to take away what a formula reads', async () => {
    const found = await problems({ 'field/client__c.credit__c': null })
    expect(found[0]).toMatchObject({
      code: 'unknown_field',
      name: 'client__c.health__c',
      range: { from: 3, to: 12 },
    })
  })
})

describe('stored formulas and roll-ups of each other', () => {
  it('settle, whoever saves what at the same moment', async () => {
    const answer = await publish({
      'field/part__c.weight__c': { type: 'number', label: 'Weight' },
      'field/part__c.load__c': formula('number', 'weight__c * project__c.factor__c', {
        stored: true,
      }),
      'field/project__c.factor__c': { type: 'number', label: 'Factor' },
      'field/project__c.total__c': {
        type: 'roll_up',
        label: 'Total',
        via: 'parts__c',
        fn: 'sum',
        field: 'load__c',
      },
      'field/project__c.grade__c': formula('text', 'IF(total__c > 100, "heavy", "light")', {
        stored: true,
      }),
      'field/part__c.grade__c': formula('text', 'project__c.grade__c', { stored: true }),
    })
    expect(answer.status, answer.text).toBe(200)
    const project = await made(admin.post(PROJECTS, { name: 'Heavy', factor__c: 1 }))
    const parts = '/api/v1/records/part__c'
    const own = await made(admin.post(parts, { name: 'P', project__c: project, weight__c: 1 }))
    const saves = await Promise.all([
      ...Array.from({ length: 10 }, (_, index) =>
        admin.post(parts, { name: `P${index}`, project__c: project, weight__c: index }),
      ),
      ...[2, 3, 4].map((factor) => admin.patch(`${PROJECTS}/${project}`, { factor__c: factor })),
      ...[5, 6, 7].map((weight) => admin.patch(`${parts}/${own}`, { weight__c: weight })),
    ])
    expect(saves.map(({ status }) => status).filter((status) => status >= 400)).toEqual([])
    const { body } = await admin.get(`${PROJECTS}/${project}`)
    const { body: list } = await admin.get(
      `${parts}?filter[project__c][eq]=${project}&select=weight__c,load__c,grade__c`,
    )
    expect(list.records).toHaveLength(11)
    for (const one of list.records) {
      expect(one.load__c).toBe(one.weight__c * body.factor__c)
      expect(one.grade__c).toBe('heavy')
    }
    const weights = list.records.map((one: { weight__c: number }) => one.weight__c)
    const total = weights.reduce((sum: number, one: number) => sum + one, 0) * body.factor__c
    expect(body).toMatchObject({ total__c: total, grade__c: 'heavy' })
  })
})

describe('rules over formulas', () => {
  it('open and close records by their value', async () => {
    const before = await masked.get(`${CLIENTS}?count=exact`)
    expect(before.body.count).toBe(0)
    const opened = await publish({
      'sharing_rule/client__c.fine__c': {
        label: 'Fine clients',
        where: { '==': [{ var: 'health__c' }, 'fine'] },
        to: [{ everyone: true }],
        access: 'read',
      },
    })
    expect(opened.status, opened.text).toBe(200)
    const seen = await masked.get(`${CLIENTS}?select=health__c&sort=name`)
    expect(seen.body.records).toMatchObject([{ name: 'Good', health__c: 'fine' }])
    expect((await masked.get(`${PROJECTS}/${ids['Alpha']}`)).body.title__c).toBe('Alpha / G1')
    const closed = await publish({
      'restriction_rule/client__c.not_fine__c': {
        label: 'No fine clients',
        where: { '!=': [{ var: 'health__c' }, 'fine'] },
        to: [{ everyone: true }],
      },
    })
    expect(closed.status, closed.text).toBe(200)
    expect((await masked.get(`${CLIENTS}?count=exact`)).body.count).toBe(0)
    await publish({ 'restriction_rule/client__c.not_fine__c': null })
  })

  it('are not shared by a formula that asks who reads', async () => {
    const set = await stage({
      'field/client__c.mine__c': formula('checkbox', 'owner = $User.Id'),
      'sharing_rule/client__c.mine__c': {
        label: 'Mine',
        where: { '==': [{ var: 'mine__c' }, true] },
        to: [{ everyone: true }],
        access: 'read',
      },
    })
    const { body } = await admin.get(`${SETS}/${set}`)
    expect(body.problems).toMatchObject([{ code: 'not_allowed_here', kind: 'sharing_rule' }])
  })

  it('are not told by search, history and streams of what is around a record', async () => {
    const [history, timeline, search] = await Promise.all([
      blind.get(`${PROJECTS}/${ids['Alpha']}/history`),
      blind.get(`${PROJECTS}/${ids['Alpha']}/timeline`),
      blind.get('/api/v1/search?q=STOREDfine'),
    ])
    for (const answer of [history, timeline, search]) {
      expect(answer.text).not.toContain('expected__c')
      expect(answer.text).not.toContain('STOREDfine')
    }
  })
})
