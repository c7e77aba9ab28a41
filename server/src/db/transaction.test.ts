import { setTimeout as delay } from 'node:timers/promises'

import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import { createDatabase, type TestDatabase } from '../../../tests/support/index.ts'
import { type Database, hasSqlState, type Transaction } from './index.ts'

let test: TestDatabase
let database: Database

beforeAll(async () => {
  test = await createDatabase({ template: 'empty' })
  database = test.database
  await database.execute('create table account (id int primary key, balance int not null)')
})

beforeEach(async () => {
  await database.execute('truncate account')
  await database.execute('insert into account values (1, 100), (2, 100)')
})

afterAll(() => test.drop())

async function balances(): Promise<number[]> {
  const rows = await database.query(
    sql<{ balance: number }>`select balance from account order by id`,
  )
  return rows.map(({ balance }) => balance)
}

const add = (transaction: Transaction, id: number, amount: number): Promise<number> =>
  transaction.execute(sql`update account set balance = balance + ${amount} where id = ${id}`)

/** Sets the first balance to the sum of both, as it stood when the transaction began. */
const grow = (): Promise<void> =>
  database.inTransaction(
    async (transaction) => {
      const [row] = await transaction.query(
        sql<{ sum: number }>`select sum(balance)::int as sum from account`,
      )
      await delay(20)
      await transaction.execute(sql`update account set balance = ${row?.sum ?? 0} where id = 1`)
    },
    { isolation: 'serializable' },
  )

describe('inTransaction', () => {
  it('commits what it returns from and rolls back what it throws from', async () => {
    expect(await database.inTransaction((transaction) => add(transaction, 1, 5))).toBe(1)
    const failing = database.inTransaction(async (transaction) => {
      await add(transaction, 1, 1000)
      throw new Error('changed my mind')
    })
    await expect(failing).rejects.toThrow('changed my mind')
    expect(await balances()).toEqual([105, 100])
  })

  it('runs the work again after a deadlock', async () => {
    let runs = 0
    const move = (from: number, to: number): Promise<void> =>
      database.inTransaction(async (transaction) => {
        runs += 1
        await add(transaction, from, -10)
        await delay(100)
        await add(transaction, to, 10)
      })
    await Promise.all([move(1, 2), move(2, 1)])
    expect(await balances()).toEqual([100, 100])
    expect(runs).toBeGreaterThan(2)
  })

  it('runs the work again after a serialization failure', async () => {
    await Promise.all([grow(), grow()])
    expect(await balances()).toEqual([300, 100])
  })

  it('gives up after six more attempts', async () => {
    let runs = 0
    const work = database.inTransaction(async (transaction) => {
      runs += 1
      await transaction.query(`do $$ begin raise exception 'again' using errcode = '40001'; end $$`)
    })
    await expect(work).rejects.toThrow('again')
    expect(runs).toBe(7)
  })

  it('does not report as saved what PostgreSQL rolled back', async () => {
    const work = database.inTransaction(async (transaction) => {
      await add(transaction, 1, 5)
      await transaction.query('select nothing').catch(() => undefined)
    })
    await expect(work).rejects.toThrow('column "nothing" does not exist')
    expect(await balances()).toEqual([100, 100])
  })

  it('names the first failure, not the statement that stumbled over it', async () => {
    const work = database.inTransaction(async (transaction) => {
      await transaction.query('select nothing').catch(() => undefined)
      await transaction.query('select 1')
    })
    await expect(work).rejects.toThrow('column "nothing" does not exist')
  })

  it('waits for a lock no longer than it may', async () => {
    const holding = database.inTransaction(async (holder) => {
      await add(holder, 1, 1)
      await delay(300)
    })
    await delay(50)
    const refused = await database
      .inTransaction((waiter) => add(waiter, 1, 1), { lockTimeoutMs: 50 })
      .catch((failure: unknown) => failure)
    expect(hasSqlState(refused, '55P03')).toBe(true)
    await holding
  })

  it('prepares what comes again, in a session that ends with it, where it is apart', async () => {
    const pid = await database.inTransaction(
      async (transaction) => {
        for (const n of [1, 2, 3]) await transaction.query(sql`select ${n}::int as n`)
        for (const n of [1, 2]) {
          const read = { text: 'select balance from account where id = $1', values: [n] }
          expect(await transaction.read(read)).toEqual([['100']])
        }
        const [row] = await transaction.query(
          sql<{ prepared: number; pid: number }>`
            select count(*)::int as prepared, pg_backend_pid() as pid from pg_prepared_statements`,
        )
        expect(row?.prepared).toBe(2)
        return row?.pid
      },
      { isApart: true },
    )
    const sessions = (): Promise<unknown[]> =>
      database.query(sql`select 1 from pg_stat_activity where pid = ${pid}`)
    await expect.poll(sessions).toEqual([])
  })

  it('writes nothing when it is read only', async () => {
    const work = database.inTransaction((transaction) => add(transaction, 1, 1), { readOnly: true })
    await expect(work).rejects.toThrow('read-only transaction')
  })

  it('refuses statements on the database while a transaction is open', async () => {
    const work = database.inTransaction(() => database.query('select 1'))
    await expect(work).rejects.toThrow('A transaction is open here')
  })

  it('refuses statements after its end', async () => {
    const kept = await database.inTransaction(async (transaction) => transaction)
    await expect(kept.query('select 1')).rejects.toThrow('The transaction has ended')
    await expect(database.query('select 1 as one')).resolves.toEqual([{ one: 1 }])
  })

  it('runs statements that are asked for at once one after another', async () => {
    const values = await database.inTransaction((transaction) =>
      Promise.all([1, 2, 3].map((value) => transaction.read({ text: `select ${value}` }))),
    )
    expect(values).toEqual([[['1']], [['2']], [['3']]])
  })
})

describe('savepoint', () => {
  it('undoes only the work that failed', async () => {
    await database.inTransaction(async (transaction) => {
      await add(transaction, 1, 1)
      const failing = transaction.savepoint(async () => {
        await add(transaction, 1, 1000)
        await transaction.query('insert into account values (1, 0)')
      })
      await expect(failing).rejects.toThrow('duplicate key')
      await transaction.savepoint(() => add(transaction, 2, 1))
    })
    expect(await balances()).toEqual([101, 101])
  })
})
