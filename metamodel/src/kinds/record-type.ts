import Type, { type Static } from 'typebox'

import { LocalizedText } from '../localized-text.ts'
import { keyedBy } from '../refers.ts'
import { closed, flag, optional } from './shapes.ts'

const RecordTypeValues = closed({
  codes: Type.Array(Type.String({ minLength: 1, maxLength: 63 }), {
    minItems: 1,
    maxItems: 1000,
    description: 'The values that may be chosen, in the order in which they are offered',
  }),
  default: optional(
    Type.String({ maxLength: 63, description: 'Chosen for a new record where nobody chooses' }),
  ),
})

/**
 * A variant of an object: which values its picklists offer, and with the stage field which way its records go. Objects
 * that have one get the field `record_type`; a record without a type is bound by none.
 */
export const RecordTypeDefinition = closed({
  label: LocalizedText,
  description: optional(LocalizedText),
  active: flag('false: kept on old records, not to be chosen any more'),
  default: flag('The type of a new record where nobody chooses'),
  order: optional(Type.Integer({ minimum: 0, maximum: 9999 })),
  values: optional(
    keyedBy(
      'field',
      'own',
      Type.Record(Type.String({ pattern: '^[a-z][a-z0-9_]*$' }), RecordTypeValues, {
        description: 'By picklist field; fields that are not named offer all of their values',
      }),
    ),
  ),
})
export type RecordTypeDefinition = Static<typeof RecordTypeDefinition>
