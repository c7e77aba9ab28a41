import { setTimeout as delay } from 'node:timers/promises'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { startJobs, type Stop } from '../../server/src/jobs/start-jobs.ts'
import { type Answer, type Caller, startTestServer, type TestServer } from '../support/index.ts'
import { runTestImport } from '../support/index.ts'

let server: TestServer
let stopJobs: Stop
let admin: Caller
let rep: Caller
let account = ''
let foreign = ''
let opportunity = ''
const META = '/api/v1/meta'
const RECORDS = '/api/v1/records/note__c'

async function publish(
  ...puts: [kind: string, name: string, definition: object][]
): Promise<Answer> {
  const set = (await admin.post(`${META}/changesets`, { label: 'test' })).body.id
  for (const [kind, name, definition] of puts) {
    const put = await admin.put(`${META}/changesets/${set}/${kind}/${name}`, definition)
    if (put.status >= 400) return put
  }
  return admin.post(`${META}/changesets/${set}/publish`, {})
}

async function made(object: string, values: object, caller = admin): Promise<string> {
  const answer = await caller.post(`/api/v1/records/${object}`, values)
  if (answer.status !== 201) throw new Error(answer.text)
  return answer.body.id
}

const ABOUT = {
  type: 'polymorphic_lookup',
  label: { 'zh-CN': '相关对象', 'en-US': 'About' },
  targets: ['account', 'opportunity'],
  relationship: { name: 'notes__c', label: { 'zh-CN': '便签', 'en-US': 'Notes' } },
}

beforeAll(async () => {
  server = await startTestServer()
  stopJobs = await startJobs(server.foundation)
  admin = server.admin
  const published = await publish(
    ['object', 'note__c', { label: { 'zh-CN': '便签', 'en-US': 'Note' }, sharing: 'read_write' }],
    ['field', 'note__c.about__c', ABOUT],
    [
      'field',
      'note__c.team__c',
      {
        type: 'department',
        label: { 'zh-CN': '负责部门', 'en-US': 'Team' },
        relationship: { name: 'notes__c' },
      },
    ],
    [
      'permission_set',
      'notes__c',
      {
        label: 'Notes',
        objects: {
          note__c: { create: true, read: true, edit: true, delete: true, edit_scope: 'all' },
        },
      },
    ],
  )
  if (published.status !== 200) throw new Error(published.text)
  rep = await server.signIn(
    await server.createUser({ sets: ['sales_rep', 'notes__c'], name: '李雷' }),
  )
  account = await made(
    'account',
    { name: '华为技术有限公司', industry: 'electronics', city: '深圳' },
    rep,
  )
  foreign = await made('account', { name: '隐秘客户有限公司' })
  opportunity = await made(
    'opportunity',
    { name: 'MES 一期', account, amount: 1000, close_date: '2027-01-31', stage: 'needs_confirmed' },
    rep,
  )
})
afterAll(async () => {
  await stopJobs()
  await server.stop()
})

