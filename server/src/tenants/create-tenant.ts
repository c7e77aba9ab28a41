import { join } from 'node:path'

import type { Config } from '../config.ts'
import { migrate } from '../db/index.ts'
import { ensureAdministrator, type FirstAdministrator } from '../first-administrator.ts'
import { type Installation, type Log, openInstallation } from '../installation.ts'
import { copyTenant } from './copy-tenant.ts'
import { addTenant, dropTenant, hasTenant, unknownTenant } from './tenant-store.ts'

/** A tenant to be made. */
export interface NewTenant {
  name: string
  /** The tenant that it is a copy of; else it begins with the packages that came with this version. */
  from?: string | undefined
}

/**
 * Makes a tenant in a schema of its own: empty with the shipped packages and a first administrator, or as a copy of
 * another, in which the same people sign in. If that fails half-way, nothing of it is left.
 * @returns the first administrator; undefined for a copy, which has its people
 * @throws RequestError malformed · duplicate · not_found
 */
export async function createTenant(
  { db, config, target }: Pick<Installation, 'db' | 'config' | 'target'>,
  { name, from }: NewTenant,
  log: Log,
): Promise<FirstAdministrator | undefined> {
  if (from !== undefined && !(await hasTenant(db, from))) throw unknownTenant(from)
  await addTenant(db, name)
  try {
    if (from === undefined) return await installIn(config, name, log)
    await migrate(db, { folder: join(config.rootDir, 'migrations') })
    await copyTenant(db, target.fieldTypes, { from, to: name })
    return undefined
  } catch (error) {
    await dropTenant(db, name)
    throw error
  }
}

async function installIn(config: Config, tenant: string, log: Log): Promise<FirstAdministrator> {
  const installation = await openInstallation({ ...config, tenant }, log, { beside: true })
  try {
    return await ensureAdministrator(installation, config)
  } finally {
    await installation.close()
  }
}
