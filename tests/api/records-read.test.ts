import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { type Caller, startTestServer, type TestServer, type TestUser } from '../support/index.ts'

let server: TestServer
let admin: Caller
let rep: Caller
let repUser: TestUser
const made: Record<string, string> = {}

async function create(
  caller: Caller,
  object: string,
  key: string,
  values: Record<string, unknown>,
): Promise<string> {
  const answer = await caller.post(`/api/v1/records/${object}`, values)
  if (answer.status !== 201) throw new Error(answer.text)
  made[key] = answer.body.id
  return answer.body.id
}

const path = (object: string, key: string, rest = ''): string =>
  `/api/v1/records/${object}/${made[key]}${rest}`

beforeAll(async () => {
  server = await startTestServer()
  admin = server.admin
  repUser = await server.createUser({ sets: ['sales_rep'], name: '李雷' })
  rep = await server.signIn(repUser)
  const account = await create(rep, 'account', 'account', {
    name: '华为技术有限公司',
    phone: '0755-28780808',
    industry: 'electronics',
  })
  await create(admin, 'account', 'foreign', { name: '华星光电有限公司' })
  await create(rep, 'contact', 'contact', {
    name: '韩梅梅',
    account,
    mobile: '13800138000',
    is_primary: true,
  })
  await create(rep, 'opportunity', 'small', {
    name: 'MES 一期',
    account,
    amount: 1000.1,
    close_date: '2027-01-31',
    stage: 'needs_confirmed',
  })
  await create(rep, 'opportunity', 'large', {
    name: 'MES 二期',
    account,
    amount: 2000.2,
    close_date: '2027-02-28',
    stage: 'solution',
  })
  await create(rep, 'follow_up', 'visit', {
    name: '拜访',
    account,
    content: '聊了 MES 需求',
    type: 'visit',
    occurred_at: '2026-01-02T03:04:05Z',
  })
  const changed = await rep.patch(path('account', 'account'), {
    phone: '0755-11111111',
    industry: 'new_energy',
  })
  if (changed.status !== 200) throw new Error(changed.text)
})
afterAll(() => server?.stop())

describe('one record', () => {
  it('comes with its version, and not again to who has it', async () => {
    const answer = await rep.get(path('account', 'account'))
    expect(answer.status).toBe(200)
    expect(answer.headers['etag']).toBe('"2"')
    expect(answer.body).toMatchObject({
      name: '华为技术有限公司',
      phone: '0755-11111111',
      version: 2,
      owner: { id: repUser.id, name: '李雷' },
    })
    const known = rep.with({ 'if-none-match': 'W/"1", "2"' })
    const again = await known.get(path('account', 'account', '?select=name,phone'))
    expect([again.status, again.text]).toEqual([304, ''])
    // What is computed of other records changes without a new version.
    expect((await known.get(path('account', 'account'))).status).toBe(200)
    expect(
      (await rep.with({ 'if-none-match': '"1"' }).get(path('account', 'account'))).status,
    ).toBe(200)
    expect(
      (await rep.get(path('opportunity', 'small', '?select=amount,account.industry,account.owner')))
        .body,
    ).toEqual({
      id: made['small'],
      name: 'MES 一期',
      version: 1,
      amount: 1000.1,
      account: {
        id: made['account'],
        name: '华为技术有限公司',
        industry: 'new_energy',
        owner: { id: repUser.id, name: '李雷' },
      },
    })
  })

  it('is not there for who may not see it, in the same words as one that is not there at all', async () => {
    const strip = (text: string): string => text.replace(/"instance":"[^"]*"/, '')
    const missing = await rep.get('/api/v1/records/account/01900000-0000-7000-8000-000000000000')
    for (const rest of ['', '/overview', '/timeline', '/history', '/related/contacts']) {
      const foreign = await rep.get(path('account', 'foreign', rest))
      expect([rest, foreign.status, strip(foreign.text)]).toEqual([rest, 404, strip(missing.text)])
    }
    expect((await rep.get('/api/v1/records/account/5')).status).toBe(404)
    expect((await rep.get('/api/v1/records/acount/5')).status).toBe(404)
    expect((await server.stranger.get(path('account', 'account'))).status).toBe(401)
  })
})