describe('a lookup of several objects', () => {
  it('is written with its object and read with it, and nothing else is taken', async () => {
    const answer = await rep.post(RECORDS, {
      name: '甲',
      about__c: { object: 'account', id: account },
    })
    expect(answer.body).toMatchObject({
      about__c: { id: account, name: '华为技术有限公司', object: 'account' },
    })
    expect(Object.keys(answer.body).filter((key) => key.includes('$'))).toEqual([])
    const named = await rep.post(RECORDS, {
      name: '乙',
      about__c: { object: 'opportunity', name: 'MES 一期' },
    })
    expect(named.body.about__c).toEqual({
      id: opportunity,
      name: 'MES 一期',
      object: 'opportunity',
    })
    for (const [value, code] of [
      [account, 'wrong_type'],
      [{ id: account }, 'wrong_type'],
      [{ object: 'contact', id: account }, 'unknown_reference'],
      [{ object: 'opportunity', id: account }, 'unknown_reference'],
      [{ object: 'account', id: 'x' }, 'not_an_id'],
      [7, 'wrong_type'],
      [[], 'wrong_type'],
    ] as const) {
      const refused = await rep.post(RECORDS, { name: '丙', about__c: value })
      expect([refused.status, refused.body.errors]).toMatchObject([
        422,
        [{ path: 'about__c', code }],
      ])
    }
    const part = await rep.post(RECORDS, { name: '丙', about__c$account: account })
    expect(part.body.errors).toMatchObject([{ code: 'unknown_field' }])
  })

  it('is selected, filtered and grouped by its object, its id and the fields of the other record', async () => {
    const read = async (query: string): Promise<string[]> => {
      const answer = await rep.get(`${RECORDS}?sort=name&${query}`)
      if (answer.status !== 200) throw new Error(answer.text)
      return answer.body.records.map(({ name }: { name: string }) => name)
    }
    expect(await read('filter[about__c.object]=account')).toEqual(['甲'])
    expect(await read('filter[about__c.object][in]=account,opportunity')).toEqual(
      ['乙', '甲'].toSorted(),
    )
    expect(await read(`filter[about__c.id]=${opportunity}`)).toEqual(['乙'])
    expect(await read(`filter[about__c]=${opportunity}`)).toEqual(['乙'])
    expect(await read('filter[about__c][is_null]=true')).toEqual([])
    expect(await read('filter[about__c.account.industry]=electronics')).toEqual(['甲'])
    expect(await read('filter[about__c.opportunity.account.industry]=electronics')).toEqual(['乙'])
    expect(await read(`filter[about__c.name]=${encodeURIComponent('MES 一期')}`)).toEqual(['乙'])
    const { body } = await rep.get(
      `${RECORDS}?sort=name&select=about__c.name,about__c.account.industry,about__c.opportunity.amount`,
    )
    expect(body.records.map((one: { about__c: unknown }) => one.about__c)).toEqual(
      expect.arrayContaining([
        { id: account, name: '华为技术有限公司', object: 'account', industry: 'electronics' },
        { id: opportunity, name: 'MES 一期', object: 'opportunity', amount: 1000 },
      ]),
    )
    const groups = await rep.post(`${RECORDS}/aggregate`, {
      group_by: ['about__c.object'],
      measures: [{ fn: 'count', as: 'n' }],
      sort: ['about__c.object'],
    })
    expect(groups.body.groups).toEqual([
      { 'about__c.object': 'account', n: 1 },
      { 'about__c.object': 'opportunity', n: 1 },
    ])
    for (const query of [
      'filter[about__c.contact.name]=x',
      'sort=about__c',
      'select=about__c.nothing',
    ]) {
      expect((await rep.get(`${RECORDS}?${query}`)).status).toBe(400)
    }
  })

  it('tells no name of a record that the caller may not see, and takes none', async () => {
    const id = await made('note__c', { name: '暗', about__c: { object: 'account', id: foreign } })
    const { body } = await rep.get(`${RECORDS}/${id}`)
    expect(body.about__c).toEqual({ id: foreign, name: null, object: 'account' })
    const shown = await rep.get(
      `${RECORDS}?filter[about__c.name]=${encodeURIComponent('隐秘客户有限公司')}`,
    )
    expect(shown.body.records).toEqual([])
    const refused = await rep.patch(`${RECORDS}/${id}`, {
      about__c: { object: 'account', id: foreign },
    })
    expect(refused.status).toBe(200)
    const other = await rep.post(RECORDS, {
      name: '丁',
      about__c: { object: 'account', id: foreign },
    })
    expect(other.body.errors).toMatchObject([{ path: 'about__c', code: 'unknown_reference' }])
    await admin.delete(`${RECORDS}/${id}`)
  })

  it('moves from one object to another in one line of history, and has a list at each', async () => {
    const id = await made('note__c', { name: '移', about__c: { object: 'account', id: account } })
    const moved = await admin.patch(`${RECORDS}/${id}`, {
      about__c: { object: 'opportunity', id: opportunity },
    })
    expect(moved.body.about__c).toMatchObject({ object: 'opportunity' })
    const history = await admin.get(`${RECORDS}/${id}/history`)
    expect(history.body.entries[0]).toMatchObject({
      field: 'about__c',
      old: { id: account, name: '华为技术有限公司', object: 'account' },
      new: { id: opportunity, name: 'MES 一期', object: 'opportunity' },
    })
    const names = async (object: string, record: string): Promise<string[]> => {
      const { body } = await rep.get(
        `/api/v1/records/${object}/${record}/related/notes__c?sort=name`,
      )
      return body.records.map(({ name }: { name: string }) => name)
    }
    expect(await names('account', account)).toEqual(['甲'])
    expect((await names('opportunity', opportunity)).toSorted()).toEqual(['乙', '移'].toSorted())
    const described = (await rep.get(`${META}/objects/account`)).body.relationships
    expect(described).toContainEqual(
      expect.objectContaining({ name: 'notes__c', object: 'note__c', field: 'about__c' }),
    )
    const field = (await rep.get(`${META}/objects/note__c`)).body.fields.find(
      ({ name }: { name: string }) => name === 'about__c',
    )
    expect(field).toMatchObject({ type: 'polymorphic_lookup', targets: ['account', 'opportunity'] })
  })

  it('leads to the survivor of a merge, live and in the bin', async () => {
    const kept = await made('account', { name: '并购存续有限公司' })
    const lost = await made('account', { name: '被并购有限公司' })
    const [live, binned] = await Promise.all(
      ['生', '死'].map((name) =>
        made('note__c', { name, about__c: { object: 'account', id: lost } }),
      ),
    )
    await admin.delete(`${RECORDS}/${binned}`)
    const merged = await admin.post(`/api/v1/records/account/${kept}/merge`, {
      merge: [{ id: lost }],
    })
    expect(merged.status, merged.text).toBe(200)
    await admin.post(`${RECORDS}/${binned}/restore`, {})
    for (const id of [live, binned]) {
      expect((await admin.get(`${RECORDS}/${id}`)).body.about__c).toMatchObject({
        object: 'account',
        id: kept,
      })
      const { entries } = (await admin.get(`${RECORDS}/${id}/history`)).body
      expect(entries).toContainEqual(
        expect.objectContaining({
          field: 'about__c',
          old: expect.objectContaining({ object: 'account' }),
          new: expect.objectContaining({ object: 'account', id: kept }),
        }),
      )
    }
  })

  it('is taken over in a merge, and told as it was before', async () => {
    const taken = await made('account', { name: '取值有限公司' })
    const about = { object: 'account', id: taken }
    const [kept, lost] = [
      await made('note__c', { name: '留' }),
      await made('note__c', { name: '并', about__c: about }),
    ]
    const before = new Date().toISOString()
    await delay(5)
    const merged = await admin.post(`${RECORDS}/${kept}/merge`, {
      merge: [{ id: lost }],
      fields: { about__c: lost },
    })
    expect(merged.body.about__c, merged.text).toMatchObject(about)
    const asOf = async (moment: string) =>
      (await admin.get(`${RECORDS}/${kept}/as-of?at=${moment}`)).body.record.about__c
    expect(await asOf(before)).toBeNull()
    expect(await asOf(new Date().toISOString())).toMatchObject(about)
    const after = new Date().toISOString()
    await delay(5)
    await admin.patch(`${RECORDS}/${kept}`, { about__c: null })
    expect(await asOf(after)).toMatchObject({ ...about, name: '取值有限公司' })
  })

  it('is emptied when its record goes, and every line of it is told', async () => {
    const gone = await made('account', { name: '将删客户' })
    const id = await made('note__c', { name: '空', about__c: { object: 'account', id: gone } })
    expect((await admin.delete(`/api/v1/records/account/${gone}`)).status).toBe(204)
    const { body } = await admin.get(`${RECORDS}/${id}`)
    expect(body).toMatchObject({ about__c: null, version: 2 })
    const history = await admin.get(`${RECORDS}/${id}/history`)
    expect(history.body.entries[0]).toMatchObject({
      field: 'about__c',
      old: { object: 'account' },
      new: null,
    })
    expect((await admin.post(`/api/v1/records/account/${gone}/restore`, {})).status).toBe(200)
  })

  it('is kept to one record by the database too', async () => {
    const id = await made('note__c', { name: '双', about__c: { object: 'account', id: account } })
    await expect(
      server.test.database.execute(
        'update main.note__c set about__c_opportunity = $1 where id = $2',
        [opportunity, id],
      ),
    ).rejects.toMatchObject({ message: expect.stringContaining('_one') })
    await admin.delete(`${RECORDS}/${id}`)
  })

  it('gives way to what was chosen since when an object is a target again', async () => {
    const [old, both] = [
      await made('note__c', { name: '旧', about__c: { object: 'opportunity', id: opportunity } }),
      await made('note__c', { name: '新', about__c: { object: 'opportunity', id: opportunity } }),
    ]
    const releases = (await admin.get(`${META}/releases`)).body.releases
    const fewer = { ...ABOUT, targets: ['account', 'contact'] }
    const published = await publish(['field', 'note__c.about__c', fewer])
    expect([published.status, published.text]).toMatchObject([200, expect.anything()])
    const about = { object: 'account', id: account }
    expect((await admin.patch(`${RECORDS}/${both}`, { about__c: about })).status).toBe(200)
    const back = await admin.post(`${META}/releases/${releases[0].release}/rollback`, {})
    expect([back.status, back.text]).toMatchObject([200, expect.anything()])
    expect((await admin.get(`${RECORDS}/${old}`)).body.about__c).toMatchObject({
      object: 'opportunity',
      id: opportunity,
    })
    expect((await admin.get(`${RECORDS}/${both}`)).body.about__c).toMatchObject(about)
    expect((await admin.get(`${META}/drift`)).body.drift).toEqual([])
    await Promise.all([old, both].map((id) => admin.delete(`${RECORDS}/${id}`)))
  })

  it('holds in rules and formulas', async () => {
    const answer = await publish(
      [
        'field',
        'note__c.size__c',
        {
          type: 'formula',
          label: 'Size',
          result: 'text',
          formula: 'IF(about__c.object = "opportunity", "deal", about__c.account.city)',
        },
      ],
      [
        'validation_rule',
        'note__c.open__c',
        {
          label: 'No won deals',
          error_if: { '==': [{ var: 'about__c.opportunity.stage' }, 'won'] },
          message: { 'zh-CN': '商机已赢单', 'en-US': 'The deal is won' },
        },
      ],
    )
    expect([answer.status, answer.text]).toMatchObject([200, expect.anything()])
    const { body } = await rep.get(`${RECORDS}?select=size__c&sort=-size__c`)
    expect(body.records.map((one: { size__c: string | null }) => one.size__c)).toContain('深圳')
    expect(body.records.map((one: { size__c: string | null }) => one.size__c)).toContain('deal')
  })

  it('is imported by the object and what names the record there, and taken back', async () => {
    const csv =
      '名称,相关对象\n一,account:华为技术有限公司\n二,opportunity:MES 一期\n三,contact:张\n四,华为技术有限公司\n'
    const job = await runTestImport(admin, csv, { object: 'note__c', mode: 'create' })
    expect(job).toMatchObject({ created: 2, failed: 2 })
    const { body } = await admin.get(
      `${RECORDS}?filter[name]=${encodeURIComponent('二')}&select=about__c`,
    )
    expect(body.records[0].about__c).toMatchObject({ id: opportunity })
  })
})

