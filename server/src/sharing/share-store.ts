import type { RecordShare, ShareCause, SharePrincipalType, SharedAccess } from '@trellis/metamodel'
import { sql } from 'kysely'
import { uuidv7 } from 'uuidv7'

import type { WriteContext } from '../access/context.ts'
import { callerOf, recordAudit } from '../audit/index.ts'
import { asJson, type Queryable } from '../db/index.ts'
import type { Release } from '../schema/release.ts'

/** A share as it is stored. */
export interface StoredShare {
  id: string
  cause: ShareCause
  access: SharedAccess
  /** `user:<id>`, `role:<name>` … */
  principal: string
  teamRole: string | null
  expiresAt: string | null
  createdBy: string
  createdAt: string
}

/** What a share is to be. */
export type ShareValues = Pick<
  StoredShare,
  'cause' | 'access' | 'principal' | 'teamRole' | 'expiresAt'
>

/** A record that is shared. */
export interface SharedRecord {
  object: string
  id: string
}

const COLUMNS = sql`id, cause, access, principal, team_role as "teamRole", expires_at as "expiresAt",
  created_by as "createdBy", created_at as "createdAt"`

/** The shares of a record that are in force, teams first, oldest first. */
export async function loadShares(
  db: Queryable,
  { physical }: Release,
  { object, id }: SharedRecord,
): Promise<StoredShare[]> {
  return db.query<StoredShare>(sql`
    select ${COLUMNS} from ${physical.systemTable('_share')}
    where record = ${id}::uuid and object = ${object} and (expires_at is null or expires_at > now())
    order by cause desc, created_at, id limit 1000`)
}

/** One share of a record, ended or not. */
export async function findShare(
  { tx, release }: WriteContext,
  { object, id }: SharedRecord,
  by: { share: string } | Pick<StoredShare, 'cause' | 'principal'>,
): Promise<StoredShare | undefined> {
  const which =
    'share' in by
      ? sql`id = ${by.share}::uuid`
      : sql`cause = ${by.cause} and principal = ${by.principal}`
  const [found] = await tx.query<StoredShare>(sql`
    select ${COLUMNS} from ${release.physical.systemTable('_share')}
    where record = ${id}::uuid and object = ${object} and ${which}`)
  return found
}

/** Makes a share, or changes the one that the record has with the same principal for the same cause. */
export async function putShare(
  context: WriteContext,
  { object, id }: SharedRecord,
  values: ShareValues,
): Promise<StoredShare> {
  const table = context.release.physical.systemTable('_share')
  const [stored] = await context.tx.query<StoredShare>(sql`
    insert into ${table} (id, object, record, principal, access, cause, team_role, expires_at, created_by, created_at, record_created_at)
    values (${uuidv7()}, ${object}, ${id}::uuid, ${values.principal}, ${values.access}, ${values.cause},
      ${values.teamRole}, ${values.expiresAt}::timestamptz, ${context.actor.userId}::uuid, ${context.now.toISOString()}::timestamptz,
      (select created_at from ${context.release.physical.table(object)} where id = ${id}::uuid))
    on conflict (record, cause, principal) do update
      set access = excluded.access, team_role = excluded.team_role, expires_at = excluded.expires_at
    returning ${COLUMNS}`)
  if (!stored) throw new Error('The share was not stored')
  return stored
}

/** Ends a share. */
export async function removeShare({ tx, release }: WriteContext, share: string): Promise<void> {
  await tx.execute(
    sql`delete from ${release.physical.systemTable('_share')} where id = ${share}::uuid`,
  )
}

/** Ends the membership of everybody on the teams of records. */
export async function removeTeams(
  { tx, release }: WriteContext,
  object: string,
  ids: readonly string[],
): Promise<void> {
  await tx.execute(sql`
    delete from ${release.physical.systemTable('_share')}
    where record = any(${[...ids]}::uuid[]) and object = ${object} and cause = 'team'`)
}

/** Tells the record's history and the audit log that it was shared, or that this ended. */
export async function writeShareHistory(
  context: WriteContext,
  { object, id }: SharedRecord,
  { old, next }: { old: StoredShare | undefined; next: StoredShare | undefined },
): Promise<void> {
  const { tx, release, actor, now, cause } = context
  await tx.execute(sql`
    insert into ${release.physical.systemTable('_history')} (id, at, object, record, actor, cause, action, field, old, new)
    values (${uuidv7()}, ${now.toISOString()}::timestamptz, ${object}, ${id}::uuid, ${actor.userId}::uuid, ${cause},
      ${next ? 'shared' : 'unshared'}, null, ${told(old)}::jsonb, ${told(next)}::jsonb)`)
  const details = { old: rightOf(old), new: rightOf(next) }
  recordAudit(tx, { ...callerOf(context), action: 'share_changed', object, record: id, details })
}

function rightOf(share: StoredShare | undefined): object | null {
  return share ? { principal: share.principal, cause: share.cause, access: share.access } : null
}

function told(share: StoredShare | undefined): string | null {
  if (!share) return null
  const { cause, access, teamRole: team_role, expiresAt: expires_at } = share
  return asJson({ principal: principalOf(share), cause, access, team_role, expires_at })
}

/** The principal of a share by its two parts. */
export function principalOf({
  principal,
}: Pick<StoredShare, 'principal'>): Pick<RecordShare['principal'], 'type' | 'id'> {
  const at = principal.indexOf(':')
  return { type: principal.slice(0, at) as SharePrincipalType, id: principal.slice(at + 1) }
}
