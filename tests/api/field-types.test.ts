import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { startJobs } from '../../server/src/jobs/start-jobs.ts'
import {
  type Answer,
  type Caller,
  type Pieces,
  publishPieces,
  startTestServer,
  type TestServer,
} from '../support/index.ts'
import { sendImport, whenFinished } from '../support/upload.ts'

let server: TestServer
let admin: Caller

const META = '/api/v1/meta/changesets'
const PLACES = '/api/v1/records/place__c'

const SHANGHAI = {
  country: '中国',
  province: '上海市',
  city: '上海市',
  district: '浦东新区',
  street: '世纪大道 1 号 |"东塔"',
  postal_code: '200120',
}

beforeAll(async () => {
  server = await startTestServer({ requestsPerMinute: 1_000_000 })
  admin = server.admin
  const published = await publish({
    'object/place__c': { label: 'Place' },
    'field/place__c.opens__c': { type: 'time', label: 'Opens', index: true },
    'field/place__c.address__c': {
      type: 'address',
      label: { 'zh-CN': '地址', 'en-US': 'Address' },
    },
    'field/place__c.spot__c': { type: 'geolocation', label: 'Spot' },
    'field/place__c.terms__c': { type: 'rich_text', label: 'Terms', searchable: true },
    'field/place__c.data__c': { type: 'json', label: 'Data' },
    'field/place__c.secret__c': {
      type: 'encrypted_text',
      label: 'Secret',
      sensitive: 'bank_account',
    },
    'field/place__c.city__c': {
      type: 'formula',
      label: 'City',
      result: 'text',
      formula: 'address__c.city & " / " & LEFT(terms__c, 3)',
    },
    'validation_rule/place__c.no_mars': {
      error_if: { '==': [{ var: 'address__c.country' }, 'Mars'] },
      message: { 'zh-CN': '没有这样的国家', 'en-US': 'There is no such country' },
    },
    'permission_set/clerk__c': {
      label: 'Clerk',
      objects: {
        place__c: {
          create: true,
          read: true,
          edit: true,
          read_scope: 'all',
          fields: { secret__c: 'masked', address__c: 'none' },
        },
      },
    },
  })
  expect(published.status, published.text).toBe(200)
}, 120_000)
afterAll(() => server.stop())

const publish = (components: Pieces): Promise<Answer> => publishPieces(admin, components)

async function create(values: object): Promise<string> {
  const answer = await admin.post(PLACES, { name: 'x', ...values })
  expect(answer.status, answer.text).toBe(201)
  return String(answer.body.id)
}

async function names(query: string): Promise<unknown> {
  const answer = await admin.get(`${PLACES}?${query}`)
  expect(answer.status, answer.text).toBe(200)
  return (answer.body.records as { name: string }[]).map(({ name }) => name)
}

async function refused(values: object): Promise<string> {
  const answer = await admin.post(PLACES, { name: 'x', ...values })
  expect(answer.status, answer.text).toBe(422)
  return answer.body.errors
    .map((one: { path: string; code: string }) => `${one.path} ${one.code}`)
    .join(', ')
}

async function historyOf(id: string): Promise<unknown> {
  const { entries } = (await admin.get(`${PLACES}/${id}/history`)).body
  const [{ field, old, new: next }] = entries
  return { field, old, new: next }
}

describe('time', () => {
  it('is a time of day to the second, in order and in ranges', async () => {
    await create({ name: 'early', opens__c: '08:30:00' })
    await create({ name: 'late', opens__c: '17:00:15' })
    expect(await names('filter[opens__c][between]=08:00,09:00:00&sort=opens__c')).toEqual(['early'])
    expect(await names('filter[opens__c][gte]=08:30:00&sort=-opens__c')).toEqual(['late', 'early'])
    expect(await names('filter[opens__c]=17:00:15')).toEqual(['late'])
    expect((await admin.get(`${PLACES}?filter[opens__c][gt]=noon`)).status).toBe(400)
    expect(await refused({ opens__c: '24:00:00' })).toBe('opens__c not_a_time')
    expect(await refused({ opens__c: 830 })).toBe('opens__c wrong_type')
  })

  it('is grouped and measured', async () => {
    const answer = await admin.post(`${PLACES}/aggregate`, {
      measures: [{ fn: 'max', field: 'opens__c', as: 'last' }],
    })
    expect(answer.body.groups).toEqual([{ last: '17:00:15' }])
    const summed = await admin.post(`${PLACES}/aggregate`, {
      measures: [{ fn: 'sum', field: 'opens__c', as: 'all' }],
    })
    expect(summed.status).toBe(400)
  })
})

