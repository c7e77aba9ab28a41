import { createHash, randomBytes } from 'node:crypto'

import { sql } from 'kysely'

import type { Database, Queryable } from '../db/index.ts'
import { ShortMemory } from './short-memory.ts'
import type { UserOf } from './sign-in.ts'

/** One signed-in browser. */
export interface Session extends UserOf {
  /** What its owner names it by; not the token, and not made from it. */
  readonly handle: string
  readonly csrfToken: string
  /** The password with which it began was made for them: they choose their own before anything else. */
  readonly mustChangePassword: boolean
  /** More than a password was asked for when it began, or will be when the next one does. */
  readonly hasSecondStep: boolean
}

/** A session with the token that opens it, which the browser alone knows. */
export type OpenedSession = Session & { readonly token: string }

/** Who begins a session, and from where. */
export interface SessionStart extends UserOf {
  readonly userAgent?: string | undefined
  readonly ip?: string | undefined
  /** Whether more than a password was asked for. */
  readonly hadSecondStep?: boolean
  /** Whether somebody else vouched for them: their password here plays no part. */
  readonly beganElsewhere?: boolean
}

/** A session as its owner sees it among their devices. */
export interface SessionSeen {
  readonly handle: string
  readonly createdAt: string
  readonly lastSeenAt: string
  readonly expiresAt: string
  readonly userAgent: string | null
  readonly address: string | null
}

/** Sessions end after a week, or after half a day without a request. */
export const LONGEST_SESSION_SECONDS = 7 * 24 * 3600
const IDLE_SECONDS = 12 * 3600

// How long a revocation on another server may take to bite here.
const REMEMBERED_MS = 800
const MOST_REMEMBERED = 10_000
// Writing down every request would make each of them a write.
const SEEN_EVERY_SECONDS = 300

const IS_OPEN = sql<boolean>`s.revoked_at is null and s.expires_at > now()
  and s.last_seen_at > now() - make_interval(secs => ${IDLE_SECONDS})`

const SESSION = sql`s.handle, s.csrf_token as "csrfToken", s.tenant, s.user_id as "userId",
  not s.began_elsewhere and exists (select from platform.sign_in as i
    where i.tenant = s.tenant and i.user_id = s.user_id and i.must_change_password)
    as "mustChangePassword",
  s.had_second_step or exists (select from platform.second_factor as f
    where f.tenant = s.tenant and f.user_id = s.user_id and f.confirmed_at is not null)
    as "hasSecondStep"`

/**
 * The sessions of `platform.session`. Those of other tenants are not known here. The token is known to the browser alone: what is stored is its
 * SHA-256, so whoever reads the table cannot sign in with it.
 */
export class Sessions {
  readonly #db: Database
  readonly #tenant: string
  readonly #known = new ShortMemory<Session | undefined>(REMEMBERED_MS, MOST_REMEMBERED)
  readonly #listeners = new Set<() => void>()

  constructor(db: Database, tenant: string) {
    this.#db = db
    this.#tenant = tenant
  }

