import Type from 'typebox'

import { canonicalJson, type JsonValue } from '../json-value.ts'
import { fault, type FieldOptions, type FieldType, type Parsed } from './field-type.ts'
import { structured } from './structured.ts'

const USUAL_LIMIT = 65_536
const MOST_LEVELS = 100

function limitOf(options: FieldOptions): number {
  return typeof options['max_length'] === 'number' ? options['max_length'] : USUAL_LIMIT
}

/** What PostgreSQL cannot keep, or would give back changed. */
function faultIn(value: unknown, level: number): Parsed | undefined {
  if (level > MOST_LEVELS) {
    return fault('too_deep', `More than ${MOST_LEVELS} levels`, `嵌套超过 ${MOST_LEVELS} 层`)
  }
  if (typeof value === 'string') return textFault(value)
  if (typeof value === 'number' && !Number.isFinite(value)) {
    return fault('wrong_type', 'A number must be finite', '数字必须是有限值')
  }
  if (typeof value !== 'object' || value === null) return undefined
  for (const [key, part] of Object.entries(value)) {
    const found = textFault(key) ?? faultIn(part, level + 1)
    if (found) return found
  }
  return undefined
}

function textFault(text: string): Parsed | undefined {
  if (!text.includes('\u0000') && text.isWellFormed()) return undefined
  return fault(
    'bad_character',
    'Contains a NUL or half of a character (lone surrogate)',
    '包含空字符或不完整的字符',
  )
}

function parseJson(value: unknown, options: FieldOptions): Parsed {
  if (value === null) return { value: null }
  if (value === undefined) return fault('wrong_type', 'Must be a JSON value', '应为 JSON 值')
  const found = faultIn(value, 0)
  if (found) return found
  const limit = limitOf(options)
  const json = value as JsonValue
  return canonicalJson(json).length > limit
    ? fault(
        'too_long',
        `May have at most ${limit} characters as JSON`,
        `写成 JSON 最多 ${limit} 个字符`,
      )
    : { value: json }
}

/** Any JSON value. The order of the keys of an object says nothing, and is not kept. */
export const json: FieldType = {
  name: 'json',
  options: {
    max_length: Type.Integer({
      minimum: 2,
      maximum: 1_048_576,
      description: 'Longest value, written as JSON; 65,536 if left out',
    }),
  },
  ...structured,
  parse: parseJson,
  parseText: (cell, options) => {
    if (cell.trim() === '') return { value: null }
    try {
      return parseJson(JSON.parse(cell), options)
    } catch {
      return fault('not_json', 'Is not JSON', '不是有效的 JSON')
    }
  },
  formatText: (value) => canonicalJson(value),
}
