import { type RawBuilder, sql } from 'kysely'

import type { PhysicalMap } from '../schema/physical-map.ts'

/** A period counts while it lasts, by the clock of the database, and only between two who are active. */
export function isInForce(
  physical: PhysicalMap,
  delegation: RawBuilder<unknown>,
): RawBuilder<boolean> {
  const areActive = sql`(select count(*) = 2 from ${physical.table('user')} as party
    where party.id in (${delegation}.user_id, ${delegation}.delegate) and party.deleted_at is null
      and ${physical.column('user', 'active', 'party')})`
  // What has begun or ended since the statement's transaction began counts already.
  return sql<boolean>`${delegation}.starts_at <= clock_timestamp() and ${delegation}.ends_at > clock_timestamp()
    and ${areActive}`
}

/** SQL of the users in whose name somebody may decide on approvals now. */
export function representedBy(
  physical: PhysicalMap,
  delegate: RawBuilder<unknown>,
): RawBuilder<unknown> {
  return sql`select d.user_id from ${physical.systemTable('_delegation')} as d
    where d.delegate = ${delegate} and ${isInForce(physical, sql`d`)}`
}

/** SQL of who may decide in somebody's place now; nobody decides there on what they submitted themself. */
export function delegateOf(
  physical: PhysicalMap,
  { user, submitter }: { user: RawBuilder<unknown>; submitter: RawBuilder<unknown> },
): RawBuilder<unknown> {
  return sql`select d.delegate from ${physical.systemTable('_delegation')} as d
    where d.user_id = ${user} and d.delegate <> ${submitter} and ${isInForce(physical, sql`d`)} limit 1`
}

/** SQL that finds the delegation by which somebody decides in another's place, and keeps it from ending meanwhile. */
export function holdDelegation(
  physical: PhysicalMap,
  { user, delegate }: { user: string; delegate: string },
): RawBuilder<unknown> {
  return sql`select d.id from ${physical.systemTable('_delegation')} as d
    where d.user_id = ${user}::uuid and d.delegate = ${delegate}::uuid and ${isInForce(physical, sql`d`)} for share of d`
}
