import type { TSchema } from 'typebox'

import type { Message } from './localized-text.ts'
import { nearest } from './problem.ts'

/** One place where a value does not have the shape its schema asks for. */
export interface ShapeFault {
  code: 'unknown_key' | 'missing_key' | 'wrong_type' | 'wrong_value' | 'out_of_range'
  path: string
  message: Message
  suggestion?: string
}

type Json = Record<string, unknown>
type Schema = TSchema & Json

/**
 * Every fault of a value against a closed schema, at once, in words a person understands.
 * Reads the part of JSON Schema that the kinds use and never evaluates code, so that it also runs
 * in a browser under a strict content security policy.
 * @example checkShape(Field, { tpye: 'text' }) // unknown_key 'tpye', did you mean "type"?
 */
export function checkShape(schema: TSchema, value: unknown, path = ''): ShapeFault[] {
  const shape = schema as Schema
  if (Array.isArray(shape['anyOf'])) return checkUnion(shape['anyOf'] as Schema[], value, path)
  if ('const' in shape) {
    return value === shape['const'] ? [] : [wrongValue(path, value, [String(shape['const'])])]
  }
  if (Array.isArray(shape['enum'])) {
    const allowed = shape['enum'] as unknown[]
    return allowed.includes(value) ? [] : [wrongValue(path, value, allowed.map(String))]
  }
  switch (shape['type']) {
    case 'object':
      return checkObject(shape, value, path)
    case 'array':
      return checkArray(shape, value, path)
    case 'string':
      return checkString(shape, value, path)
    case 'integer':
    case 'number':
      return checkNumber(shape, value, path)
    case 'boolean':
      return typeof value === 'boolean'
        ? []
        : [wrongType(path, value, 'true or false', 'true 或 false')]
    case 'null':
      return value === null ? [] : [wrongType(path, value, 'null', 'null')]
    default:
      return []
  }
}

function checkUnion(options: Schema[], value: unknown, path: string): ShapeFault[] {
  if (options.every((option) => 'const' in option)) {
    const allowed = options.map((option) => option['const'])
    return allowed.includes(value) ? [] : [wrongValue(path, value, allowed.map(String))]
  }
  let best: ShapeFault[] | undefined
  for (const option of options) {
    const faults = checkShape(option, value, path)
    if (faults.length === 0) return []
    const isSameKind = jsonType(value) === option['type']
    if (best === undefined || (isSameKind && faults.length <= best.length)) best = faults
  }
  return best ?? []
}

function checkObject(shape: Schema, value: unknown, path: string): ShapeFault[] {
  if (jsonType(value) !== 'object') return [wrongType(path, value, 'an object', '对象')]
  const given = value as Json
  const properties = (shape['properties'] ?? {}) as Record<string, Schema>
  const patterns = Object.entries((shape['patternProperties'] ?? {}) as Record<string, Schema>)
  const faults: ShapeFault[] = []
  for (const key of (shape['required'] ?? []) as string[]) {
    if (given[key] === undefined) faults.push(missingKey(path, key))
  }
  for (const [key, item] of Object.entries(given)) {
    const property = Object.hasOwn(properties, key) ? properties[key] : undefined
    const pattern = patterns.find(([expression]) => new RegExp(expression).test(key))?.[1]
    const next = property ?? pattern
    if (next && item !== undefined) faults.push(...checkShape(next, item, join(path, key)))
    else if (!next && shape['additionalProperties'] === false) {
      faults.push(unknownKey(path, key, Object.keys(properties)))
    }
  }
  const least = shape['minProperties'] as number | undefined
  if (least !== undefined && Object.keys(given).length < least) {
    faults.push(range(path, 'must not be empty', '不能为空'))
  }
  return faults
}

function checkArray(shape: Schema, value: unknown, path: string): ShapeFault[] {
  if (!Array.isArray(value)) return [wrongType(path, value, 'a list', '列表')]
  const faults = value.flatMap((item, index) =>
    checkShape(shape['items'] as Schema, item, join(path, String(index))),
  )
  const least = shape['minItems'] as number | undefined
  const most = shape['maxItems'] as number | undefined
  if (least !== undefined && value.length < least) {
    faults.push(range(path, `needs at least ${least}`, `至少要有 ${least} 项`))
  }
  if (most !== undefined && value.length > most) {
    faults.push(range(path, `may have at most ${most}`, `最多 ${most} 项`))
  }
  return faults
}

