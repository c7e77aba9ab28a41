import Type from 'typebox'

import type { FieldType } from './field-type.ts'
import { parseLimitedText, textLimit } from './text.ts'

const USUAL_LIMIT = 255

/**
 * A text that the database never sees: the server seals it with a key of its own. Whoever may read the field reads it
 * as any other; nothing can be asked of it but whether there is one.
 */
export const encryptedText: FieldType = {
  name: 'encrypted_text',
  options: {
    max_length: Type.Integer({
      minimum: 1,
      maximum: 4000,
      description: 'Longest text, in characters; 255 if left out',
    }),
  },
  expressionType: 'sealed',
  storage: () => ({ as: 'sealed' }),
  operators: ['is_null'],
  isSortable: false,
  isGroupable: false,
  isSealed: true,
  canBeUnique: false,
  parse: (value, options) => parseLimitedText(value, textLimit(options, USUAL_LIMIT)),
  parseText: (cell, options) => parseLimitedText(cell.trim(), textLimit(options, USUAL_LIMIT)),
}
