import { FILTER_OPERATORS, type OperatorName, OPERATORS, type Parameter } from '@trellis/metamodel'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import {
  type Answer,
  type Caller,
  sendImport,
  startTestServer,
  type TestServer,
  type TestUser,
} from '../support/index.ts'
import { publishMaskWorld, SECRET_NAME, SECRETS, SHOWN, SHOWN_NAME } from '../support/mask-world.ts'

let server: TestServer
let admin: Caller
let masked: Caller
let blind: Caller
let maskedUser: TestUser
let person = ''
let boss = ''
let visit = ''
let approval = ''
let own = ''

const RECORDS = '/api/v1/records'
const PERSONS = `${RECORDS}/person__c`
const VALUES = Object.fromEntries(Object.entries(SECRETS).map(([name, { value }]) => [name, value]))
/** Fields that one reader knows by their masks, and the other not at all. */
const HIDDEN = [...Object.keys(SECRETS), 'boss__c', 'bonus__c']

async function made(answer: Promise<Answer>): Promise<string> {
  const { status, body, text } = await answer
  if (status !== 201) throw new Error(text)
  return body.id
}

beforeAll(async () => {
  server = await startTestServer()
  ;({ admin } = server)
  await publishMaskWorld(admin)
  maskedUser = await server.createUser({ sets: ['masked'], name: '钱看不清' })
  masked = await server.signIn(maskedUser)
  blind = await server.signIn(await server.createUser({ sets: ['blind'] }))
  boss = await made(admin.post(PERSONS, { name: '孙守密上' }))
  person = await made(
    admin.post(PERSONS, { ...VALUES, name: SECRET_NAME, told__c: 'known', boss__c: boss }),
  )
  visit = await made(admin.post(`${RECORDS}/visit__c`, { name: 'Visit', person__c: person }))
  await admin.patch(`${RECORDS}/visit__c/${visit}`, { person__c: boss })
  await admin.patch(`${RECORDS}/visit__c/${visit}`, { person__c: person })
  // Whoever decides about a record sees no more of it, and is themself seen by a mask.
  const other = await made(
    admin.post(PERSONS, {
      name: '周守密人',
      team__c: visit,
      owner: maskedUser.id,
      mobile__c: '13877774321',
      salary__c: 987_654.32,
    }),
  )
  await admin.patch(`${PERSONS}/${other}`, { mobile__c: '13899994321', salary__c: 1 })
  await admin.patch(`${PERSONS}/${other}`, { salary__c: 987_654.32 })
  approval = await made(admin.post('/api/v1/approvals', { object: 'person__c', record: other }))
  own = await made(admin.post(PERSONS, { name: '吴守密己', owner: maskedUser.id }))
  // Every field has a past that is as secret as its present.
  await admin.patch(`${PERSONS}/${person}`, { mobile__c: '13899994321', born__c: '1984-07-19' })
  await admin.patch(`${PERSONS}/${person}`, VALUES)
})
afterAll(() => server.stop())

const SECRET_TEXTS = [
  ...Object.values(SECRETS).map(({ secret }) => secret),
  '守密',
  '8999943',
  '1984-07-19',
  '1975308',
  '看不清',
]

const enc = (value: unknown): string => encodeURIComponent(JSON.stringify(value))
const ALL = ['name', 'told__c', ...HIDDEN].join(',')