describe('lists', () => {
  it('answer both ways alike, page by page', async () => {
    const get = await rep.get(
      '/api/v1/records/opportunity?filter[account.industry]=new_energy&sort=-amount&select=amount&limit=1&count=exact',
    )
    expect(get.body).toEqual({
      records: [{ id: made['large'], name: 'MES 二期', version: 1, amount: 2000.2 }],
      next_cursor: expect.any(String),
      count: 2,
    })
    const body = {
      where: { '==': [{ var: 'account.industry' }, 'new_energy'] },
      sort: [{ field: 'amount', direction: 'desc' }],
      select: ['amount'],
      limit: 1,
    }
    const post = await rep.post('/api/v1/records/opportunity/query', body)
    expect(post.body.records).toEqual(get.body.records)
    const next = await rep.post('/api/v1/records/opportunity/query', {
      ...body,
      cursor: post.body.next_cursor,
    })
    expect(next.body).toEqual({
      records: [{ id: made['small'], name: 'MES 一期', version: 1, amount: 1000.1 }],
      next_cursor: null,
    })
    const forged = await rep.post('/api/v1/records/opportunity/query', {
      ...body,
      limit: 2,
      cursor: 'x.y',
    })
    expect([forged.status, forged.body.code]).toEqual([400, 'invalid_cursor'])
  })

  it('refuse what they do not know, by name and all at once', async () => {
    const answer = await rep.get(
      '/api/v1/records/opportunity?filter[stge]=won&srot=name&select=amuont&limit=5000',
    )
    expect(answer.status).toBe(400)
    expect(answer.headers['content-type']).toContain('application/problem+json')
    expect(
      answer.body.errors.map((one: { path: string; code: string; suggestion?: string }) => [
        one.path,
        one.code,
        one.suggestion,
      ]),
    ).toEqual([
      ['filter[stge]', 'unknown_field', 'stage'],
      ['srot', 'unknown_parameter', 'sort'],
      ['select.0', 'unknown_field', 'amount'],
      ['limit', 'malformed', undefined],
    ])
    const body = await rep.post('/api/v1/records/opportunity/query', { selct: ['amount'] })
    expect([body.status, body.body.code, body.body.errors[0].suggestion]).toEqual([
      400,
      'unknown_parameter',
      'select',
    ])
    expect(
      (
        await rep.post('/api/v1/records/opportunity/query', {
          where: { '==': [{ var: 'amount' }, '5'] },
        })
      ).body.code,
    ).toBe('invalid_filter')
    expect((await rep.get('/api/v1/records/product?filter[cost][gt]=1')).body).toMatchObject({
      status: 400,
      code: 'unreadable_field',
    })
    expect((await rep.get('/api/v1/records/product?sort=cost')).body).toMatchObject({
      status: 400,
      code: 'unreadable_field',
    })
    expect((await rep.get('/api/v1/records/product?select=name,cost')).body).toMatchObject({
      status: 400,
      code: 'unreadable_field',
    })
    const zh = await rep
      .with({ 'accept-language': 'zh-CN' })
      .get('/api/v1/records/opportunity?srot=name')
    expect(zh.body.errors[0].message).toContain('未知的参数')
  })

  it('survive whatever is sent', async () => {
    let deep: unknown = true
    for (let depth = 0; depth < 25; depth++) deep = { '!': [deep] }
    const wheres: unknown[] = [
      deep,
      { or: Array.from({ length: 600 }, () => true) },
      { '==': [{ var: 'constructor' }, 1] },
      { '==': [{ var: '__proto__.x' }, 1] },
      5,
      'x',
      [],
      { '==': 1, '!=': 2 },
      { in: [{ var: 'name' }, [{}]] },
    ]
    for (const where of wheres) {
      const answer = await rep.post('/api/v1/records/opportunity/query', { where })
      expect([JSON.stringify(where).slice(0, 60), answer.status]).toEqual([
        JSON.stringify(where).slice(0, 60),
        400,
      ])
    }
    const urls = [
      '?where=%7B',
      '?where=null&cursor=%00',
      '?q=%00',
      '?q=%ff',
      '?filter[name]=%00',
      '?filter[]=1',
      '?filter[name][]=1',
      '?filter[name][eq][x]=1',
      '?limit=-1',
      '?limit=1e3',
      '?limit=',
      '?limit=1&limit=2',
      '?select=name&select=amount',
      `?select=${'account.'.repeat(9)}name`,
      '?filter[account]=5',
      '?filter[account.constructor]=1',
      '?count=all',
      '?view=',
      '?sort=-',
      '?cursor=..',
      '?cursor=a.b.c',
    ]
    for (const url of urls) {
      const answer = await rep.get(`/api/v1/records/opportunity${url}`)
      expect([url, answer.status]).toEqual([url, 400])
    }
    expect(
      (
        await rep.get(
          `/api/v1/records/opportunity?q=${encodeURIComponent('%_\\\'"; drop table x --')}`,
        )
      ).body,
    ).toEqual({ records: [], next_cursor: null })
    expect(
      (await rep.get(`/api/v1/records/opportunity?q=${encodeURIComponent('mes')}`)).body.records,
    ).toHaveLength(2)
  })

  it('of one record show what belongs to it', async () => {
    const answer = await rep.get(
      path(
        'account',
        'account',
        '/related/opportunities?sort=amount&select=amount&limit=1&filter[stage][ne]=won',
      ),
    )
    expect(answer.body).toEqual({
      records: [{ id: made['small'], name: 'MES 一期', version: 1, amount: 1000.1 }],
      next_cursor: expect.any(String),
    })
    expect((await rep.get(path('account', 'foreign', '/related/opportunities'))).status).toBe(404)
    expect((await admin.get(path('account', 'foreign', '/related/opportunities'))).body).toEqual({
      records: [],
      next_cursor: null,
    })
    expect((await rep.get(path('account', 'account', '/related/oportunities'))).status).toBe(404)
  })

  it('are grouped and measured', async () => {
    const answer = await rep.post('/api/v1/records/opportunity/aggregate', {
      group_by: ['account', { field: 'close_date', bucket: 'quarter' }],
      measures: [
        { fn: 'sum', field: 'amount', as: 'total' },
        { fn: 'count', as: 'n' },
      ],
    })
    expect(answer.body).toEqual({
      groups: [
        {
          account: { id: made['account'], name: '华为技术有限公司' },
          close_date: '2027-01-01',
          total: 3000.3,
          n: 2,
        },
      ],
      next_cursor: null,
      currency: 'CNY',
    })
    expect(
      (
        await rep.post('/api/v1/records/product/aggregate', {
          measures: [{ fn: 'max', field: 'cost', as: 'x' }],
        })
      ).body.code,
    ).toBe('unreadable_field')
    expect(
      (
        await rep.post('/api/v1/records/opportunity/aggregate', {
          measures: [{ fn: 'median', field: 'amount', as: 'x' }],
        })
      ).status,
    ).toBe(400)
    expect((await rep.post('/api/v1/records/opportunity/aggregate', {})).status).toBe(400)
  })
})

