import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import { createDatabase, type TestDatabase } from '../../../tests/support/index.ts'

let test: TestDatabase

beforeAll(async () => {
  test = await createDatabase({ template: 'empty' })
})

afterAll(() => test.drop())

const notify = (payload: string): Promise<number> =>
  test.database.execute(sql`select pg_notify('News', ${payload})`)

describe('listen', () => {
  it('hears what is notified until it is taken back', async () => {
    const heard: string[] = []
    const other: string[] = []
    const unlisten = await test.database.listen(
      'News',
      (payload) => heard.push(payload),
      () => undefined,
    )
    const unlistenOther = await test.database.listen(
      'News',
      (payload) => other.push(payload),
      () => undefined,
    )
    await notify('first')
    await vi.waitFor(() => expect([heard, other]).toEqual([['first'], ['first']]))
    await unlisten()
    await notify('second')
    await vi.waitFor(() => expect(other).toEqual(['first', 'second']))
    expect(heard).toEqual(['first'])
    await unlistenOther()
  })

  it('comes back after its connection was lost, and says so', async () => {
    const heard: string[] = []
    let reconnections = 0
    const unlisten = await test.database.listen(
      'News',
      (payload) => heard.push(payload),
      () => {
        reconnections += 1
      },
    )
    await test.database.query(sql`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and query ilike 'listen%'`)
    await vi.waitFor(() => expect(reconnections).toBe(1), { timeout: 5000 })
    await notify('after')
    await vi.waitFor(() => expect(heard).toEqual(['after']))
    await unlisten()
  })
})
