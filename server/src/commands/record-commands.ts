import { basename } from 'node:path'

import { sql } from 'kysely'

import { makeOneTimePassword } from '../access/passwords.ts'
import { createSignIn } from '../access/sign-in.ts'
import { systemContext } from '../access/system-context.ts'
import { ensureDemo } from '../ensure-demo.ts'
import { ensureAdministrator } from '../first-administrator.ts'
import { importFile } from '../imports/index.ts'
import type { Installation } from '../installation.ts'
import { performOne } from '../records/perform.ts'
import { pathOf, say, UsageError } from './command.ts'

/** Creates records from a file. */
export async function importRows(
  installation: Installation,
  [object, file]: readonly string[],
): Promise<number> {
  if (object === undefined) throw new UsageError()
  const path = pathOf(file)
  const { db, currentModel } = installation
  const admin = await ensureAdministrator(installation, installation.config)
  const context = systemContext(db, currentModel.release, admin.userId, 'import')
  const options = { path, fileName: basename(path), object, mode: 'create' as const }
  const job = await importFile(installation, context, options, {
    onProgress: (now) => say(`  ${now.processed} of ${now.total} rows`),
  })
  for (const note of job.notes) say(`  ${note}`)
  for (const one of job.errors) {
    say(`  row ${one.row}${one.column === null ? '' : `, ${one.column}`}: ${one.message}`)
  }
  say(`${job.created} created, ${job.updated} updated, ${job.failed} failed`)
  return job.failed === 0 ? 0 : 1
}

/** Makes a user who may sign in with a one-time password. */
export async function addUser(
  installation: Installation,
  [word, email, name, ...sets]: readonly string[],
): Promise<number> {
  if (word !== 'add' || email === undefined || name === undefined) throw new UsageError()
  const { db, currentModel } = installation
  const admin = await ensureAdministrator(installation, installation.config)
  const context = systemContext(db, currentModel.release, admin.userId, 'system')
  const values = { name, email, permission_sets: sets.length > 0 ? sets : null, active: true }
  const made = await performOne(context, { op: 'create', object: 'user', values, as: 'system' })
  const password = makeOneTimePassword()
  await createSignIn(db, {
    email,
    password,
    userId: made.id,
    tenant: installation.config.tenant,
    mustChange: true,
  })
  say(`${email} signs in with the one-time password ${password}`)
  return 0
}

/** Loads the demo data into an empty tenant. */
export async function demo(installation: Installation): Promise<number> {
  const admin = await ensureAdministrator(installation, installation.config)
  await ensureDemo(installation, admin.userId, say)
  const [row] = await installation.db.query<{ total: number }>(
    sql`select count(*)::int as total from ${installation.currentModel.release.physical.table('account')}`,
  )
  say(`${row?.total ?? 0} accounts`)
  return 0
}
