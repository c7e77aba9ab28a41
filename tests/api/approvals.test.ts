import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import {
  type Answer,
  type Caller,
  startTestServer,
  type TestServer,
  type TestUser,
} from '../support/index.ts'

let server: TestServer
let rep: Caller
let repUser: TestUser
let manager: Caller
let managerUser: TestUser
let director: Caller
let directorUser: TestUser
let account: string
let opportunity: string

const QUOTE = '/api/v1/records/quote'

beforeAll(async () => {
  server = await startTestServer()
  managerUser = await server.createUser({ sets: ['sales_manager'], name: 'Manager' })
  directorUser = await server.createUser({ sets: ['sales_manager'], name: 'Director' })
  repUser = await server.createUser({ sets: ['sales_rep'], name: 'Rep' })
  await setUser(repUser.id, `manager = '${managerUser.id}'`)
  await setUser(managerUser.id, `manager = '${directorUser.id}'`)
  await setUser(directorUser.id, `role = 'sales_director'`)
  rep = await server.signIn(repUser)
  manager = await server.signIn(managerUser)
  director = await server.signIn(directorUser)
  ;({ account, opportunity } = await makeDeal(rep))
})
afterAll(() => server.stop())

function setUser(id: string, set: string): Promise<number> {
  return server.test.database.execute(`update main."user" set ${set} where id = $1`, [id])
}

async function makeDeal(seller: Caller): Promise<{ account: string; opportunity: string }> {
  const made = await seller.post('/api/v1/records/account', {
    name: `华云科技${Math.random()}有限公司`,
  })
  const deal = await seller.post('/api/v1/records/opportunity', {
    name: '一期',
    account: made.body.id,
    close_date: '2099-12-31',
    amount: 100000,
  })
  expect(deal.status).toBe(201)
  return { account: made.body.id, opportunity: deal.body.id }
}

async function makeQuote(discount: number): Promise<string> {
  const made = await rep.post(QUOTE, {
    opportunity,
    account,
    valid_until: '2099-12-31',
    discount_percent: discount,
  })
  expect(made.body).toMatchObject({ discount_percent: discount })
  return made.body.id
}

async function submit(discount: number): Promise<{ quote: string; approval: Answer['body'] }> {
  const quote = await makeQuote(discount)
  const answer = await rep.post('/api/v1/approvals', { object: 'quote', record: quote })
  expect(answer.status).toBe(201)
  return { quote, approval: answer.body }
}

async function entryOf(caller: Caller, box: string, id: string): Promise<Answer['body']> {
  const { body } = await caller.get(`/api/v1/approvals?box=${box}`)
  return body.approvals.find((one: { id: string }) => one.id === id)
}

const itemOf = (approval: Answer['body'], user: TestUser): string =>
  approval.waiting_for.find((one: { assignee: { id: string } }) => one.assignee.id === user.id)
    ?.work_item

