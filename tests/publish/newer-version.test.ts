import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { type Answer, createDatabase, LiveServer, type TestDatabase } from '../support/index.ts'
import { publishPieces, type Publisher, stagePieces } from '../support/publish.ts'

type Answered = Pick<Answer, 'status' | 'body' | 'text'>

let test: TestDatabase
let server: LiveServer

beforeAll(async () => {
  test = await createDatabase()
  server = await LiveServer.start(test.url)
})
afterAll(async () => {
  await server.stop()
  await test.drop()
})

async function send(method: string, path: string, body?: object): Promise<Answered> {
  const answer = await server.send(method, path, body)
  const text = await answer.text()
  return { status: answer.status, body: text === '' ? undefined : JSON.parse(text), text }
}

const admin: Publisher<Answered> = {
  post: (path, body) => send('POST', path, body),
  put: (path, body) => send('PUT', path, body),
}

const rule = (match: object): object => ({
  label: 'Same name',
  match: [match],
  on_create: 'block',
  on_update: 'block',
  message: 'It is there already',
})
const NAME = 'duplicate_rule/account.same_name__c'

describe('what a version of before has let pass', () => {
  it('stands: the server starts, works, and says what is to be changed', async () => {
    const published = await publishPieces(admin, {
      [NAME]: rule({ field: 'name', method: 'exact' }),
    })
    expect([published.status, published.text]).toEqual([200, expect.any(String)])
    await server.stop()
    // As it was stored when a rule could refuse on one of the two alone.
    const changed = await test.database.execute(
      `update main._component set definition = jsonb_set(definition, '{on_update}', '"warn"')
       where kind = 'duplicate_rule' and name = 'account.same_name__c'`,
    )
    expect(changed).toBe(1)
    server = await LiveServer.start(test.url)
    const made = await send('POST', '/api/v1/records/account', { name: 'New under the old rule' })
    expect([made.status, made.text]).toEqual([201, expect.any(String)])
    const label = { type: 'text', label: 'More' }
    const set = await stagePieces(admin, { 'field/account.more__c': label })
    const plan = await send('POST', `/api/v1/meta/changesets/${set}/plan`, {})
    expect(plan.body.problems).toMatchObject([
      { kind: 'duplicate_rule', name: 'account.same_name__c', code: 'no_unique_key' },
    ])
    const mended = await publishPieces(admin, {
      [NAME]: rule({ field: 'name', method: 'exact' }),
      'field/account.more__c': label,
    })
    expect([mended.status, mended.text]).toEqual([200, expect.any(String)])
  })
})