/** Everything that shows something of a record; each is asked by the one who may know all, too. */
const SURFACES: Readonly<Record<string, () => Parameters<Caller['send']>[0]>> = {
  get: () => ({ url: `${PERSONS}/${person}` }),
  'get of chosen fields': () => ({ url: `${PERSONS}/${person}?select=${ALL}` }),
  list: () => ({ url: PERSONS }),
  'list of chosen fields': () => ({ url: `${PERSONS}?select=${ALL}` }),
  'list by a view': () => ({ url: `${PERSONS}?view=all__c` }),
  query: () => json('POST', `${PERSONS}/query`, { select: ['name', ...HIDDEN] }),
  'list over a reference': () => ({
    url: `${RECORDS}/visit__c?select=${['person__c', ...HIDDEN.map((f) => `person__c.${f}`)].join(',')}`,
  }),
  'label of a reference': () => ({ url: `${RECORDS}/visit__c/${visit}` }),
  'related list': () => ({ url: `${PERSONS}/${person}/related/visits__c?select=person__c` }),
  'related list of a masked reference': () => ({ url: `${PERSONS}/${boss}/overview` }),
  overview: () => ({ url: `${PERSONS}/${person}/overview` }),
  history: () => ({ url: `${PERSONS}/${person}/history?limit=100` }),
  timeline: () => ({ url: `${PERSONS}/${person}/timeline?limit=100` }),
  'timeline of a visit': () => ({ url: `${RECORDS}/visit__c/${visit}/timeline` }),
  preview: () => json('POST', `${PERSONS}/${person}/preview`, { told__c: 'other' }),
  'labels of groups': () =>
    json('POST', `${RECORDS}/visit__c/aggregate`, {
      group_by: ['person__c'],
      measures: [{ fn: 'count', as: 'n' }],
    }),
  'groups by owner': () =>
    json('POST', `${PERSONS}/aggregate`, {
      group_by: ['owner'],
      measures: [{ fn: 'count', as: 'n' }],
    }),
  'facts and a related list with a total': () => ({
    url: `${RECORDS}/visit__c/${visit}/overview`,
  }),
  'what waits for a decision': () => ({ url: '/api/v1/approvals?box=to_do' }),
  'what was submitted': () => ({ url: '/api/v1/approvals?box=sent' }),
  'an approval': () => ({ url: `/api/v1/approvals/${approval}` }),
  'who would approve': () =>
    json('POST', '/api/v1/approvals/preview', { object: 'person__c', record: own }),
  print: () => ({ url: `${PERSONS}/${person}/print/person_print` }),
  'what a change answers': () => json('PATCH', `${PERSONS}/${person}`, { told__c: 'known' }),
  'what a stale change answers': () => ({
    ...json('PATCH', `${PERSONS}/${person}`, { told__c: 'known' }),
    headers: { 'content-type': 'application/json', 'if-match': '"1"' },
  }),
  search: () => ({ url: `/api/v1/search?q=${encodeURIComponent('守密')}` }),
  'search in a list': () => ({ url: `${PERSONS}?q=138777` }),
  description: () => ({ url: '/api/v1/meta/objects' }),
  'openapi document': () => ({ url: '/api/v1/openapi.json' }),
}

function json(
  method: 'POST' | 'PATCH' | 'PUT',
  url: string,
  body: unknown,
): Parameters<Caller['send']>[0] {
  return { method, url, payload: JSON.stringify(body), headers: JSON_TYPE }
}
const JSON_TYPE = { 'content-type': 'application/json' }

/** Surfaces that tell no values of records. */
const TELLS_NOTHING = new Set([
  'what waits for a decision',
  'description',
  'openapi document',
  'related list of a masked reference',
])

describe.each(Object.keys(SURFACES))('%s', (name) => {
  const ask = (caller: Caller): Promise<Answer> => {
    const surface = SURFACES[name]
    if (!surface) throw new Error(name)
    return caller.send(surface())
  }

  it('tells those who may know', async () => {
    if (TELLS_NOTHING.has(name)) return
    const { text } = await ask(admin)
    expect(SECRET_TEXTS.some((secret) => text.includes(secret))).toBe(true)
  })

  it('keeps from the others what is masked, and all of what they may not see (Directus CVE-2024-34708, CVE-2025-30352, CVE-2025-64748, CVE-2026-39943, Payload #13336, #13721)', async () => {
    const behind = await ask(masked)
    expect(behind.status).toBeLessThan(500)
    const codes = /level_|tag_/
    const isDescription = name === 'description' || name === 'openapi document'
    for (const secret of SECRET_TEXTS) {
      if (isDescription && codes.test(secret)) continue
      expect(behind.text, secret).not.toContain(secret)
    }
    const { text, status } = await ask(blind)
    if (status === 400) return
    for (const field of HIDDEN) expect(text, field).not.toContain(field)
  })
})

