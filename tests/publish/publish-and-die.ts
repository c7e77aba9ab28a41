/**
 * Publishes a change set, or goes on with the publish that is under way, and kills its own process with SIGKILL at the
 * n-th point, as a power cut would: before a statement of a transaction, before its commit, before, during and after
 * what no transaction holds. `node publish-and-die.ts <database url> <change set> <n> [<rows of a large
 * table> [<only>]]`: with `boundaries` as the last word not statements, but the moments before and after each commit are points. Exits 0
 * when it had fewer points.
 */
import { join } from 'node:path'

import { openDatabase } from '@trellis/server/db'

import { loadJobOfSet, publishChangeSet, runPublish } from '../../server/src/catalog/index.ts'
import { loadConfig } from '../../server/src/config.ts'
import { loadPlugins } from '../../server/src/plugin-host.ts'
import { dyingDatabase } from '../support/dying-database.ts'

const [url = '', changeSet = '', at = '0', largeFrom = '1000000000', only = ''] =
  process.argv.slice(2)
const config = loadConfig({ DATABASE_URL: url, LOG_LEVEL: 'silent' })
const db = await openDatabase(config)
const dying = dyingDatabase(db, Number(at), only === 'boundaries' ? only : 'statements')

const { fieldTypes } = await loadPlugins(join(config.rootDir, 'plugins'))
const target = { db: dying, schema: 'main', fieldTypes, largeFrom: Number(largeFrom) }
const underWay = await loadJobOfSet(db, 'main', changeSet)
const order = { by: '00000000-0000-7000-8000-000000000000', now: new Date() }
const id = underWay?.id ?? (await publishChangeSet(target, changeSet, order)).underWay
if (id !== undefined) await runPublish(target, id)
await db.close()
