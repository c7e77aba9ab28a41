import Type, { type Static, type TSchema } from 'typebox'

import type { FieldType, FieldTypes, NumberingReset } from '../field-types/index.ts'
import { ControlledBy, PicklistValue, ROLL_UP_FUNCTIONS } from '../field-types/index.ts'
import { LocalizedText } from '../localized-text.ts'
import { MASKS } from '../mask.ts'
import {
  closed,
  expressionOn,
  ExpressionShape,
  FieldName,
  flag,
  FormerNames,
  optional,
  oneOf,
} from './shapes.ts'

const common = {
  label: LocalizedText,
  help: optional(LocalizedText),
  description: optional(LocalizedText),
  former_names: FormerNames,
  required: flag('Every write must give or keep a value'),
  required_when: optional(ExpressionShape),
  read_only_when: optional(ExpressionShape),
  visible_when: optional(ExpressionShape),
  default: optional(ExpressionShape),
  default_from: optional(
    closed(
      { field: FieldName, attribute: Type.String({ minLength: 1, maxLength: 40 }) },
      'Follows an attribute of the chosen value of a picklist field, until a caller sets it',
    ),
  ),
  derive: optional(ExpressionShape),
  history: flag('Keep old and new value of every change; true if left out'),
  sensitive: optional(
    oneOf(MASKS, 'How the value is masked for those who may only know that there is one'),
  ),
  personal: flag(
    'Personal data: emptied, with all that is kept of it, where the personal data of a record are erased',
  ),
  searchable: flag('Found by the global search'),
  index: flag('Build an index for filters and sorting'),
  replaced_values: optional(
    Type.Record(Type.String({ minLength: 1, maxLength: 4000 }), Type.String({ maxLength: 4000 }), {
      description:
        'Old values and what takes their place when it is published, an empty text for nothing: of values that the picklist has no more, or of texts that become numbers',
    }),
  ),
  unconvertible: optional(
    oneOf(
      ['block', 'empty'],
      'What a publish does about values that the new type cannot hold; block if left out',
    ),
  ),
}

/** The keys that say how people fill a field, and what is kept of what they filled in. */
const ENTRY_KEYS: ReadonlySet<string> = new Set([
  'required',
  'required_when',
  'read_only_when',
  'default',
  'default_from',
  'derive',
  'history',
  'sensitive',
  'personal',
  'replaced_values',
  'unconvertible',
])

const uniqueness = {
  unique: flag(
    'No two records may have the same value; empty values and deleted records do not count',
  ),
  external_id: flag('Names the record in another system; unique'),
}

const narrowing = {
  lookup_filter: optional(
    closed(
      {
        where: expressionOn('target'),
        message: optional(LocalizedText),
      },
      'Which records may be referred to: a condition on them, in which $record.<field> is a field of this record',
    ),
  ),
}

/** The closed schema of a field definition of one type: the common keys and those of the type. */
export function fieldSchema(type: FieldType): TSchema {
  const shared = Object.entries(common).filter(
    ([key]) => !(type.isComputed === true && ENTRY_KEYS.has(key)) && !type.lacks?.includes(key),
  )
  const own = Object.entries(type.options).map(([key, schema]) => [
    key,
    type.requiredOptions?.includes(key) ? schema : Type.Optional(schema),
  ])
  return Type.Object(
    {
      type: Type.Literal(type.name),
      ...Object.fromEntries(shared),
      ...(type.canBeUnique ? uniqueness : {}),
      ...(type.takesFilter === true ? narrowing : {}),
      ...Object.fromEntries(own),
    },
    { additionalProperties: false },
  )
}

/** The schema of a field of unknown type: only `type` can be judged. */
export function anyFieldSchema(types: FieldTypes): TSchema {
  return Type.Object({ type: Type.Unsafe<string>({ type: 'string', enum: [...types.keys()] }) })
}

/** Every key that some field type reads; `fieldSchema` says which of them a type really has. */
const AnyField = closed({
  type: Type.String(),
  ...common,
  ...uniqueness,
  ...narrowing,
  max_length: optional(Type.Integer()),
  case_sensitive: optional(Type.Boolean()),
  scale: optional(Type.Integer()),
  min: optional(Type.Number()),
  max: optional(Type.Number()),
  values: optional(Type.Array(PicklistValue)),
  values_of: optional(Type.String()),
  controlled_by: optional(ControlledBy),
  values_of_kind: optional(Type.Union([Type.Literal('role'), Type.Literal('permission_set')])),
  format: optional(Type.String()),
  reset: optional(Type.Unsafe<NumberingReset>({ type: 'string' })),
  start: optional(Type.Integer()),
  target: optional(Type.String()),
  targets: optional(Type.Array(Type.String())),
  relationship: optional(closed({ name: Type.String(), label: optional(LocalizedText) })),
  max_size: optional(Type.Integer()),
  accept: optional(Type.Array(Type.String())),
  max_width: optional(Type.Integer()),
  max_height: optional(Type.Integer()),
  on_delete: optional(
    Type.Union([Type.Literal('restrict'), Type.Literal('set_null'), Type.Literal('cascade')]),
  ),
  reparentable: optional(Type.Boolean()),
  acyclic: optional(Type.Boolean()),
  shares_parent: optional(Type.Boolean()),
  via: optional(Type.String()),
  fn: optional(oneOf(ROLL_UP_FUNCTIONS)),
  field: optional(Type.String()),
  where: optional(ExpressionShape),
  formula: optional(Type.String()),
  result: optional(Type.String()),
  blanks: optional(Type.Union([Type.Literal('zero'), Type.Literal('blank')])),
  stored: optional(Type.Boolean()),
})
export type FieldDefinition = Static<typeof AnyField>
