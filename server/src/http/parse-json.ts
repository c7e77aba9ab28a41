import { message, refuse, type RequestError } from '../errors.ts'
import { findDuplicateKey, pathAt, readJsonText } from './json-text.ts'

/** How deep objects and lists in a body may be nested. */
export const MAX_JSON_DEPTH = 32

/**
 * Reads a JSON text exactly, or refuses it: text that is not JSON, keys given twice, nesting deeper
 * than 32, NUL and half characters, and numbers that a double cannot carry, each named.
 *
 * @example parseJson('{"amount":12.50}') // { amount: 12.5 }
 * @throws RequestError `malformed`
 */
export function parseJson(text: string): unknown {
  const value = parseText(text)
  const check = new ValueCheck()
  check.check(value)
  const { keys, lossy } = readJsonText(text)
  if (lossy !== undefined) throw lossyNumber(lossy.literal, pathAt(text, lossy.at))
  // JSON.parse keeps the last of two equal keys, so the text has more of them than the value.
  if (keys !== check.keys) throw duplicateKey(findDuplicateKey(text) ?? '')
  return value
}

function parseText(text: string): unknown {
  if (text.trim() === '') {
    throw malformed('', 'The body is empty; it must be JSON', '请求体为空，应为 JSON')
  }
  try {
    return JSON.parse(text)
  } catch (error) {
    const reason = error instanceof Error ? `: ${error.message}` : ''
    throw malformed('', `The body is not JSON${reason}`, `请求体不是有效的 JSON${reason}`)
  }
}

/** Walks a parsed value once; its way there is put together only when something is wrong. */
class ValueCheck {
  keys = 0
  readonly #trail: (string | number)[] = []

  check(value: unknown): void {
    if (typeof value === 'string') this.#checkText(value)
    else if (typeof value === 'object' && value !== null) this.#checkParts(value)
  }

  #checkParts(value: object): void {
    if (this.#trail.length >= MAX_JSON_DEPTH) {
      const en = `Nested deeper than ${MAX_JSON_DEPTH} levels`
      throw malformed(this.#path, en, `嵌套超过 ${MAX_JSON_DEPTH} 层`)
    }
    const depth = this.#trail.length
    if (Array.isArray(value)) {
      for (let index = 0; index < value.length; index += 1) {
        this.#trail[depth] = index
        this.check(value[index])
      }
    } else {
      for (const key of Object.keys(value)) {
        this.#trail[depth] = key
        this.#checkKey(key)
        this.check((value as Record<string, unknown>)[key])
      }
    }
    this.#trail.length = depth
  }

  #checkKey(key: string): void {
    this.keys += 1
    this.#checkText(key)
    if (key !== '__proto__') return
    throw malformed(this.#path, '"__proto__" is not a key', '“__proto__”不能作为键')
  }

  #checkText(text: string): void {
    const fault = textFault(text)
    if (fault !== undefined) throw refuse('malformed', this.#path, fault)
  }

  get #path(): string {
    return this.#trail.join('.')
  }
}

/** Why PostgreSQL could not keep a text, or would give it back changed. */
export function textFault(text: string): ReturnType<typeof message> | undefined {
  if (text.includes('\u0000')) {
    return message('Must not contain the NUL character', '不能包含 NUL 字符')
  }
  if (text.isWellFormed()) return undefined
  return message('Contains half of a character (lone surrogate)', '包含不完整的字符')
}

function duplicateKey(path: string): RequestError {
  const key = path.split('.').at(-1) ?? ''
  return malformed(path, `The key "${key}" is given twice`, `键“${key}”重复出现`)
}

function lossyNumber(literal: string, path: string): RequestError {
  const shown = literal.length > 40 ? `${literal.slice(0, 40)}…` : literal
  return malformed(
    path,
    `The number ${shown} has more digits than can be kept exactly (at most 15)`,
    `数字 ${shown} 的位数超出可精确保存的范围（最多 15 位有效数字）`,
  )
}

function malformed(path: string, en: string, zh: string): RequestError {
  return refuse('malformed', path, message(en, zh))
}
