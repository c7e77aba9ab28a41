import Type from 'typebox'

import {
  EQUALITY,
  fault,
  type FieldOptions,
  type FieldType,
  ORDER,
  type Parsed,
  TEXT_SEARCH,
  wrongType,
} from './field-type.ts'

/** Characters that PostgreSQL cannot keep or that would come back changed. */
function badCharacter(text: string): Parsed | undefined {
  if (text.includes('\u0000')) {
    return fault('bad_character', 'Must not contain the NUL character', '不能包含 NUL 字符')
  }
  if (!text.isWellFormed()) {
    return fault(
      'bad_character',
      'Contains half of a character (lone surrogate)',
      '包含不完整的字符',
    )
  }
  return undefined
}

/**
 * Reads a text of at most `limit` characters (Unicode code points). An empty text is kept as null, so that
 * "empty" has one meaning in every filter.
 */
export function parseLimitedText(value: unknown, limit: number): Parsed {
  if (value === null || value === '') return { value: null }
  if (typeof value !== 'string') return wrongType(value, 'a text', '文本')
  const bad = badCharacter(value)
  if (bad) return bad
  if (value.length > limit && [...value].length > limit) {
    return fault('too_long', `May have at most ${limit} characters`, `最多 ${limit} 个字符`)
  }
  return { value }
}

/** How long a text of these options may be. */
export function textLimit(options: FieldOptions, usual: number): number {
  return typeof options['max_length'] === 'number' ? options['max_length'] : usual
}

export const text: FieldType = {
  name: 'text',
  options: {
    max_length: Type.Integer({
      minimum: 1,
      maximum: 4000,
      description: 'Longest text, in characters; 255 if left out',
    }),
    case_sensitive: Type.Boolean({
      description: 'Whether "A" and "a" are different values of a unique field',
    }),
  },
  expressionType: 'text',
  storage: () => ({ as: 'text' }),
  operators: [...EQUALITY, ...ORDER, ...TEXT_SEARCH],
  isSortable: true,
  isGroupable: true,
  canBeUnique: true,
  parse: (value, options) => parseLimitedText(value, textLimit(options, 255)),
  parseText: (cell, options) => parseLimitedText(cell, textLimit(options, 255)),
}