describe('a masked field', () => {
  it('is left out of figures and orders, and shown by its mask in lists', async () => {
    const { body } = await masked.get(`${RECORDS}/visit__c/${visit}/overview`)
    expect(body.facts.map(({ name }: { name: string }) => name)).toEqual(['people'])
    const [list] = body.related
    expect(list).toMatchObject({
      count: 1,
      columns: ['name', 'mobile__c', 'salary__c'],
      records: [
        { name: '周****', mobile__c: { masked: '138****4321' }, salary__c: { masked: '****' } },
      ],
    })
    expect(list).not.toHaveProperty('total')
  })

  it('is shown by its mask to whoever decides', async () => {
    const { body } = await masked.get('/api/v1/approvals?box=to_do')
    const [entry] = body.approvals
    expect(entry.record.name).toBe('周****')
    expect(entry.highlights).toEqual({
      mobile__c: { masked: '138****4321' },
      salary__c: { masked: '****' },
      level__c: null,
      told__c: null,
    })
    expect(entry.changes).toContainEqual({
      field: 'mobile__c',
      label: 'mobile__c',
      old: { masked: '138****4321' },
      new: { masked: '138****4321' },
    })
  })

  it('is shown by its mask, empty ones as null', async () => {
    const { body } = await masked.get(`${PERSONS}/${person}`)
    expect(body.name).toBe(SHOWN_NAME)
    for (const field of HIDDEN) expect(body[field]).toEqual({ masked: SHOWN[field] ?? '****' })
    expect(body.told__c).toBe('known')
    const { body: empty } = await masked.get(`${PERSONS}/${boss}`)
    expect([empty.mobile__c, empty.salary__c, empty.boss__c, empty.bonus__c]).toEqual([
      null,
      null,
      null,
      null,
    ])
  })

  it('is named by its mask as a reference, in groups, and as whoever did something', async () => {
    const { body } = await masked.get(`${RECORDS}/visit__c/${visit}?select=person__c.mobile__c`)
    expect(body.person__c).toEqual({
      id: person,
      name: SHOWN_NAME,
      mobile__c: { masked: '138****4321' },
    })
    const history = await masked.get(`${PERSONS}/${person}/history`)
    const change = history.body.entries.find((one: { field: string }) => one.field === 'born__c')
    expect([change.old, change.new]).toEqual([{ masked: '****' }, { masked: '****' }])
    expect(change.by.name).toMatch(/^.\*\*\*\*$/)
  })

  it('prints as its mask', async () => {
    const { text } = await masked.get(`${PERSONS}/${person}/print/person_print`)
    expect(text).toMatch(
      /<p>赵\*{4} 138\*{4}4321 \*{4} \*{4} \*{4}\s+\*{4} +\*{4} \*{4} known<\/p>/,
    )
  })

  it('is described as masked, and as good for nothing else (Payload #14118)', async () => {
    const { body } = await masked.get('/api/v1/meta/objects/person__c')
    const fields = new Map<string, Record<string, unknown>>(
      body.fields.map((field: { name: string }) => [field.name, field]),
    )
    for (const name of HIDDEN) {
      expect(fields.get(name), name).toMatchObject({
        access: 'masked',
        sortable: false,
        groupable: false,
        searchable: false,
        filter_operators: [],
      })
    }
    expect(fields.get('mobile__c')).toMatchObject({ mask: 'phone', reveal: true })
    expect(fields.get('mail__c')).toMatchObject({ mask: 'email', reveal: false })
    expect(fields.get('bonus__c')).toMatchObject({ mask: 'full' })
    expect(fields.get('bonus__c')).not.toHaveProperty('derive')
    expect(body.list_views.map((view: { name: string }) => view.name)).not.toContain('rich__c')
    const view = body.list_views.find((one: { name: string }) => one.name === 'all__c')
    expect(view).toMatchObject({ columns: ['name', 'told__c', 'mobile__c', 'salary__c'], sort: [] })
    const { body: document } = await masked.get('/api/v1/openapi.json')
    const { properties } = document.components.schemas['person__c']
    expect(JSON.stringify(properties.mobile__c)).toContain('#/components/schemas/Masked')
    expect(document.components.schemas['person__c.patch'].properties).not.toHaveProperty(
      'mobile__c',
    )
  })

  it('leaves the order of a view to those who know it', async () => {
    expect((await masked.get(`${PERSONS}?view=all__c`)).status).toBe(200)
    const rich = await masked.get(`${PERSONS}?view=rich__c`)
    expect([rich.status, rich.body.code]).toEqual([400, 'unreadable_field'])
    // Visits are put in the order of names of persons.
    expect((await masked.get(`${RECORDS}/visit__c?view=by_person__c`)).status).toBe(200)
    expect((await masked.get(`${RECORDS}/visit__c?sort=person__c`)).body.code).toBe(
      'unreadable_field',
    )
  })
})