describe('a record to which a lookup of several objects leads', () => {
  const CLAIMS = '/api/v1/records/claim__c'
  beforeAll(async () => {
    const lookup = (on_delete: string): object => ({ ...ABOUT, on_delete, relationship: undefined })
    const published = await publish(
      ['object', 'claim__c', { label: { 'zh-CN': '索赔', 'en-US': 'Claim' } }],
      ['field', 'claim__c.holds__c', lookup('restrict')],
      ['field', 'claim__c.falls__c', lookup('cascade')],
      ['field', 'claim__c.lets_go__c', lookup('set_null')],
    )
    expect([published.status, published.text]).toMatchObject([200, expect.anything()])
  })

  it('is not deleted while one holds it, and tells by which field', async () => {
    const id = await made('account', { name: '被引用有限公司' })
    const about = { object: 'account', id }
    const claim = await made('claim__c', { name: '持', holds__c: about })
    const refused = await admin.delete(`/api/v1/records/account/${id}`)
    expect([refused.status, refused.body.code]).toEqual([409, 'in_use'])
    expect(refused.text).toContain('Claim')
    expect((await admin.get(`${CLAIMS}/${claim}`)).body.holds__c).toMatchObject(about)
    expect((await admin.delete(`${CLAIMS}/${claim}`)).status).toBe(204)
    expect((await admin.delete(`/api/v1/records/account/${id}`)).status).toBe(204)
    // What waited in the bin held nothing, and comes back without the record that went meanwhile.
    const restored = await admin.post(`${CLAIMS}/${claim}/restore`, {})
    expect([restored.status, restored.body.holds__c]).toEqual([200, null])
    expect((await admin.post(`/api/v1/records/account/${id}/restore`, {})).status).toBe(200)
  })

  it.each(['account', 'opportunity'])(
    'takes along into the bin what falls with it, and brings it back: %s',
    async (object) => {
      const values =
        object === 'account'
          ? { name: '带走有限公司' }
          : { name: '带走', account, amount: 1, close_date: '2027-01-31', stage: 'needs_confirmed' }
      const id = await made(object, values)
      const claim = await made('claim__c', { name: '随', falls__c: { object, id } })
      const single = await made('claim__c', { name: '先', falls__c: { object, id } })
      expect((await admin.delete(`${CLAIMS}/${single}`)).status).toBe(204)
      expect((await admin.delete(`/api/v1/records/${object}/${id}`)).status).toBe(204)
      expect((await admin.get(`${CLAIMS}/${claim}`)).status).toBe(404)
      expect((await admin.post(`/api/v1/records/${object}/${id}/restore`, {})).status).toBe(200)
      expect((await admin.get(`${CLAIMS}/${claim}`)).body.falls__c).toMatchObject({ object, id })
      // What was deleted by itself before stays where it is.
      expect((await admin.get(`${CLAIMS}/${single}`)).status).toBe(404)
    },
  )

  it('lets go of what only names it, for good, live and in the bin', async () => {
    const id = await made('account', { name: '放手有限公司' })
    const [live, binned] = await Promise.all(
      ['活', '亡'].map((name) => made('claim__c', { name, lets_go__c: { object: 'account', id } })),
    )
    expect((await admin.delete(`${CLAIMS}/${binned}`)).status).toBe(204)
    expect((await admin.delete(`/api/v1/records/account/${id}`)).status).toBe(204)
    expect((await admin.get(`${CLAIMS}/${live}`)).body.lets_go__c).toBeNull()
    const back = await admin.post(`${CLAIMS}/${binned}/restore`, {})
    expect([back.status, back.body.lets_go__c]).toEqual([200, null])
    expect((await admin.post(`/api/v1/records/account/${id}/restore`, {})).status).toBe(200)
    expect((await admin.get(`${CLAIMS}/${live}`)).body.lets_go__c).toBeNull()
  })
})

describe('a department field', () => {
  it('refers to a department of the house, and is filtered and selected like any reference', async () => {
    const team = await made('department', { name: '华东大区' })
    const id = await made('note__c', { name: '部门', team__c: { name: '华东大区' } }, admin)
    const { body } = await rep.get(`${RECORDS}/${id}?select=team__c.name`)
    expect(body.team__c).toEqual({ id: team, name: '华东大区' })
    const found = await rep.get(`${RECORDS}?filter[team__c]=${team}`)
    expect(found.body.records).toHaveLength(1)
    const listed = await rep.get(`/api/v1/records/department/${team}/related/notes__c`)
    expect(listed.body.records).toMatchObject([{ name: '部门' }])
  })
})
