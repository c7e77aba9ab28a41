import Type, { type Static } from 'typebox'

import { NUMBERING_RESETS } from '../field-types/index.ts'
import { LocalizedText } from '../localized-text.ts'
import { closed, FieldName, flag, FormerNames, oneOf, optional } from './shapes.ts'

/** How the `name` that every record has comes about: typed by people, or given by the system. */
const NameField = Type.Union([
  closed({
    type: Type.Literal('text'),
    label: optional(LocalizedText),
    max_length: optional(Type.Integer({ minimum: 1, maximum: 255 })),
    unique: flag('No two records may have the same name'),
    searchable: flag('Found by the global search; true if left out'),
    personal: flag('Personal data: replaced where the personal data of a record are erased'),
  }),
  closed({
    type: Type.Literal('auto_number'),
    label: optional(LocalizedText),
    format: Type.String({ minLength: 3, maxLength: 60 }),
    start: optional(Type.Integer({ minimum: 0, maximum: 999_999_999 })),
    reset: optional(oneOf(NUMBERING_RESETS, 'When numbers start anew')),
  }),
])

/** Organization-wide default: what everybody may do with records that are not theirs. */
export const SHARING_DEFAULTS = ['private', 'read', 'read_write', 'controlled_by_parent'] as const

/** A kind of business thing. Its fields, layouts, views and rules are components of their own. */
export const ObjectDefinition = closed({
  label: LocalizedText,
  plural: optional(LocalizedText),
  former_names: FormerNames,
  description: optional(LocalizedText),
  icon: optional(
    Type.String({ pattern: '^[a-z0-9-]+$', maxLength: 60, description: 'name of a lucide icon' }),
  ),
  name_field: optional(NameField),
  highlights: optional(Type.Array(FieldName, { maxItems: 10 })),
  stage_field: optional(FieldName),
  sharing: optional(oneOf(SHARING_DEFAULTS, 'Organization-wide default; private if left out')),
  multi_currency: optional(
    closed(
      {
        rate_date: optional({
          ...FieldName,
          description: 'The date whose exchange rate counts; the day of creation if left out',
        }),
        from: optional({
          ...FieldName,
          description:
            'The reference whose record gives a new one its currency; the master if left out',
        }),
      },
      'Each record has a currency of its own, in the field `currency`: all of its amounts are in it',
    ),
  ),
  role_hierarchy: flag(
    'Whoever has a role above the owner may do with the record what the owner may; so may they with what is shared with those below',
  ),
  replaced_record_types: optional(
    Type.Record(Type.String({ minLength: 1, maxLength: 63 }), Type.String({ maxLength: 63 }), {
      description:
        'Record types that the object has no more and what takes their place when it is published, an empty text for none',
    }),
  ),
  features: optional(
    closed({
      activity: flag(
        'Its records tell what was done or is to do: timelines show their text at their own time',
      ),
      history: flag('Keep who changed which field; true if left out'),
      approvals: flag('Records may be submitted for approval; true if left out'),
      recycle_bin_days: optional(Type.Integer({ minimum: 1, maximum: 365 })),
    }),
  ),
  indexes: optional(
    Type.Array(
      closed({
        fields: Type.Array(FieldName, { minItems: 1, maxItems: 5 }),
        unique: flag(
          'No two records may agree in all of these; deleted records and those without one of the values do not count',
        ),
        ignore_case: flag('Texts that differ in case only agree'),
      }),
      {
        maxItems: 20,
      },
    ),
  ),
})
export type ObjectDefinition = Static<typeof ObjectDefinition>