type Ask = (field: string) => Parameters<Caller['send']>[0]

const measure = (fn: string) => (field: string) =>
  json('POST', `${PERSONS}/aggregate`, { measures: [{ fn, field, as: 'x' }] })
const where = (expression: (field: string) => unknown): Ask[] => [
  (field) => ({ url: `${PERSONS}?where=${enc(expression(field))}` }),
  (field) => json('POST', `${PERSONS}/query`, { where: expression(field) }),
  (field) =>
    json('POST', `${PERSONS}/aggregate`, {
      where: expression(field),
      measures: [{ fn: 'count', as: 'n' }],
    }),
  (field) => ({
    url: `${RECORDS}/visit__c?where=${enc(expression(`person__c.${field}`))}`,
  }),
]

const TO_MANY: ReadonlySet<string> = new Set(['some', 'none', 'all'])

/** The fewest arguments that an operator takes; each that may read a field reads this one. */
function argumentsOf(operator: OperatorName, field: string): unknown[] {
  const { arity, parameter } = OPERATORS[operator]
  return Array.from({ length: arity[0] }, (_, position) => {
    const { kind } = parameter(position, arity[0]) as Parameter
    if (kind === 'members') return ['x']
    if (kind === 'period') return 'today'
    if (kind === 'pattern') return 'x'
    return kind === 'digits' ? 2 : { var: field }
  })
}

/** Every way to have something made of a field: each filter operator, each operator of conditions, each place. */
const WAYS: ReadonlyMap<string, Ask[]> = new Map([
  ...FILTER_OPERATORS.map((operator): [string, Ask[]] => [
    `filter ${operator}`,
    [
      (field) => ({ url: `${PERSONS}?filter[${field}][${operator}]=x` }),
      (field) => ({ url: `${RECORDS}/visit__c?filter[person__c.${field}][${operator}]=x` }),
      (field) => ({
        url: `${PERSONS}/${person}/related/reports__c?filter[${field}][${operator}]=x`,
      }),
    ],
  ]),
  ...(Object.keys(OPERATORS) as OperatorName[])
    .filter((operator) => OPERATORS[operator].arity[0] > 0 && !TO_MANY.has(operator))
    .map((operator): [string, Ask[]] => [
      `where ${operator}`,
      where((field) => ({ is_blank: [{ [operator]: argumentsOf(operator, field) }] })),
    ]),
  ['where var', where((field) => ({ '==': [{ var: field }, { var: field }] }))],
  ...Array.from(TO_MANY, (operator): [string, Ask[]] => [
    `where ${operator}`,
    where((field) => {
      const condition = { is_blank: [{ var: `person__c.${field.replace('person__c.', '')}` }] }
      return { [operator]: [{ var: 'visits__c' }, condition] }
    }).slice(0, 3),
  ]),
  [
    'sort',
    [
      (field) => ({ url: `${PERSONS}?sort=-${field}` }),
      (field) => json('POST', `${PERSONS}/query`, { sort: [field] }),
      (field) => ({ url: `${RECORDS}/visit__c?sort=person__c.${field}` }),
    ],
  ],
  [
    'group',
    [
      (field) =>
        json('POST', `${PERSONS}/aggregate`, {
          group_by: [field],
          measures: [{ fn: 'count', as: 'n' }],
        }),
      (field) =>
        json('POST', `${RECORDS}/visit__c/aggregate`, {
          group_by: [{ field: `person__c.${field}`, as: 'x' }],
          measures: [{ fn: 'count', as: 'n' }],
          having: { is_blank: [{ var: 'x' }] },
          sort: ['x'],
        }),
    ],
  ],
  ...['count', 'count_distinct', 'sum', 'avg', 'min', 'max'].map((fn): [string, Ask[]] => [
    `measure ${fn}`,
    [measure(fn)],
  ]),
])

