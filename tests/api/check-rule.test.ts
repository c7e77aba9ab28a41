import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { type Answer, startTestServer, type TestServer } from '../support/index.ts'

let server: TestServer
let checkRule: (condition: unknown) => Promise<Answer>
beforeAll(async () => {
  server = await startTestServer()
  for (const name of ['甲有限公司', '乙有限公司']) {
    await server.admin.post('/api/v1/records/account', { name, credit_limit: name.length })
  }
  const set = await server.admin.post('/api/v1/meta/changesets', { label: 'Rules' })
  const own = `/api/v1/meta/changesets/${set.body.id}`
  for (const [name, type] of [
    ['size_text__c', 'text'],
    ['visits__c', 'number'],
    ['visited_on__c', 'date'],
    ['is_key__c', 'checkbox'],
  ] as const) {
    const label = name
    expect((await server.admin.put(`${own}/field/account.${name}`, { type, label })).status).toBe(
      200,
    )
  }
  checkRule = (condition) =>
    server.admin.post(`${own}/check-rule`, { object: 'account', error_if: condition })
})
afterAll(() => server.stop())

describe('the check of a rule', () => {
  it.each([
    [{ is_blank: [{ var: 'phone' }] }, 2],
    [{ '>': [{ var: 'credit_limit' }, 1e6] }, 0],
    [{ is_blank: [{ var: 'size_text__c' }] }, 2],
    [{ '>': [{ var: 'visits__c' }, 3] }, 0],
    [{ '>': [{ '+': [{ var: 'visits__c' }, { var: 'credit_limit' }] }, 0.5] }, 0],
    [{ '<': [{ var: 'visited_on__c' }, { today: [] }] }, 0],
    [{ is_blank: [{ var: 'parent.visits__c' }] }, 2],
  ])('counts the records for which %j is true', async (condition, count) => {
    const answer = await checkRule(condition)
    expect([answer.status, answer.body]).toMatchObject([200, { count }])
  })

  it.each([
    [5],
    ['x'],
    [[]],
    [{}],
    [{ nope: [] }],
    [{ '==': [{ var: 'phone' }, 5], '>': [] }],
    [{ '==': [{ var: 'no_such_field' }, 'x'] }],
    [{ '==': [{ var: 'phone' }, null] }],
    [{ var: 'phone' }],
    [{ '+': [1, 2] }],
  ])('says where %j is wrong', async (condition) => {
    const answer = await checkRule(condition)
    expect([answer.status, answer.text]).toEqual([400, expect.anything()])
    const paths = answer.body.errors.map(({ path }: { path: string }) => path.split('.')[0])
    expect(new Set(paths)).toEqual(new Set(['error_if']))
  })
})