describe('an approval', () => {
  it('asks the manager, locks the record on every path, and unlocks it when approved', async () => {
    const { quote, approval } = await submit(15)
    expect(approval).toMatchObject({
      status: 'pending',
      object: 'quote',
      process: 'quote_discount',
      waiting_for: [{ assignee: { id: managerUser.id, name: 'Manager' } }],
    })
    const locked = await rep.get(`${QUOTE}/${quote}`)
    expect(locked.body).toMatchObject({ locked: true, status: 'under_review' })

    const paths = [
      await rep.patch(`${QUOTE}/${quote}`, { discount_percent: 5 }),
      await server.admin.patch(`${QUOTE}/${quote}`, { discount_percent: 5 }),
      await server.admin.delete(`${QUOTE}/${quote}`),
      await rep.post(`/api/v1/records/quote_line`, {
        quote,
        product: await makeProduct(),
        quantity: 1,
        unit_price: 1,
      }),
    ]
    expect(paths.map((answer) => answer.status)).toEqual([423, 423, 423, 423])
    const batch = await server.admin.post(`${QUOTE}/batch`, {
      operations: [
        { op: 'update', id: quote, record: { discount_percent: 5 } },
        { op: 'delete', id: quote },
      ],
    })
    expect(batch.body.results.map((one: { status: number }) => one.status)).toEqual([423, 423])

    const inbox = await manager.get('/api/v1/approvals?box=to_do')
    expect(inbox.body.approvals).toContainEqual(
      expect.objectContaining({ id: approval.id, work_item: itemOf(approval, managerUser) }),
    )
    const decided = await manager.post(
      `/api/v1/work-items/${itemOf(approval, managerUser)}/approve`,
      { comment: '同意' },
    )
    expect(decided.body).toMatchObject({
      status: 'approved',
      history: [
        { act: 'submitted' },
        { act: 'approved', comment: '同意', by: { id: managerUser.id } },
      ],
    })
    expect((await rep.get(`${QUOTE}/${quote}`)).body).toMatchObject({
      locked: false,
      status: 'approved',
    })
    expect((await manager.get('/api/v1/approvals?box=done')).body.approvals[0]).toMatchObject({
      id: approval.id,
    })
    expect(
      (await rep.get('/api/v1/approvals?box=sent')).body.approvals.map(
        (one: { id: string }) => one.id,
      ),
    ).toContain(approval.id)
  })

  it('goes on to the director above 20 percent, and back to draft when rejected', async () => {
    const { quote, approval } = await submit(30)
    const next = await manager.post(
      `/api/v1/work-items/${itemOf(approval, managerUser)}/approve`,
      {},
    )
    expect(next.body).toMatchObject({
      status: 'pending',
      waiting_for: [{ assignee: { name: 'Director' } }],
    })
    const refused = await director.post(
      `/api/v1/work-items/${next.body.waiting_for[0].work_item}/reject`,
      { comment: '利润太低' },
    )
    expect(refused.body).toMatchObject({ status: 'rejected' })
    expect((await rep.get(`${QUOTE}/${quote}`)).body).toMatchObject({
      locked: false,
      status: 'draft',
    })
  })

  it('can be recalled by its submitter, and submitted again', async () => {
    const { quote, approval } = await submit(12)
    expect((await manager.post(`/api/v1/approvals/${approval.id}/recall`, {})).status).toBe(404)
    expect(
      (await rep.post(`/api/v1/approvals/${approval.id}/recall`, { comment: '改价' })).body,
    ).toMatchObject({ status: 'recalled' })
    expect((await rep.post(`/api/v1/approvals/${approval.id}/recall`, {})).status).toBe(409)
    expect(
      (await manager.post(`/api/v1/work-items/${itemOf(approval, managerUser)}/approve`, {}))
        .status,
    ).toBe(409)
    expect((await rep.post('/api/v1/approvals', { object: 'quote', record: quote })).status).toBe(
      201,
    )
  })

  it('does not begin where no process fits, where one runs, or for who may not see the record', async () => {
    const quote = await makeQuote(5)
    expect((await rep.post('/api/v1/approvals', { object: 'quote', record: quote })).status).toBe(
      409,
    )
    const running = await submit(15)
    expect(
      (await rep.post('/api/v1/approvals', { object: 'quote', record: running.quote })).status,
    ).toBe(409)
    const stranger = await server.signIn(await server.createUser({ sets: ['sales_rep'] }))
    expect(
      (await stranger.post('/api/v1/approvals', { object: 'quote', record: quote })).status,
    ).toBe(404)
    expect((await stranger.get(`/api/v1/approvals/${running.approval.id}`)).status).toBe(404)
    expect(
      (
        await stranger.post(
          `/api/v1/work-items/${itemOf(running.approval, managerUser)}/approve`,
          {},
        )
      ).status,
    ).toBe(404)
  })

  it('cannot be bypassed by setting its result by hand', async () => {
    const quote = await makeQuote(15)
    for (const status of ['under_review', 'approved', 'sent']) {
      const answer = await rep.patch(`${QUOTE}/${quote}`, { status })
      expect([status, answer.status, answer.body.errors?.[0]?.code]).toEqual([
        status,
        422,
        'rule_failed',
      ])
    }
  })

  it('cannot be bypassed by making a quote that has its result', async () => {
    for (const status of ['under_review', 'approved']) {
      for (const caller of [rep, server.admin]) {
        const answer = await caller.with({ 'accept-language': 'zh-CN' }).post(QUOTE, {
          opportunity,
          account,
          valid_until: '2099-12-31',
          status,
        })
        expect([answer.status, answer.body.errors]).toEqual([
          422,
          [
            {
              path: 'status',
              code: 'rule_failed',
              rule: 'approved_by_process',
              message: '该状态由审批流程设置，请提交审批',
            },
          ],
        ])
      }
    }
    const historian = await server.signIn(
      await server.createUser({ sets: ['sales_rep', 'data_migration'] }),
    )
    const loaded = await historian.post(QUOTE, {
      ...(await makeDeal(historian)),
      valid_until: '2099-12-31',
      status: 'approved',
    })
    expect(loaded.body).toMatchObject({ status: 'approved' })
  })

  it('holds for the discount that was approved, and for no higher one', async () => {
    const { quote, approval } = await submit(15)
    await manager.post(`/api/v1/work-items/${itemOf(approval, managerUser)}/approve`, {})
    const higher = await rep.patch(`${QUOTE}/${quote}`, { discount_percent: 50 })
    expect([higher.status, higher.body.errors?.[0]]).toMatchObject([
      422,
      { path: 'discount_percent', rule: 'approved_discount_stays' },
    ])
    for (const change of [{ discount_percent: 12 }, { status: 'draft', discount_percent: 50 }]) {
      expect((await rep.patch(`${QUOTE}/${quote}`, change)).status).toBe(200)
    }
  })

  it('says before it begins who would be asked', async () => {
    const quote = await makeQuote(30)
    const preview = await rep.post('/api/v1/approvals/preview', { object: 'quote', record: quote })
    expect(preview.body).toMatchObject({
      process: 'quote_discount',
      steps: [
        { approvers: [{ name: 'Manager' }] },
        { skipped: false, approvers: [{ name: 'Director' }] },
        { skipped: true, approvers: [] },
      ],
    })
    expect((await rep.get(`${QUOTE}/${quote}`)).body.locked).toBe(false)
  })

  it('lies in the inbox with what decides, as far as its reader may see the record', async () => {
    const quote = await makeQuote(5)
    for (const change of [
      { discount_percent: 8, valid_until: '2099-11-30', amount_before_discount: 1000 },
      { discount_percent: 15 },
      { valid_until: '2099-12-31', remark: '首单' },
    ]) {
      expect((await rep.patch(`${QUOTE}/${quote}`, change)).status).toBe(200)
    }
    const first = (await rep.post('/api/v1/approvals', { object: 'quote', record: quote })).body
    const changes = [{ field: 'discount_percent', label: 'Discount (%)', old: 5, new: 15 }]
    expect(first.changes).toEqual(changes)
    const found = await entryOf(manager, 'to_do', first.id)
    expect(found.highlights).toEqual({
      account: { id: account, name: expect.stringContaining('华云科技') },
      currency: 'CNY',
      opportunity: { id: opportunity, name: '一期' },
      grand_total: 850,
      discount_percent: 15,
      valid_until: '2099-12-31',
    })
    expect(found.changes).toEqual(changes)

    // The second time everything counts that happened since the decision, and nothing before.
    await manager.post(`/api/v1/work-items/${itemOf(first, managerUser)}/reject`, {
      comment: '折扣过高',
    })
    const again = { discount_percent: 12, payment_terms: '款到发货' }
    expect((await rep.patch(`${QUOTE}/${quote}`, again)).status).toBe(200)
    const second = (await rep.post('/api/v1/approvals', { object: 'quote', record: quote })).body
    const kept = second.changes.map(({ field, old, new: next }: Record<string, unknown>) => ({
      [String(field)]: [old, next],
    }))
    expect(kept).toEqual([
      { grand_total: [850, 880] },
      { discount_percent: [15, 12] },
      { payment_terms: [null, '款到发货'] },
    ])
    expect((await rep.get(`/api/v1/approvals/${first.id}`)).body.changes).toEqual(changes)
  })

  it('tells who is asked by whom and about what, and nothing else of a record that they may not see', async () => {
    const outsiderUser = await server.createUser({ sets: [], name: 'Outsider' })
    await setUser(repUser.id, `manager = '${outsiderUser.id}'`)
    try {
      const { quote, approval } = await submit(15)
      const outsider = await server.signIn(outsiderUser)
      expect((await outsider.get(`${QUOTE}/${quote}`)).status).toBe(403)
      const found = await entryOf(outsider, 'to_do', approval.id)
      expect(found).toMatchObject({
        record: { id: quote, name: expect.stringMatching(/^BJ/) },
        submitted_by: { id: repUser.id, name: 'Rep' },
        highlights: null,
        changes: [],
      })
      const detail = (await outsider.get(`/api/v1/approvals/${approval.id}`)).body
      expect(detail).toMatchObject({
        changes: [],
        work_items: [{ assignee: { name: 'Outsider' } }],
      })
    } finally {
      await setUser(repUser.id, `manager = '${managerUser.id}'`)
    }
  })

  it('tells which steps are to come, and which are not for this record', async () => {
    const states = async (discount: number): Promise<unknown> => {
      const { approval } = await submit(discount)
      return approval.steps.map(({ state }: { state: string }) => state)
    }
    expect(await states(15)).toEqual(['current', 'skipped', 'skipped'])
    expect(await states(30)).toEqual(['current', 'coming', 'skipped'])
    expect(await states(40)).toEqual(['current', 'coming', 'coming'])
  })

  it('is found page by page, each once, by cursors that are of one box', async () => {
    const all = (await manager.get('/api/v1/approvals?box=done')).body.approvals
    const ids = all.map(({ id }: { id: string }) => id)
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids.length).toBeGreaterThan(2)
    const paged: string[] = []
    let cursor = ''
    do {
      const page = await manager.get(`/api/v1/approvals?box=done&limit=2${cursor}`)
      expect(page.status).toBe(200)
      paged.push(...page.body.approvals.map(({ id }: { id: string }) => id))
      cursor = page.body.next_cursor === null ? '' : `&cursor=${page.body.next_cursor}`
      if (cursor !== '') {
        const other = await manager.get(`/api/v1/approvals?box=sent${cursor}`)
        expect([other.status, other.body.code]).toEqual([400, 'invalid_cursor'])
      }
    } while (cursor !== '')
    expect(paged).toEqual(ids)
  })

  it('lies once among the decided ones of a person who decided two of its steps', async () => {
    await setUser(repUser.id, `manager = '${directorUser.id}'`)
    try {
      const { approval } = await submit(30)
      let at = approval
      for (let step = 0; step < 2; step += 1) {
        at = (await director.post(`/api/v1/work-items/${itemOf(at, directorUser)}/approve`, {}))
          .body
      }
      expect(at.status).toBe('approved')
      const done = (await director.get('/api/v1/approvals?box=done')).body.approvals
      expect(done.filter(({ id }: { id: string }) => id === approval.id)).toHaveLength(1)
      expect(done[0].id).toBe(approval.id)
    } finally {
      await setUser(repUser.id, `manager = '${managerUser.id}'`)
    }
  })

  it('is refused when nobody is found, and nothing is left behind', async () => {
    await setUser(repUser.id, 'manager = null')
    await server.test.database.execute(
      `update main."user" set active = false where 'admin' = any(permission_sets)`,
    )
    try {
      const quote = await makeQuote(15)
      const answer = await rep.post('/api/v1/approvals', { object: 'quote', record: quote })
      expect(answer.status).toBe(409)
      expect((await rep.get(`${QUOTE}/${quote}`)).body).toMatchObject({
        locked: false,
        status: 'draft',
        version: 1,
      })
    } finally {
      await setUser(repUser.id, `manager = '${managerUser.id}'`)
      await server.test.database.execute(
        `update main."user" set active = true where 'admin' = any(permission_sets)`,
      )
    }
  })
})

async function makeProduct(): Promise<string> {
  const made = await server.admin.post('/api/v1/records/product', {
    name: `P${Math.random()}`,
    code: `C${Math.random()}`.slice(0, 20),
    standard_price: 1,
  })
  expect(made.status).toBe(201)
  return made.body.id
}
