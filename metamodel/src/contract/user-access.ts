import type { AccessScope, FieldAccess } from '../kinds/index.ts'
import type { WireReference } from './records.ts'
import type { AccessReason } from './sharing.ts'

/** One of the rights over an object. */
export type ObjectRightName = 'create' | 'read' | 'edit' | 'delete' | 'transfer' | 'export'

/** A way that opens records to a user, or a rule that closes them. */
export interface UserAccessWay {
  reason: AccessReason
  /** The label of the rule, or of the object behind the reason, in the reader's language. */
  label: string | null
  /** How many of the records that the asker sees it leads to; of a restriction rule, how many it lets through. */
  count: number
}

/** `GET /meta/access?user=&object=`: what a user may do with an object, and which records that opens to them. */
export interface UserAccess {
  user: WireReference
  object: string
  /** What each of their permission sets gives over the object by itself. */
  permission_sets: { name: string; label: string; rights: ObjectRightName[] }[]
  rights: Record<ObjectRightName, boolean>
  /** How far each right reaches by the owner of a record, without scopes that others include. */
  scopes: Record<'read' | 'edit' | 'delete' | 'transfer', AccessScope[]>
  fields: { field: string; label: string; access: FieldAccess; reveal: boolean }[]
  /** Counted among the records that the asker may read themself. */
  records: {
    looked_at: number
    visible: number
    /** False where there are more records than are looked at. */
    complete: boolean
    first: { id: string; name: string | null }[]
  }
  ways: UserAccessWay[]
  restrictions: UserAccessWay[]
}
