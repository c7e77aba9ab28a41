import type { SharedAccess } from '../kinds/index.ts'
import type { WireReference } from './records.ts'

/** The words on the wire for who may see and do what with one record (docs/access.md). */

/** With whom a record may be shared; the last five mean several users at once. */
export const SHARE_PRINCIPALS = [
  'user',
  'role',
  'role_and_below',
  'department',
  'department_and_below',
  'group',
] as const
export type SharePrincipalType = (typeof SHARE_PRINCIPALS)[number]

/** `manual`: by hand, until the owner changes. `team`: somebody who works on the record. */
export const GIVEN_CAUSES = ['manual', 'team'] as const
export type GivenCause = (typeof GIVEN_CAUSES)[number]

/** `approval`: somebody who is asked to decide on the record, until they have; nobody gives or ends it by hand. */
export const SHARE_CAUSES = [...GIVEN_CAUSES, 'approval'] as const
export type ShareCause = (typeof SHARE_CAUSES)[number]

/** With whom a record is shared; `id` is the name of a role, else the id of a record. */
export interface SharePrincipal {
  type: SharePrincipalType
  id: string
  /** Null if the reader may not see them. */
  name: string | null
}

export interface RecordShare {
  id: string
  cause: ShareCause
  access: SharedAccess
  principal: SharePrincipal
  /** What a member of the team does, in their words. */
  team_role: string | null
  expires_at: string | null
  created_by: WireReference
  created_at: string
}

/** `GET /records/{object}/{id}/shares`: what is in force. */
export interface RecordShares {
  shares: RecordShare[]
  /** Whether the reader may share the record by hand. */
  may_share: boolean
  /** Whether they may say who is on its team. */
  may_edit_team: boolean
  /** The most that they may share. */
  most_access: SharedAccess
}

/** Body of `POST /records/{object}/{id}/shares`. */
export interface NewShare {
  principal: { type: SharePrincipalType; id: string }
  access: SharedAccess
  cause: GivenCause
  team_role?: string | null
  /** RFC 3339; without it the share does not end by itself. */
  expires_at?: string | null
}

/** Body of `PATCH /records/{object}/{id}/shares/{share}`. */
export type ShareEdit = Partial<Pick<NewShare, 'access' | 'team_role' | 'expires_at'>>

/** Body of `POST /records/{object}/{id}/actions/transfer`. */
export interface TransferRequest {
  owner: string
  /** To-many relationships whose records of the same owner go along. */
  with?: string[]
  /** true if left out */
  keep_team?: boolean
}

export interface TransferAnswer {
  id: string
  version: number
  owner: WireReference
  /** Of each relationship in `with`: how many went along, and how many of the old owner's had to stay. */
  with: Record<string, { moved: number; left: number }>
}

/** `GET /records/user/{id}/holdings`: what a user owns, and what waits for them. */
export interface Holdings {
  objects: { object: string; label: string; count: number }[]
  /** Work items of approvals that wait for them. */
  work_items: number
  /** Colleagues who report to them. */
  direct_reports: number
  /** Queues of which they are a member: others of these go on with what they own. */
  queues: number
}

/** Body of `POST /records/user/{id}/actions/deactivate`: who takes over. What nobody takes stays. */
export interface HandOver {
  /** Owns what the user owned. */
  successor?: string | null
  /** Decides what waited for them; the successor if left out. */
  approver?: string | null
  /** Whom the colleagues report to who reported to them. */
  manager?: string | null
}

/** What became of a user who was made inactive. */
export interface Deactivation {
  active: false
  successor: WireReference | null
  moved: { object: string; label: string; count: number }[]
  /** What stays: locked by an approval, not for the successor, or not yet reached. */
  left: { object: string; label: string; count: number }[]
  work_items: { moved: number; left: number }
  direct_reports: { moved: number; left: number }
  /** False when there was more than one call moves: the same call again goes on. */
  complete: boolean
}

export const EXPLAINED_RIGHTS = ['read', 'edit', 'delete', 'transfer'] as const
export type ExplainedRight = (typeof EXPLAINED_RIGHTS)[number]

/** What opens or closes a record. */
export interface AccessReason {
  kind:
    | 'right'
    | 'all_records'
    | 'sharing_default'
    | 'scope'
    | 'role_hierarchy'
    | 'share'
    | 'sharing_rule'
    | 'restriction_rule'
    | 'master'
    | 'child'
  scope?: 'own' | 'own_and_subordinates' | 'department' | 'department_and_below'
  rule?: string
  object?: string
  field?: string
}

/** One way to the record, or one rule that has to be met. */
export interface AccessWay {
  reason: AccessReason
  /** The reason in the reader's language. */
  text: string
  /** Whether it opens this record, or, of a restriction rule, lets it through. */
  holds: boolean
  /** A way of the permission set of an API key: it narrows, and has to open the record too. */
  of_key: boolean
}

/** Why somebody may not. */
export interface AccessDenial {
  kind: 'inactive' | 'no_object_right' | 'no_way' | 'restriction_rule' | 'not_readable' | 'locked'
  text: string
}

/** `GET /records/{object}/{id}/access`: what decides whether a user may do something with a record. */
export interface AccessExplanation {
  user: WireReference
  right: ExplainedRight
  allowed: boolean
  /** What gives the right on the object. */
  given_by: { permission_set: string; label: string }[]
  grants: AccessWay[]
  restrictions: AccessWay[]
  /** The shares that mean the user, if the record is shared with them. */
  shares: Omit<RecordShare, 'created_by' | 'created_at'>[]
  denials: AccessDenial[]
  fields: { field: string; label: string; access: 'none' | 'masked' | 'read' | 'edit' }[]
}