const through =
  (field: string): Ask =>
  () => ({ url: `${PERSONS}?select=${field}.name` })

describe.each([...WAYS.keys()])('%s', (way) => {
  it.each([...HIDDEN, 'name'])(
    'of %s is refused by name (Strapi CVE-2023-22894, CVE-2024-56143, Directus CVE-2026-35442)',
    async (field) => {
      for (const ask of WAYS.get(way) ?? []) {
        for (const [who, caller] of [
          ['masked', masked],
          ['blind', blind],
        ] as const) {
          // Only one of them does not know names.
          if (who === 'blind' && field === 'name') continue
          const request = ask(field)
          if (who === 'blind' && /reports__c/.test(request.url)) continue
          const { status, body, text } = await caller.send(request)
          expect(status, `${who} ${request.url} ${request.payload ?? ''} ${text}`).toBe(
            /reports__c/.test(request.url) ? 403 : 400,
          )
          if (status === 403) continue
          const codes = body.errors.map(({ code }: { code: string }) => code)
          expect(codes, `${request.url} ${text}`).toContain('unreadable_field')
          expect(text).toContain(field)
        }
      }
    },
  )
})

describe('a masked reference', () => {
  it('leads nowhere', async () => {
    const { status, body } = await masked.send(through('boss__c')('boss__c'))
    expect([status, body.code]).toEqual([400, 'unreadable_field'])
  })
})

describe('writing behind a mask', () => {
  it('is refused by name, also of the mask itself, and changes nothing', async () => {
    const before = (await admin.get(`${PERSONS}/${person}`)).text
    for (const field of [...Object.keys(SECRETS), 'name', 'boss__c']) {
      for (const value of [{ masked: '****' }, '****', null, VALUES[field] ?? 'x']) {
        const { status, body } = await masked.patch(`${PERSONS}/${person}`, { [field]: value })
        expect([status, body.errors?.[0]?.path], field).toEqual([403, field])
      }
    }
    expect((await admin.get(`${PERSONS}/${person}`)).text).toBe(before)
  })

  it('neither finds nor matches by what is masked', async () => {
    const upsert = await masked.put(`${PERSONS}/by/code__c/CODE-7391`, { told__c: 'x' })
    const unknown = await masked.put(`${PERSONS}/by/no_such/CODE-7391`, { told__c: 'x' })
    expect([upsert.status, upsert.body.code]).toEqual([400, 'unknown_field'])
    expect(upsert.text.replaceAll('code__c', 'no_such').replace(/"instance":"[^"]*"/, '')).toBe(
      unknown.text.replace(/"instance":"[^"]*"/, ''),
    )
    const batch = await masked.post(`${PERSONS}/batch`, {
      operations: [{ op: 'upsert', by: { code__c: 'CODE-7391' }, record: { told__c: 'x' } }],
    })
    expect(batch.body.results[0].status).toBe(400)
    const reference = await masked.post(`${RECORDS}/visit__c`, {
      name: 'x',
      person__c: { code__c: 'CODE-7391' },
    })
    expect([reference.status, reference.body.errors[0].code]).toEqual([422, 'unknown_reference'])
    const file = 'code__c,told__c\nCODE-7391,x\n'
    for (const caller of [masked, blind]) {
      const job = await sendImport(caller, file, {
        object: 'person__c',
        mode: 'update',
        match_field: 'code__c',
      })
      expect([job.status, job.text.includes('unknown_field')]).toEqual([422, true])
    }
  })

  it('is told what stands in the way of deleting only as far as they see it', async () => {
    const named = await masked.delete(`${RECORDS}/visit__c/${visit}`)
    expect([named.status, named.body.code]).toEqual([409, 'in_use'])
    expect(named.body.errors[0].message).toContain('周****')
    expect(named.text).not.toContain('守密')
    const kept = await made(admin.post(`${RECORDS}/visit__c`, { name: 'Kept' }))
    await made(admin.post(`${RECORDS}/file__c`, { name: 'Top secret', visit__c: kept }))
    const unnamed = await masked.delete(`${RECORDS}/visit__c/${kept}`)
    expect([unnamed.status, unnamed.body.errors[0].message]).toEqual([
      409,
      'A record that you may not see refers to it',
    ])
    expect((await admin.delete(`${RECORDS}/visit__c/${kept}`)).text).toContain('Top secret')
  })

  it('goes on beside it: what is masked stays as it is', async () => {
    const { status } = await masked.patch(`${PERSONS}/${person}`, { told__c: 'new' })
    expect(status).toBe(200)
    const { body } = await admin.get(`${PERSONS}/${person}`)
    expect(body).toMatchObject({ ...VALUES, name: SECRET_NAME, told__c: 'new' })
    await masked.patch(`${PERSONS}/${person}`, { told__c: 'known' })
  })
})

