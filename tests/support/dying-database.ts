import type { Database, Transaction } from '@trellis/server/db'

/**
 * A database whose process kills itself with SIGKILL at the n-th point, as a power cut would: before a statement of a
 * transaction, before its commit, before, during and after what no transaction holds; or, of `boundaries`, only before
 * and after each commit and around what no transaction holds.
 */
export function dyingDatabase(
  db: Database,
  at: number,
  among: 'statements' | 'boundaries' = 'statements',
): Database {
  let points = 0
  const point = (): void => {
    points += 1
    if (points === at) process.kill(process.pid, 'SIGKILL')
  }
  const before = <Asked extends unknown[], Result>(ask: (...asked: Asked) => Result) => {
    return (...asked: Asked): Result => {
      if (among === 'statements') point()
      return ask(...asked)
    }
  }
  const counting = (tx: Transaction): Transaction => ({
    query: before((...asked: Parameters<Transaction['query']>) =>
      tx.query(...asked),
    ) as Transaction['query'],
    execute: before((...asked: Parameters<Transaction['execute']>) => tx.execute(...asked)),
    read: before((read: Parameters<Transaction['read']>[0]) => tx.read(read)),
    savepoint: (work) => tx.savepoint(work),
    beforeCommit: (work) => tx.beforeCommit(work),
  })
  return {
    query: (...asked) => db.query(...asked),
    execute: (...asked) => db.execute(...asked),
    executeAlone: async (...asked) => {
      point()
      const dueToDie = setTimeout(point, 3)
      await db.executeAlone(...asked)
      clearTimeout(dueToDie)
      point()
    },
    read: (read) => db.read(read),
    listen: (...asked) => db.listen(...asked),
    connections: () => db.connections(),
    close: () => db.close(),
    inTransaction: async (work, options) => {
      const done = await db.inTransaction(async (tx) => {
        const result = await work(counting(tx))
        point()
        return result
      }, options)
      if (among === 'boundaries') point()
      return done
    },
  }
}
