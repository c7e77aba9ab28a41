import type { ObjectModel, RecordRight } from '@trellis/metamodel'
import { type RawBuilder, sql } from 'kysely'

import { ActorValue } from './actor-value.ts'
import type { Actor } from './actor.ts'
import type { Reader } from './reader.ts'

/** Rows of an object, seen under an alias, and what is to be done with them. */
export interface RowsAsked {
  object: ObjectModel
  right: RecordRight
  alias: string
  /** Set where most rows of the object are asked: what is shared is then found once, not for each row. */
  isWholesale?: boolean
  /** Set where records of the recycle bin are asked: their masters may be there too. */
  isOfBin?: boolean
}

/** Ids or names that depend on the actor alone. */
export type OfActor = (actor: Actor) => readonly string[]

/** The rows that belong to certain owners. */
export function ownedRows(
  reader: Reader,
  { object, alias, isWholesale = false }: Omit<RowsAsked, 'right'>,
  owners: OfActor,
): RawBuilder<boolean> {
  const owner = reader.release.physical.column(object.name, 'owner', alias)
  // One owner is compared by itself, so that an index on owner and date answers in its order.
  if (owners(reader.actor).length === 1) {
    return sql<boolean>`${owner} = (${ownIds(reader, owners)}::uuid[])[1]`
  }
  return isWholesale
    ? sql<boolean>`${owner} in (select unnest(${ownIds(reader, owners)}::uuid[]))`
    : sql<boolean>`${owner} = any(${ownList(reader, owners, 'uuid')})`
}

/** The rows that are shared with certain principals. */
export function sharedRows(
  reader: Reader,
  { object, alias, isWholesale = false }: RowsAsked,
  { right, principals }: { right: 'read' | 'edit'; principals: OfActor },
): RawBuilder<boolean> {
  const { physical } = reader.release
  const share = physical.identifier(`${alias}_s`)
  const id = physical.column(object.name, 'id', alias)
  const edit = right === 'edit' ? sql` and ${share}.access = 'edit'` : sql``
  const shares = sql`from ${physical.systemTable('_share')} as ${share}
    where ${share}.object = ${object.name} and ${share}.principal = any(${ownList(reader, principals, 'text')})${edit}
      and ${inForce(share)}`
  if (isWholesale) return sql<boolean>`${id} in (select ${share}.record ${shares})`
  // With `offset`, PostgreSQL keeps to asking row by row; it would rather gather all that is shared with the actor.
  return sql<boolean>`exists (select 1 ${shares} and ${share}.record = ${id} offset 0)`
}

/** Whether a share has not ended. */
export function inForce(share: RawBuilder<unknown>): RawBuilder<boolean> {
  return sql<boolean>`(${share}.expires_at is null or ${share}.expires_at > now())`
}

/**
 * A list of the actor's, without repetitions, kept from the planner: it would plan each statement anew for what is in
 * it, which takes longer than to run it.
 */
export function ownList(
  reader: Reader,
  list: OfActor,
  type: 'uuid' | 'text',
): RawBuilder<readonly string[]> {
  if (type === 'uuid') return sql`(select ${ownIds(reader, list)}::uuid[])::uuid[]`
  const value = new ActorValue(reader, ({ actor }) => [...new Set(list(actor))])
  return sql`(select ${value}::text[])::text[]`
}

// Ids need no quotes: written at once they take a fifth of the time that an array of any values takes.
function ownIds(reader: Reader, list: OfActor): RawBuilder<unknown> {
  return sql`${new ActorValue(reader, ({ actor }) => `{${[...new Set(list(actor))].join(',')}}`)}`
}
