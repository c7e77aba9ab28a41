import { sql } from 'kysely'
import { uuidv7 } from 'uuidv7'

import type { Database, Queryable } from '../db/index.ts'
import { hasSqlState } from '../db/index.ts'
import { message, refuse } from '../errors.ts'
import { decoyHash, hashPassword, isOutdated, verifyPassword } from './passwords.ts'

/** A user of a tenant. */
export interface UserOf {
  readonly tenant: string
  readonly userId: string
}

/** An address at a tenant: people may sign in to several with the same one. */
export interface AddressOf {
  readonly tenant: string
  readonly email: string
}

/** Who signs in with what. */
export interface NewSignIn extends UserOf {
  readonly email: string
  readonly password: string
  /** Whether the password was made for them, and should be changed by them. */
  readonly mustChange?: boolean
}

/**
 * Lets a user sign in, or replaces what they sign in with.
 *
 * @example await createSignIn(db, { tenant: 'main', userId, email: 'li@example.cn', password })
 * @throws RequestError `duplicate` when another user signs in with that address.
 */
export async function createSignIn(db: Queryable, asked: NewSignIn): Promise<void> {
  const { tenant, userId, email, password, mustChange = false } = asked
  const hashed = await hashPassword(password)
  try {
    await db.execute(sql`
      insert into platform.sign_in
        (id, email, tenant, user_id, password_hash, must_change_password, password_changed_at)
      values (${uuidv7()}, ${email}, ${tenant}, ${userId}, ${hashed}, ${mustChange}, now())
      on conflict (tenant, user_id) do update set
        email = excluded.email, password_hash = excluded.password_hash,
        must_change_password = excluded.must_change_password, password_changed_at = now(),
        failed_count = 0, locked_until = null, is_active = true`)
  } catch (error) {
    throw hasSqlState(error, '23505') ? addressTaken() : error
  }
}

function addressTaken(): Error {
  const text = message(
    'Another user signs in with this e-mail address',
    '已有其他用户使用此邮箱登录',
  )
  return refuse('duplicate', 'email', text)
}

/** Replaces the password of a user who has a sign-in; false if they have none. */
export async function setPassword(
  db: Queryable,
  { tenant, userId, password, mustChange = false }: Omit<NewSignIn, 'email'>,
): Promise<boolean> {
  const hashed = await hashPassword(password)
  const count = await db.execute(sql`
    update platform.sign_in set password_hash = ${hashed},
      must_change_password = ${mustChange}, password_changed_at = now(), failed_count = 0
    where tenant = ${tenant} and user_id = ${userId}`)
  return count > 0
}

/**
 * What guesses at an account are counted by: the account itself, however its address is typed, or the address
 * where there is none. Which of the two it is takes the same time and is told to nobody.
 */
export async function findAccountKey(db: Queryable, { tenant, email }: AddressOf): Promise<string> {
  const [row] = await db.query(sql<{ id: string }>`
    select id from platform.sign_in where tenant = ${tenant} and lower(email) = lower(${email})`)
  return row?.id ?? email.trim().toLowerCase()
}

/** The active sign-in with an address. */
export async function findSignIn(
  db: Queryable,
  { tenant, email }: AddressOf,
): Promise<UserOf | undefined> {
  const [row] = await db.query(sql<UserOf>`
    select tenant, user_id as "userId" from platform.sign_in
    where tenant = ${tenant} and lower(email) = lower(${email}) and is_active`)
  return row
}

/** Changes the address that a user signs in with, if they have a sign-in and it is free. */
export async function changeSignInEmail(
  db: Queryable,
  { tenant, userId, email }: UserOf & { email: string },
): Promise<void> {
  await db.execute(sql`
    update platform.sign_in set email = ${email}
    where tenant = ${tenant} and user_id = ${userId} and email <> ${email}
      and not exists (select 1 from platform.sign_in other
        where other.tenant = ${tenant} and lower(other.email) = lower(${email})
          and other.user_id <> ${userId})`)
}

/** The user whose address and password these are; undefined if either is wrong. Both take the same time. */
export async function verifySignIn(
  db: Database,
  { tenant, email }: AddressOf,
  password: string,
): Promise<UserOf | undefined> {
  const decoy = await decoyHash()
  const [found] = await db.query(sql<FoundSignIn>`
    select id, tenant, user_id as "userId", password_hash as "passwordHash"
    from platform.sign_in
    where tenant = ${tenant} and lower(email) = lower(${email}) and is_active`)
  const isRight = await verifyPassword(found?.passwordHash ?? decoy, password)
  // Written for an unknown address too, where it touches no row: the answer takes as long.
  const id = found?.id ?? uuidv7()
  if (found === undefined || found.passwordHash === null || !isRight) {
    await db.execute(
      sql`update platform.sign_in set failed_count = failed_count + 1 where id = ${id}`,
    )
    return undefined
  }
  await db.execute(sql`
    update platform.sign_in set failed_count = 0, last_sign_in_at = now() where id = ${id}`)
  const { userId } = found
  if (isOutdated(found.passwordHash)) await renewHash(db, id, password)
  return { tenant, userId }
}

interface FoundSignIn extends UserOf {
  readonly id: string
  readonly passwordHash: string | null
}

async function renewHash(db: Database, id: string, password: string): Promise<void> {
  const hashed = await hashPassword(password)
  await db.execute(sql`update platform.sign_in set password_hash = ${hashed} where id = ${id}`)
}

/** The address that a user signs in with; undefined if they cannot. */
export async function findSignInEmail(
  db: Queryable,
  { tenant, userId }: UserOf,
): Promise<string | undefined> {
  const [row] = await db.query(sql<{ email: string }>`
    select email from platform.sign_in where tenant = ${tenant} and user_id = ${userId}`)
  return row?.email
}
