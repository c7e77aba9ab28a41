import Type, { type Static } from 'typebox'

import { LocalizedText } from '../localized-text.ts'
import { keyedBy } from '../refers.ts'
import {
  ApiName,
  closed,
  expressionOn,
  fieldOf,
  flag,
  ObjectName,
  oneOf,
  optional,
} from './shapes.ts'

const Approver = Type.Union([
  closed({ by: Type.Literal('user'), email: Type.String({ minLength: 3, maxLength: 254 }) }),
  closed({ by: Type.Literal('role'), role: ApiName }),
  closed({
    by: Type.Literal('manager'),
    of: optional(oneOf(['submitter', 'owner'], 'submitter if left out')),
    level: optional(
      Type.Integer({ minimum: 1, maximum: 10, description: '1: the direct manager' }),
    ),
  }),
  closed({ by: Type.Literal('field'), field: fieldOf('object') }),
])
export type Approver = Static<typeof Approver>

const ApprovalStep = closed({
  name: ApiName,
  label: LocalizedText,
  criteria: optional(expressionOn('object')),
  approvers: Type.Array(Approver, { minItems: 1, maxItems: 25 }),
  mode: optional(
    oneOf(
      ['any', 'all', 'in_order'],
      'any: the first answer decides; all: everybody must approve; in_order: one after another',
    ),
  ),
  if_none: optional(
    oneOf(['refuse', 'admin', 'auto_approve'], 'If nobody is found; refuse if left out'),
  ),
  if_submitter: optional(
    oneOf(
      ['keep', 'skip', 'manager'],
      'If the submitter is an approver; manager: ask their manager instead; keep if left out',
    ),
  ),
  comment_required: optional(oneOf(['never', 'on_reject', 'always'])),
})
export type ApprovalStep = Static<typeof ApprovalStep>

const FieldUpdates = keyedBy(
  'field',
  'object',
  Type.Record(Type.String({ pattern: '^[a-z][a-z0-9_]*$' }), expressionOn('object')),
)

/** Who must agree before a record counts. An approval pins the version of the process with which it began. */
export const ApprovalProcessDefinition = closed({
  label: LocalizedText,
  object: ObjectName,
  active: flag('true if left out'),
  order: optional(
    Type.Integer({
      minimum: 0,
      maximum: 10_000,
      description: 'The first process that fits is taken',
    }),
  ),
  entry: optional(expressionOn('object')),
  steps: Type.Array(ApprovalStep, { minItems: 1, maxItems: 30 }),
  allow_recall: flag('The submitter may take it back; true if left out'),
  keep_locked: flag('The record stays locked after approval'),
  on_submit: optional(FieldUpdates),
  on_approve: optional(FieldUpdates),
  on_reject: optional(FieldUpdates),
  on_recall: optional(FieldUpdates),
})
export type ApprovalProcessDefinition = Static<typeof ApprovalProcessDefinition>
