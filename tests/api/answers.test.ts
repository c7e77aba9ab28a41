import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { startJobs, type Stop } from '../../server/src/jobs/start-jobs.ts'
import {
  type Answer,
  type Caller,
  sendImport,
  startTestServer,
  type TestServer,
  whenFinished,
} from '../support/index.ts'
import {
  type ApiDocument,
  type CompareAnswer,
  compareWith,
  loadApiDocument,
} from './api-document.ts'

let server: TestServer
let stopJobs: Stop
let document: ApiDocument
let compare: CompareAnswer
beforeAll(async () => {
  server = await startTestServer()
  stopJobs = await startJobs(server.foundation)
  document = await loadApiDocument(server.admin)
  compare = compareWith(document)
})
afterAll(async () => {
  await stopJobs()
  await server.stop()
})

/** Fails unless an answer is what the document says of this operation and status. */
function check(method: string, url: string, answer: Answer): Answer['body'] {
  expect(compare(method, url, answer)).toBeUndefined()
  return answer.body
}

/** A caller each of whose answers is compared; it gives their bodies. */
function checked(caller: Caller) {
  return {
    get: async (url: string) => check('get', url, await caller.get(url)),
    post: async (url: string, body?: unknown) => check('post', url, await caller.post(url, body)),
    put: async (url: string, body?: unknown) => check('put', url, await caller.put(url, body)),
    patch: async (url: string, body?: unknown) =>
      check('patch', url, await caller.patch(url, body)),
    delete: async (url: string) => check('delete', url, await caller.delete(url)),
  }
}

describe('what the routes answer is what the document says', () => {
  it('of every answer: it has a schema unless it has no body', () => {
    const bare = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.entries(item).flatMap(([method, { responses }]) =>
        Object.entries(responses)
          .filter(([status, { content }]) => /^20[0-3]$/.test(status) && content === undefined)
          .map(([status]) => `${method} ${path} ${status}`),
      ),
    )
    expect(bare).toEqual([])
  })

  it('for every object and every way of reading', async () => {
    const { admin } = server
    const account = await admin.post('/api/v1/records/account', { name: '北京示例有限公司' })
    const contact = { name: '韩梅梅', account: account.body.id, phone: '13800000000' }
    expect((await admin.post('/api/v1/records/contact', contact)).status).toBe(201)
    await admin.patch(`/api/v1/records/account/${account.body.id}`, { phone: '010-62770000' })
    const me = (await admin.get('/api/v1/me')).body.user.id
    // What some addresses cannot do without.
    const queries: Readonly<Record<string, string>> = {
      '/api/v1/search': '?q=示例',
      '/api/v1/meta/access': `?user=${me}&object=account`,
      '/api/v1/duplicate-searches': '?object=account',
      '/api/v1/records/account/{id}/as-of': `?at=${new Date().toISOString()}`,
    }
    const wrong = new Map<string, string | undefined>()
    let compared = 0
    for (const [path, { get }] of Object.entries(document.paths)) {
      const isJson = get?.responses['200']?.content?.['application/json'] !== undefined
      const url = path.replace('account/{id}', `account/${account.body.id}`)
      if (!isJson || url.includes('{')) continue
      const answer = await admin.get(`${url}${queries[path] ?? ''}`)
      const fault = compare('get', url, answer)
      if (fault !== undefined) wrong.set(url, fault)
      compared += 1
    }
    expect(Object.fromEntries(wrong)).toEqual({})
    expect(compared).toBeGreaterThan(25)
  })

  it('for every way of writing a record', async () => {
    const admin = checked(server.admin)
    const accounts = '/api/v1/records/account'
    const made = await admin.post(accounts, { name: '形状有限公司' })
    const known = Object.keys(document.components.schemas['account']?.properties ?? {})
    expect(Object.keys(made).filter((key) => !known.includes(key))).toEqual([])
    const own = `${accounts}/${made.id}`
    await admin.patch(own, { phone: '010-62770000' })
    await admin.post(`${own}/preview`, { credit_limit: 'much' })
    await admin.post(`${accounts}/preview`, {})
    await admin.post(`${accounts}/query`, { where: { '==': [{ var: 'name' }, '形状有限公司'] } })
    await admin.post(`${accounts}/aggregate`, {
      group_by: ['status', { field: 'created_at', bucket: 'month' }],
      measures: [{ fn: 'count', as: 'accounts' }],
    })
    await admin.post(`${accounts}/batch`, {
      operations: [
        { op: 'update', id: made.id, record: { phone: null } },
        { op: 'create', record: {} },
      ],
    })
    await admin.delete(own)
    await admin.post(`${own}/restore`)
  })

  it('for definitions, change sets, plans and releases', async () => {
    const admin = checked(server.admin)
    const [first] = (await admin.get('/api/v1/meta/validation_rule')).components
    await admin.get(`/api/v1/meta/validation_rule/${first.name}`)
    expect((await admin.get('/api/v1/meta/where-used/field/quote.status')).uses).not.toEqual([])
    await admin.get('/api/v1/meta/objects/account')

    const sets = '/api/v1/meta/changesets'
    const set = await admin.post(sets, { label: 'A field' })
    const own = `${sets}/${set.id}`
    await admin.put(`${own}/field/account.colour__c`, { type: 'text', label: 'Colour' })
    const faulty = await admin.put(`${own}/field/account.shade__c`, { type: 'txt', label: 'Shade' })
    expect(faulty.problems).not.toEqual([])
    await admin.get(own)
    expect((await admin.get(sets)).change_sets).toHaveLength(1)
    await admin.post(`${own}/plan`)
    await admin.delete(`${own}/field/account.shade__c?undo=1`)
    const ruled = { object: 'account', error_if: { is_blank: [{ var: 'colour__c' }] } }
    await admin.post(`${own}/check-rule`, ruled)
    const tried = { object: 'account', formula: '1 / credit_days', result: 'number' }
    await admin.post(`${own}/check-formula`, tried)
    const about = { ...ruled, error_if: { changed: ['name'] } }
    expect(await admin.post(`${own}/check-rule`, about)).toEqual({ count: null, samples: [] })
    expect((await admin.post(`${own}/plan`)).steps).not.toEqual([])
    await admin.post(`${own}/publish`)
    const next = await loadApiDocument(server.admin)
    expect(next.components.schemas['account']?.properties).toHaveProperty('colour__c')
    expect((await admin.get('/api/v1/meta/releases')).releases).toHaveLength(2)
    await admin.post('/api/v1/meta/releases/1/rollback')
    const unwanted = await admin.post(sets)
    await admin.delete(`${sets}/${unwanted.id}/validation_rule/${first.name}`)
    await admin.delete(`${sets}/${unwanted.id}`)
  })

  it('for users, keys and sessions', async () => {
    const admin = checked(server.admin)
    const key = await admin.post('/api/v1/api-keys', { label: 'Shapes' })
    await admin.get('/api/v1/api-keys')
    await admin.delete(`/api/v1/api-keys/${key.id}`)
    const { id, email, password } = await server.createUser({ sets: ['sales_rep'] })
    await checked(server.stranger).post('/api/v1/auth/login', { email, password })
    await admin.post(`/api/v1/users/${id}/sign-in`)
  })
})

