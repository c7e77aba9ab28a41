import { sql } from 'kysely'

import type { Queryable } from '../db/index.ts'
import { systemTable } from '../schema/physical-map.ts'

/** A message that this worker has taken. */
export interface TakenMessage {
  id: string
  topic: string
  payload: Readonly<Record<string, unknown>>
  /** How often it has been tried, this time included. */
  attempts: number
}

const MOST_ERROR_LENGTH = 2000

/**
 * Takes due messages of some topics that nobody else has, for as long as the lease lasts. One that
 * failed twenty times is left alone, with its last error; the number is written out so that the
 * partial index serves.
 */
export async function takeDue(
  db: Queryable,
  schema: string,
  asked: { topics: readonly string[]; most: number; leaseMs: number },
): Promise<TakenMessage[]> {
  const outbox = systemTable(schema, '_outbox')
  return db.query<TakenMessage>(sql`
    with due as (
      select id from ${outbox}
      where run_at <= now() and attempts < 20 and (taken_until is null or taken_until < now())
        and topic = any(${[...asked.topics]}::text[])
      order by run_at, id limit ${asked.most} for update skip locked
    )
    update ${outbox} as o
    set taken_until = now() + ${asked.leaseMs} * interval '1 millisecond', attempts = o.attempts + 1
    from due where o.id = due.id
    returning o.id, o.topic, o.payload, o.attempts`)
}

/** Keeps messages taken for another lease. */
export async function renewLeases(
  db: Queryable,
  schema: string,
  asked: { ids: readonly string[]; leaseMs: number },
): Promise<void> {
  await db.execute(sql`
    update ${systemTable(schema, '_outbox')}
    set taken_until = now() + ${asked.leaseMs} * interval '1 millisecond'
    where id = any(${[...asked.ids]}::uuid[]) and taken_until is not null`)
}

/** Removes a message that is done. */
export async function removeMessage(db: Queryable, schema: string, id: string): Promise<void> {
  await db.execute(sql`delete from ${systemTable(schema, '_outbox')} where id = ${id}::uuid`)
}

/** Gives a message back that got on but has more to do; its failures are forgotten. */
export async function giveBack(db: Queryable, schema: string, id: string): Promise<void> {
  await db.execute(sql`
    update ${systemTable(schema, '_outbox')}
    set taken_until = null, attempts = 0, run_at = now(), last_error = null where id = ${id}::uuid`)
}

/** Puts a message off that failed. */
export async function postpone(
  db: Queryable,
  schema: string,
  failed: { id: string; delayMs: number; error: string },
): Promise<void> {
  const { id, delayMs, error } = failed
  await db.execute(sql`
    update ${systemTable(schema, '_outbox')}
    set taken_until = null, run_at = now() + ${delayMs} * interval '1 millisecond',
      last_error = ${error.slice(0, MOST_ERROR_LENGTH)}
    where id = ${id}::uuid`)
}
