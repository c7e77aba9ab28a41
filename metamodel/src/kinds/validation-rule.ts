import Type, { type Static } from 'typebox'

import { LocalizedText } from '../localized-text.ts'
import {
  closed,
  ExpressionShape,
  FieldName,
  flag,
  FormerRuleNames,
  oneOf,
  optional,
} from './shapes.ts'

/** A rule that refuses a save when `error_if` is true; one that cannot be evaluated refuses too. */
export const ValidationRuleDefinition = closed({
  label: optional(LocalizedText),
  active: flag('true if left out'),
  error_if: ExpressionShape,
  on: optional(Type.Array(oneOf(['create', 'update']), { minItems: 1, maxItems: 2 })),
  at: optional(
    Type.Array(FieldName, { maxItems: 10, description: 'Fields at which the message is shown' }),
  ),
  message: LocalizedText,
  bypass: optional(
    Type.String({
      minLength: 1,
      maxLength: 63,
      description: 'Custom permission that lets a user pass',
    }),
  ),
  existing: optional(
    oneOf(
      ['ignore', 'report', 'block'],
      'What publishing does about records that break it now; report if left out',
    ),
  ),
  former_names: FormerRuleNames,
})
export type ValidationRuleDefinition = Static<typeof ValidationRuleDefinition>
