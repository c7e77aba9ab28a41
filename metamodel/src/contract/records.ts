import type { Expression } from '../expression/index.ts'

/** The words on the wire for records (api.md, "Records"). */

/** `?sort=-amount,name` as data. */
export interface SortSpec {
  field: string
  direction: 'asc' | 'desc'
}

/** What a list asks for: the body of `POST /records/{object}/query`; the GET parameters become the same. */
export interface ListQuery {
  select?: string[]
  where?: Expression
  sort?: (string | SortSpec)[]
  limit?: number
  cursor?: string
  count?: 'none' | 'estimate' | 'exact'
  view?: string
  q?: string
}

/** A record on the wire: field API names are the keys. */
export interface WireRecord {
  id: string
  name: string
  version: number
  /** Stored formulas that are being computed anew, because records which they read have changed. */
  _calculating?: string[]
  [field: string]: unknown
}

/**
 * What is shown of a value that the reader may not know: `{"masked": "138****8000"}`. Only a name that is masked
 * stays a text, here as in references: `"王****"`.
 */
export interface MaskedValue {
  masked: string
}

/** Whether a value on the wire is a mask. */
export function isMasked(value: unknown): value is MaskedValue {
  return typeof value === 'object' && value !== null && 'masked' in value && !('id' in value)
}

/** A reference on the wire. */
export interface WireReference {
  id: string
  name: string | null
  /** Of a lookup of several objects: the one that it leads to. */
  object?: string
  [field: string]: unknown
}

/** A file on the wire, as the value of a field and as the answer to an upload. */
export interface WireFile {
  id: string
  name: string
  /** In bytes. */
  size: number
  /** The media type that its bytes have. */
  type: string
}

export interface RecordPage {
  records: WireRecord[]
  next_cursor: string | null
  count?: number
  /** Whether `count` is an estimate. */
  count_is_estimate?: boolean
}

export const BUCKETS = ['day', 'week', 'month', 'quarter', 'year'] as const
export type Bucket = (typeof BUCKETS)[number]

export interface AggregateQuery {
  where?: Expression
  group_by?: (string | { field: string; bucket?: Bucket; as?: string })[]
  measures: {
    fn: 'count' | 'count_distinct' | 'sum' | 'avg' | 'min' | 'max'
    field?: string
    as: string
  }[]
  having?: Expression
  sort?: (string | SortSpec)[]
  limit?: number
  cursor?: string
}

/** A group: the values grouped by under their field path (or `as`), and the measures under their names. */
export interface AggregatePage {
  groups: Record<string, unknown>[]
  next_cursor: string | null
  /** The currency (ISO 4217) of the measures that are amounts of money: that of the organization. */
  currency?: string
}

export interface BatchOperation {
  op: 'create' | 'update' | 'upsert' | 'delete'
  id?: string
  by?: Record<string, unknown>
  record?: Record<string, unknown>
  version?: number
}

export interface BatchRequest {
  atomic?: boolean
  operations: BatchOperation[]
}

export interface BatchResult {
  status: number
  id?: string
  version?: number
  errors?: WireError[]
}

/** One failure, at one place. */
export interface WireError {
  /** Field API name, or a dotted path in the body; empty for the whole. */
  path: string
  code: string
  message: string
  rule?: string
  suggestion?: string
  /** Of `not_of_record_type`: what the record has there that its type does not offer, and what the type does. */
  value?: string | string[]
  allowed?: readonly string[]
  /** Of `duplicate` and `likely_duplicate`: the records that were found, as far as the caller may know them. */
  matches?: readonly WireMatch[]
}

/** A record that a duplicate rule found. One that the caller may not see has no id and no name. */
export interface WireMatch {
  object: string
  id: string | null
  name: string | null
  /** Whose record it is, where the rule tells of records that the caller may not see. */
  owner?: string | null
}

/** RFC 9457 problem details with our members. */
export interface WireProblem {
  type: string
  title: string
  status: number
  code: string
  detail?: string
  instance?: string
  errors?: WireError[]
  /** The current record, with 412. */
  record?: WireRecord
}

/** A dry run of a create or update. */
export interface PreviewResponse {
  record: Record<string, unknown>
  errors: WireError[]
}

export interface HistoryEntry {
  id: string
  at: string
  by: WireReference | null
  action:
    | 'created'
    | 'updated'
    | 'deleted'
    | 'restored'
    | 'shared'
    | 'unshared'
    | 'merged'
    | 'erased'
  /** Why: `user`, `api_key`, `import`, `merge`, `approval`, `system` … */
  cause: string
  field: string | null
  old: unknown
  /** Of `erased`: the names of the fields whose values are gone. */
  new: unknown
  /** The record of which it tells, if that was merged into this one. */
  of: WireReference | null
}
export interface HistoryPage {
  entries: HistoryEntry[]
  next_cursor: string | null
}