function checkString(shape: Schema, value: unknown, path: string): ShapeFault[] {
  if (typeof value !== 'string') return [wrongType(path, value, 'a text', '文本')]
  const least = shape['minLength'] as number | undefined
  const most = shape['maxLength'] as number | undefined
  if (least !== undefined && value.length < least) {
    return [range(path, 'must not be empty', '不能为空')]
  }
  if (most !== undefined && value.length > most) {
    return [range(path, `may have at most ${most} characters`, `最多 ${most} 个字符`)]
  }
  const pattern = shape['pattern'] as string | undefined
  if (pattern !== undefined && !new RegExp(pattern, 'u').test(value)) {
    const hint = (shape['description'] as string | undefined) ?? pattern
    return [
      {
        code: 'wrong_value',
        path,
        message: {
          'en-US': `"${value}" does not fit: ${hint}`,
          'zh-CN': `“${value}”不符合要求：${hint}`,
        },
      },
    ]
  }
  return []
}

function checkNumber(shape: Schema, value: unknown, path: string): ShapeFault[] {
  if (typeof value !== 'number' || !Number.isFinite(value)) {
    return [wrongType(path, value, 'a number', '数字')]
  }
  if (shape['type'] === 'integer' && !Number.isInteger(value)) {
    return [wrongType(path, value, 'a whole number', '整数')]
  }
  const least = shape['minimum'] as number | undefined
  const most = shape['maximum'] as number | undefined
  if (least !== undefined && value < least) {
    return [range(path, `must be at least ${least}`, `不能小于 ${least}`)]
  }
  if (most !== undefined && value > most) {
    return [range(path, `must be at most ${most}`, `不能大于 ${most}`)]
  }
  return []
}

function jsonType(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  return typeof value
}

function join(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`
}

function unknownKey(path: string, key: string, known: string[]): ShapeFault {
  const suggestion = nearest(key, known)
  return {
    code: 'unknown_key',
    path: join(path, key),
    message: {
      'en-US': `Unknown key "${key}"${suggestion ? `. Did you mean "${suggestion}"?` : ''}`,
      'zh-CN': `未知的键“${key}”${suggestion ? `，是否想写“${suggestion}”？` : ''}`,
    },
    ...(suggestion === undefined ? {} : { suggestion }),
  }
}

function missingKey(path: string, key: string): ShapeFault {
  return {
    code: 'missing_key',
    path: join(path, key),
    message: { 'en-US': `"${key}" is missing`, 'zh-CN': `缺少“${key}”` },
  }
}

function wrongType(path: string, value: unknown, wantedEn: string, wantedZh: string): ShapeFault {
  const got = jsonType(value)
  return {
    code: 'wrong_type',
    path,
    message: {
      'en-US': `Must be ${wantedEn}, not ${got}`,
      'zh-CN': `应为${wantedZh}，而不是 ${got}`,
    },
  }
}

function wrongValue(path: string, value: unknown, allowed: string[]): ShapeFault {
  const suggestion = typeof value === 'string' ? nearest(value, allowed) : undefined
  const shown = JSON.stringify(value)
  const list = allowed.slice(0, 20).join(', ')
  return {
    code: 'wrong_value',
    path,
    message: {
      'en-US': `${shown} is not one of: ${list}${suggestion ? `. Did you mean "${suggestion}"?` : ''}`,
      'zh-CN': `${shown} 不在可选值之中：${list}${suggestion ? `，是否想写“${suggestion}”？` : ''}`,
    },
    ...(suggestion === undefined ? {} : { suggestion }),
  }
}

function range(path: string, en: string, zh: string): ShapeFault {
  return {
    code: 'out_of_range',
    path,
    message: { 'en-US': en[0]?.toUpperCase() + en.slice(1), 'zh-CN': zh },
  }
}
