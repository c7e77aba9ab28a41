import type {
  ApprovalProcessDefinition,
  DuplicateRuleDefinition,
  Expression,
  PermissionSetDefinition,
  Principal,
  RestrictionRuleDefinition,
  SharingRuleDefinition,
} from '@trellis/metamodel'

/** A value as it is stored: references by id, dates as text. */
export type Value = string | number | boolean | null

/** A field of a world's object. */
export interface WorldField {
  readonly name: string
  readonly type: string
  /** The object that a reference points to. */
  readonly target?: string
  /** The objects to one of which a lookup of several points. */
  readonly targets?: readonly string[]
  /** The name of the other side of a reference. */
  readonly relationship?: string
  readonly sharesParent?: boolean
  readonly searchable?: boolean
  /** No two living records of the object have the same. */
  readonly unique?: boolean
  readonly codes?: readonly string[]
  /** What a derived field or a formula is made of: paths, over references too. */
  readonly madeOf?: readonly string[]
  readonly derive?: Expression
  readonly formula?: { readonly text: string; readonly stored: boolean }
  /** What a roll-up is made of: the records that refer by a field, and the number that is added up. */
  readonly rolledUp?: {
    readonly child: string
    readonly by: string
    readonly via: string
    readonly of?: string
  }
}

/** An object of a world; those of the platform are among them. */
export interface WorldObject {
  readonly name: string
  readonly isPlatform: boolean
  readonly sharing: 'private' | 'read' | 'read_write'
  readonly roleHierarchy: boolean
  /** The field that refers to the master, for details. */
  readonly master?: string
  readonly fields: readonly WorldField[]
}

export interface WorldRecord {
  readonly id: string
  readonly object: string
  /** Null for details. */
  readonly owner: string | null
  readonly isDeleted: boolean
  readonly isLocked: boolean
  readonly values: Readonly<Record<string, Value>>
}

export interface WorldUser {
  readonly id: string
  readonly name: string
  readonly isQueue: boolean
  readonly isActive: boolean
  readonly isDeleted: boolean
  readonly code: string | null
  readonly role: string | null
  readonly department: string | null
  readonly manager: string | null
  readonly sets: readonly string[]
}

/** A row that connects two others; the deleted ones do not count. */
export interface Link {
  readonly id: string
  readonly from: string
  readonly to: string
  readonly isDeleted: boolean
}

export interface GroupMember {
  readonly id: string
  readonly group: string
  readonly user: string | null
  readonly role: string | null
  readonly department: string | null
  readonly withBelow: boolean
  readonly isDeleted: boolean
}

export interface Coded {
  readonly id: string
  readonly code: string
  readonly parent: string | null
  readonly isDeleted: boolean
}

export interface WorldShare {
  readonly id: string
  readonly object: string
  readonly record: string
  /** As `_share.principal`: 'user:<id>', 'role:<name>' … */
  readonly principal: string
  readonly access: 'read' | 'edit'
  readonly cause: 'manual' | 'team' | 'approval'
  readonly expiresAt: string | null
}

/** A line of the history: what a field was, and what it became. */
export interface WorldChange {
  readonly record: string
  readonly field: string
  readonly at: string
  readonly old: Value
  readonly next: Value
}

export interface WorldFile {
  readonly id: string
  readonly name: string
  /** The text that is in it. */
  readonly content: string
  readonly uploadedBy: string
  /** The field of a record to which it belongs, or did; null for one that nothing was saved with. */
  readonly value: {
    readonly object: string
    readonly record: string
    readonly field: string
  } | null
}

/** A run of a process of approval. */
export interface WorldApproval {
  readonly id: string
  readonly object: string
  readonly record: string
  readonly status: 'pending' | 'approved' | 'rejected'
  readonly submittedBy: string
  readonly comment: string
  readonly items: readonly {
    readonly id: string
    readonly assignee: string
    readonly status: 'pending' | 'approved' | 'rejected'
    readonly decidedBy: string | null
  }[]
}

/** A search for duplicates that is done. */
export interface WorldSearch {
  readonly id: string
  readonly object: string
  readonly startedBy: string
  readonly fields: readonly string[]
  readonly groups: readonly {
    readonly id: string
    readonly score: number
    readonly agreed: readonly string[]
    readonly records: readonly string[]
  }[]
}

export interface Named<Definition> {
  readonly object: string
  readonly name: string
  readonly definition: Definition
}

/** A caller: a user, or the holder of one of their keys that is narrowed to a set. */
export interface Asker {
  readonly user: string
  readonly within: string | null
}

/** A small company with its rules, people and data, all of it known. */
export interface World {
  readonly seed: number
  readonly now: string
  readonly objects: readonly WorldObject[]
  readonly roles: readonly { readonly name: string; readonly parent: string | null }[]
  readonly sets: Readonly<Record<string, PermissionSetDefinition>>
  readonly users: readonly WorldUser[]
  readonly departments: readonly Coded[]
  readonly groups: readonly Coded[]
  readonly groupMembers: readonly GroupMember[]
  /** From user to further department. */
  readonly userDepartments: readonly Link[]
  /** From queue to member. */
  readonly queueMembers: readonly Link[]
  readonly sharingRules: readonly Named<SharingRuleDefinition>[]
  readonly restrictionRules: readonly Named<RestrictionRuleDefinition>[]
  readonly shares: readonly WorldShare[]
  readonly records: readonly WorldRecord[]
  readonly changes: readonly WorldChange[]
  /** When records were in the recycle bin that came back. */
  readonly absences: readonly {
    readonly record: string
    readonly from: string
    readonly to: string
  }[]
  readonly merges: readonly {
    readonly object: string
    readonly merged: string
    readonly survivor: string
  }[]
  readonly files: readonly WorldFile[]
  readonly processes: readonly Named<ApprovalProcessDefinition>[]
  readonly approvals: readonly WorldApproval[]
  /** Who decides on approvals in whose place. */
  readonly delegations: readonly {
    readonly id: string
    readonly user: string
    readonly delegate: string
    readonly isOver: boolean
  }[]
  readonly duplicateRules: readonly Named<DuplicateRuleDefinition>[]
  readonly searches: readonly WorldSearch[]
  /** Pairs of records that were said to be about different things, the lesser id first. */
  readonly distinct: readonly (readonly [string, string])[]
  readonly askers: readonly Asker[]
}

export type { Expression, PermissionSetDefinition, Principal }
