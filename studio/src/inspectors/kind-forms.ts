import type { Kind } from '@trellis/metamodel'

/** How a property is edited where its schema alone does not say it. */
export type Widget =
  | 'condition' // an expression that is true or false
  | 'value' // an expression that yields a value: a literal, or logic
  | 'field' // a field of the object
  | 'fields'
  | 'path' // a field of the object or of a parent
  | 'paths'
  | 'object'
  | 'objects'
  | 'relationship'
  | 'role'
  | 'dashboard'
  | 'picklist'
  | 'permission_sets'
  | 'record_types'
  | 'picklist_field'
  | 'icon'
  | 'picklist_values'
  | 'long_text'
  | 'updates' // field → value
  | 'test_values' // field → value, with records of the test
  | 'test_record' // a record of the test
  | 'test_user' // a user of the test
  | 'controlled_values' // value of the controlling field → values
  | 'formula'
  | 'hidden'

/** The form of one kind: the groups of its properties, and the widgets that differ from the usual. */
export interface KindForm {
  groups: readonly { name: string; keys: readonly string[] }[]
  /** By the path of the property, `*` for the places of a list. */
  widgets: Readonly<Record<string, Widget>>
  /** Cannot be changed once it is published. */
  fixed?: readonly string[]
  /** These name fields of the records of a relationship, which another property names. */
  beyond?: { relationship: string; keys: readonly string[] }
}

/** What a property of this name is, in every kind. */
const USUAL_WIDGETS: Readonly<Record<string, Widget>> = {
  where: 'condition',
  criteria: 'condition',
  entry: 'condition',
  error_if: 'condition',
  visible_when: 'condition',
  required_when: 'condition',
  read_only_when: 'condition',
  default: 'value',
  formula: 'formula',
  derive: 'value',
  field: 'field',
  at: 'fields',
  highlights: 'fields',
  columns: 'paths',
  card_fields: 'paths',
  object: 'object',
  target: 'object',
  targets: 'objects',
  relationship: 'relationship',
  role: 'role',
  dashboard: 'dashboard',
  values_of: 'picklist',
  permission_sets: 'permission_sets',
  record_types: 'record_types',
  icon: 'icon',
  values: 'picklist_values',
  description: 'long_text',
  message: 'long_text',
  body: 'long_text',
  on_submit: 'updates',
  on_approve: 'updates',
  on_reject: 'updates',
  on_recall: 'updates',
}

const FORMS: Partial<Record<Kind, KindForm>> = {
  object: {
    groups: [
      { name: 'general', keys: ['label', 'plural', 'description', 'icon'] },
      { name: 'record', keys: ['name_field', 'highlights', 'stage_field'] },
      { name: 'access', keys: ['sharing', 'role_hierarchy'] },
      { name: 'advanced', keys: ['features', 'indexes', 'former_names'] },
    ],
    widgets: {
      stage_field: 'picklist_field',
      'indexes.*.fields': 'fields',
      // Asked where a record type is removed.
      replaced_record_types: 'hidden',
    },
  },
  field: {
    groups: [
      { name: 'general', keys: ['label', 'help'] },
      { name: 'type', keys: [] },
      { name: 'rules', keys: ['required', 'unique', 'external_id', 'default'] },
      {
        name: 'conditions',
        keys: ['visible_when', 'required_when', 'read_only_when', 'lookup_filter'],
      },
      {
        name: 'advanced',
        keys: [
          'derive',
          'default_from',
          'history',
          'searchable',
          'index',
          'sensitive',
          'personal',
          'unconvertible',
          'former_names',
          'description',
        ],
      },
    ],
    widgets: {
      type: 'hidden',
      // Asked where a value is removed.
      replaced_values: 'hidden',
      'default_from.field': 'picklist_field',
      'controlled_by.values': 'controlled_values',
      via: 'relationship',
    },
    fixed: ['type', 'target'],
    beyond: { relationship: 'via', keys: ['field', 'where'] },
  },
  duplicate_rule: {
    groups: [
      { name: 'general', keys: ['label', 'active', 'message'] },
      { name: 'conditions', keys: ['match', 'among', 'when'] },
    ],
    widgets: { among: 'object', when: 'condition' },
  },
  list_view: {
    groups: [{ name: 'general', keys: ['label', 'scope', 'order'] }],
    widgets: { 'board.group_by': 'picklist_field', 'board.sum': 'field', 'sort.*.field': 'path' },
  },
  record_page: {
    groups: [],
    widgets: { 'facts.*.measure.field': 'path', 'tabs.*.components.*.total.field': 'path' },
  },
  dashboard: {
    groups: [],
    widgets: { 'tiles.*.group_by.*.field': 'path', 'tiles.*.measure.field': 'path' },
  },
  template: {
    groups: [],
    widgets: { 'related.*.fields': 'paths' },
  },
  test: {
    groups: [
      { name: 'general', keys: ['label', 'description', 'active'] },
      { name: 'test', keys: ['given', 'do', 'expect'] },
    ],
    widgets: {
      'given.*.values': 'test_values',
      'given.*.as': 'test_user',
      'do.*.values': 'test_values',
      'do.*.record': 'test_record',
      'do.*.as': 'test_user',
      'expect.*.values': 'test_values',
      'expect.*.record': 'test_record',
      'expect.*.as': 'test_user',
    },
  },
}

