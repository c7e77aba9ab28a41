import { IMPORT_DUPLICATES, MASKS } from '@trellis/metamodel'

import {
  ANYTHING,
  COUNT,
  FLAG,
  MOMENT,
  oneOf,
  PAGE_MEMBERS,
  REFERENCE,
  REFERENCE_OR_NULL,
  TEXT,
  TEXT_OR_NULL,
  UUID,
} from './common-schemas.ts'
import { type JsonSchema, listOf, orNull, schemaRef, shape } from './document.ts'
import { SHARING_SCHEMAS } from './sharing-schemas.ts'

const AUTHORED: JsonSchema = { type: 'object', additionalProperties: true }
const SEVERITY = oneOf('error', 'warning')
const COMPONENT = { kind: TEXT, name: TEXT }

const APPROVAL_SUMMARY = {
  id: UUID,
  process: TEXT,
  process_label: TEXT,
  status: oneOf('pending', 'approved', 'rejected', 'recalled'),
  object: TEXT,
  record: REFERENCE,
  submitted_by: REFERENCE_OR_NULL,
  submitted_at: MOMENT,
  finished_at: orNull(MOMENT),
  comment: TEXT_OR_NULL,
  current_step: TEXT_OR_NULL,
  waiting_for: listOf(
    shape({
      work_item: UUID,
      assignee: REFERENCE,
      delegate: REFERENCE_OR_NULL,
      since: MOMENT,
    }),
  ),
}

const DELEGATION = shape({
  id: UUID,
  user: REFERENCE,
  delegate: REFERENCE,
  starts_at: MOMENT,
  ends_at: MOMENT,
  note: TEXT_OR_NULL,
  state: oneOf('coming', 'in_force', 'idle'),
  created_by: REFERENCE,
  created_at: MOMENT,
})

const CHANGES = listOf(shape({ field: TEXT, label: TEXT, old: ANYTHING, new: ANYTHING }))

const WORK_ITEM = shape({
  id: UUID,
  step: TEXT,
  step_label: TEXT,
  assignee: REFERENCE,
  status: oneOf('waiting', 'pending', 'approved', 'rejected', 'no_response', 'recalled'),
  decided_by: REFERENCE_OR_NULL,
  decided_at: orNull(MOMENT),
  comment: TEXT_OR_NULL,
})

const APPROVAL_SCHEMAS = {
  Delegation: DELEGATION,
  Delegations: shape({ delegations: listOf(schemaRef('Delegation')) }),
  ApprovalSummary: shape(APPROVAL_SUMMARY),
  ApprovalDetail: shape({
    ...APPROVAL_SUMMARY,
    changes: CHANGES,
    steps: listOf(
      shape({
        name: TEXT,
        label: TEXT,
        state: oneOf('done', 'current', 'coming', 'skipped'),
        mode: TEXT,
        approvers: listOf(REFERENCE),
      }),
    ),
    work_items: listOf(WORK_ITEM),
    history: listOf(
      shape({
        at: MOMENT,
        by: REFERENCE_OR_NULL,
        in_name_of: REFERENCE_OR_NULL,
        act: TEXT,
        step: TEXT_OR_NULL,
        comment: TEXT_OR_NULL,
      }),
    ),
  }),
  ApprovalBox: shape({
    approvals: listOf(
      shape({
        ...APPROVAL_SUMMARY,
        'work_item?': UUID,
        'in_name_of?': REFERENCE,
        'decided_by?': REFERENCE,
        highlights: orNull({ type: 'object', additionalProperties: true }),
        changes: CHANGES,
      }),
    ),
    ...PAGE_MEMBERS,
  }),
}

const DESCRIBED_FIELD: JsonSchema = {
  type: 'object',
  properties: {
    name: TEXT,
    label: TEXT,
    help: TEXT,
    type: TEXT,
    access: oneOf('masked', 'read', 'edit'),
    mask: { ...oneOf(...MASKS), description: 'How a masked value is shown' },
    reveal: { type: 'boolean', description: 'Whether the value behind the mask may be asked for' },
    required: FLAG,
    unique: FLAG,
    system: FLAG,
    read_only: FLAG,
    sortable: FLAG,
    groupable: FLAG,
    filter_operators: listOf(TEXT),
    searchable: FLAG,
    personal: FLAG,
    values: listOf(AUTHORED),
    target: TEXT,
    options: AUTHORED,
  },
  required: ['name', 'label', 'type', 'access', 'required', 'read_only', 'filter_operators'],
  additionalProperties: true,
}