/** A record as it was at a moment, as far as its history tells. */
export interface RecordAsOf {
  at: string
  /** `not_made`: it was not there yet. `deleted`: it was in the recycle bin. */
  state: 'not_made' | 'deleted' | 'there'
  record: { id: string; [field: string]: unknown } | null
  /** Fields that the reader sees today, of which no history tells what they were. */
  unknown: string[]
}

/** A record in the recycle bin. */
export interface BinEntry {
  id: string
  name: string | null
  deleted_at: string
  deleted_by: WireReference | null
  /** The record that it was merged into; it cannot be restored then. */
  merged_into: WireReference | null
}

export interface BinPage {
  records: BinEntry[]
  next_cursor: string | null
}

/** One line of the timeline: a child's creation, a change, an approval, a follow-up. */
/** A field that has another value than before. */
export interface FieldChange {
  field: string
  label: string
  old: unknown
  new: unknown
}

export interface TimelineEntry {
  id: string
  at: string
  by: WireReference | null
  /** `record_created`, `field_changed`, `approval`, `activity`. */
  type: string
  object: string
  record: WireReference
  title: string
  text: string | null
  changes?: FieldChange[]
}

/** The 360° view in one response. */
export interface Overview {
  record: WireRecord
  facts: {
    name: string
    label: string
    value: number | string | null
    type: string
    relationship: string
    tone: 'neutral' | 'good' | 'bad'
  }[]
  related: {
    relationship: string
    label: string
    object: string
    field: string
    count: number
    /** Amounts of money are in the currency of the organization. */
    total?: { label: string; value: number | string | null; type: string }
    columns: string[]
    records: WireRecord[]
    next_cursor: string | null
  }[]
  timeline: TimelineEntry[]
  approvals: ApprovalSummary[]
  /** What the caller may do: `edit`, `delete`, `transfer`, `share`, `submit`, `approve:<work item>`, `reject:<work item>`, `recall:<approval>`. */
  actions: string[]
}

export interface ApprovalSummary {
  id: string
  process: string
  process_label: string
  status: 'pending' | 'approved' | 'rejected' | 'recalled'
  object: string
  record: WireReference
  submitted_by: WireReference | null
  submitted_at: string
  finished_at: string | null
  comment: string | null
  current_step: string | null
  /** Work items of the current step that still wait. */
  waiting_for: {
    work_item: string
    assignee: WireReference
    /** Who may decide in the assignee's place now. */
    delegate: WireReference | null
    since: string
  }[]
}

export interface ApprovalDetail extends ApprovalSummary {
  /**
   * What became different between the record's last approval, or its creation, and this submission, as far
   * as the reader may see it.
   */
  changes: FieldChange[]
  steps: {
    name: string
    label: string
    /** `skipped` also of a step to come whose criteria the record does not meet as it is now. */
    state: 'done' | 'current' | 'coming' | 'skipped'
    mode: string
    approvers: WireReference[]
  }[]
  work_items: {
    id: string
    step: string
    step_label: string
    assignee: WireReference
    status: 'waiting' | 'pending' | 'approved' | 'rejected' | 'no_response' | 'recalled'
    decided_by: WireReference | null
    decided_at: string | null
    comment: string | null
  }[]
  history: {
    at: string
    by: WireReference | null
    /** In whose name, if not their own. */
    in_name_of: WireReference | null
    act: string
    step: string | null
    comment: string | null
  }[]
}

/** An approval in a box, with what decides. */
export interface ApprovalEntry extends ApprovalSummary {
  /** The work item of the reader that waits; only in `to_do`. */
  work_item?: string
  /** Whose work item it is, or was, if not the reader's: they act in that one's place. */
  in_name_of?: WireReference
  /** Who decided in the reader's place; only in `done`. */
  decided_by?: WireReference
  /** The highlights of the record by field, in their order, with the currency of amounts; null if the reader may not see the record. */
  highlights: Record<string, unknown> | null
  /** As in `ApprovalDetail`. */
  changes: FieldChange[]
}

export interface ApprovalBox {
  approvals: ApprovalEntry[]
  next_cursor: string | null
}

export interface SearchResponse {
  groups: {
    object: string
    label: string
    records: { id: string; name: string; detail: string | null }[]
  }[]
}