  /** Begins a session; the token is told only here. */
  async start(start: SessionStart): Promise<OpenedSession> {
    const { tenant, userId, userAgent, ip } = start
    const { hadSecondStep = false, beganElsewhere = false } = start
    const token = makeToken()
    const [session] = await this.#db.query(sql<Session>`
      insert into platform.session as s
        (id, csrf_token, tenant, user_id, expires_at, user_agent, ip, had_second_step, began_elsewhere)
      values (${digest(token)}, ${makeToken()}, ${tenant}, ${userId},
        now() + make_interval(secs => ${LONGEST_SESSION_SECONDS}),
        ${userAgent?.slice(0, 400) ?? null}, ${ip ?? null}::inet, ${hadSecondStep}, ${beganElsewhere})
      returning ${SESSION}`)
    if (session === undefined) throw new Error('The session was not stored')
    return { ...session, token }
  }

  /** The session that a token opens; undefined once it is revoked, too old, or idle for too long. */
  find(token: string, isNow = false): Promise<Session | undefined> {
    return this.#known.get(token, () => this.#load(token), isNow)
  }

  /** Which of these tokens still open a session, read anew. */
  async stillOpen(tokens: readonly string[]): Promise<ReadonlySet<string>> {
    const byId = new Map(tokens.map((token) => [digest(token).toString('hex'), token]))
    const rows = await this.#db.query(sql<{ id: Buffer }>`
      select s.id from platform.session as s
      where s.id = any(${tokens.map(digest)}::bytea[]) and ${IS_OPEN}`)
    return new Set(rows.flatMap(({ id }) => byId.get(id.toString('hex')) ?? []))
  }

  /** Hears at once of sessions that end in this process; returns what takes it back. */
  onEnd(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** The open sessions of a user, the one seen last first. */
  listOf({ tenant, userId }: UserOf): Promise<SessionSeen[]> {
    return this.#db.query(sql<SessionSeen>`
      select s.handle, s.created_at as "createdAt", s.last_seen_at as "lastSeenAt",
        s.expires_at as "expiresAt", s.user_agent as "userAgent", host(s.ip) as address
      from platform.session as s
      where s.tenant = ${tenant} and s.user_id = ${userId} and ${IS_OPEN}
      order by s.last_seen_at desc, s.handle limit 1000`)
  }

  /** Gives a session another token, so that whoever knew the old one is out; undefined once it is over. */
  async renew(token: string): Promise<OpenedSession | undefined> {
    const next = makeToken()
    const [session] = await this.#db.query(sql<Session>`
      update platform.session as s set id = ${digest(next)}, csrf_token = ${makeToken()}
      where s.id = ${digest(token)} and ${IS_OPEN} returning ${SESSION}`)
    this.#forget(token)
    return session === undefined ? undefined : { ...session, token: next }
  }

  /** Ends one session, here at once and on every other server within a second. */
  async end(token: string): Promise<void> {
    await this.#db.execute(
      sql`update platform.session set revoked_at = now()
        where id = ${digest(token)} and tenant = ${this.#tenant}`,
    )
    this.#forget(token)
  }

  /** Ends the session of a user that they name; false if they have none of that name. */
  async endOne(user: UserOf, handle: string): Promise<boolean> {
    const { tenant, userId } = user
    const count = await this.#db.execute(sql`
      update platform.session as s set revoked_at = now()
      where s.handle = ${handle} and s.tenant = ${tenant} and s.user_id = ${userId} and ${IS_OPEN}`)
    this.forget()
    return count > 0
  }

  /** Ends all sessions of a user, but for the one that `except` opens. */
  async endAllOf(tenant: string, userId: string, except?: string): Promise<void> {
    await endSessions(this.#db, { tenant, userId, except })
    this.forget()
  }

  /** Forgets what was read, after sessions were changed past this object. */
  forget(): void {
    this.#known.forgetAll()
    this.#tell()
  }

  #forget(token: string): void {
    this.#known.forget(token)
    this.#tell()
  }

  #tell(): void {
    for (const listener of this.#listeners) listener()
  }

  async #load(token: string): Promise<Session | undefined> {
    const [row] = await this.#db.query(sql<Session & { isStale: boolean }>`
      select ${SESSION},
        s.last_seen_at < now() - make_interval(secs => ${SEEN_EVERY_SECONDS}) as "isStale"
      from platform.session as s
      where s.id = ${digest(token)} and s.tenant = ${this.#tenant} and ${IS_OPEN}`)
    if (row === undefined) return undefined
    const { isStale, ...session } = row
    if (isStale) await this.#markSeen(token)
    return session
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
  { tenant, userId, except }: UserOf & { except?: string | undefined },
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

function makeToken(): string {
  return randomBytes(32).toString('base64url')
}

function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}