describe('address', () => {
  it('is filtered, sorted and grouped by its parts, also by formulas and rules', async () => {
    const id = await create({ name: 'tower', address__c: SHANGHAI, terms__c: '<p>Net 30</p>' })
    const record = (await admin.get(`${PLACES}/${id}`)).body
    expect([record.address__c, record.city__c]).toEqual([SHANGHAI, '上海市 / Net'])
    expect(await names(`filter[address__c.city]=${encodeURIComponent('上海市')}`)).toEqual([
      'tower',
    ])
    expect(await names('filter[address__c][is_null]=false&sort=-address__c.district')).toEqual([
      'tower',
    ])
    const where = encodeURIComponent(
      JSON.stringify({ is_blank: { var: 'address__c.postal_code' } }),
    )
    expect(await names(`where=${where}&sort=name`)).toEqual(['early', 'late'])
    const groups = await admin.post(`${PLACES}/aggregate`, {
      group_by: ['address__c.city'],
      measures: [{ fn: 'count', as: 'n' }],
    })
    expect(groups.body.groups).toContainEqual({ 'address__c.city': '上海市', n: 1 })
    const shown = await admin.get(`${PLACES}?select=address__c.city&filter[name]=tower`)
    expect(shown.body.records[0].address__c.city).toBe('上海市')
    expect(await refused({ address__c: { country: 'Mars' } })).toContain('rule_failed')
    expect(await refused({ address__c: { town: 'x' } })).toBe('address__c unknown_part')
    expect(await refused({ address__c: { city: 5 } })).toBe('address__c wrong_type')
  })

  it('changes as a whole, and not by the order of its keys', async () => {
    const id = await create({ address__c: SHANGHAI })
    const turned = Object.fromEntries(Object.entries(SHANGHAI).toReversed())
    const same = await admin.patch(`${PLACES}/${id}`, { address__c: turned })
    expect(same.body.version).toBe(1)
    await admin.patch(`${PLACES}/${id}`, { address__c: { city: '杭州' } })
    expect(await historyOf(id)).toEqual({
      field: 'address__c',
      old: SHANGHAI,
      new: { city: '杭州' },
    })
  })

  it('is kept from those who may not read it, in every part', async () => {
    const clerk = await server.signIn(await server.createUser({ sets: ['clerk__c'] }))
    for (const query of [
      'filter[address__c.city]=x',
      'sort=address__c.city',
      'select=address__c.city',
    ]) {
      const answer = await clerk.get(`${PLACES}?${query}`)
      expect(answer.status, answer.text).toBe(400)
    }
  })
})

