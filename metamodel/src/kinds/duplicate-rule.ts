import Type, { type Static } from 'typebox'

import { LocalizedText } from '../localized-text.ts'
import {
  closed,
  ExpressionShape,
  FieldName,
  fieldOf,
  flag,
  FormerRuleNames,
  ObjectName,
  oneOf,
  optional,
} from './shapes.ts'

/**
 * How two values are taken for the same. The first four compare what is left of them once the way of writing is
 * taken away, and so say it for sure; the others find what is likely.
 */
export const MATCH_METHODS = [
  'exact',
  'normalised',
  'phone',
  'email',
  'company_name',
  'pinyin',
  'fuzzy_text',
  'fuzzy_name',
  'fuzzy_date',
] as const
export type MatchMethod = (typeof MATCH_METHODS)[number]

/** Methods that only find what is likely: rules with them warn and never refuse. */
export const LIKELY_METHODS: ReadonlySet<MatchMethod> = new Set([
  'company_name',
  'pinyin',
  'fuzzy_text',
  'fuzzy_name',
  'fuzzy_date',
])

const MatchCondition = closed({
  field: { ...FieldName, description: 'A field of the record that is saved' },
  with: optional({
    ...fieldOf('among'),
    description: 'The field of the records that are looked through; the same if left out',
  }),
  method: oneOf(MATCH_METHODS),
  blank: optional(oneOf(['never', 'same'], 'What two empty values are; never a match if left out')),
})
export type MatchCondition = Static<typeof MatchCondition>

/** A rule that finds likely twins of a record as it is saved, and warns or refuses. All its conditions must hold. */
export const DuplicateRuleDefinition = closed({
  label: optional(LocalizedText),
  active: flag('true if left out'),
  among: optional({
    ...ObjectName,
    description: 'The object whose records are looked through; its own if left out',
  }),
  match: Type.Array(MatchCondition, { minItems: 1, maxItems: 5 }),
  when: optional(ExpressionShape),
  on_create: optional(oneOf(['warn', 'block'], 'What becomes of a new record with a twin')),
  on_update: optional(oneOf(['warn', 'block'], 'What becomes of a change that makes a twin')),
  tells: optional(
    oneOf(
      ['visible_only', 'existence'],
      'Whether a warning tells of records that the user may not see, by their owner alone; visible_only if left out',
    ),
  ),
  message: LocalizedText,
  former_names: FormerRuleNames,
})
export type DuplicateRuleDefinition = Static<typeof DuplicateRuleDefinition>
