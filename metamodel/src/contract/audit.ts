import type { WireReference } from './records.ts'

/** Everything that the audit log knows to tell of. */
export const AUDIT_ACTIONS = [
  'sign_in',
  'sign_in_failed',
  'sign_out',
  'password_changed',
  'totp_enabled',
  'totp_disabled',
  'totp_reset',
  'recovery_code_used',
  'session_ended',
  'unlocked',
  'key_created',
  'key_revoked',
  'permission_changed',
  'publish',
  'rollback',
  'export',
  'reveal',
  'refused',
  'mass_change',
  'import',
  'share_changed',
  'transfer',
  'merge',
  'erase',
  'deactivate',
  'delegation_changed',
  'decided_for',
  'setting_changed',
] as const
export type AuditAction = (typeof AUDIT_ACTIONS)[number]

/** How somebody acted: signed in, by a key, as the house itself, or without having signed in. */
export const AUDIT_WAYS = ['session', 'api_key', 'system', 'nobody'] as const
export type AuditWay = (typeof AUDIT_WAYS)[number]

/** One line of the audit log. */
export interface WireAuditEntry {
  /** The day of the chain and the number in it, `2026-11-22.17`. */
  id: string
  at: string
  /** The name is null for users who are gone. */
  actor: WireReference | null
  by: AuditWay
  address: string | null
  action: AuditAction
  object: string | null
  /** The name is null where the reader may not see the record. */
  record: WireReference | null
  details: Readonly<Record<string, unknown>>
}

/** `GET /audit`, newest first. */
export interface AuditPage {
  entries: WireAuditEntry[]
  next_cursor: string | null
}
