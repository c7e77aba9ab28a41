import { sql } from 'kysely'

import type { Database, Transaction } from '../db/index.ts'
import { systemTable } from '../schema/physical-map.ts'
import { hashEntry, type StoredEntry } from './audit-entry.ts'
import type { Checkpoint } from './checkpoints.ts'

/** Where a chain is broken, and how. */
export interface BrokenLink {
  readonly day: string
  readonly number: number
  /**
   * `altered`: the entry is not the one that was written there · `missing`: it is gone · `surplus`: nobody wrote it ·
   * `previous`: the day does not begin with the last link of the day before · `remade`: each entry up to it fits the
   * one before, but not what a checkpoint says
   */
  readonly fault: 'altered' | 'missing' | 'surplus' | 'previous' | 'remade'
}

/** What was found. */
export interface AuditFindings {
  readonly entries: number
  readonly days: number
  /** The first broken link; undefined if all hold. */
  readonly broken?: BrokenLink
  /** The last link, to be written down elsewhere: with it, even a log made anew as a whole is recognised. */
  readonly last?: { readonly day: string; readonly number: number; readonly hash: string }
}

interface Day {
  readonly day: string
  readonly previous: Buffer
  readonly number: number
  readonly hash: Buffer
}

const AT_ONCE = 1000

/** What is verified. */
export interface VerifyAsked {
  /** One day instead of all. */
  readonly day?: string | undefined
  /** What was written down elsewhere, in the order in which it was. */
  readonly checkpoints?: readonly Checkpoint[]
}

/**
 * Walks along the chain, of one day or of all, and computes every link anew; then holds it against the checkpoints.
 *
 * @example await verifyAudit(db, 'main', { day: '2026-11-22' }) // { entries: 17, days: 1, last: … }
 */
export async function verifyAudit(
  db: Database,
  schema: string,
  { day, checkpoints = [] }: VerifyAsked = {},
): Promise<AuditFindings> {
  const verify = async (tx: Transaction): Promise<AuditFindings> => {
    const found = await verifyDays(tx, schema, day)
    if (found.broken) return found
    const broken = await findUnlike(
      tx,
      schema,
      checkpoints.filter((one) => day === undefined || one.day === day),
    )
    return broken ? { ...found, broken } : found
  }
  // One moment for all of it: entries that are added meanwhile are not seen.
  return db.inTransaction(verify, {
    readOnly: true,
    isolation: 'repeatable read',
    statementTimeoutMs: 0,
  })
}

/** The first checkpoint that the log is not like: its entry is gone, or another one is in its place. */
async function findUnlike(
  tx: Transaction,
  schema: string,
  checkpoints: readonly Checkpoint[],
): Promise<BrokenLink | undefined> {
  for (const { day, number, hash } of checkpoints) {
    const [entry] = await tx.query(sql<{ hash: Buffer }>`
      select hash from ${systemTable(schema, '_audit')} where day = ${day} and number = ${number}`)
    if (!entry) {
      const [end] = await tx.query(sql<{ number: number }>`
        select coalesce(max(number), 0) as number from ${systemTable(schema, '_audit')} where day = ${day}`)
      return { day, number: (end?.number ?? 0) + 1, fault: 'missing' }
    }
    if (entry.hash.toString('hex') !== hash) return { day, number, fault: 'remade' }
  }
  return undefined
}

async function verifyDays(
  tx: Transaction,
  schema: string,
  only: string | undefined,
): Promise<AuditFindings> {
  const days = await tx.query(sql<Day>`
    select day::text as day, previous, number, hash from ${systemTable(schema, '_audit_day')} order by day`)
  let entries = 0
  for (const [index, day] of days.entries()) {
    const before = days[index - 1]
    if (only !== undefined && day.day !== only) continue
    if (!day.previous.equals(before?.hash ?? Buffer.alloc(0))) {
      return { entries, days: index, broken: { day: day.day, number: 1, fault: 'previous' } }
    }
    const found = await verifyDay(tx, schema, day)
    entries += found.entries
    if (found.broken) return { entries, days: index + 1, broken: found.broken }
  }
  const stray = only === undefined ? await findStray(tx, schema) : undefined
  if (stray) return { entries, days: days.length, broken: { ...stray, fault: 'surplus' } }
  const last = days.findLast(({ day }) => only === undefined || day === only)
  const count = only === undefined ? days.length : Number(last !== undefined)
  if (!last) return { entries, days: count }
  const { day, number } = last
  return { entries, days: count, last: { day, number, hash: last.hash.toString('hex') } }
}

async function verifyDay(
  tx: Transaction,
  schema: string,
  { day, previous, number, hash: end }: Day,
): Promise<{ entries: number; broken?: BrokenLink }> {
  let hash = previous
  let at = 0
  for (;;) {
    const rows = await loadLinks(tx, schema, day, at)
    for (const { hash: kept, ...entry } of rows) {
      const broken = (place: number, fault: BrokenLink['fault']) => ({
        entries: at,
        broken: { day, number: place, fault },
      })
      if (entry.number > number) return broken(entry.number, 'surplus')
      if (entry.number !== at + 1) return broken(at + 1, entry.number < 1 ? 'surplus' : 'missing')
      hash = hashEntry(hash, entry)
      if (!hash.equals(kept)) return broken(entry.number, 'altered')
      at += 1
    }
    if (rows.length < AT_ONCE) break
  }
  if (at < number) return { entries: at, broken: { day, number: at + 1, fault: 'missing' } }
  if (!hash.equals(end)) return { entries: at, broken: { day, number: at, fault: 'altered' } }
  return { entries: at }
}

async function loadLinks(
  tx: Transaction,
  schema: string,
  day: string,
  after: number,
): Promise<(StoredEntry & { hash: Buffer })[]> {
  // Numbers below 1 were written by nobody: they are to be found as well.
  const from = after === 0 ? sql`true` : sql`number > ${after}`
  return tx.query(sql<StoredEntry & { hash: Buffer }>`
    select day::text as day, number, at, actor, by, address, action, object, record, details, hash
    from ${systemTable(schema, '_audit')} where day = ${day} and ${from} order by number limit ${AT_ONCE}`)
}

/** An entry of a day that never began. */
async function findStray(
  tx: Transaction,
  schema: string,
): Promise<{ day: string; number: number } | undefined> {
  const [stray] = await tx.query(sql<{ day: string; number: number }>`
    select a.day::text as day, a.number from ${systemTable(schema, '_audit')} as a
    where not exists (select from ${systemTable(schema, '_audit_day')} as d where d.day = a.day)
    order by a.day, a.number limit 1`)
  return stray
}
