/** What is known of a JSON text that its parsed value does not tell. */
export interface JsonText {
  /** How many keys are written, of all objects together. */
  readonly keys: number
  /** Where the first number stands that a double does not carry as it is written. */
  readonly lossy: { readonly literal: string; readonly at: number } | undefined
}

const QUOTE = 0x22
const COLON = 0x3a
const MINUS = 0x2d
const ZERO = 0x30
const NINE = 0x39
const POINT = 0x2e
const LOWER_E = 0x65
const UPPER_E = 0x45

// Fifteen digits always survive the way into a double and back, without an exponent at least.
const SAFE_LENGTH = 15

/** Reads a text that is known to be JSON once, outside of its strings. */
export function readJsonText(text: string): JsonText {
  let keys = 0
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) at = endOfString(text, at)
    else if (code === COLON) keys += 1
    else if (code === MINUS || isDigit(code)) {
      const end = endOfShortNumber(text, at) ?? endOfExactNumber(text, at)
      if (end === undefined) return { keys, lossy: { literal: numberAt(text, at), at } }
      at = end - 1
    }
  }
  return { keys, lossy: undefined }
}

/** Where the string that opens at `start` closes: the next quote with an even number of \ before it. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); ; end = text.indexOf('"', end + 1)) {
    let backslashes = 0
    while (text[end - 1 - backslashes] === '\\') backslashes += 1
    if (backslashes % 2 === 0) return end
  }
}

function isDigit(code: number): boolean {
  return code >= ZERO && code <= NINE
}

/** Where a number ends that a double carries; undefined for one that it does not. */
function endOfExactNumber(text: string, start: number): number | undefined {
  const literal = numberAt(text, start)
  return isCarriedExactly(literal) ? start + literal.length : undefined
}

/** Where a number ends that has too few digits to lose any; undefined for every other. */
function endOfShortNumber(text: string, start: number): number | undefined {
  let end = start + 1
  let code = text.charCodeAt(end)
  while (isDigit(code) || code === POINT) {
    end += 1
    code = text.charCodeAt(end)
  }
  const hasExponent = code === LOWER_E || code === UPPER_E
  return hasExponent || end - start > SAFE_LENGTH ? undefined : end
}

const NUMBER = /[\d.eE+-]+/y

function numberAt(text: string, start: number): string {
  NUMBER.lastIndex = start
  return NUMBER.exec(text)?.[0] ?? ''
}

/**
 * Whether the double nearest to a number literal prints back as the same decimal.
 *
 * @example isCarriedExactly('12.50') // true
 * @example isCarriedExactly('9007199254740993') // false: it would become …992
 */
export function isCarriedExactly(literal: string): boolean {
  if (literal.length <= SAFE_LENGTH && !/[eE]/.test(literal)) return true
  const value = Number(literal)
  return Number.isFinite(value) && decimalOf(literal) === decimalOf(String(value))
}

/** A decimal in one form: its significant digits and the power of ten that they are multiplied by. */
function decimalOf(literal: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?$/.exec(literal) ?? []
  const digits = `${whole}${fraction}`.replace(/^0+/, '')
  const significant = digits.replace(/0+$/, '')
  if (significant === '') return '0'
  const power = Number(exponent) - fraction.length + digits.length - significant.length
  return `${sign}${significant}e${power}`
}

/** The path of the first key that its object has already, such as `records.0.name`. */
export function findDuplicateKey(text: string): string | undefined {
  return followText(text, (_at, trail) => trail.duplicate)
}

/** The path of the value that stands at a place in the text. */
export function pathAt(text: string, place: number): string {
  return followText(text, (at, trail) => (at >= place ? trail.path : undefined)) ?? ''
}

/** Follows the structure of a JSON text until `stop` answers something. */
function followText(
  text: string,
  stop: (at: number, trail: Trail) => string | undefined,
): string | undefined {
  const trail = new Trail()
  for (let at = 0; at < text.length; at += 1) {
    const found = stop(at, trail)
    if (found !== undefined) return found
    const char = text[at] ?? ''
    if (char === '"') {
      const end = endOfString(text, at)
      const isKey = isFollowedByColon(text, end + 1)
      if (isKey) trail.enterKey(String(JSON.parse(text.slice(at, end + 1))))
      at = end
    } else trail.follow(char)
  }
  return stop(text.length, trail)
}

function isFollowedByColon(text: string, start: number): boolean {
  let at = start
  while (/\s/.test(text[at] ?? '')) at += 1
  return text[at] === ':'
}

/** The objects and lists that are open at a place in a JSON text. */
class Trail {
  duplicate: string | undefined
  readonly #open: { keys: Set<string> | undefined; place: string | number }[] = []

  get path(): string {
    return this.#open.map(({ place }) => place).join('.')
  }

  enterKey(key: string): void {
    const innermost = this.#open.at(-1)
    if (innermost?.keys === undefined) return
    innermost.place = key
    if (innermost.keys.has(key)) this.duplicate ??= this.path
    innermost.keys.add(key)
  }

  follow(char: string): void {
    const innermost = this.#open.at(-1)
    if (char === '{') this.#open.push({ keys: new Set(), place: '' })
    else if (char === '[') this.#open.push({ keys: undefined, place: 0 })
    else if (char === '}' || char === ']') this.#open.pop()
    else if (char === ',' && typeof innermost?.place === 'number') innermost.place += 1
  }
}
