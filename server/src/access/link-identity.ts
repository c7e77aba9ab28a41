import { sql } from 'kysely'

import type { Database, Queryable } from '../db/index.ts'
import type { Release } from '../schema/release.ts'
import type { Actor } from './actor.ts'
import type { ProvenIdentity } from './identity-provider.ts'
import { loadActor } from './load-actor.ts'
import type { UserOf } from './sign-in.ts'

/** Who somebody at a provider is, and the tenant that they want to enter. */
export type ArrivedIdentity = ProvenIdentity & Pick<UserOf, 'tenant'>

/**
 * The active user who somebody at a provider is: the one linked to their name there, or else, for good, the only one
 * with their verified address who is not linked to another name. Nobody is made a user by signing in elsewhere.
 */
export async function linkIdentity(
  db: Database,
  release: Release,
  identity: ArrivedIdentity,
): Promise<Actor | undefined> {
  const known = await findLinked(db, identity)
  if (known) return loadActor(db, release, { ...known, by: 'system' })
  const user = await findByAddress(db, release, identity)
  const actor = user && (await loadActor(db, release, { ...user, by: 'system' }))
  return actor && (await link(db, identity, actor)) ? actor : undefined
}

async function findLinked(
  db: Queryable,
  { issuer, subject, tenant }: ArrivedIdentity,
): Promise<UserOf | undefined> {
  const [row] = await db.query(sql<UserOf>`
    select tenant, user_id as "userId" from platform.linked_identity
    where issuer = ${issuer} and subject = ${subject} and tenant = ${tenant}`)
  return row
}

async function findByAddress(
  db: Queryable,
  { physical }: Release,
  { email, tenant }: ArrivedIdentity,
): Promise<UserOf | undefined> {
  if (email === undefined) return undefined
  const address = physical.column('user', 'email')
  const rows = await db.query(sql<{ id: string }>`
    select id from ${physical.table('user')}
    where lower(${address}) = lower(${email}) and deleted_at is null limit 2`)
  const [only, ...others] = rows
  if (only === undefined || others.length > 0) return undefined
  return { tenant, userId: only.id }
}

/** False where the user is linked to another name at the same provider: the address has changed hands there. */
async function link(
  db: Queryable,
  { issuer, subject }: ProvenIdentity,
  { tenant, userId }: UserOf,
): Promise<boolean> {
  const count = await db.execute(sql`
    insert into platform.linked_identity (issuer, subject, tenant, user_id)
    values (${issuer}, ${subject}, ${tenant}, ${userId}) on conflict do nothing`)
  return count > 0
}
