import { type RawBuilder, sql } from 'kysely'
import { uuidv7 } from 'uuidv7'

import type { Context, WriteContext } from '../access/context.ts'
import { delegateOf, isInForce } from '../access/delegations.ts'
import type { Queryable } from '../db/index.ts'

/** A delegation as it is stored. */
export interface StoredDelegation {
  id: string
  user: string
  delegate: string
  startsAt: string
  endsAt: string
  note: string | null
  createdBy: string
  createdAt: string
  hasBegun: boolean
  isInForce: boolean
}

/** What a delegation is to be. */
export type DelegationValues = Pick<
  StoredDelegation,
  'user' | 'delegate' | 'startsAt' | 'endsAt' | 'note'
>

/** The delegations that are not over and meet a condition, soonest first; the table goes by the name `d`. */
async function loadDelegations(
  db: Queryable,
  { release: { physical } }: Context,
  where: RawBuilder<unknown>,
): Promise<StoredDelegation[]> {
  return db.query<StoredDelegation>(sql`
    select d.id, d.user_id as "user", d.delegate, d.starts_at as "startsAt", d.ends_at as "endsAt", d.note,
      d.created_by as "createdBy", d.created_at as "createdAt", d.starts_at <= now() as "hasBegun",
      ${isInForce(physical, sql`d`)} as "isInForce"
    from ${physical.systemTable('_delegation')} as d
    where d.ends_at > now() and ${where} order by d.starts_at, d.id limit 1000`)
}

/** The delegations of a user, and those to them, that are not over. */
export async function loadDelegationsOf(
  context: Context,
  user: string,
): Promise<StoredDelegation[]> {
  return loadDelegations(
    context.db,
    context,
    sql`(d.user_id = ${user}::uuid or d.delegate = ${user}::uuid)`,
  )
}

/** One delegation that is not over. */
export async function findDelegation(
  db: Queryable,
  context: Context,
  id: string,
): Promise<StoredDelegation | undefined> {
  const [found] = await loadDelegations(db, context, sql`d.id = ${id}::uuid`)
  return found
}

/** Keeps others from delegating for a user until the transaction ends. */
export async function lockDelegator({ tx, release }: WriteContext, user: string): Promise<void> {
  await tx.execute(
    sql`select 1 from ${release.physical.table('user')} where id = ${user}::uuid for no key update`,
  )
}

/** Whether a user has delegated at some time of a period already. */
export async function hasOverlap(
  { tx, release }: WriteContext,
  { user, startsAt, endsAt }: DelegationValues,
): Promise<boolean> {
  const rows = await tx.query(sql`
    select 1 from ${release.physical.systemTable('_delegation')} as d
    where d.user_id = ${user}::uuid and d.ends_at > now() and d.starts_at < ${endsAt}::timestamptz and d.ends_at > ${startsAt}::timestamptz limit 1`)
  return rows.length > 0
}

/** Stores a delegation, and answers its id. */
export async function insertDelegation(
  { tx, release, actor, now }: WriteContext,
  { user, delegate, startsAt, endsAt, note }: DelegationValues,
): Promise<string> {
  const id = uuidv7()
  await tx.execute(sql`
    insert into ${release.physical.systemTable('_delegation')} (id, user_id, delegate, starts_at, ends_at, note, created_by, created_at)
    values (${id}::uuid, ${user}::uuid, ${delegate}::uuid, ${startsAt}::timestamptz, ${endsAt}::timestamptz, ${note},
      ${actor.userId}::uuid, ${now.toISOString()}::timestamptz)`)
  return id
}

/** Ends a delegation at once, after the decisions that are being made by it; one that has not begun is forgotten. */
export async function stopDelegation(
  { tx, release }: WriteContext,
  { id, hasBegun }: StoredDelegation,
): Promise<void> {
  const table = release.physical.systemTable('_delegation')
  await tx.execute(
    hasBegun
      ? sql`update ${table} set ends_at = greatest(starts_at, least(ends_at, clock_timestamp())) where id = ${id}::uuid`
      : sql`delete from ${table} where id = ${id}::uuid`,
  )
}

/** Who would decide in the place of users now, on what the actor submits. */
export async function loadDelegatesOf(
  { db, release: { physical }, actor }: Context,
  users: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const delegate = delegateOf(physical, { user: sql`p.id`, submitter: sql`${actor.userId}::uuid` })
  const rows = await db.query<{ id: string; delegate: string | null }>(sql`
    select p.id, (${delegate}) as delegate from unnest(${[...new Set(users)]}::uuid[]) as p (id)`)
  return new Map(rows.flatMap(({ id, delegate: one }) => (one === null ? [] : [[id, one]])))
}
