import { join } from 'node:path'

import { createValueSeal } from './access/value-seal.ts'
import {
  CurrentModel,
  installPackages,
  loadHead,
  type PublishTarget,
  readPackages,
} from './catalog/index.ts'
import { type Config, ConfigError } from './config.ts'
import {
  type Database,
  DataDirInUse,
  loadSealKeys,
  loadTenants,
  migrate,
  openDatabase,
  readSealKeys,
  runningDatabaseUrl,
} from './db/index.ts'
import { RequestError } from './errors.ts'
import { loadPlugins } from './plugin-host.ts'

/** The app packages that every installation has, in the order in which they build on each other. */
const PACKAGES = ['platform', 'crm'] as const

/** A tenant opened: its database migrated, its packages installed, its model in force. */
export interface Installation {
  config: Config
  db: Database
  target: PublishTarget
  currentModel: CurrentModel
  close(): Promise<void>
}

/** Tells the person at the terminal what is going on. */
export type Log = (line: string) => void

/** What an opening does besides opening. */
export interface OpenOptions {
  /** Take part in the data of a server that runs already, as commands do. */
  beside?: boolean
}

/**
 * Opens the database, migrates it, installs the packages that came with this version, and follows the model.
 * @throws whatever keeps the server from starting; the database is closed again
 */
export async function openInstallation(
  config: Config,
  log: Log,
  options: OpenOptions = {},
): Promise<Installation> {
  const plugins = await loadPlugins(join(config.rootDir, 'plugins'))
  const db = await openShared(config, log, options)
  try {
    await migrate(db, { folder: join(config.rootDir, 'migrations'), log })
    await requireTenant(db, config.tenant)
    const target: PublishTarget = {
      db,
      schema: config.tenant,
      fieldTypes: plugins.fieldTypes,
      largeFrom: config.largeTableRows,
    }
    // A command leaves the release in force as it is; only an empty tenant needs the packages first.
    const isEmpty = (await loadHead(db, target.schema)).release === 0
    if (isEmpty || options.beside !== true) await installShipped(target, config, log)
    await loadSealKeys(config.dataDir)
    const seal = createValueSeal(() => readSealKeys(config.dataDir))
    const currentModel = new CurrentModel(db, target.schema, target.fieldTypes, seal)
    await currentModel.start()
    return { config, db, target, currentModel, close: () => close(currentModel, db) }
  } catch (error) {
    await db.close()
    throw error
  }
}

async function requireTenant(db: Database, name: string): Promise<void> {
  if ((await loadTenants(db)).some((tenant) => tenant.name === name)) return
  throw new ConfigError([
    `TENANT must name a tenant that is there, not "${name}": npm run crm -- tenant create ${name}`,
  ])
}

async function openShared(
  config: Config,
  log: Log,
  { beside = false }: OpenOptions,
): Promise<Database> {
  try {
    return await openDatabase(config, { log })
  } catch (error) {
    const databaseUrl =
      beside && error instanceof DataDirInUse ? await runningDatabaseUrl(config.dataDir) : undefined
    if (databaseUrl === undefined) throw error
    return openDatabase({ ...config, databaseUrl, poolSize: 4 }, { log })
  }
}

async function close(currentModel: CurrentModel, db: Database): Promise<void> {
  await currentModel.stop()
  await db.close()
}

async function installShipped(target: PublishTarget, config: Config, log: Log): Promise<void> {
  const packages = await readPackages(
    PACKAGES.map((app) => ({ app, folder: join(config.rootDir, 'metadata', app) })),
  )
  const order = { by: null, now: new Date(), label: 'Trellis' }
  const done = await installPackages(target, packages, order).catch((error: unknown) => {
    // A publish that has halted waits for somebody, who needs a server to go on with it.
    if (!(error instanceof RequestError) || error.code !== 'conflict') throw error
    log(`The CRM app was not brought up to date: ${error.message}`)
    return undefined
  })
  if (!done) return
  const { release, changes, conflicts } = done
  if (changes.length > 0) {
    log(`Installed the CRM app: ${changes.length} components, release ${release}`)
    if (conflicts.length > 0) {
      log(
        `${conflicts.length} properties were changed here and there too: decide in the studio, under Packages`,
      )
    }
  }
}
