import type { WireReference } from './records.ts'

/** Somebody who decides on approvals in another's place for a while (docs/access.md). */
export interface Delegation {
  id: string
  /** In whose name the delegate decides. */
  user: WireReference
  delegate: WireReference
  starts_at: string
  ends_at: string
  note: string | null
  /** `idle`: it has begun, but one of the two is not active, so that nobody decides by it. */
  state: 'coming' | 'in_force' | 'idle'
  created_by: WireReference
  created_at: string
}

/** `GET /delegations`: what is in force or to come, soonest first. */
export interface Delegations {
  delegations: Delegation[]
}

/** Body of `POST /delegations`. */
export interface NewDelegation {
  /** The caller if left out; for others only those who manage users. */
  user?: string
  delegate: string
  /** RFC 3339; at once if left out or over already. */
  starts_at?: string
  /** RFC 3339, at most 366 days after the beginning. */
  ends_at: string
  note?: string | null
}
