import { createHash } from 'node:crypto'

import { type AuditAction, type AuditWay, canonicalJson } from '@trellis/metamodel'

/** Who did it: what of a request the log keeps. */
export interface AuditCaller {
  /** The tenant's schema. */
  readonly schema: string
  readonly at: Date
  /** The user; null for whoever has not signed in, and for the house. */
  readonly actor: string | null
  readonly by: AuditWay
  readonly address: string | null
}

/** What the log is told. */
export interface AuditEntry extends AuditCaller {
  readonly action: AuditAction
  readonly object?: string | undefined
  readonly record?: string | undefined
  /** Names and numbers: no secret, and no value of a field but for old and new rights. */
  readonly details?: Readonly<Record<string, unknown>>
}

/** An entry as it is stored, at its place in the chain of its day. */
export interface StoredEntry {
  /** `2026-11-22` */
  readonly day: string
  /** From 1, without a gap. */
  readonly number: number
  readonly at: string
  readonly actor: string | null
  readonly by: AuditWay
  readonly address: string | null
  readonly action: AuditAction
  readonly object: string | null
  readonly record: string | null
  readonly details: Readonly<Record<string, unknown>>
}

/** An entry at its place, in the form in which it can be stored and read back unchanged. */
export function placeEntry(entry: AuditEntry, day: string, number: number): StoredEntry {
  const { at, actor, by, address, action, object = null, record = null, details = {} } = entry
  return {
    day,
    number,
    at: at.toISOString(),
    actor,
    by,
    address: address === null ? null : storable(address),
    action,
    object,
    record,
    details: JSON.parse(JSON.stringify(details), (_key, value: unknown) =>
      typeof value === 'string' ? storable(value) : value,
    ) as StoredEntry['details'],
  }
}

/** The link of an entry: SHA-256 over the link before it and everything that the entry says. */
export function hashEntry(previous: Buffer, entry: StoredEntry): Buffer {
  return createHash('sha256').update(previous).update(canonicalJson(entry)).digest()
}

// A caller's words may hold what PostgreSQL does not store.
function storable(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\uFFFD')
}
