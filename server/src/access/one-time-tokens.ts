import { createHash, randomBytes } from 'node:crypto'

import { sql } from 'kysely'

import { asJson, type Queryable } from '../db/index.ts'
import type { UserOf } from './sign-in.ts'

/** What a token is good for: the second step of signing in, another password, the way back from a provider. */
export type TokenPurpose = 'second_step' | 'password_reset' | 'sign_in_elsewhere'

/** What a token is made of. */
export interface NewToken {
  readonly purpose: TokenPurpose
  /** Whom it is for, where that is known. */
  readonly user?: UserOf
  /** Where it is good, where the user is not known yet. */
  readonly tenant?: string
  readonly content?: Readonly<Record<string, string>>
  readonly seconds: number
}

/** What a token that is still good says. */
export interface OpenToken {
  readonly user: UserOf | undefined
  readonly content: Readonly<Record<string, string>>
}

/** A token as it came back, to the server of a tenant; those of users of others are good for nothing there. */
export interface TokenOf {
  readonly tenant: string
  readonly token: string
}

const TOKEN = /^[\w-]{43}$/

/** Makes a token, stored as its SHA-256; it is told only here. */
export async function issueToken(db: Queryable, asked: NewToken): Promise<string> {
  const token = randomBytes(32).toString('base64url')
  const { purpose, user, tenant, content = {}, seconds } = asked
  await db.execute(sql`
    insert into platform.one_time_token (id, purpose, tenant, user_id, content, expires_at)
    values (${digest(token)}, ${purpose}, ${user?.tenant ?? tenant ?? null}, ${user?.userId ?? null},
      ${asJson(content)}::jsonb, now() + make_interval(secs => ${seconds}))`)
  return token
}

/** What a token says, leaving it as it is; undefined once it is used or too old. */
export async function readToken(
  db: Queryable,
  purpose: TokenPurpose,
  { tenant, token }: TokenOf,
): Promise<OpenToken | undefined> {
  if (!TOKEN.test(token)) return undefined
  const [row] = await db.query(sql<TokenRow>`
    select tenant, user_id as "userId", content from platform.one_time_token
    where id = ${digest(token)} and purpose = ${purpose} and expires_at > now()
      and coalesce(tenant, ${tenant}) = ${tenant}`)
  return row && openToken(row)
}

/** Uses a token up and answers what it says; of many who try at once, one gets it. */
export async function takeToken(
  db: Queryable,
  purpose: TokenPurpose,
  { tenant, token }: TokenOf,
): Promise<OpenToken | undefined> {
  if (!TOKEN.test(token)) return undefined
  const [row] = await db.query(sql<TokenRow>`
    delete from platform.one_time_token
    where id = ${digest(token)} and purpose = ${purpose} and expires_at > now()
      and coalesce(tenant, ${tenant}) = ${tenant}
    returning tenant, user_id as "userId", content`)
  return row && openToken(row)
}

/** Makes the tokens of a user useless, all or those for one purpose. */
export async function dropTokens(
  db: Queryable,
  { tenant, userId }: UserOf,
  purpose: TokenPurpose | null = null,
): Promise<void> {
  await db.execute(sql`
    delete from platform.one_time_token
    where tenant = ${tenant} and user_id = ${userId} and purpose = coalesce(${purpose}, purpose)`)
}

/** Removes the tokens that are too old to be used. */
export async function purgeTokens(db: Queryable): Promise<number> {
  return db.execute(sql`delete from platform.one_time_token where expires_at < now()`)
}

interface TokenRow {
  readonly tenant: string | null
  readonly userId: string | null
  readonly content: Readonly<Record<string, string>>
}

function openToken({ tenant, userId, content }: TokenRow): OpenToken {
  return { user: tenant === null || userId === null ? undefined : { tenant, userId }, content }
}

function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}
