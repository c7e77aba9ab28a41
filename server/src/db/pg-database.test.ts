import { setTimeout as delay } from 'node:timers/promises'

import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import { createDatabase, type TestDatabase } from '../../../tests/support/index.ts'
import { asJson, type Database, DatabaseUnavailable, hasSqlState, refusalOf } from './index.ts'

let test: TestDatabase
let database: Database

beforeAll(async () => {
  test = await createDatabase({ template: 'empty' })
  database = test.database
})

afterAll(() => test.drop())

const BACKENDS = sql`select pg_terminate_backend(pid) from pg_stat_activity
  where datname = current_database() and pid <> pg_backend_pid()`

describe('values', () => {
  it('loses no digit, no day and no hour', async () => {
    const [row] = await database.query(sql`
      select 42::int8 as count, 9007199254740993::int8 as large,
        12345678901234567890.50::numeric as amount,
        array[12345678901234567890.5, null]::numeric[] as amounts,
        date '2025-03-09' as day, array[date '2025-03-09'] as days,
        timestamptz '2026-11-21 16:00:00.12+08' as moment,
        array[timestamptz '2026-11-21 08:00:00Z'] as moments,
        timestamptz 'infinity' as never, time '08:30' as hour,
        interval '1 day 2 hours' as span, '{"a":[1,null]}'::jsonb as json, true as flag,
        array['a','b'] as words`)
    expect(row).toEqual({
      count: 42,
      large: '9007199254740993',
      amount: '12345678901234567890.50',
      amounts: ['12345678901234567890.5', null],
      day: '2025-03-09',
      days: ['2025-03-09'],
      moment: '2026-11-21T08:00:00.120Z',
      moments: ['2026-11-21T08:00:00.000Z'],
      never: 'infinity',
      hour: '08:30:00',
      span: 'P1DT2H',
      json: { a: [1, null] },
      flag: true,
      words: ['a', 'b'],
    })
  })

  it('binds JSON arrays as JSON', async () => {
    const rows = await database.query(
      sql`select ${asJson([])}::jsonb as a, ${asJson([1])}::jsonb as b`,
    )
    expect(rows).toEqual([{ a: [], b: [1] }])
  })

  it('runs every session in UTC with limits', async () => {
    const rows = await database.query(sql`select current_setting('TimeZone') as zone,
      current_setting('statement_timeout') as statement,
      current_setting('idle_in_transaction_session_timeout') as idle,
      current_setting('application_name') as name`)
    expect(rows).toEqual([{ zone: 'UTC', statement: '15s', idle: '30s', name: 'trellis' }])
  })

  it('counts the rows a statement touched', async () => {
    await database.execute('create table counted (id int)')
    expect(
      await database.execute(sql`insert into counted select generate_series(1, ${3}::int)`),
    ).toBe(3)
    expect(await database.execute('delete from counted where id > $1', [1])).toBe(2)
  })

  it('tells what PostgreSQL refused', async () => {
    await database.execute('create table refused (id int constraint one_only primary key)')
    await database.execute('insert into refused values (1)')
    const error = await database.execute('insert into refused values (1)').catch((e: unknown) => e)
    expect(refusalOf(error)).toMatchObject({
      code: '23505',
      constraint: 'one_only',
      table: 'refused',
    })
    expect(hasSqlState(error, '23503', '23505')).toBe(true)
    expect(refusalOf(new Error('other'))).toBeUndefined()
  })
})

describe('compiled reads', () => {
  const read = {
    name: 'compiled',
    text: 'select * from compiled where id >= $1 order by id',
    values: [1],
  }

  it('returns the text that PostgreSQL sent', async () => {
    const rows = await database.read({
      text: 'select 1::int8, null, 1.50, true, $1::text',
      values: ['x'],
    })
    expect(rows).toEqual([['1', null, '1.50', 't', 'x']])
  })

  it('survives a change of the table under a prepared statement', async () => {
    await database.execute('create table compiled (id int)')
    await database.execute('insert into compiled values (1)')
    const all = (): Promise<unknown> =>
      Promise.all(Array.from({ length: 6 }, () => database.read(read)))
    await all()
    await database.execute(`alter table compiled add column name text default 'new'`)
    expect(await all()).toEqual(Array.from({ length: 6 }, () => [['1', 'new']]))
    expect(await all()).toEqual(Array.from({ length: 6 }, () => [['1', 'new']]))
  })

  it('survives a column of another type under the same name', async () => {
    await database.execute('create table retyped (id int, size text)')
    const sized = { name: 'sized', text: 'select id from retyped where size = $1', values: ['7'] }
    const all = (): Promise<unknown> =>
      Promise.all(Array.from({ length: 6 }, () => database.read(sized)))
    await all()
    await database.execute('alter table retyped drop column size')
    await database.execute('alter table retyped add column size int default 7')
    await database.execute('insert into retyped values (1)')
    expect(await all()).toEqual(Array.from({ length: 6 }, () => [['1']]))
  })

  it('survives the loss of its prepared statements', async () => {
    await database.read(read)
    await Promise.all(Array.from({ length: 6 }, () => database.execute('deallocate all')))
    expect(await database.read(read)).toEqual([['1', 'new']])
  })

  it('keeps the number of prepared statements within bounds', async () => {
    for (let index = 0; index < 450; index += 1) {
      await database.read({ name: `many_${index}`, text: `select ${index}` })
    }
    const [row] = await database.read({ text: 'select count(*) from pg_prepared_statements' })
    expect(Number(row?.[0])).toBeLessThanOrEqual(200)
  })

  it('reports a wrong statement every time', async () => {
    const wrong = { name: 'wrong', text: 'select nothing' }
    await expect(database.read(wrong)).rejects.toThrow('column "nothing" does not exist')
    await expect(database.read(wrong)).rejects.toThrow('column "nothing" does not exist')
  })
})

describe('a lost database', () => {
  it('is reported as unavailable and heals by itself', async () => {
    const sleeping = database.query('select pg_sleep(20)').catch((error: unknown) => error)
    await delay(100)
    await database.query(BACKENDS)
    const error = await sleeping
    expect(error).toBeInstanceOf(DatabaseUnavailable)
    expect(error).toMatchObject({
      code: 'database_unavailable',
      statusCode: 503,
      retryAfterSeconds: 2,
    })
    // All of them: the pool learns of each lost session by itself.
    await vi.waitFor(async () => {
      const answers = Array.from({ length: 12 }, () => database.query('select 1 as one'))
      expect(await Promise.all(answers)).toHaveLength(12)
    })
  })

  it('ends a transaction with the same error, and gives no broken connection back', async () => {
    const work = database.inTransaction(async (transaction) => {
      await transaction
        .query('select pg_terminate_backend(pg_backend_pid())')
        .catch(() => undefined)
      await transaction.query('select 1')
    })
    await expect(work).rejects.toBeInstanceOf(DatabaseUnavailable)
    const answers = Array.from({ length: 12 }, () => database.query('select 1 as one'))
    expect(await Promise.all(answers)).toHaveLength(12)
  })

  it('leaves errors of other origin alone', async () => {
    const work = database.inTransaction(async () => {
      throw Object.assign(new Error('connect ECONNREFUSED'), {
        code: 'ECONNREFUSED',
        syscall: 'connect',
      })
    })
    await expect(work).rejects.not.toBeInstanceOf(DatabaseUnavailable)
  })
})
