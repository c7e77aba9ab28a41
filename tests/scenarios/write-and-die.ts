/**
 * Merges two records, or erases the personal data of one, and kills its own process with SIGKILL at the n-th statement of
 * its transaction, or before its commit, as a power cut would: `node write-and-die.ts <database url> <n> <object> merge
 * <survivor> <merged>`, or `… erase <id>`. Exits 0 when it had fewer statements, which is then done.
 */
import { join } from 'node:path'

import { openDatabase } from '@trellis/server/db'

import { systemContext } from '../../server/src/access/system-context.ts'
import { CurrentModel } from '../../server/src/catalog/index.ts'
import { loadConfig } from '../../server/src/config.ts'
import { loadPlugins } from '../../server/src/plugin-host.ts'
import { erasePersonalData } from '../../server/src/records/erase-personal-data.ts'
import { mergeRecords } from '../../server/src/records/merge-records.ts'
import { dyingDatabase } from '../support/dying-database.ts'

const [url = '', at = '0', name = '', work = '', id = '', merged = ''] = process.argv.slice(2)
const NOBODY = '00000000-0000-7000-8000-000000000000'
const config = loadConfig({ DATABASE_URL: url, LOG_LEVEL: 'silent' })
const db = await openDatabase(config)
const dying = dyingDatabase(db, Number(at))

const { fieldTypes } = await loadPlugins(join(config.rootDir, 'plugins'))
const model = new CurrentModel(db, 'main', fieldTypes)
await model.refresh()
const object = model.release.model.objects.get(name)
if (!object) throw new Error(`There is no object ${name}`)
const context = systemContext(dying, model.release, NOBODY, 'user')
if (work === 'merge') {
  await mergeRecords(context, object, { survivor: { id }, merged: [{ id: merged }], fields: {} })
} else await erasePersonalData(context, object, { id })
await db.close()
