import { sql } from 'kysely'

import type { Context } from '../access/context.ts'
import { asJson, type Transaction } from '../db/index.ts'
import { systemTable } from '../schema/physical-map.ts'
import { type AuditCaller, type AuditEntry, hashEntry, placeEntry } from './audit-entry.ts'

/** Who acts in a context, as the audit log tells it. */
export function callerOf({ release, actor, now, address }: Context): AuditCaller {
  return {
    schema: release.physical.names.schema,
    at: now,
    actor: actor.userId,
    by: actor.by,
    address: address ?? null,
  }
}

/**
 * Adds entries to the audit log in the transaction of what they tell of: both are there, or neither is. They take
 * their places in the chain right before the commit, so that nobody waits for the chain longer than a commit takes.
 *
 * @example recordAudit(tx, { ...callerOf(context), action: 'reveal', object, record, details: { field: 'mobile' } })
 */
export function recordAudit(tx: Transaction, ...entries: readonly AuditEntry[]): void {
  if (entries.length === 0) return
  tx.beforeCommit(() => appendEntries(tx, entries))
}

/** Where a chain goes on. */
interface Head {
  readonly day: string
  readonly number: number
  readonly hash: Buffer
}

/** Puts entries at the end of the chain at once. The chain is held until the transaction ends. */
export async function appendEntries(
  tx: Transaction,
  entries: readonly AuditEntry[],
  today?: string,
): Promise<void> {
  for (const [schema, group] of Map.groupBy(entries, (entry) => entry.schema)) {
    const head = await lockHead(tx, schema, today)
    let { number, hash } = head
    const rows = group.map((entry) => {
      number += 1
      const stored = placeEntry(entry, head.day, number)
      hash = hashEntry(hash, stored)
      return { ...stored, hash: `\\x${hash.toString('hex')}` }
    })
    await tx.execute(sql`
      insert into ${systemTable(schema, '_audit')}
        (day, number, at, actor, by, address, action, object, record, details, hash)
      select r.day, r.number, r.at, r.actor, r.by, r.address, r.action, r.object, r.record, r.details, r.hash::bytea
      from json_to_recordset(${asJson(rows)}::json) as r (day date, number integer, at timestamptz, actor uuid, by text,
        address text, action text, object text, record uuid, details jsonb, hash text)`)
    await tx.execute(sql`
      update ${systemTable(schema, '_audit_day')} set number = ${number}, hash = ${hash} where day = ${head.day}`)
  }
}

const NO_HASH = Buffer.alloc(0)

/** Locks the end of the chain, beginning a new day where one has begun. */
async function lockHead(tx: Transaction, schema: string, today?: string): Promise<Head> {
  const days = systemTable(schema, '_audit_day')
  const now = today === undefined ? sql`(now() at time zone 'utc')::date` : sql`${today}::date`
  for (;;) {
    const [last] = await tx.query(sql<Head & { isOver: boolean }>`
      select day::text as day, number, hash, day < ${now} as "isOver" from ${days}
      where not closed order by day desc limit 1 for update`)
    if (last && !last.isOver) return last
    // Whoever waited for the day that ends here finds it closed, and looks again.
    if (last) await tx.execute(sql`update ${days} set closed = true where day = ${last.day}`)
    const previous = last?.hash ?? NO_HASH
    await tx.execute(sql`
      insert into ${days} (day, previous, hash)
      select ${now}, ${previous}, ${previous} where not exists (select from ${days} where not closed)
      on conflict do nothing`)
  }
}
