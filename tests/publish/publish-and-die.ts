/**
 * Publishes a change set, or goes on with the publish that is under way, and kills its own process with SIGKILL at the
 * n-th point, as a power cut would: before a statement of a transaction, before its commit, before, during and after
 * what no transaction holds. `node publish-and-die.ts <database url> <change set> <n> [<rows of a large
 * table> [<only>]]`: with `boundaries` as the last word not statements, but the moments before and after each commit are points. Exits 0
 * when it had fewer points.
 */
import { join } from 'node:path'

import { type Database, openDatabase, type Transaction } from '@trellis/server/db'

import { loadJobOfSet, publishChangeSet, runPublish } from '../../server/src/catalog/index.ts'
import { loadConfig } from '../../server/src/config.ts'
import { loadPlugins } from '../../server/src/plugin-host.ts'

const [url = '', changeSet = '', at = '0', largeFrom = '1000000000', only = ''] =
  process.argv.slice(2)
const config = loadConfig({ DATABASE_URL: url, LOG_LEVEL: 'silent' })
const db = await openDatabase(config)
let points = 0

/** Counts, and dies when it is time. */
function point(): void {
  points += 1
  if (points === Number(at)) process.kill(process.pid, 'SIGKILL')
}

function statement(): void {
  if (only !== 'boundaries') point()
}

function counting(tx: Transaction): Transaction {
  return {
    query: (...args) => {
      statement()
      return tx.query(...args)
    },
    execute: (...args) => {
      statement()
      return tx.execute(...args)
    },
    read: (read) => tx.read(read),
    savepoint: (work) => tx.savepoint(work),
    beforeCommit: (work) => tx.beforeCommit(work),
  }
}

const dying: Database = {
  query: (...args) => db.query(...args),
  execute: (...args) => db.execute(...args),
  executeAlone: async (...args) => {
    point()
    const dueToDie = setTimeout(point, 3)
    await db.executeAlone(...args)
    clearTimeout(dueToDie)
    point()
  },
  read: (read) => db.read(read),
  listen: (...args) => db.listen(...args),
  connections: () => db.connections(),
  close: () => db.close(),
  inTransaction: async (work, options) => {
    const done = await db.inTransaction(async (tx) => {
      const result = await work(counting(tx))
      point()
      return result
    }, options)
    if (only === 'boundaries') point()
    return done
  },
}

const { fieldTypes } = await loadPlugins(join(config.rootDir, 'plugins'))
const target = { db: dying, schema: 'main', fieldTypes, largeFrom: Number(largeFrom) }
const underWay = await loadJobOfSet(db, 'main', changeSet)
const order = { by: '00000000-0000-7000-8000-000000000000', now: new Date() }
const id = underWay?.id ?? (await publishChangeSet(target, changeSet, order)).underWay
if (id !== undefined) await runPublish(target, id)
await db.close()
