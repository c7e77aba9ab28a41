/**
 * Publishes a change set and kills its own process with SIGKILL just before the n-th statement of the publishing
 * transaction, as a power cut would. `node publish-and-die.ts <database url> <change set> <n>`; exits 0 when the
 * publish had fewer statements.
 */
import { join } from 'node:path'

import { type Database, openDatabase, type Transaction } from '@trellis/server/db'

import { publishChangeSet } from '../../server/src/catalog/index.ts'
import { loadConfig } from '../../server/src/config.ts'
import { loadPlugins } from '../../server/src/plugin-host.ts'

const [url = '', changeSet = '', at = '0'] = process.argv.slice(2)
const config = loadConfig({ DATABASE_URL: url, LOG_LEVEL: 'silent' })
const db = await openDatabase(config)
let statements = 0

/** Counts, and dies when it is time. */
function step(): void {
  statements += 1
  if (statements === Number(at)) process.kill(process.pid, 'SIGKILL')
}

function counting(tx: Transaction): Transaction {
  return {
    query: (...args) => {
      step()
      return tx.query(...args)
    },
    execute: (...args) => {
      step()
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
  read: (read) => db.read(read),
  listen: (...args) => db.listen(...args),
  connections: () => db.connections(),
  close: () => db.close(),
  inTransaction: (work, options) =>
    db.inTransaction(async (tx) => {
      const result = await work(counting(tx))
      step()
      return result
    }, options),
}

const { fieldTypes } = await loadPlugins(join(config.rootDir, 'plugins'))
await publishChangeSet({ db: dying, schema: 'main', fieldTypes }, changeSet, {
  by: '00000000-0000-7000-8000-000000000000',
  now: new Date(),
})
await db.close()
