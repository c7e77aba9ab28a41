import { join } from 'node:path'

import { type Database, loadTenants, migrate } from '../db/index.ts'
import { message, RequestError } from '../errors.ts'
import { openFileStore } from '../files/index.ts'
import { ensureAdministrator, type FirstAdministrator } from '../first-administrator.ts'
import { type Log, openTenant, type Platform } from '../installation.ts'
import { copyTenant } from './copy-tenant.ts'
import { addTenant, dropTenant, setHosts, unknownTenant } from './tenant-store.ts'

/** A tenant to be made. */
export interface NewTenant {
  name: string
  /** The tenant that it is a copy of; else it begins with the packages that came with this version. */
  from?: string | undefined
  /** The node that it lives on; else the platform's own database, or where the original of a copy lives. */
  node?: string | undefined
  /** The host names by which people reach it. */
  hosts?: readonly string[]
}

/**
 * Makes a tenant in a schema of its own: empty with the shipped packages and a first administrator, or as a copy of
 * another, in which the same people sign in. If that fails half-way, nothing of it is left.
 * @returns the first administrator; undefined for a copy, which has its people
 * @throws RequestError malformed · duplicate · not_found
 */
export async function createTenant(
  platform: Platform,
  asked: NewTenant,
  log: Log,
): Promise<FirstAdministrator | undefined> {
  const { name, from, hosts = [] } = asked
  const { home } = platform.nodes
  const node = await nodeFor(home, asked)
  const db = await platform.nodes.of(node)
  await addTenant(platform.nodes, { name, node })
  try {
    await setHosts(home, name, hosts)
    if (from === undefined) return await installIn(platform, name, log)
    const folder = join(platform.config.rootDir, 'migrations')
    await migrate(db, { folder, isNode: node !== null })
    await copyTenant(db, platform.fieldTypes, { from, to: name })
    await openFileStore(platform.config, name).copyFrom(from)
    return undefined
  } catch (error) {
    await removeTenant(platform, name)
    throw error
  }
}

async function nodeFor(
  home: Database,
  { from, node = null }: Pick<NewTenant, 'from'> & { node?: string | null | undefined },
): Promise<string | null> {
  if (from === undefined) return node
  const original = (await loadTenants(home)).find((tenant) => tenant.name === from)
  if (!original) throw unknownTenant(from)
  if (node === null || node === original.node) return original.node
  throw new RequestError('conflict', {
    detail: message(
      'A copy is made where the original lives; move it afterwards',
      '副本只能建在原租户所在的节点，请随后迁移',
    ),
  })
}

async function installIn(platform: Platform, name: string, log: Log): Promise<FirstAdministrator> {
  const { config, nodes } = platform
  const tenant = (await loadTenants(nodes.home)).find((one) => one.name === name)
  const node = tenant?.node ?? null
  const folder = join(config.rootDir, 'migrations')
  await migrate(await nodes.of(node), { folder, isNode: node !== null })
  const installation = await openTenant(platform, name, log, { beside: true })
  try {
    return await ensureAdministrator(installation, config)
  } finally {
    await installation.close()
  }
}

/** Drops a tenant with everything that it holds, its files too. @throws RequestError not_found · conflict */
export async function removeTenant(
  { nodes, config }: Pick<Platform, 'nodes' | 'config'>,
  name: string,
): Promise<void> {
  await dropTenant(nodes, name)
  await openFileStore(config, name).destroy()
}
