import { createHash } from 'node:crypto'

import { sql } from 'kysely'

import type { Queryable } from '../db/index.ts'

/** What is counted, and how often it may happen within a window of time. */
export interface AttemptLimit {
  /** What is tried, and by whom or on what: `password account 0199…`. */
  readonly key: string
  readonly limit: number
  readonly windowMs: number
}

/**
 * Counts one more attempt, for all processes together, unless there were too many. The window begins with the first.
 *
 * @returns the seconds to wait if there were too many
 */
export async function countAttempt(
  db: Queryable,
  { key, limit, windowMs }: AttemptLimit,
): Promise<number | undefined> {
  const counted = await db.execute(sql`
    insert into platform.attempt as a (id, count, expires_at)
    values (${digest(key)}, 1, now() + make_interval(secs => ${windowMs / 1000}))
    on conflict (id) do update set
      count = case when a.expires_at <= now() then 1 else a.count + 1 end,
      expires_at = case when a.expires_at <= now() then excluded.expires_at else a.expires_at end
    where a.expires_at <= now() or a.count < ${limit}`)
  if (counted > 0) return undefined
  const [row] = await db.query(sql<{ seconds: number }>`
    select ceil(extract(epoch from expires_at - now()))::int as seconds
    from platform.attempt where id = ${digest(key)}`)
  return Math.max(1, row?.seconds ?? 1)
}

/** Takes an attempt back that counts for nothing. */
export async function uncountAttempt(db: Queryable, key: string): Promise<void> {
  await db.execute(sql`
    update platform.attempt set count = count - 1 where id = ${digest(key)} and count > 0`)
}

/** Forgets what was counted under a key. */
export async function forgetAttempts(db: Queryable, key: string): Promise<void> {
  await db.execute(sql`delete from platform.attempt where id = ${digest(key)}`)
}

/** Removes the windows that are over. */
export async function purgeAttempts(db: Queryable): Promise<number> {
  return db.execute(sql`delete from platform.attempt where expires_at < now()`)
}

function digest(key: string): Buffer {
  return createHash('sha256').update(key).digest()
}
