import type { FailureCode } from '../expression/index.ts'
import type { RollUpFunction } from '../field-types/index.ts'
import type {
  ApprovalProcessDefinition,
  FieldAccess,
  ListViewDefinition,
  PageLayoutDefinition,
  RecordPageDefinition,
  SystemPermission,
  DashboardDefinition,
} from '../kinds/index.ts'
import type { FieldDefinition } from '../kinds/index.ts'
import type { Locale } from '../localized-text.ts'
import type { Mask } from '../mask.ts'

/** The words on the wire for metadata (api.md, "Metadata"): everything resolved for one caller in one language. */

export interface DescribedValue {
  code: string
  label: string
  color: string
  active: boolean
  kind?: 'open' | 'won' | 'lost'
  probability?: number
  forecast?: string
}

export interface DescribedField {
  name: string
  label: string
  help?: string
  type: string
  access: Exclude<FieldAccess, 'none'>
  /** How a masked value is shown; only with access `masked`. */
  mask?: Mask
  /** Whether the caller may ask for the value behind the mask. */
  reveal?: boolean
  required: boolean
  unique: boolean
  system: boolean
  /** No caller may write it, whatever the access. */
  read_only: boolean
  sortable: boolean
  groupable: boolean
  filter_operators: string[]
  searchable: boolean
  /** Erased with the personal data of a record. */
  personal?: boolean
  values?: DescribedValue[]
  target?: string
  /** Of a lookup of several objects: those that it may refer to. */
  targets?: string[]
  /** Which records may be referred to, with `$record.<field>` for fields of this record, and why in words. */
  lookup_filter?: { where: unknown; words: string }
  /** Of a value with parts: each as a field by its path, `billing_address.city`. */
  parts?: DescribedField[]
  scale?: number
  /**
   * Of an amount of money in the currency of its record, whether the caller may know which that is (`currency`). Others
   * are in the currency of the organization.
   */
  own_currency?: boolean
  min?: number
  max?: number
  max_length?: number
  default?: unknown
  default_from?: FieldDefinition['default_from']
  /** Which of the values may be chosen follows another field of the record. */
  controlled_by?: FieldDefinition['controlled_by']
  required_when?: unknown
  read_only_when?: unknown
  visible_when?: unknown
  derive?: unknown
  /** How a formula is computed, if it reads nothing but the record: for a form that shows it while people type. */
  formula?: unknown
  /** What a roll-up is made of, as far as the caller may know it. */
  rolled_up?: DescribedRollUp
  options: Record<string, unknown>
}

/** How a roll-up is made: of which records (`object`), of which field of theirs, of those that meet `where`. */
export interface DescribedRollUp {
  fn: RollUpFunction
  object?: string
  object_label?: string
  field?: string
  field_label?: string
  where?: unknown
}

export interface DescribedRelationship {
  name: string
  label: string
  object: string
  field: string
  master_detail: boolean
  /** Of a junction: its other master-detail, and the object that it leads to. */
  joins?: { field: string; object: string }
}

export interface DescribedRule {
  name: string
  error_if: unknown
  on: ('create' | 'update')[]
  at: string[]
  message: string
}

/** Layouts, pages and views keep their authored shape with labels in the caller's language. */
export type DescribedLayout = Localized<PageLayoutDefinition> & { name: string; derived: boolean }
export type DescribedRecordPage = Localized<RecordPageDefinition> & {
  name: string
  derived: boolean
}
export type DescribedListView = Localized<ListViewDefinition> & { name: string; derived: boolean }
export type DescribedApprovalProcess = {
  name: string
  label: string
  steps: { name: string; label: string }[]
  allow_recall: boolean
  entry?: ApprovalProcessDefinition['entry']
}

/** A definition whose `label` is one string. */
export type Localized<T> = T extends readonly (infer U)[]
  ? Localized<U>[]
  : T extends object
    ? { [K in keyof T]: K extends 'label' | 'message' | 'plural' ? string : Localized<T[K]> }
    : T

/** A variant of the object's records. */
export interface DescribedRecordType {
  name: string
  label: string
  /** Whether the caller may choose it. */
  available: boolean
  /** The type of a new record where nobody chooses. */
  default: boolean
  /** The values that it offers, by picklist field; fields that are not named offer all of theirs. */
  values: Record<string, { codes: string[]; default?: string }>
}

