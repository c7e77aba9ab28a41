import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { type Caller, startTestServer, type TestServer } from '../support/index.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.stop())

/** An administrator whose record names a time zone. */
async function readerIn(timeZone: string): Promise<Caller> {
  const user = await server.createUser({ sets: ['admin'] })
  await server.test.database.execute('update main."user" set time_zone = $2 where id = $1', [
    user.id,
    timeZone,
  ])
  return server.signIn(user)
}

/** Calls whose answers depend on the reader's day. */
const READINGS: readonly (readonly [url: string, body?: object])[] = [
  ['/api/v1/records/account?filter[created_at]=today'],
  ['/api/v1/records/opportunity?view=closing_this_month'],
  [
    '/api/v1/records/account/aggregate',
    {
      group_by: [{ field: 'created_at', bucket: 'month' }],
      measures: [{ fn: 'count', as: 'accounts' }],
    },
  ],
]

describe('the time zone of a user', () => {
  it.each([
    ['America/New_York', 'America/New_York'],
    ['UTC', 'UTC'],
    ['+08:00', 'Asia/Shanghai'],
    ['UTC+8', 'Asia/Shanghai'],
    ['Nowhere/City', 'Asia/Shanghai'],
    ['', 'Asia/Shanghai'],
  ])('"%s" is read as %s, and relative dates hold in it', async (written, meant) => {
    const reader = await readerIn(written)
    expect((await reader.get('/api/v1/me')).body.time_zone).toBe(meant)
    for (const [url, body] of READINGS) {
      const answer = await (body === undefined ? reader.get(url) : reader.post(url, body))
      expect([url, answer.status, answer.text]).toEqual([url, 200, expect.anything()])
    }
  })
})
