import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { createApp } from '@trellis/server'
import type { Config } from '@trellis/server/config'
import type { Database } from '@trellis/server/db'

import { ApiKeys } from '../../server/src/access/api-keys.ts'
import { KeyRing } from '../../server/src/access/key-ring.ts'
import { CurrentModel, installPackages, readPackages } from '../../server/src/catalog/index.ts'
import type { ImportGround } from '../../server/src/imports/index.ts'
import { loadPlugins } from '../../server/src/plugin-host.ts'
import { ROOT_DIR } from '../support/test-config.ts'
import { type App, Caller } from '../support/test-server.ts'
import { componentsOf } from './components-of.ts'
import { rowsOf } from './rows-of.ts'
import type { Asker, World } from './world.ts'

/** A server whose only content is a world. */
export interface LoadedWorld {
  readonly world: World
  readonly app: App
  readonly database: Database
  /** What jobs need that are run here, as a worker would. */
  readonly jobs: ImportGround
  /** A caller for each asker, by the asker's place in the world. */
  readonly callers: readonly Caller[]
  stop(): Promise<void>
}

/** What every world stands on. */
const readPlatform = once(async () => {
  const { fieldTypes } = await loadPlugins(join(ROOT_DIR, 'plugins'))
  const folder = join(ROOT_DIR, 'metadata', 'platform')
  return { fieldTypes, platform: await readPackages([{ app: 'platform', folder }]) }
})

/** Publishes a world's metadata into a migrated database and writes its rows past the server. */
export async function loadWorld(
  world: World,
  { config, database }: { readonly config: Config; readonly database: Database },
): Promise<LoadedWorld> {
  const { fieldTypes, platform } = await readPlatform()
  const target = { db: database, schema: 'main', fieldTypes }
  const own = { app: 'world', components: componentsOf(world), problems: [] }
  const order = { by: null, now: new Date(), label: `World ${world.seed}` }
  await installPackages(target, [...platform, own], order)
  const tables = rowsOf(world)
  for (const [table, rows] of tables) await writeRows(database, table, rows)
  // PostgreSQL plans by what it knows of the tables; nothing else tells it here.
  const names = [...tables.keys()].map((table) => `main."${table}"`)
  await database.execute(`analyze ${names.join(', ')}`)
  await database.execute('update main._organization set version = version + 1')
  const currentModel = new CurrentModel(database, 'main', fieldTypes)
  await currentModel.start()
  const secrets = { cursorKey: secret('cursor'), sealKeys: new KeyRing([secret('cookie')]) }
  const dataDir = await mkdtemp(join(tmpdir(), 'trellis-world-'))
  await writeFiles(world, join(dataDir, 'files', config.tenant))
  const foundation = { config: { ...config, dataDir }, db: database, currentModel, target, secrets }
  const app = await createApp(foundation, { requestsPerMinute: 1_000_000, accountFactor: 1000 })
  await app.ready()
  const callers = await signIn(world.askers, app, database)
  const stop = async (): Promise<void> => {
    await app.close()
    await currentModel.stop()
    await rm(dataDir, { recursive: true, force: true })
  }
  return { world, app, database, jobs: { db: database, currentModel }, callers, stop }
}

/** Writes rows as they are; foreign keys are not asked, for a world may hold what a wrong hand left. */
export async function writeRows(
  database: Database,
  table: string,
  rows: readonly Readonly<Record<string, unknown>>[],
): Promise<void> {
  await database.inTransaction(async (transaction) => {
    await transaction.execute('set local session_replication_role = replica')
    await transaction.execute(
      `insert into main."${table}" select * from json_populate_recordset(null::main."${table}", $1)`,
      [JSON.stringify(rows)],
    )
  })
}

/** Writes the files of a world to where the server keeps files: by the end of their ids. */
async function writeFiles({ files }: World, folder: string): Promise<void> {
  await Promise.all(
    files.map(async ({ id, content }) => {
      const shard = join(folder, id.slice(-2))
      await mkdir(shard, { recursive: true })
      await writeFile(join(shard, id), content)
    }),
  )
}

async function signIn(askers: readonly Asker[], app: App, database: Database): Promise<Caller[]> {
  const keys = new ApiKeys(database, 'main')
  return Promise.all(
    askers.map(async ({ user: userId, within }) => {
      const asked = { label: 'oracle', tenant: 'main', userId, permissionSet: within }
      const { key } = await keys.create({ ...asked, expiresAt: null })
      return new Caller(app, { authorization: `Bearer ${key}`, 'accept-language': 'en-US' })
    }),
  )
}

function once<Answer>(work: () => Promise<Answer>): () => Promise<Answer> {
  let answer: Promise<Answer> | undefined
  return () => (answer ??= work())
}

function secret(name: string): Buffer {
  return createHash('sha256').update(`oracle ${name}`).digest()
}
