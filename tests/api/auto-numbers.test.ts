import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { type Answer, type Caller, startTestServer, type TestServer } from '../support/index.ts'

let server: TestServer
let admin: Caller

const META = '/api/v1/meta/changesets'

beforeAll(async () => {
  server = await startTestServer({ requestsPerMinute: 1_000_000 })
  admin = server.admin
  const published = await publish({
    'object/slip__c': {
      label: 'Slip',
      name_field: { type: 'auto_number', format: 'S{yyyyMMdd}-{000}' },
    },
    'field/slip__c.serial__c': {
      type: 'auto_number',
      label: 'Serial',
      format: '{yyyy}/{00000}',
      start: 500,
      reset: 'never',
    },
    'field/slip__c.amount__c': { type: 'number', label: 'Amount' },
    'validation_rule/slip__c.positive__c': {
      error_if: { '<': [{ var: 'amount__c' }, 0] },
      message: 'No',
      at: ['amount__c'],
    },
  })
  expect(published.status, published.text).toBe(200)
}, 120_000)
afterAll(() => server.stop())

async function publish(components: Readonly<Record<string, object>>): Promise<Answer> {
  const set = (await admin.post(META, { label: 'x' })).body.id
  for (const [name, definition] of Object.entries(components)) {
    const saved = await admin.put(`${META}/${set}/${name}`, definition)
    if (saved.status >= 400) return saved
  }
  return admin.post(`${META}/${set}/publish`, {})
}

const save = (amount: number): Promise<Answer> =>
  admin.post('/api/v1/records/slip__c', { amount__c: amount })

/** `S20261122-007` is 7. */
const counterOf = (number: unknown): number => Number(/\d+$/.exec(String(number))?.[0])

const dayOfTheHouse = (): string =>
  new Intl.DateTimeFormat('en-CA', { timeZone: 'Asia/Shanghai' }).format(new Date())

describe('numbers that the system gives', () => {
  it('are given once and without a gap to 50 writers at once, of whom every third fails', async () => {
    const before = dayOfTheHouse()
    const writers = Array.from({ length: 50 }, (_, index) => (index % 3 === 2 ? -1 : index))
    const answers = (await Promise.all(writers.map(save))).filter(({ status }) => status === 201)
    expect(answers).toHaveLength(writers.filter((amount) => amount >= 0).length)
    const names = answers.map(({ body }) => String(body.name))
    expect(new Set(names).size).toBe(names.length)
    if (before === dayOfTheHouse()) {
      const counters = names.map(counterOf).toSorted((one, other) => one - other)
      expect(counters).toEqual(answers.map((_, index) => index + 1))
      expect(names.every((name) => name.startsWith(`S${before.replaceAll('-', '')}-`))).toBe(true)
    }
    const serials = answers.map(({ body }) => counterOf(body.serial__c))
    expect(serials.toSorted((one, other) => one - other)).toEqual(
      answers.map((_, index) => 500 + index),
    )
  })

  it('go on where a batch is half refused, and are not to be written', async () => {
    const last = counterOf((await save(1)).body.serial__c)
    const operations = [1, -1, 2].map((amount__c) => ({ op: 'create', record: { amount__c } }))
    const batch = await admin.post('/api/v1/records/slip__c/batch', { operations })
    expect(batch.body.results.map((one: { status: number }) => one.status)).toEqual([201, 422, 201])
    const next = counterOf((await save(1)).body.serial__c)
    expect(next).toBeGreaterThan(last + 2)
    const written = await admin.post('/api/v1/records/slip__c', { serial__c: '2026/00001' })
    expect(written.status).toBe(422)
    expect(written.body.errors[0]).toMatchObject({ path: 'serial__c', code: 'read_only' })
  })

  it('are of the day of the house, whoever saves', async () => {
    const [first] = (await admin.get('/api/v1/records/user?limit=1')).body.records
    const moved = await admin.patch(`/api/v1/records/user/${first.id}`, {
      time_zone: 'Pacific/Pago_Pago',
    })
    expect(moved.status, moved.text).toBe(200)
    const before = dayOfTheHouse()
    const { name } = (await save(1)).body
    const days = [before, dayOfTheHouse()].map((day) => `S${day.replaceAll('-', '')}-`)
    expect(days).toContain(String(name).replace(/\d+$/, ''))
    const back = await admin.patch(`/api/v1/records/user/${first.id}`, {
      time_zone: first.time_zone,
    })
    expect(back.status).toBe(200)
  })

  it('go on behind what was given before, however that was counted, and where the start says', async () => {
    const number = (more: object): Promise<Answer> =>
      publish({
        'object/stub__c': { label: 'Stub' },
        'field/stub__c.no__c': {
          type: 'auto_number',
          label: 'No',
          format: 'K{yyyy}-{000}',
          ...more,
        },
      })
    const make = async (): Promise<unknown> => {
      const { body, text } = await admin.post('/api/v1/records/stub__c', { name: 'X' })
      return body.no__c ?? text
    }
    const year = dayOfTheHouse().slice(0, 4)
    expect((await number({})).status).toBe(200)
    expect([await make(), await make()]).toEqual([`K${year}-001`, `K${year}-002`])
    await number({ reset: 'never' })
    expect([await make(), await make()]).toEqual([`K${year}-003`, `K${year}-004`])
    await number({ reset: 'year' })
    expect(await make()).toBe(`K${year}-005`)
    await number({ reset: 'never', start: 900 })
    expect([await make(), await make()]).toEqual([`K${year}-900`, `K${year}-901`])
  })

  it('start anew only after a period that they show', async () => {
    const set = (await admin.post(META, { label: 'x' })).body.id
    const put = (format: string, reset: string): Promise<Answer> =>
      admin.put(`${META}/${set}/field/slip__c.other__c`, {
        type: 'auto_number',
        label: 'Other',
        format,
        reset,
      })
    const problemsOf = async (format: string, reset: string): Promise<unknown[]> =>
      (await put(format, reset)).body.problems.map((one: { code: string; path: string }) => [
        one.code,
        one.path,
      ])
    expect(await problemsOf('N{MM}{000}', 'month')).toEqual([['contradiction', 'reset']])
    expect(await problemsOf('N{yyMM}{000}', 'day')).toEqual([['contradiction', 'reset']])
    expect(await problemsOf('N{yyMM}{000}', 'month')).toEqual([])
    expect(await problemsOf('N{yyMM}{000}', 'year')).toEqual([])
    expect(await problemsOf('N{000}', 'never')).toEqual([])
  })
})
