import { createHash, randomBytes } from 'node:crypto'

import { sql } from 'kysely'

import type { Database, Queryable } from '../db/index.ts'
import { ShortMemory } from './short-memory.ts'

/** One signed-in browser. */
export interface Session {
  readonly csrfToken: string
  readonly tenant: string
  readonly userId: string
}

/** Who begins a session, and from where. */
export interface SessionStart {
  readonly tenant: string
  readonly userId: string
  readonly userAgent?: string | undefined
  readonly ip?: string | undefined
}

/** Sessions end after a week, or after half a day without a request. */
export const LONGEST_SESSION_SECONDS = 7 * 24 * 3600
const IDLE_SECONDS = 12 * 3600

// How long a revocation on another server may take to bite here.
const REMEMBERED_MS = 1000
const MOST_REMEMBERED = 10_000
// Writing down every request would make each of them a write.
const SEEN_EVERY_SECONDS = 300

/**
 * The sessions of `platform.session`. The token is known to the browser alone: what is stored is its
 * SHA-256, so whoever reads the table cannot sign in with it.
 */
export class Sessions {
  readonly #db: Database
  readonly #known = new ShortMemory<Session | undefined>(REMEMBERED_MS, MOST_REMEMBERED)

  constructor(db: Database) {
    this.#db = db
  }

  /** Begins a session; the token is told only here. */
  async start(start: SessionStart): Promise<Session & { readonly token: string }> {
    const { tenant, userId, userAgent, ip } = start
    const token = randomBytes(32).toString('base64url')
    const csrfToken = randomBytes(32).toString('base64url')
    await this.#db.execute(sql`
      insert into platform.session (id, csrf_token, tenant, user_id, expires_at, user_agent, ip)
      values (${digest(token)}, ${csrfToken}, ${tenant}, ${userId},
        now() + make_interval(secs => ${LONGEST_SESSION_SECONDS}),
        ${userAgent?.slice(0, 400) ?? null}, ${ip ?? null}::inet)`)
    return { token, csrfToken, tenant, userId }
  }

  /** The session that a token opens; undefined once it is revoked, too old, or idle for too long. */
  find(token: string): Promise<Session | undefined> {
    return this.#known.get(token, () => this.#load(token))
  }

  /** Ends one session, here at once and on every other server within a second. */
  async end(token: string): Promise<void> {
    await this.#db.execute(
      sql`update platform.session set revoked_at = now() where id = ${digest(token)}`,
    )
    this.#known.forget(token)
  }

  /** Ends all sessions of a user, but for the one that `except` opens. */
  async endAllOf(tenant: string, userId: string, except?: string): Promise<void> {
    await endSessions(this.#db, { tenant, userId, except })
    this.#known.forgetAll()
  }

  async #load(token: string): Promise<Session | undefined> {
    const [row] = await this.#db.query(sql<Session & { isStale: boolean }>`
      select csrf_token as "csrfToken", tenant, user_id as "userId",
        last_seen_at < now() - make_interval(secs => ${SEEN_EVERY_SECONDS}) as "isStale"
      from platform.session
      where id = ${digest(token)} and revoked_at is null and expires_at > now()
        and last_seen_at > now() - make_interval(secs => ${IDLE_SECONDS})`)
    if (row === undefined) return undefined
    if (row.isStale) await this.#markSeen(token)
    const { csrfToken, tenant, userId } = row
    return { csrfToken, tenant, userId }
  }

  async #markSeen(token: string): Promise<void> {
    await this.#db.execute(
      sql`update platform.session set last_seen_at = now() where id = ${digest(token)}`,
    )
  }
}

/** Ends the sessions of a user in the database, but for the one that the token `except` opens. */
export async function endSessions(
  db: Queryable,
  { tenant, userId, except }: { tenant: string; userId: string; except?: string | undefined },
): Promise<void> {
  const kept = except === undefined ? null : digest(except)
  await db.execute(sql`
    update platform.session set revoked_at = now()
    where tenant = ${tenant} and user_id = ${userId} and revoked_at is null
      and id is distinct from ${kept}`)
}

/** Removes the sessions that have been over for a day. */
export async function purgeSessions(db: Queryable): Promise<number> {
  return db.execute(sql`
    delete from platform.session
    where expires_at < now() - interval '1 day' or revoked_at < now() - interval '1 day'`)
}

function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}