describe('around a record', () => {
  it('the overview shows the whole page in one answer', async () => {
    const { status, body } = await rep.get(path('account', 'account', '/overview'))
    expect(status).toBe(200)
    expect(body.record).toEqual((await rep.get(path('account', 'account'))).body)
    expect(body.facts.find((fact: { name: string }) => fact.name === 'open_opportunities')).toEqual(
      {
        name: 'open_opportunities',
        label: 'Open opportunities',
        value: 3000.3,
        type: 'currency',
        relationship: 'opportunities',
        tone: 'neutral',
      },
    )
    const list = body.related.find(
      (one: { relationship: string }) => one.relationship === 'opportunities',
    )
    expect(list).toMatchObject({
      label: 'Opportunities',
      object: 'opportunity',
      field: 'account',
      count: 2,
      next_cursor: null,
    })
    expect(list.records.map((record: { name: string }) => record.name).toSorted()).toEqual([
      'MES 一期',
      'MES 二期',
    ])
    expect(body.actions).toEqual(['edit', 'share'])
    expect(body.approvals).toEqual([])
    expect(
      body.timeline.map((entry: { type: string; title: string; text: string | null }) => [
        entry.type,
        entry.title,
        entry.text,
      ]),
    ).toEqual([
      ['field_changed', '华为技术有限公司', null],
      ['record_created', 'MES 二期', null],
      ['record_created', 'MES 一期', null],
      ['record_created', '韩梅梅', null],
      ['record_created', '华为技术有限公司', null],
      ['activity', '拜访', '聊了 MES 需求'],
    ])
    expect((await admin.get(path('account', 'account', '/overview'))).body.actions).toEqual([
      'edit',
      'delete',
      'transfer',
      'share',
    ])
  })

  it('a related list goes on where the overview ended', async () => {
    const account = await create(admin, 'account', 'busy', { name: 'Busy' })
    for (let n = 1; n <= 12; n++) {
      await create(admin, 'opportunity', `busy${n}`, {
        name: `O${n}`,
        account,
        amount: n,
        close_date: '2027-01-31',
        stage: 'needs_confirmed',
      })
    }
    const list = (await admin.get(path('account', 'busy', '/overview'))).body.related.find(
      (one: { relationship: string }) => one.relationship === 'opportunities',
    )
    expect(list.count).toBe(12)
    const names: string[] = list.records.map((record: { name: string }) => record.name)
    for (let cursor = list.next_cursor; cursor !== null;) {
      const page = await admin.get(
        path('account', 'busy', `/related/opportunities?limit=3&cursor=${cursor}`),
      )
      expect(page.status).toBe(200)
      names.push(...page.body.records.map((record: { name: string }) => record.name))
      cursor = page.body.next_cursor
    }
    expect(names).toHaveLength(12)
    expect(new Set(names).size).toBe(12)
  })

  it('the overview says what the caller may do, through an approval', async () => {
    const managerUser = await server.createUser({ sets: ['sales_manager'], name: '主管' })
    const set = 'update main."user" set manager = $1 where id = $2'
    await server.test.database.execute(set, [managerUser.id, repUser.id])
    const manager = await server.signIn(managerUser)
    const quote = (discount: number): Record<string, unknown> => ({
      account: made['account'],
      opportunity: made['small'],
      valid_until: '2099-12-31',
      discount_percent: discount,
    })
    await create(rep, 'quote', 'cheap', quote(5))
    await create(rep, 'quote', 'quote', quote(15))
    const overview = async (caller: Caller, key: string) =>
      (await caller.get(path('quote', key, '/overview'))).body
    expect((await overview(rep, 'cheap')).actions).toEqual(['edit', 'share'])
    expect((await overview(rep, 'quote')).actions).toEqual(['edit', 'submit', 'share'])
    const submitted = await rep.post('/api/v1/approvals', {
      object: 'quote',
      record: made['quote'],
    })
    expect(submitted.status).toBe(201)
    const { approvals, actions, timeline } = await overview(rep, 'quote')
    expect(approvals).toEqual([
      expect.objectContaining({
        id: submitted.body.id,
        process: 'quote_discount',
        status: 'pending',
        submitted_by: { id: repUser.id, name: '李雷' },
        waiting_for: submitted.body.waiting_for,
      }),
    ])
    expect(actions).toEqual([`recall:${submitted.body.id}`, 'share'])
    const titles = timeline
      .filter((entry: { type: string }) => entry.type === 'approval')
      .map((entry: { title: string }) => entry.title)
    expect(titles).toEqual(['Quote discount · submitted'])
    const item = submitted.body.waiting_for[0].work_item
    expect((await overview(manager, 'quote')).actions).toEqual([
      `approve:${item}`,
      `reject:${item}`,
      'share',
    ])
    const approved = await manager.post(`/api/v1/work-items/${item}/approve`, { comment: '同意' })
    expect(approved.status).toBe(200)
    const done = await overview(rep, 'quote')
    expect(done.approvals[0]).toMatchObject({
      status: 'approved',
      waiting_for: [],
      current_step: null,
    })
    expect(done.timeline.map((entry: { text: string | null }) => entry.text)).toContain('同意')
  })

  it('history tells who changed what, as far as the reader may see it', async () => {
    const { body } = await rep.get(path('account', 'account', '/history'))
    expect(body.next_cursor).toBeNull()
    expect(
      body.entries.map((entry: Record<string, unknown>) => [
        entry['action'],
        entry['field'],
        entry['old'],
        entry['new'],
        entry['cause'],
      ]),
    ).toEqual(
      expect.arrayContaining([
        ['updated', 'phone', '0755-28780808', '0755-11111111', 'user'],
        ['updated', 'industry', 'electronics', 'new_energy', 'user'],
        ['created', null, null, null, 'user'],
      ]),
    )
    expect(body.entries[0].by).toEqual({ id: repUser.id, name: '李雷' })
    await admin.patch(path('account', 'account'), { parent: made['foreign'] })
    const names = async (caller: Caller): Promise<unknown[]> =>
      (await caller.get(path('account', 'account', '/history?limit=1'))).body.entries.map(
        (entry: { new: unknown }) => entry.new,
      )
    expect(await names(admin)).toEqual([{ id: made['foreign'], name: '华星光电有限公司' }])
    expect(await names(rep)).toEqual([{ id: made['foreign'], name: null }])
    const first = await rep.get(path('account', 'account', '/history?limit=2'))
    const second = await rep.get(
      path('account', 'account', `/history?limit=2&cursor=${first.body.next_cursor}`),
    )
    expect(
      [...first.body.entries, ...second.body.entries].map((entry: { id: string }) => entry.id),
    ).toHaveLength(4)
    expect((await rep.get(path('account', 'account', '/history?limt=1'))).status).toBe(400)
  })

  it('the timeline goes on page by page', async () => {
    const whole = await rep.get(path('account', 'account', '/timeline'))
    expect(whole.body.entries.length).toBeGreaterThan(5)
    const seen: unknown[] = []
    for (let cursor = ''; ;) {
      const page = await rep.get(
        path('account', 'account', `/timeline?limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`),
      )
      expect(page.status).toBe(200)
      seen.push(...page.body.entries)
      if (page.body.next_cursor === null) break
      cursor = page.body.next_cursor
    }
    expect(seen).toEqual(whole.body.entries)
  })
})

describe('search', () => {
  it('finds records of all objects that the caller may see', async () => {
    const { body } = await rep.get(`/api/v1/search?q=${encodeURIComponent('华')}`)
    expect(body.groups).toEqual([
      {
        object: 'account',
        label: 'Accounts',
        records: [{ id: made['account'], name: '华为技术有限公司', detail: null }],
      },
    ])
    const all = await admin.get(`/api/v1/search?q=${encodeURIComponent('华')}`)
    expect(all.body.groups[0].records).toHaveLength(2)
    expect(
      (await rep.get(`/api/v1/search?q=MES&objects=contact,opportunity`)).body.groups[0].records,
    ).toHaveLength(2)
    expect((await rep.get(`/api/v1/search?q=${encodeURIComponent('%')}`)).body.groups).toEqual([])
    expect((await rep.get('/api/v1/search?q=x&objects=nothing')).status).toBe(404)
    expect((await rep.get('/api/v1/search')).status).toBe(400)
    expect((await rep.get('/api/v1/search?q=x&object=account')).status).toBe(400)
  })
})
