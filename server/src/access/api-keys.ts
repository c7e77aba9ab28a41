import { createHash, randomBytes } from 'node:crypto'

import { sql } from 'kysely'
import { uuidv7 } from 'uuidv7'

import type { Database, Queryable } from '../db/index.ts'
import { ShortMemory } from './short-memory.ts'
import type { UserOf } from './sign-in.ts'

/** A key as its owner sees it; the key itself is shown once, when it is made. */
export interface ApiKey {
  readonly id: string
  readonly label: string
  /** The first characters, by which its owner recognises it. */
  readonly prefix: string
  /** Narrows what the key may do; null means all that its user may do. */
  readonly permission_set: string | null
  readonly expires_at: string | null
  readonly created_at: string
  readonly last_used_at: string | null
}

/** Whom a key acts for. */
export interface KeyHolder {
  readonly tenant: string
  readonly userId: string
  readonly permissionSet: string | null
}

/** What a new key is made of. */
export interface NewApiKey extends KeyHolder {
  readonly label: string
  readonly expiresAt: string | null
}

const KEY = /^trl_[A-Za-z0-9_-]{43}$/
const SHOWN_CHARACTERS = 10

// How long a revocation on another server may take to bite here.
const REMEMBERED_MS = 800
const MOST_REMEMBERED = 10_000
const USED_EVERY_SECONDS = 60

/** The keys of `platform.api_key` of one tenant, stored as their SHA-256. */
export class ApiKeys {
  readonly #db: Database
  readonly #tenant: string
  readonly #known = new ShortMemory<KeyHolder | undefined>(REMEMBERED_MS, MOST_REMEMBERED)

  constructor(db: Database, tenant: string) {
    this.#db = db
    this.#tenant = tenant
  }

  /** Makes a key; it is told only here. */
  async create(asked: NewApiKey): Promise<{ readonly id: string; readonly key: string }> {
    const id = uuidv7()
    const key = `trl_${randomBytes(32).toString('base64url')}`
    await this.#db.execute(sql`
      insert into platform.api_key
        (id, key_hash, prefix, label, tenant, user_id, permission_set, expires_at)
      values (${id}, ${digest(key)}, ${key.slice(0, SHOWN_CHARACTERS)}, ${asked.label},
        ${asked.tenant}, ${asked.userId}, ${asked.permissionSet}, ${asked.expiresAt})`)
    return { id, key }
  }

  /** Whom a key acts for; undefined once it is revoked or has expired. */
  async find(key: string, isNow = false): Promise<KeyHolder | undefined> {
    return KEY.test(key) ? this.#known.get(key, () => this.#load(key), isNow) : undefined
  }

  /** Which of these keys still act for somebody, read anew. */
  async stillOpen(keys: readonly string[]): Promise<ReadonlySet<string>> {
    const byHash = new Map(keys.map((key) => [digest(key).toString('hex'), key]))
    const rows = await this.#db.query(sql<{ hash: Buffer }>`
      select key_hash as hash from platform.api_key
      where key_hash = any(${keys.map(digest)}::bytea[]) and revoked_at is null
        and (expires_at is null or expires_at > now())`)
    return new Set(rows.flatMap(({ hash }) => byHash.get(hash.toString('hex')) ?? []))
  }

  /** The keys of a user that have not been revoked, newest first. */
  async listOf(tenant: string, userId: string): Promise<ApiKey[]> {
    return this.#db.query(sql<ApiKey>`
      select id, label, prefix, permission_set, expires_at, created_at, last_used_at
      from platform.api_key
      where tenant = ${tenant} and user_id = ${userId} and revoked_at is null
      order by id desc limit 1000`)
  }

  /** Ends a key of a user; false if they have none of that id. */
  async revoke(id: string, tenant: string, userId: string): Promise<boolean> {
    const count = await this.#db.execute(sql`
      update platform.api_key set revoked_at = now()
      where id = ${id} and tenant = ${tenant} and user_id = ${userId} and revoked_at is null`)
    this.#known.forgetAll()
    return count > 0
  }

  /** Ends all keys of a user. */
  async revokeAllOf(user: UserOf): Promise<void> {
    await revokeKeys(this.#db, user)
    this.#known.forgetAll()
  }

  /** Forgets what was read, after keys were changed past this object. */
  forget(): void {
    this.#known.forgetAll()
  }

  async #load(key: string): Promise<KeyHolder | undefined> {
    const [row] = await this.#db.query(sql<KeyHolder & { isStale: boolean }>`
      select tenant, user_id as "userId", permission_set as "permissionSet",
        coalesce(last_used_at < now() - make_interval(secs => ${USED_EVERY_SECONDS}), true)
          as "isStale"
      from platform.api_key
      where key_hash = ${digest(key)} and tenant = ${this.#tenant} and revoked_at is null
        and (expires_at is null or expires_at > now())`)
    if (row === undefined) return undefined
    const { tenant, userId, permissionSet, isStale } = row
    if (isStale) await this.#markUsed(key)
    return { tenant, userId, permissionSet }
  }

  async #markUsed(key: string): Promise<void> {
    await this.#db.execute(
      sql`update platform.api_key set last_used_at = now() where key_hash = ${digest(key)}`,
    )
  }
}

/** Ends the keys of a user in the database. */
export async function revokeKeys(db: Queryable, { tenant, userId }: UserOf): Promise<void> {
  await db.execute(sql`
    update platform.api_key set revoked_at = now()
    where tenant = ${tenant} and user_id = ${userId} and revoked_at is null`)
}

function digest(key: string): Buffer {
  return createHash('sha256').update(key).digest()
}