const APPROVALS = '/api/v1/approvals'

describe('what the routes of approvals answer is what the document says', () => {
  let rep: Caller
  let manager: Caller
  beforeAll(async () => {
    const boss = await server.createUser({ sets: ['sales_manager'], name: 'Manager' })
    const user = await server.createUser({ sets: ['sales_rep'], name: 'Rep' })
    await server.test.database.execute('update main."user" set manager = $2 where id = $1', [
      user.id,
      boss.id,
    ])
    rep = await server.signIn(user)
    manager = await server.signIn(boss)
  })

  let quotes = 0
  async function makeQuote(): Promise<{ object: string; record: string }> {
    const seller = checked(rep)
    quotes += 1
    const name = `审批第${quotes}有限公司`
    const account = await seller.post('/api/v1/records/account', { name })
    const opportunity = await seller.post('/api/v1/records/opportunity', {
      name: '一期',
      account: account.id,
      close_date: '2099-12-31',
      amount: 100_000,
    })
    const quote = await seller.post('/api/v1/records/quote', {
      account: account.id,
      opportunity: opportunity.id,
      valid_until: '2099-12-31',
    })
    await seller.patch(`/api/v1/records/quote/${quote.id}`, { discount_percent: 15 })
    return { object: 'quote', record: quote.id }
  }

  it.each(['approve', 'reject'])('from the preview to %s, in every box', async (act) => {
    const submission = await makeQuote()
    const preview = await checked(rep).post(`${APPROVALS}/preview`, submission)
    expect(preview.steps[0].approvers).toHaveLength(1)
    const approval = await checked(rep).post(APPROVALS, submission)
    await checked(manager).get(`${APPROVALS}/${approval.id}`)
    const inbox = await checked(manager).get(`${APPROVALS}?box=to_do`)
    expect(inbox.approvals).toHaveLength(1)
    await checked(manager).get(`/api/v1/records/quote/${submission.record}/overview`)
    const [item] = approval.waiting_for
    const comment = { comment: '已阅' }
    const decided = await checked(manager).post(
      `/api/v1/work-items/${item.work_item}/${act}`,
      comment,
    )
    expect(decided.status).not.toBe('pending')
    for (const [caller, box] of [
      [manager, 'done'],
      [rep, 'sent'],
    ] as const) {
      expect((await checked(caller).get(`${APPROVALS}?box=${box}`)).approvals).not.toEqual([])
    }
  })

  it('when a submission is taken back', async () => {
    const approval = await checked(rep).post(APPROVALS, await makeQuote())
    const recalled = await checked(rep).post(`${APPROVALS}/${approval.id}/recall`)
    expect(recalled.status).toBe('recalled')
  })
})

const IMPORTS = '/api/v1/imports'

describe('what the routes of imports answer is what the document says', () => {
  it('from the file to the end and back', async () => {
    const csv = 'name,credit_limit\n甲有限公司,1\n乙有限公司,much\n'
    const sent = await sendImport(server.admin, csv, { object: 'account' })
    const { id } = check('post', IMPORTS, sent)
    expect(await whenFinished(server.admin, id)).toMatchObject({ created: 1, failed: 1 })
    const admin = checked(server.admin)
    expect((await admin.get(`${IMPORTS}/${id}`)).errors).toHaveLength(1)
    expect((await admin.get(IMPORTS)).imports).toHaveLength(1)
    await admin.get(`${IMPORTS}/${id}/errors`)
    expect(await admin.post(`${IMPORTS}/${id}/undo`)).toMatchObject({ status: 'undone' })
  })

  it('for a dry run', async () => {
    const fields = { object: 'account', dry_run: 'true', mapping: { Who: 'name' } }
    const sent = await sendImport(server.admin, 'Who\n丙有限公司\n', fields)
    const { id } = check('post', IMPORTS, sent)
    await whenFinished(server.admin, id)
    expect(await checked(server.admin).get(`${IMPORTS}/${id}`)).toMatchObject({ dry_run: true })
  })
})
