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
  Nodes,
  openDatabase,
  readSealKeys,
  runningDatabaseUrl,
  TenantDatabase,
  unknownNode,
} from './db/index.ts'
import { RequestError } from './errors.ts'
import { PackageTests } from './package-tests/index.ts'
import { loadPlugins } from './plugin-host.ts'

/** The app packages that every installation has, in the order in which they build on each other. */
const PACKAGES = ['platform', 'crm'] as const

/** Where all tenants are known, and the database servers that they live on. */
export interface Platform {
  readonly config: Config
  readonly nodes: Nodes
  readonly fieldTypes: PublishTarget['fieldTypes']
  close(): Promise<void>
}

/** A tenant opened: its database migrated, its packages installed, its model in force. */
export interface Installation {
  config: Config
  platform: Platform
  /** The database that the tenant lives in. */
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
 * Opens the platform's database and migrates it with the tenants in it; nodes follow when a tenant there is opened.
 * @throws whatever keeps the server from starting
 */
export async function openPlatform(
  config: Config,
  log: Log,
  options: OpenOptions = {},
): Promise<Platform> {
  const { fieldTypes } = await loadPlugins(join(config.rootDir, 'plugins'))
  const home = await openShared(config, log, options)
  const nodes = new Nodes(home, (node) => openNode(config, node, log))
  try {
    await migrate(home, { folder: join(config.rootDir, 'migrations'), log })
  } catch (error) {
    await nodes.close()
    throw error
  }
  return { config, nodes, fieldTypes, close: () => nodes.close() }
}

/** Opens a node and brings it, and the tenants that live there, up to date. */
async function openNode(config: Config, node: string, log: Log): Promise<Database> {
  const address = config.nodes[node]
  if (!address) throw unknownNode(node)
  const { url: databaseUrl, directUrl: databaseDirectUrl } = address
  const database = await openDatabase({ ...config, databaseUrl, databaseDirectUrl }, { log })
  try {
    const folder = join(config.rootDir, 'migrations')
    await migrate(database, { folder, log, isNode: true })
    return database
  } catch (error) {
    await database.close()
    throw error
  }
}

/**
 * Opens a tenant where it lives, installs the packages that came with this version, and follows its model.
 * @throws ConfigError if there is no such tenant
 */
export async function openTenant(
  platform: Platform,
  name: string,
  log: Log,
  options: OpenOptions = {},
): Promise<Installation> {
  const config = { ...platform.config, tenant: name }
  const db = await databaseOf(platform, name)
  const untested: PublishTarget = {
    db,
    schema: name,
    fieldTypes: platform.fieldTypes,
    largeFrom: config.largeTableRows,
  }
  // A command leaves the release in force as it is; only an empty tenant needs the packages first.
  const isEmpty = (await loadHead(db, untested.schema)).release === 0
  // What is shipped was tested before it was shipped, and no server stays down because of what a customer has changed.
  if (isEmpty || options.beside !== true) await installShipped(untested, { config, log, isEmpty })
  const target = { ...untested, testing: new PackageTests(untested) }
  await loadSealKeys(config.dataDir)
  const seal = createValueSeal(() => readSealKeys(config.dataDir))
  const currentModel = new CurrentModel(db, target.schema, target.fieldTypes, seal)
  await currentModel.start()
  const close = async (): Promise<void> => {
    await currentModel.stop()
    await db.close()
  }
  return { config, platform, db, target, currentModel, close }
}

async function databaseOf({ nodes }: Platform, name: string): Promise<Database> {
  const tenant = (await loadTenants(nodes.home)).find((one) => one.name === name)
  if (tenant) {
    const { node } = tenant
    return new TenantDatabase(nodes, { tenant: name, node, database: await nodes.of(node) })
  }
  throw new ConfigError([
    `TENANT must name a tenant that is there, not "${name}": npm run crm -- tenant create ${name}`,
  ])
}

/**
 * Opens the platform and the one tenant that the configuration names.
 * @throws whatever keeps the server from starting; the database is closed again
 */
export async function openInstallation(
  config: Config,
  log: Log,
  options: OpenOptions = {},
): Promise<Installation> {
  const platform = await openPlatform(config, log, options)
  try {
    const installation = await openTenant(platform, config.tenant, log, options)
    const close = async (): Promise<void> => {
      await installation.close()
      await platform.close()
    }
    return { ...installation, close }
  } catch (error) {
    await platform.close()
    throw error
  }
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

async function installShipped(
  target: PublishTarget,
  { config, log, isEmpty }: { config: Config; log: Log; isEmpty: boolean },
): Promise<void> {
  const packages = await readPackages(
    PACKAGES.map((app) => ({ app, folder: join(config.rootDir, 'metadata', app) })),
  )
  const order = { by: null, now: new Date(), label: 'Trellis' }
  const done = await installPackages(target, packages, order).catch((error: unknown) => {
    // Whoever is to go on with a publish that has halted, or to change what stands in the way, needs a server.
    if (isEmpty || !(error instanceof RequestError)) throw error
    log(`The CRM app was not brought up to date: ${error.message}`)
    for (const { path, message } of error.details.failures ?? []) {
      log(`  ${path}: ${message['en-US']}`)
    }
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