describe('geolocation', () => {
  it('is a place within bounds', async () => {
    const id = await create({
      name: 'spot',
      spot__c: { latitude: 31.2396921, longitude: 121.499755 },
    })
    expect((await admin.get(`${PLACES}/${id}`)).body.spot__c).toEqual({
      latitude: 31.239692,
      longitude: 121.499755,
    })
    expect(
      await names('filter[spot__c.latitude][between]=31,32&filter[spot__c.longitude][gt]=121'),
    ).toEqual(['spot'])
    expect(await refused({ spot__c: { latitude: 91, longitude: 0 } })).toBe('spot__c out_of_range')
    expect(await refused({ spot__c: { latitude: 1 } })).toBe('spot__c missing_part')
  })

  it('is found by its distance from another', async () => {
    const at = (latitude: number, longitude: number) => ({ spot__c: { latitude, longitude } })
    await create({ name: 'bund', ...at(31.239692, 121.499755) })
    await create({ name: 'hangzhou', ...at(30.274085, 120.15507) })
    await create({ name: 'nowhere' })
    const near = async (asked: string): Promise<string[]> => {
      const found = await names(
        `filter[spot__c][within]=${asked}&filter[name][in]=bund,hangzhou,nowhere`,
      )
      return (found as string[]).toSorted()
    }
    expect(await near('31.230416,121.473701,5')).toEqual(['bund'])
    expect(await near('31.230416,121.473701,165')).toEqual(['bund', 'hangzhou'])
    expect(await near('31.230416,121.473701,0')).toEqual([])
    const { body } = await admin.post(`${PLACES}/query`, {
      select: ['name'],
      where: { '!': [{ within_km: [{ var: 'spot__c' }, 31.230416, 121.473701, 5] }] },
    })
    const found = body.records.map((one: { name: string }) => one.name)
    expect(found).toContain('hangzhou')
    expect(found).not.toContain('bund')
    expect(found).not.toContain('nowhere')
    for (const wrong of [
      '31,121',
      '91,121,5',
      '31,181,5',
      '31,121,-1',
      '31,121,5,6',
      'a,b,c',
      '',
    ]) {
      const answer = await admin.get(`${PLACES}?filter[spot__c][within]=${wrong}`)
      expect([wrong, answer.status, answer.body.code]).toEqual([wrong, 400, 'invalid_filter'])
    }
    const other = await admin.get(`${PLACES}?filter[address__c][within]=31,121,5`)
    expect(other.body.code).toBe('invalid_filter')
  })

  it('says which part of it is wrong', async () => {
    const said = async (value: unknown): Promise<string[]> => {
      const { body } = await admin
        .with({ 'accept-language': 'en' })
        .post(PLACES, { name: 'wrong', spot__c: value })
      return body.errors.map((one: { code: string; message: string }) => [one.code, one.message])
    }
    for (const [value, code, text] of [
      [{ latitude: 1 }, 'missing_part', 'The longitude is missing'],
      [{ longitude: 1 }, 'missing_part', 'The latitude is missing'],
      [
        { latitude: 121.5, longitude: 31 },
        'out_of_range',
        'The latitude must be from -90 to 90, not 121.5',
      ],
      [
        { latitude: 31, longitude: 181 },
        'out_of_range',
        'The longitude must be from -180 to 180, not 181',
      ],
      [{ latitude: 31, longitude: '1' }, 'wrong_type', 'Must be a number (longitude), not string'],
      [
        { latitude: 31, longitude: 1, height: 2 },
        'unknown_part',
        expect.stringContaining('height'),
      ],
      ['31.2', 'missing_part', 'The longitude is missing'],
      ['31.2, east', 'not_a_number', 'The longitude "east" is not degrees such as 31.239692'],
      ['north 121', 'not_a_number', 'The latitude "north" is not degrees such as 31.239692'],
      ['1, 2, 3', 'not_a_place', expect.stringContaining('more than latitude and longitude')],
      ['31.2, 121.5', 'wrong_type', expect.stringContaining('a place such as')],
    ] as const) {
      expect([value, await said(value)]).toEqual([value, [[code, text]]])
    }
  })
})