const META_SCHEMAS = {
  DescribedObject: shape({
    name: TEXT,
    label: TEXT,
    plural: TEXT,
    icon: TEXT,
    access: shape({
      create: FLAG,
      read: FLAG,
      edit: FLAG,
      delete: FLAG,
      transfer: FLAG,
      export: FLAG,
      import: FLAG,
    }),
    sharing: TEXT,
    has_owner: FLAG,
    name_field: oneOf('text', 'auto_number'),
    highlights: listOf(TEXT),
    stage_field: TEXT_OR_NULL,
    fields: listOf(schemaRef('DescribedField')),
    relationships: listOf(
      shape({
        name: TEXT,
        label: TEXT,
        object: TEXT,
        field: TEXT,
        master_detail: FLAG,
        'joins?': shape({ field: TEXT, object: TEXT }),
      }),
    ),
    record_types: listOf(
      shape({ name: TEXT, label: TEXT, available: FLAG, default: FLAG, values: AUTHORED }),
    ),
    page_layouts: listOf(AUTHORED),
    record_page: AUTHORED,
    list_views: listOf(AUTHORED),
    validation_rules: listOf(AUTHORED),
    approval_processes: listOf(AUTHORED),
    templates: listOf(shape({ name: TEXT, label: TEXT })),
  }),
  DescribedField: DESCRIBED_FIELD,
  MetadataProblem: shape({
    code: TEXT,
    severity: SEVERITY,
    ...COMPONENT,
    path: TEXT,
    message: TEXT,
    'suggestion?': TEXT,
    'file?': TEXT,
  }),
  ModelChange: shape({
    ...COMPONENT,
    op: oneOf('added', 'changed', 'removed', 'renamed'),
    'from?': TEXT,
    'follows?': FLAG,
    summary: TEXT,
    properties: listOf(shape({ path: TEXT, old: ANYTHING, new: ANYTHING })),
  }),
  ChangeSetItem: shape({
    ...COMPONENT,
    op: oneOf('put', 'delete'),
    definition: ANYTHING,
    current: ANYTHING,
    problems: listOf(schemaRef('MetadataProblem')),
  }),
  ChangeSet: shape({
    id: UUID,
    label: TEXT,
    base_release: COUNT,
    status: oneOf('open', 'publishing', 'published', 'discarded'),
    created_by: REFERENCE_OR_NULL,
    created_at: MOMENT,
    updated_at: MOMENT,
    items: listOf(schemaRef('ChangeSetItem')),
    problems: listOf(schemaRef('MetadataProblem')),
    'publish?': orNull(schemaRef('Publish')),
  }),
  PlanStep: shape({
    kind: TEXT,
    object: TEXT,
    'field?': TEXT,
    title: TEXT,
    sql: listOf(TEXT),
    lock: oneOf('none', 'share', 'share_row_exclusive', 'access_exclusive'),
    class: oneOf('instant', 'scan', 'rewrite', 'build'),
    rows: COUNT,
    reversible: FLAG,
    undo: TEXT,
  }),
  Finding: shape({
    code: TEXT,
    severity: SEVERITY,
    ...COMPONENT,
    message: TEXT,
    'count?': COUNT,
    'samples?': listOf(AUTHORED),
  }),
  AccessChange: shape({
    kind: TEXT,
    name: TEXT,
    opens: FLAG,
    closes: FLAG,
    what: TEXT,
    before: TEXT,
    after: TEXT,
  }),
  AccessEffect: shape({
    object: TEXT,
    right: oneOf('read', 'edit', 'delete', 'transfer', 'create', 'export', 'fields'),
    gains: FLAG,
    users: orNull(COUNT),
    records: orNull(COUNT),
    more: FLAG,
    text: TEXT,
  }),
  Plan: shape({
    change_set: UUID,
    base_release: COUNT,
    head_release: COUNT,
    changes: listOf(schemaRef('ModelChange')),
    steps: listOf(schemaRef('PlanStep')),
    findings: listOf(schemaRef('Finding')),
    access: shape({
      changes: listOf(schemaRef('AccessChange')),
      effects: listOf(schemaRef('AccessEffect')),
    }),
    problems: listOf(schemaRef('MetadataProblem')),
    tests: orNull(schemaRef('TestRun')),
    publishable: FLAG,
    in_steps: FLAG,
  }),
  TestRun: shape({
    passed: COUNT,
    failed: COUNT,
    not_run: COUNT,
    ms: COUNT,
    tests: listOf(
      shape({
        name: TEXT,
        label: TEXT,
        status: oneOf('passed', 'failed', 'not_run'),
        ms: COUNT,
        failures: listOf(shape({ path: TEXT, message: TEXT })),
      }),
    ),
  }),
  PublishStep: shape({
    phase: oneOf('expand', 'backfill', 'prove', 'activate', 'contract'),
    kind: TEXT,
    object: TEXT,
    field: TEXT_OR_NULL,
    title: TEXT,
    status: oneOf('pending', 'running', 'done', 'undone'),
    done: COUNT,
    total: COUNT,
    started_at: orNull(MOMENT),
    finished_at: orNull(MOMENT),
  }),
  Publish: shape({
    id: UUID,
    change_set: orNull(UUID),
    label: TEXT,
    status: oneOf('running', 'halted', 'aborting', 'done', 'aborted'),
    base_release: COUNT,
    release: orNull(COUNT),
    ordered_by: REFERENCE_OR_NULL,
    ordered_at: MOMENT,
    live_at: orNull(MOMENT),
    finished_at: orNull(MOMENT),
    error: TEXT_OR_NULL,
    blockers: listOf(
      shape({ pid: COUNT, since: orNull(MOMENT), state: TEXT_OR_NULL, application: TEXT }),
    ),
    steps: listOf(schemaRef('PublishStep')),
  }),
  Published: shape({
    release: COUNT,
    changes: listOf(schemaRef('ModelChange')),
    'publish?': schemaRef('Publish'),
  }),
  Release: shape({
    release: COUNT,
    label: TEXT,
    published_at: MOMENT,
    published_by: REFERENCE_OR_NULL,
    changes: listOf(schemaRef('ModelChange')),
    'rolled_back_to?': COUNT,
  }),
}

