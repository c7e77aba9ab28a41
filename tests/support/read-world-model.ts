import type { RawComponent } from '@trellis/metamodel'

/** Definitions of components by name, as `{'account.industry': {…}}`. */
type Definitions = Readonly<Record<string, unknown>>

function of(kind: string, definitions: Definitions): RawComponent[] {
  return Object.entries(definitions).map(([name, definition]) => ({ kind, name, definition }))
}

const text = (label: string, more: object = {}): object => ({ type: 'text', label, ...more })

const OBJECTS: Definitions = {
  user: { label: 'User', sharing: 'read' },
  account: { label: 'Account', sharing: 'private' },
  deal: { label: 'Deal', sharing: 'private', stage_field: 'stage' },
  deal_line: { label: 'Line', name_field: { type: 'auto_number', format: 'L{0000}' } },
  secret: { label: 'Secret', sharing: 'private' },
}

const FIELDS: Definitions = {
  'user.email': { type: 'email', label: 'E-mail', unique: true },
  'user.manager': {
    type: 'lookup',
    label: 'Manager',
    target: 'user',
    relationship: { name: 'reports' },
  },
  'account.industry': {
    type: 'picklist',
    label: 'Industry',
    values: [{ code: 'tech' }, { code: 'media' }, { code: 'auto' }],
  },
  'account.phone': { type: 'phone', label: 'Phone', searchable: true },
  'account.note': { type: 'long_text', label: 'Note' },
  'account.rating': text('Rating'),
  'account.parent': {
    type: 'lookup',
    label: 'Parent',
    target: 'account',
    relationship: { name: 'subsidiaries' },
  },
  'account.employees': { type: 'number', label: 'Employees' },
  'account.tags': {
    type: 'multi_picklist',
    label: 'Tags',
    values: [{ code: 'vip' }, { code: 'new' }, { code: 'old' }],
  },
  'deal.account': {
    type: 'lookup',
    label: 'Account',
    target: 'account',
    relationship: { name: 'deals' },
  },
  'deal.stage': {
    type: 'picklist',
    label: 'Stage',
    required: true,
    values: [{ code: 'open' }, { code: 'won', kind: 'won' }, { code: 'lost', kind: 'lost' }],
  },
  'deal.amount': { type: 'currency', label: 'Amount' },
  'deal.margin': { type: 'percent', label: 'Margin' },
  'deal.close_date': { type: 'date', label: 'Close date' },
  'deal.met_at': { type: 'datetime', label: 'Met at' },
  'deal.hot': { type: 'checkbox', label: 'Hot' },
  'deal.secret': {
    type: 'lookup',
    label: 'Secret',
    target: 'secret',
    relationship: { name: 'deals' },
  },
  'deal_line.deal': {
    type: 'master_detail',
    label: 'Deal',
    target: 'deal',
    relationship: { name: 'lines' },
  },
  'deal_line.quantity': { type: 'number', label: 'Quantity', scale: 3 },
  'secret.code': text('Code'),
}

const VIEWS: Definitions = {
  'deal.won': {
    label: 'Won',
    columns: ['name', 'amount', 'account.industry', 'margin'],
    where: { '==': [{ var: 'stage' }, 'won'] },
    sort: [{ field: 'amount', direction: 'desc' }],
  },
  'deal.good_margin': {
    label: 'Good margin',
    columns: ['name'],
    where: { '>': [{ var: 'margin' }, 10] },
  },
}

const PERMISSION_SETS: Definitions = {
  admin: { label: 'Admin', system: ['modify_all_data'] },
  // Own records; no margins, no ratings, nothing of secrets.
  rep: {
    label: 'Rep',
    objects: {
      user: { read: true },
      account: { create: true, read: true, edit: true, delete: true, fields: { rating: 'none' } },
      deal: { create: true, read: true, edit: true, delete: true, fields: { margin: 'none' } },
      deal_line: { create: true, read: true, edit: true, delete: true },
    },
  },
  // All deals, but no accounts.
  auditor: {
    label: 'Auditor',
    objects: {
      user: { read: true },
      deal: { read: true, read_scope: 'all', field_access: 'read' },
      deal_line: { read: true },
    },
  },
}

/** A little CRM with every kind of relation, field type and right that reading has to do with. */
export const READ_MODEL: readonly RawComponent[] = [
  ...of('object', OBJECTS),
  ...of('field', FIELDS),
  ...of('list_view', VIEWS),
  ...of('permission_set', PERMISSION_SETS),
]