describe('rich_text', () => {
  it('keeps nothing that could run, load or disguise', async () => {
    const id = await create({
      terms__c:
        '<h1 style="color:red">Terms</h1><p onclick="x()">See <a href="javascript:alert(1)">this</a>, ' +
        '<a href="https://example.com/?a=1&b=2" target="_top">that</a><img src=x onerror=alert(1)>' +
        '<script>alert(1)</script><svg><a xlink:href="javascript:alert(1)">x</a></svg></p>',
    })
    expect((await admin.get(`${PLACES}/${id}`)).body.terms__c).toBe(
      '<h2>Terms</h2><p>See this, <a href="https://example.com/?a=1&amp;b=2">that</a>x</p>',
    )
    await admin.patch(`${PLACES}/${id}`, { terms__c: '<p><b></b></p>' })
    expect((await admin.get(`${PLACES}/${id}`)).body.terms__c).toBeNull()
  })

  it('is searched by its words', async () => {
    await create({ name: 'worded', terms__c: '<p>Pay &amp; <strong>col</strong>lect</p>' })
    expect(
      await names(`filter[terms__c][contains]=${encodeURIComponent('pay & collect')}`),
    ).toEqual(['worded'])
    expect(await names('filter[terms__c][contains]=strong')).toEqual([])
    expect(await names('q=strong')).toEqual([])
    expect(await names('q=collect')).toEqual(['worded'])
  })
})

describe('json', () => {
  it('is any JSON value, but for what cannot be kept', async () => {
    for (const value of [
      { b: [1, null, { c: 'd' }], id: '1', name: '2' },
      [],
      '',
      0,
      false,
      'x',
      1e21,
    ]) {
      const id = await create({ data__c: value })
      expect((await admin.get(`${PLACES}/${id}`)).body.data__c).toEqual(value)
    }
    expect(await refused({ data__c: 'x'.repeat(70_000) })).toBe('data__c too_long')
    expect((await admin.get(`${PLACES}?filter[data__c][eq]=1`)).status).toBe(400)
    expect((await admin.get(`${PLACES}?sort=data__c`)).status).toBe(400)
  })
})

describe('encrypted_text', () => {
  it('is sealed in the database, read by right, and told by no history', async () => {
    const id = await create({ name: 'sealed', secret__c: '6222021001112233' })
    const [row] = await server.test.database.query<{ text: string }>(
      `select row_to_json(t)::text as text from main.place__c as t where id = '${id}'`,
    )
    expect(row?.text).toContain('secret__c')
    expect(row?.text).not.toContain('6222')
    expect((await admin.get(`${PLACES}/${id}`)).body.secret__c).toBe('6222021001112233')
    const same = await admin.patch(`${PLACES}/${id}`, { secret__c: '6222021001112233' })
    expect(same.body.version).toBe(1)
    await admin.patch(`${PLACES}/${id}`, { secret__c: '1' })
    const masked = { masked: '****' }
    expect(await historyOf(id)).toEqual({ field: 'secret__c', old: masked, new: masked })
    const [{ text } = { text: '' }] = await server.test.database.query<{ text: string }>(
      `select string_agg(row_to_json(h)::text, '') as text from main._history as h where record = '${id}'`,
    )
    expect(text).not.toContain('6222')
  })

  it('is masked as any other, and asked for by nothing but whether it is there', async () => {
    const id = await create({ name: 'masked', secret__c: '6222021001112233' })
    const clerk = await server.signIn(await server.createUser({ sets: ['clerk__c'] }))
    expect((await clerk.get(`${PLACES}/${id}`)).body.secret__c).toEqual({ masked: '****2233' })
    expect(await names('filter[secret__c][is_null]=false&sort=name')).toEqual(['masked', 'sealed'])
    for (const query of [
      'filter[secret__c][eq]=1',
      'sort=secret__c',
      `where=${encodeURIComponent(JSON.stringify({ '==': [{ var: 'secret__c' }, '1'] }))}`,
      `where=${encodeURIComponent(JSON.stringify({ part: [{ var: 'secret__c' }, '1'] }))}`,
    ]) {
      expect((await admin.get(`${PLACES}?${query}`)).status, query).toBe(400)
    }
  })

  it('takes no key that would tell it', async () => {
    const set = (await admin.post(META, { label: 'x' })).body.id
    const put = async (definition: object): Promise<string> => {
      const answer = await admin.put(`${META}/${set}/field/place__c.bad__c`, definition)
      return JSON.stringify(answer.body)
    }
    expect(await put({ type: 'encrypted_text', label: 'x', unique: true })).toContain('unique')
    expect(await put({ type: 'encrypted_text', label: 'x', searchable: true })).toContain(
      'searchable',
    )
    expect(await put({ type: 'json', label: 'x', index: true })).toContain('index')
    const formula = { type: 'formula', label: 'x', result: 'text', formula: 'secret__c & "x"' }
    expect(await put(formula)).toContain('encrypted text')
  })
})

