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
let account: string
let opportunity: string

const QUOTE = '/api/v1/records/quote'

beforeAll(async () => {
  server = await startTestServer()
  managerUser = await server.createUser({ sets: ['sales_manager'], name: 'Manager' })
  const directorUser = await server.createUser({ sets: ['sales_manager'], name: 'Director' })
  repUser = await server.createUser({ sets: ['sales_rep'], name: 'Rep' })
  await setUser(repUser.id, `manager = '${managerUser.id}'`)
  await setUser(directorUser.id, `role = 'sales_director'`)
  rep = await server.signIn(repUser)
  manager = await server.signIn(managerUser)
  director = await server.signIn(directorUser)
  account = (await rep.post('/api/v1/records/account', { name: '华云科技有限公司' })).body.id
  const deal = await rep.post('/api/v1/records/opportunity', {
    name: '一期',
    account,
    close_date: '2099-12-31',
    amount: 100000,
  })
  expect(deal.status).toBe(201)
  opportunity = deal.body.id
})
afterAll(() => server.stop())

function setUser(id: string, set: string): Promise<number> {
  return server.test.database.execute(`update main."user" set ${set} where id = $1`, [id])
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
