import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { type Caller, ROOT_DIR, startTestServer, type TestServer } from '../support/index.ts'

const CONTACTS = '/api/v1/records/contact'
/** Every so many statements the process dies once. */
const STRIDES = { merge: 9, erase: 6 }

let server: TestServer
let admin: Caller
let account: string
beforeAll(async () => {
  server = await startTestServer()
  ;({ admin } = server)
  account = (await admin.post('/api/v1/records/account', { name: 'Kill Ltd.' })).body.id
})
afterAll(() => server.stop())

async function contact(name: string, mobile: string): Promise<string> {
  const made = await admin.post(`${CONTACTS}?allow_duplicates=true`, { name, mobile, account })
  expect(made.status, made.text).toBe(201)
  const changed = await admin.patch(`${CONTACTS}/${made.body.id}?allow_duplicates=true`, {
    title: 'Boss',
    email: `${name}@mail.example`.toLowerCase(),
  })
  expect(changed.status, changed.text).toBe(200)
  return made.body.id
}

/** What a merge or an erasure writes. */
async function dump(): Promise<string> {
  const tables = ['contact', 'follow_up', '_history', '_merge', '_share', '_audit', '_outbox']
  const parts = await Promise.all(
    tables.map(async (table) => {
      const rows = await server.test.database.query<{ row: string }>({
        text: `select t::text as row from main."${table}" as t order by 1`,
        values: [],
      })
      return [table, ...rows.map(({ row }) => row)].join('\n')
    }),
  )
  return parts.join('\n')
}

/** Dies at one statement after the other, until the work is done. @returns how often */
async function dieUntilDone(work: keyof typeof STRIDES, ...ids: string[]): Promise<number> {
  const before = await dump()
  for (let deaths = 0; ; deaths++) {
    const at = String(1 + deaths * STRIDES[work])
    const child = spawnSync(
      process.execPath,
      [
        join(ROOT_DIR, 'tests/scenarios/write-and-die.ts'),
        server.test.url,
        at,
        'contact',
        work,
        ...ids,
      ],
      { encoding: 'utf8' },
    )
    if (child.signal !== 'SIGKILL') {
      expect([child.stderr, child.status]).toEqual(['', 0])
      return deaths
    }
    expect(await dump()).toBe(before)
  }
}

describe('kill -9 in the middle', { timeout: 120_000 }, () => {
  it('of a merge leaves both records as they were, and it can simply be done again', async () => {
    const [kept, lost] = [
      await contact('Keeper', '13900000001'),
      await contact('Loser', '13900000002'),
    ]
    const noted = await admin.post('/api/v1/records/follow_up', {
      type: 'call',
      name: 'Call',
      content: 'We talked',
      account,
      contact: lost,
    })
    expect(noted.status, noted.text).toBe(201)
    expect(await dieUntilDone('merge', kept, lost)).toBeGreaterThan(2)
    expect((await admin.get(`${CONTACTS}/${lost}`)).status).toBe(308)
    const [moved] = (await admin.get(`/api/v1/records/follow_up?filter[contact]=${kept}`)).body
      .records
    expect(moved.id).toBe(noted.body.id)
  })

  it('of an erasure of personal data leaves all of them, and it can simply be done again', async () => {
    const id = await contact('Zhaoxx', '13900000003')
    expect(await dieUntilDone('erase', id)).toBeGreaterThan(1)
    expect((await admin.get(`${CONTACTS}/${id}`)).body).toMatchObject({ mobile: null, email: null })
    expect(await dump()).not.toMatch(/zhaoxx|13900000003/i)
  })
})
