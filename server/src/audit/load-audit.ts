import type { AuditAction } from '@trellis/metamodel'
import { type RawBuilder, sql } from 'kysely'

import type { Queryable } from '../db/index.ts'
import { message, refuse } from '../errors.ts'
import { systemTable } from '../schema/physical-map.ts'
import type { StoredEntry } from './audit-entry.ts'

/** Which entries are asked for; what is left out does not matter. */
export interface AuditQuery {
  /** RFC 3339, inclusive. */
  readonly from?: string | undefined
  /** RFC 3339, exclusive. */
  readonly to?: string | undefined
  readonly actor?: string | undefined
  readonly actions?: readonly AuditAction[] | undefined
  readonly object?: string | undefined
  readonly record?: string | undefined
  readonly limit: number
  /** The id of the last entry of the page before. */
  readonly cursor?: string | undefined
}

/** A page of the log. */
export interface AuditRows {
  readonly entries: readonly StoredEntry[]
  readonly nextCursor: string | null
}

/**
 * Loads a page of the audit log of a tenant, newest first.
 *
 * @throws RequestError `invalid_cursor`
 */
export async function loadAudit(
  db: Queryable,
  schema: string,
  asked: AuditQuery,
): Promise<AuditRows> {
  const { limit } = asked
  const rows = await db.query(sql<StoredEntry>`
    select day::text as day, number, at, actor, by, address, action, object, record, details
    from ${systemTable(schema, '_audit')} where ${sql.join(conditionsOf(asked), sql` and `)}
    order by day desc, number desc limit ${limit + 1}`)
  const entries = rows.slice(0, limit)
  const last = entries.at(-1)
  return { entries, nextCursor: rows.length > limit && last ? entryId(last) : null }
}

/** `2026-11-22.17` */
export function entryId({ day, number }: Pick<StoredEntry, 'day' | 'number'>): string {
  return `${day}.${number}`
}

function conditionsOf(asked: AuditQuery): RawBuilder<unknown>[] {
  const { from, to, actor, actions, object, record, cursor } = asked
  return [
    sql`true`,
    ...(from === undefined ? [] : [sql`at >= ${from}::timestamptz`]),
    ...(to === undefined ? [] : [sql`at < ${to}::timestamptz`]),
    ...(actor === undefined ? [] : [sql`actor = ${actor}::uuid`]),
    ...(actions === undefined ? [] : [sql`action = any(${[...actions]}::text[])`]),
    ...(object === undefined ? [] : [sql`object = ${object}`]),
    ...(record === undefined ? [] : [sql`record = ${record}::uuid`]),
    ...(cursor === undefined ? [] : [afterCursor(cursor)]),
  ]
}

function afterCursor(cursor: string): RawBuilder<unknown> {
  const [, day, number] = /^(\d{4}-\d\d-\d\d)\.(\d{1,9})$/.exec(cursor) ?? []
  const isDay = day !== undefined && new Date(`${day}T00:00:00Z`).toJSON()?.startsWith(day) === true
  if (isDay) return sql`(day, number) < (${day}::date, ${Number(number)}::integer)`
  throw refuse(
    'invalid_cursor',
    'cursor',
    message('The cursor was not made by this log', '翻页标记不是由审计日志生成的'),
  )
}