const IMPORT_JOB = shape({
  id: UUID,
  object: TEXT,
  status: oneOf('pending', 'running', 'done', 'failed', 'undone'),
  mode: oneOf('create', 'update', 'upsert'),
  duplicates: oneOf(...IMPORT_DUPLICATES),
  dry_run: FLAG,
  file_name: TEXT,
  total: COUNT,
  processed: COUNT,
  created: COUNT,
  updated: COUNT,
  failed: COUNT,
  skipped: COUNT,
  started_at: orNull(MOMENT),
  finished_at: orNull(MOMENT),
  created_at: MOMENT,
  errors: listOf(
    shape({
      row: COUNT,
      column: TEXT_OR_NULL,
      value: TEXT_OR_NULL,
      code: TEXT,
      message: TEXT,
    }),
  ),
  errors_total: COUNT,
  notes: listOf(TEXT),
})

const SEARCH_ANSWER = shape({
  groups: listOf(
    shape({
      object: TEXT,
      label: TEXT,
      records: listOf(shape({ id: UUID, name: TEXT, detail: TEXT_OR_NULL })),
    }),
  ),
})

/** The schemas of answers beside the records of an object. */
export const ANSWER_SCHEMAS: Readonly<Record<string, JsonSchema>> = {
  ...APPROVAL_SCHEMAS,
  ...META_SCHEMAS,
  ...SHARING_SCHEMAS,
  ImportJob: IMPORT_JOB,
  SearchAnswer: SEARCH_ANSWER,
}