/** What a caller may use of an object (`GET /meta/objects/{object}`). */
export interface DescribedObject {
  name: string
  label: string
  plural: string
  icon: string
  access: {
    create: boolean
    read: boolean
    edit: boolean
    delete: boolean
    transfer: boolean
    export: boolean
    import: boolean
  }
  sharing: string
  has_owner: boolean
  name_field: 'text' | 'auto_number'
  highlights: string[]
  stage_field: string | null
  fields: DescribedField[]
  relationships: DescribedRelationship[]
  /** In their order; none where the object has no variants, or the caller may not know of them. */
  record_types: DescribedRecordType[]
  /** The layouts that are for the caller; the first is the one to use. */
  page_layouts: DescribedLayout[]
  record_page: DescribedRecordPage
  list_views: DescribedListView[]
  validation_rules: DescribedRule[]
  approval_processes: DescribedApprovalProcess[]
  templates: { name: string; label: string }[]
}

/** `GET /meta/objects`. */
export interface DescribedObjects {
  release: number
  objects: DescribedObject[]
}

/** `GET /meta/apps`: menus and dashboards of the caller. */
export interface DescribedApps {
  apps: {
    name: string
    label: string
    navigation: ({ object: string } | { dashboard: string })[]
  }[]
  dashboards: (Localized<DashboardDefinition> & { name: string })[]
}

/** `GET /me`. */
export interface Me {
  user: {
    id: string
    name: string
    email: string
    role: string | null
    department: { id: string; name: string | null } | null
  }
  tenant: string
  locale: Locale
  time_zone: string
  /** The currency of the organization (ISO 4217). */
  currency: string
  permissions: { sets: string[]; system: SystemPermission[]; custom: string[] }
  /** The password was made for them: until they choose their own, everything else answers 403. */
  must_change_password: boolean
  /** A second step of signing in is asked of them: until they have set it up, everything else answers 403. */
  must_set_up_second_step: boolean
  csrf_token: string | null
  release: number
}

export interface WireMetadataProblem {
  code: string
  severity: 'error' | 'warning'
  kind: string
  name: string
  path: string
  /** Where in the text at `path`, e.g. of a formula: from this character to before that one. */
  range?: { from: number; to: number }
  message: string
  suggestion?: string
  file?: string
}

export interface ChangeSetItem {
  kind: string
  name: string
  op: 'put' | 'delete'
  definition: unknown
  /** Released definition now, null if it is new. */
  current: unknown
  problems: WireMetadataProblem[]
}

export interface ChangeSet {
  id: string
  label: string
  base_release: number
  status: 'open' | 'publishing' | 'published' | 'discarded'
  created_by: { id: string; name: string | null } | null
  created_at: string
  updated_at: string
  items: ChangeSetItem[]
  problems: WireMetadataProblem[]
  /** The last time that it was published in steps; only of one change set, not in a list. */
  publish?: WirePublish | null
}

/** A publish that is done in steps, because tables are large. */
export interface WirePublish {
  id: string
  change_set: string | null
  label: string
  /** `halted`: it waits for somebody to resume or abort it. `aborting`: what it has made is being taken back. */
  status: 'running' | 'halted' | 'aborting' | 'done' | 'aborted'
  base_release: number
  /** The release that it became; null until it is live. */
  release: number | null
  ordered_by: { id: string; name: string | null } | null
  ordered_at: string
  live_at: string | null
  finished_at: string | null
  /** Why it has halted. */
  error: string | null
  /** Sessions of the database that hold what it waits for. */
  blockers: { pid: number; since: string | null; state: string | null; application: string }[]
  steps: WirePublishStep[]
}

/** One step of it. */
export interface WirePublishStep {
  phase: 'expand' | 'backfill' | 'prove' | 'activate' | 'contract'
  /** As in the plan; `go_live` is the one that makes the release live. */
  kind: string
  object: string
  field: string | null
  title: string
  status: 'pending' | 'running' | 'done' | 'undone'
  /** Rows, where it goes through rows; else 1 of 1. The total is an estimate. */
  done: number
  total: number
  started_at: string | null
  finished_at: string | null
}

/** `POST /meta/changesets/{id}/publish`: 200 when it is live, 202 when it goes on in steps. */
export interface WirePublished {
  release: number
  changes: WireModelChange[]
  publish?: WirePublish
}

/** One step of a plan (metadata.md, section 7). */
export interface WirePlanStep {
  /** `create_table`, `add_column`, `create_index` … */
  kind: string
  object: string
  field?: string
  title: string
  sql: string[]
  lock: 'none' | 'share' | 'share_row_exclusive' | 'access_exclusive'
  class: 'instant' | 'scan' | 'rewrite' | 'build'
  rows: number
  reversible: boolean
  undo: string
}

/** Something found in live data or in the model that stands in the way of publishing, or that one should know. */
export interface WireFinding {
  code: string
  severity: 'error' | 'warning'
  kind: string
  name: string
  message: string
  count?: number
  samples?: { id: string; name: string | null; value?: unknown }[]
}