/** What is meant when nothing is written, for choices whose schema says it. */
const USUAL_WORDS: Readonly<Record<string, string>> = {
  sharing: 'private',
  existing: 'report',
  blank: 'never',
  tells: 'visible_only',
  mode: 'any',
  if_none: 'refuse',
  if_submitter: 'keep',
  comment_required: 'never',
  scope: 'all',
  display: 'table',
  direction: 'asc',
  of: 'submitter',
  tone: 'neutral',
  columns: '2',
  read_scope: 'own',
  edit_scope: 'own',
  access: 'read',
  field_access: 'edit',
  blanks: 'zero',
}

/** The word that a choice means while it is left out; undefined if there is none. */
export function usualWord(path: string): string | undefined {
  return USUAL_WORDS[path.split('.').at(-1) ?? '']
}

const PLAIN: KindForm = { groups: [], widgets: {} }

export function kindForm(kind: Kind): KindForm {
  return FORMS[kind] ?? PLAIN
}

/** What a widget can edit, by the shape of its property. */
const FITS: Readonly<Record<Exclude<Widget, 'hidden'>, string>> = {
  condition: 'expression',
  value: 'expression',
  field: 'text',
  fields: 'list',
  path: 'text',
  paths: 'list',
  object: 'text',
  objects: 'list',
  relationship: 'text',
  role: 'text',
  dashboard: 'text',
  picklist: 'text',
  permission_sets: 'list',
  record_types: 'list',
  picklist_field: 'text',
  icon: 'text',
  picklist_values: 'list',
  long_text: 'localized',
  updates: 'map',
  test_values: 'map',
  test_record: 'text',
  test_user: 'text',
  controlled_values: 'map',
  formula: 'text',
}

/**
 * The widget of a property, told by its path in the definition; undefined where the schema says enough. A key of
 * the same name may be something else in another kind: then its shape does not fit, and decides.
 */
export function widgetOf(form: KindForm, at: { path: string; shape: string }): Widget | undefined {
  const pattern = at.path.replace(/\.\d+(?=\.|$)/g, '.*')
  const key = pattern.split('.').findLast((part) => part !== '*') ?? ''
  const widget = form.widgets[pattern] ?? (pattern.endsWith('*') ? undefined : USUAL_WIDGETS[key])
  return widget === undefined || widget === 'hidden' || FITS[widget] === at.shape
    ? widget
    : undefined
}

const USUALLY_ON = new Set(['active', 'history', 'approvals', 'allow_recall'])

/** Whether a flag that is left out means true. */
export function isUsuallyOn(path: string): boolean {
  return USUALLY_ON.has(path.split('.').at(-1) ?? '') || path === 'name_field.searchable'
}
