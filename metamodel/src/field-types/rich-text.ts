import Type from 'typebox'

import { type FieldType, TEXT_SEARCH } from './field-type.ts'
import { parseLimitedText, textLimit } from './text.ts'

const USUAL_LIMIT = 32_000

/** A text with headings, lists and links, as HTML. The server keeps of it what `RICH_TEXT_TAGS` allow, and nothing else. */
export const richText: FieldType = {
  name: 'rich_text',
  options: {
    max_length: Type.Integer({
      minimum: 1,
      maximum: 131_072,
      description: 'Longest text, with its markup; 32,000 if left out',
    }),
  },
  expressionType: 'text',
  storage: () => ({ as: 'text' }),
  operators: [...TEXT_SEARCH, 'is_null'],
  isSortable: false,
  isGroupable: false,
  isMarkup: true,
  canBeUnique: false,
  parse: (value, options) => parseLimitedText(value, textLimit(options, USUAL_LIMIT)),
  parseText: (cell, options) => parseLimitedText(cell, textLimit(options, USUAL_LIMIT)),
}