/** A change in words: `field account.level`: label changed. */
export interface WireModelChange {
  kind: string
  name: string
  op: 'added' | 'changed' | 'removed' | 'renamed'
  /** What it was called before; only of what is renamed. */
  from?: string
  /** Nothing else changes of it than the names of what it refers to. */
  follows?: true
  summary: string
  properties: { path: string; old: unknown; new: unknown }[]
}

/** One thing that changes about who may see and do what, in words: `Read accounts`: `own` → `all`. */
export interface WireAccessChange {
  kind: string
  name: string
  /** Something is opened, something is closed; both where one condition takes the place of another. */
  opens: boolean
  closes: boolean
  what: string
  before: string
  after: string
}

/** What changes of access mean for the users and the records there are. */
export interface WireAccessEffect {
  object: string
  right: 'read' | 'edit' | 'delete' | 'transfer' | 'create' | 'export' | 'fields'
  gains: boolean
  /** Null where counting took too long. */
  users: number | null
  /** Null where it is not about single records, or was not counted. */
  records: number | null
  /** There are more than these. */
  more: boolean
  /** `17 users gain read on 4,210 opportunities`. */
  text: string
}

/** What became of one test of the package. */
export interface WireTestOutcome {
  name: string
  label: string
  /** `not_run`: the tests together took too long. */
  status: 'passed' | 'failed' | 'not_run'
  ms: number
  /** What was expected and what came, with the place in the definition (`expect.0`); none of one that passed. */
  failures: { path: string; message: string }[]
}

/** `POST /meta/tests`: those that failed come first. */
export interface WireTestRun {
  passed: number
  failed: number
  not_run: number
  ms: number
  tests: WireTestOutcome[]
}

export interface Plan {
  change_set: string
  base_release: number
  head_release: number
  changes: WireModelChange[]
  steps: WirePlanStep[]
  findings: WireFinding[]
  /** Who gains and who loses what. */
  access: { changes: WireAccessChange[]; effects: WireAccessEffect[] }
  problems: WireMetadataProblem[]
  /** What became of the tests of what would be in force; null if nothing changes that a test could notice. */
  tests: WireTestRun | null
  /** True if nothing stands in the way. */
  publishable: boolean
  /** Tables are large: it will be done in steps while people work, and can be followed. */
  in_steps: boolean
}

/** What a formula yields on some records: `POST /meta/changesets/{id}/check-formula`. */
export interface FormulaTrial {
  /** The type of the value. */
  type: string
  records: TriedRecord[]
}

export interface TriedRecord {
  id: string
  name: string | null
  value: unknown
  /** Why there is no value; null if there is one. */
  reason: {
    /** `blank`: something it reads is empty; `nothing`: so it says; else how an operation failed. */
    code: FailureCode | 'blank' | 'nothing'
    /** Paths of what is empty. */
    fields: string[]
  } | null
}

/** Something in which metadata and the tables of the database disagree: `GET /meta/drift`. */
export interface WireDrift {
  /** `missing_index`, `unknown_trigger`, `differs` … */
  code: string
  /** What it is about, by its name in the database. */
  place: string
  message: string
  /** SQL that would make them agree; null where somebody has to decide. */
  mend: string | null
}

export interface WireRelease {
  release: number
  label: string
  published_at: string
  published_by: { id: string; name: string | null } | null
  changes: WireModelChange[]
  rolled_back_to?: number
}

/** What an import does with a row that a duplicate rule warns of. */
export const IMPORT_DUPLICATES = ['refuse', 'skip', 'create', 'update'] as const
export type ImportDuplicates = (typeof IMPORT_DUPLICATES)[number]

/** The first rows of a file as an import would read them. */
export interface ImportPreview {
  header: string[]
  rows: string[][]
  /** There are more rows. */
  is_cut: boolean
}

export interface ImportJob {
  id: string
  object: string
  status: 'pending' | 'running' | 'done' | 'failed' | 'undone'
  mode: 'create' | 'update' | 'upsert'
  duplicates: ImportDuplicates
  dry_run: boolean
  file_name: string
  total: number
  processed: number
  created: number
  updated: number
  failed: number
  /** Rows left out because they are likely duplicates. */
  skipped: number
  started_at: string | null
  finished_at: string | null
  created_at: string
  /** The first of the rows that failed or were skipped; all of them are in `GET /imports/{id}/errors` (CSV). */
  errors: {
    row: number
    column: string | null
    value: string | null
    code: string
    message: string
  }[]
  errors_total: number
  /** What was noticed about the file: encoding, delimiter, BOM, ragged rows. */
  notes: string[]
}
