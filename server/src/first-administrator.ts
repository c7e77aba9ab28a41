import { sql } from 'kysely'
import { uuidv7 } from 'uuidv7'

import { checkPassword } from './access/check-password.ts'
import { makeOneTimePassword } from './access/passwords.ts'
import { createSignIn } from './access/sign-in.ts'
import { systemContext } from './access/system-context.ts'
import { type Config, ConfigError } from './config.ts'
import type { Installation } from './installation.ts'
import { performIn } from './records/perform.ts'

/** The first administrator: who they are, and the password if it was made here and is shown only now. */
export interface FirstAdministrator {
  userId: string
  email: string
  oneTimePassword?: string
}

const DEFAULT_EMAIL = 'admin@example.com'

/**
 * Makes the first administrator if there is no user yet; otherwise answers who came first.
 * @throws ConfigError if ADMIN_PASSWORD may not be chosen
 */
export async function ensureAdministrator(
  { db, currentModel }: Pick<Installation, 'db' | 'currentModel'>,
  config: Pick<Config, 'adminEmail' | 'adminPassword'>,
): Promise<FirstAdministrator> {
  const { release } = currentModel
  const users = release.physical.table('user')
  const [first] = await db.query<{ id: string; email: string }>(
    sql`select id, ${release.physical.column('user', 'email')} as email from ${users} order by id limit 1`,
  )
  if (first) return { userId: first.id, email: first.email }
  const userId = uuidv7()
  const email = config.adminEmail ?? DEFAULT_EMAIL
  const password = config.adminPassword ?? makeOneTimePassword()
  checkChosen(password, email)
  await db.inTransaction(async (tx) => {
    const context = { ...systemContext(db, release, userId, 'system'), tx }
    const values = {
      name: '系统管理员',
      email,
      permission_sets: ['admin'],
      owner: userId,
      active: true,
    }
    const [made] = await performIn(
      context,
      [{ op: 'create', object: 'user', id: userId, values, as: 'system' }],
      { atomic: true },
    )
    if (made && 'error' in made) throw made.error
    await createSignIn(tx, {
      email,
      password,
      userId,
      tenant: release.physical.names.schema,
      mustChange: config.adminPassword === undefined,
    })
  })
  return {
    userId,
    email,
    ...(config.adminPassword === undefined ? { oneTimePassword: password } : {}),
  }
}

function checkChosen(password: string, email: string): void {
  const failures = checkPassword(password, { path: 'ADMIN_PASSWORD', email })
  if (failures.length === 0) return
  throw new ConfigError(failures.map(({ message }) => `ADMIN_PASSWORD: ${message['en-US']}`))
}