describe('revealing', () => {
  const reveal = (caller: Caller, field: string, id = person): Promise<Answer> =>
    caller.post(`${PERSONS}/${id}/actions/reveal`, { field })

  it('answers the value to those who may, and only of what they may', async () => {
    expect((await reveal(masked, 'mobile__c')).body).toEqual({ value: '13877774321' })
    expect((await reveal(masked, 'salary__c')).body).toEqual({ value: 987_654.32 })
    expect((await reveal(masked, 'name')).body).toEqual({ value: SECRET_NAME })
    expect((await reveal(masked, 'boss__c')).body).toEqual({
      value: { id: boss, name: '孙****' },
    })
    expect((await reveal(masked, 'mobile__c', boss)).body).toEqual({ value: null })
    for (const [caller, field, status, code] of [
      [masked, 'mail__c', 403, 'forbidden'],
      [masked, 'bonus__c', 403, 'forbidden'],
      [masked, 'told__c', 409, 'conflict'],
      [masked, 'gone', 400, 'unknown_field'],
      [blind, 'mobile__c', 400, 'unknown_field'],
      [admin, 'mobile__c', 409, 'conflict'],
    ] as const) {
      const answer = await reveal(caller, field)
      expect([answer.status, answer.body.code], field).toEqual([status, code])
    }
    const nobody = await reveal(masked, 'mobile__c', '01900000-0000-7000-8000-000000000000')
    expect(nobody.status).toBe(404)
  })

  it('is written down, and its answer is kept nowhere', async () => {
    const { database } = server.test
    const entries = await database.query<{ details: { field: string }; record: string }>(
      `select details, record from main._audit where action = 'reveal' and actor = $1 order by number`,
      [maskedUser.id],
    )
    expect(entries.map(({ details, record }) => [details.field, record])).toEqual([
      ['mobile__c', person],
      ['salary__c', person],
      ['name', person],
      ['boss__c', person],
      ['mobile__c', boss],
    ])
    const keyed = masked.with({ 'idempotency-key': 'reveal-once' })
    const first = await reveal(keyed, 'mobile__c')
    const second = await reveal(keyed, 'mobile__c')
    expect([first.status, second.status]).toEqual([200, 200])
    expect(second.headers['idempotency-replayed']).toBeUndefined()
  })

  it('ends with the quota of the day', async () => {
    const { database } = server.test
    const [counted] = await database.query<{ count: number }>(
      'select count from main._reveal_count where user_id = $1',
      [maskedUser.id],
    )
    expect(counted?.count).toBe(7)
    await database.execute('update main._reveal_count set count = 199 where user_id = $1', [
      maskedUser.id,
    ])
    const answers = await Promise.all([1, 2, 3].map(() => reveal(masked, 'mobile__c')))
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 429, 429])
    const refused = answers.find(({ status }) => status === 429)
    const seconds = Number(refused?.headers['retry-after'])
    expect(seconds).toBeGreaterThan(0)
    expect(seconds).toBeLessThanOrEqual(86_400)
    expect(refused?.text).not.toContain('8777743')
    const [left] = await database.query<{ n: number }>(
      `select count(*)::int as n from main._audit where action = 'reveal' and actor = $1`,
      [maskedUser.id],
    )
    expect(left?.n).toBe(8)
  })
})
