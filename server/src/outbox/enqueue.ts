import { sql } from 'kysely'
import { uuidv7 } from 'uuidv7'

import { asJson, type Queryable } from '../db/index.ts'
import { systemTable } from '../schema/physical-map.ts'

/** Something to be done after commit. */
export interface OutboxMessage {
  /** Says who does it: the key of the table of handlers, such as `import.run`. */
  topic: string
  payload: Readonly<Record<string, unknown>>
  /** Not before this moment; at once if left out. */
  runAt?: Date
}

/** The channel on which workers are told that there is something to do. */
export const OUTBOX_CHANNEL = 'trellis_outbox'

/**
 * Puts messages into the outbox of a tenant within the caller's transaction: they are delivered if
 * it commits, and never if it does not. The notification is a hint; a lost one costs a few seconds.
 *
 * @example await enqueue(tx, schema, [{ topic: 'import.run', payload: { import: id } }])
 */
export async function enqueue(
  tx: Queryable,
  schema: string,
  messages: readonly OutboxMessage[],
): Promise<void> {
  if (messages.length === 0) return
  const now = new Date()
  const rows = messages.map(({ topic, payload, runAt }) => ({
    id: uuidv7(),
    topic,
    payload,
    run_at: (runAt ?? now).toISOString(),
  }))
  await tx.execute(sql`
    insert into ${systemTable(schema, '_outbox')} (id, topic, payload, run_at, created_at)
    select r.id, r.topic, r.payload, r.run_at, ${now.toISOString()}::timestamptz
    from json_to_recordset(${asJson(rows)}::json) as r (id uuid, topic text, payload jsonb, run_at timestamptz)`)
  await tx.execute(sql`select pg_notify(${OUTBOX_CHANNEL}, '')`)
}