describe('an import of encrypted text', () => {
  /** Every table of the database as text; what is binary as the text that it may be. */
  async function everything(): Promise<string> {
    const tables = await server.test.database.query<{ name: string }>(
      `select format('%I.%I', schemaname, tablename) as name from pg_tables
       where schemaname not in ('pg_catalog', 'information_schema')`,
    )
    const texts = await Promise.all(
      tables.map(({ name }) =>
        server.test.database.query<{ text: string }>(
          `select coalesce(string_agg(t::text, ' '), '') as text from ${name} as t`,
        ),
      ),
    )
    return texts.map(([row]) => row?.text ?? '').join(' ')
  }

  async function isAnywhere(value: string): Promise<boolean> {
    const all = await everything()
    return all.includes(value) || all.includes(Buffer.from(value).toString('hex'))
  }

  it('leaves no value in the open, not while it waits, not in its report, not for its undoing', async () => {
    const long = `6222-${'9'.repeat(2000)}`
    const id = await create({ name: 'before', secret__c: 'was-7788' })
    const file = `id,name,secret__c\n${id},before,now-9900\n${id.replace(/^./, 'f')},lost,lost-1122\n${id},before,"${long}"`
    const asked = { object: 'place__c', mode: 'update', match_field: 'id' }
    const waiting = await sendImport(admin, file, asked)
    expect(waiting.status, waiting.text).toBe(202)
    expect(await isAnywhere('now-9900')).toBe(false)
    const stop = await startJobs(server.foundation)
    try {
      const job = await whenFinished(admin, waiting.body.id)
      expect([job.updated, job.failed]).toEqual([1, 2])
      expect((await admin.get(`${PLACES}/${id}`)).body.secret__c).toBe('now-9900')
      for (const value of ['was-7788', 'now-9900', 'lost-1122', '6222-9999']) {
        expect(await isAnywhere(value), value).toBe(false)
      }
      expect((await admin.get(`/api/v1/imports/${job.id}/errors`)).text).toContain('lost-1122')
      const other = await server.signIn(await server.createUser({ sets: ['admin'] }))
      const told = (await other.get(`/api/v1/imports/${job.id}/errors`)).text
      expect(told).toContain('lost,****')
      expect(told).not.toContain('lost-1122')
      await admin.post(`/api/v1/imports/${job.id}/undo`, {})
      await whenFinished(admin, job.id)
      expect((await admin.get(`${PLACES}/${id}`)).body.secret__c).toBe('was-7788')
      expect(await isAnywhere('was-7788')).toBe(false)
    } finally {
      await stop()
    }
  })
})

describe('an export', () => {
  it('is refused without the right, and by what may not be read', async () => {
    const clerk = await server.signIn(await server.createUser({ sets: ['clerk__c'] }))
    expect((await clerk.post('/api/v1/exports', { object: 'place__c' })).status).toBe(403)
    const odd = await admin.post('/api/v1/exports', { object: 'place__c', columns: ['nope'] })
    expect([odd.status, odd.body.errors[0].path]).toEqual([400, 'columns.0'])
  })

  it('is one file of all pages, in which no spreadsheet finds a formula', async () => {
    await create({ name: '=1+1' })
    const file = await admin.post('/api/v1/exports', {
      object: 'place__c',
      columns: ['name', 'opens__c', 'address__c', 'address__c.city'],
      where: { in: [{ var: 'name' }, ['=1+1', 'tower']] },
      sort: ['name'],
    })
    expect(file.text).toBe(
      `\uFEFFName,Opens,Address,Address · City\r\n'=1+1,,,\r\ntower,,"${JSON.stringify(SHANGHAI).replaceAll('"', '""')}",上海市\r\n`,
    )
  })
})
