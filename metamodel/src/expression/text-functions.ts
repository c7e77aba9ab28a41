import { Decimal } from 'decimal.js'

import { MAX_COUNT, MAX_FILLED_TEXT, MAX_MADE_TEXT } from './function-limits.ts'
import { Exact, isDecimal, type Operand } from './operand.ts'
import {
  isText,
  NUMBER,
  ofTexts,
  type Operator,
  type OperatorText,
  type Parameter,
  phrase,
  positions,
  type PredicateWords,
  TEXT,
  value,
} from './operator.ts'
import { readPattern } from './pattern.ts'

const text = value(TEXT)
const number = value(NUMBER)

type Shape = Pick<Operator, 'arity' | 'parameter' | 'result'>

/** As many operands as there are parameters. */
export function shape(result: Operator['result'], ...parameters: Parameter[]): Shape {
  return {
    arity: [parameters.length, parameters.length],
    parameter: positions(...parameters),
    result,
  }
}

/** A count of characters: whole, not negative, and small enough to be an index. */
function count(operand: Decimal): number {
  return Decimal.max(0, Decimal.min(MAX_COUNT, operand.trunc())).toNumber()
}

/** A function of a text and whole numbers; null as soon as an operand is. */
function ofCounts(
  cut: (characters: string[], ...counts: Decimal[]) => string,
): Operator['evaluate'] {
  return ([given = null, ...others]) => {
    const counts = others.filter(isDecimal)
    if (!isText(given) || counts.length < others.length) return null
    return cut(Array.from(given), ...counts)
  }
}

function substring(characters: string[], start: Decimal, length?: Decimal): string {
  const from = start.trunc()
  const first = from.lt(0) ? from.plus(characters.length) : Decimal.max(0, from.minus(1))
  if (first.lt(0)) return ''
  const at = Decimal.min(first, MAX_COUNT).toNumber()
  return characters.slice(at, length === undefined ? undefined : at + count(length)).join('')
}

function find([sought = null, given = null, start]: readonly Operand[]): Operand {
  if (!isText(sought) || !isText(given) || start === null) return null
  if (sought === '') return new Exact(0)
  const characters = Array.from(given)
  const from = start instanceof Decimal ? Math.max(1, count(start)) : 1
  const rest = characters.slice(from - 1).join('')
  const index = rest.indexOf(sought)
  return new Exact(index < 0 ? 0 : Array.from(rest.slice(0, index)).length + from)
}

function substitute(given: string, old: string, fresh: string): string | null {
  if (old === '') return given
  const size = (one: string): number => Array.from(one).length
  return size(given) * Math.max(1, size(fresh)) > MAX_MADE_TEXT
    ? null
    : given.replaceAll(old, () => fresh)
}

function pad(side: 'left' | 'right'): Operator['evaluate'] {
  return ([given = null, length = null, filler = ' ']) => {
    if (!isText(given) || !isDecimal(length) || !isText(filler)) return null
    if (length.gt(MAX_FILLED_TEXT)) return null
    const [characters, fillers, wanted] = [Array.from(given), Array.from(filler), count(length)]
    if (characters.length >= wanted) return characters.slice(0, wanted).join('')
    const fill = Array.from(
      { length: fillers.length === 0 ? 0 : wanted - characters.length },
      (_, index) => fillers[index % fillers.length],
    ).join('')
    return side === 'left' ? fill + given : given + fill
  }
}

function capitalize(given: string): string {
  return given.replaceAll(/[\p{L}\p{Nd}]+/gu, (word) => {
    const [first = '', ...rest] = Array.from(word)
    return first.toUpperCase() + rest.join('').toLowerCase()
  })
}

function character([code = null]: readonly Operand[]): Operand {
  if (!isDecimal(code)) return null
  const point = code.trunc()
  const isScalar = point.gte(1) && point.lte(0x10ffff) && !(point.gte(0xd800) && point.lte(0xdfff))
  return isScalar ? String.fromCodePoint(point.toNumber()) : null
}

/** `%` is any text, `_` any character, `\` takes the next one as it is. Never backtracks further than to the last `%`. */
function isLike(given: string, pattern: string): boolean | null {
  const parts = likeParts(pattern)
  if (parts === undefined) return null
  const characters = Array.from(given)
  let [at, part, retryPart, retryAt] = [0, 0, -1, 0]
  while (at < characters.length) {
    const wanted = parts[part]
    if (wanted === ANY_TEXT) {
      part++
      retryPart = part
      retryAt = at
    } else if (wanted !== undefined && (wanted === ANY_CHARACTER || wanted === characters[at])) {
      part++
      at++
    } else {
      if (retryPart < 0) return false
      part = retryPart
      retryAt++
      at = retryAt
    }
  }
  return parts.slice(part).every((rest) => rest === ANY_TEXT)
}

const ANY_TEXT = Symbol('%')
const ANY_CHARACTER = Symbol('_')

/** Undefined for a pattern that ends in a lone `\`. */
function likeParts(pattern: string): (string | symbol)[] | undefined {
  const parts: (string | symbol)[] = []
  let isEscaped = false
  for (const one of pattern) {
    if (!isEscaped && one === '\\') {
      isEscaped = true
    } else {
      parts.push(isEscaped ? one : (LIKE_SIGNS.get(one) ?? one))
      isEscaped = false
    }
  }
  return isEscaped ? undefined : parts
}

const LIKE_SIGNS = new Map([
  ['%', ANY_TEXT],
  ['_', ANY_CHARACTER],
])

/** A function of texts alone, which yields a text. */
export function ofText(
  evaluate: (...texts: string[]) => Operand,
  operands: number,
  words: OperatorText,
): Operator {
  return {
    ...shape('text', ...Array.from({ length: operands }, () => text)),
    evaluate: ofTexts(evaluate),
    text: words,
  }
}

function says(verb: string, en: string, zh: string): PredicateWords {
  return { verb, rest: { 'en-US': en, 'zh-CN': zh } }
}

/** The functions of text. They count characters from 1, and yield null for a null. */
export const TEXT_FUNCTIONS = {
  left: {
    ...shape('text', text, number),
    evaluate: ofCounts((characters, length) =>
      characters.slice(0, length === undefined ? 0 : count(length)).join(''),
    ),
    text: phrase('the first {1} characters of {0}', '{0}的前{1}个字符'),
  },
  right: {
    ...shape('text', text, number),
    evaluate: ofCounts((characters, length) => {
      const wanted = length === undefined ? 0 : count(length)
      return wanted === 0 ? '' : characters.slice(-wanted).join('')
    }),
    text: phrase('the last {1} characters of {0}', '{0}的后{1}个字符'),
  },
  middle: {
    ...shape('text', text, number, number),
    evaluate: ofCounts((characters, start, length) => {
      if (start === undefined || length === undefined) return ''
      const from = Math.max(1, count(start)) - 1
      return characters.slice(from, from + count(length)).join('')
    }),
    text: phrase('{2} characters of {0} from position {1}', '{0}从第{1}个起的{2}个字符'),
  },
  substring: {
    ...shape('text', text, number, number),
    arity: [2, 3],
    evaluate: ofCounts((characters, start, length) =>
      start === undefined ? '' : substring(characters, start, length),
    ),
    text: phrase('the part of {0} from position {1}', '{0}从第{1}个起的部分'),
  },
  find: {
    ...shape('number', text, text, number),
    arity: [2, 3],
    evaluate: find,
    text: phrase('the position of {0} in {1}', '{0}在{1}中的位置'),
  },
  contains_exact: {
    ...shape('boolean', text, text),
    evaluate: ofTexts((given, sought) => given.includes(sought)),
    text: {
      as: 'predicate',
      words: says('contains', 'exactly {1}', '包含（区分大小写）{1}'),
      negated: says('does not contain', 'exactly {1}', '不包含（区分大小写）{1}'),
    },
  },
  begins_exact: {
    ...shape('boolean', text, text),
    evaluate: ofTexts((given, sought) => given.startsWith(sought)),
    text: {
      as: 'predicate',
      words: says('begins with', 'exactly {1}', '开头（区分大小写）为{1}'),
      negated: says('does not begin with', 'exactly {1}', '开头（区分大小写）不为{1}'),
    },
  },
  substitute: {
    ...ofText(substitute, 3, phrase('{0} with {2} for {1}', '{0}中的{1}换成{2}')),
    failure: 'too_long',
  },
  pad_left: {
    ...shape('text', text, number, text),
    arity: [2, 3],
    evaluate: pad('left'),
    text: phrase('{0} filled up to {1} characters on the left', '{0}左侧补足到{1}个字符'),
    failure: 'too_long',
  },
  pad_right: {
    ...shape('text', text, number, text),
    arity: [2, 3],
    evaluate: pad('right'),
    text: phrase('{0} filled up to {1} characters on the right', '{0}右侧补足到{1}个字符'),
    failure: 'too_long',
  },
  reverse: ofText(
    (given) => Array.from(given).toReversed().join(''),
    1,
    phrase('{0} backwards', '倒序的{0}'),
  ),
  capitalize: ofText(capitalize, 1, phrase('{0} with capitals', '首字母大写的{0}')),
  character: {
    ...shape('text', number),
    evaluate: character,
    text: phrase('the character number {0}', '编码为{0}的字符'),
  },
  character_code: {
    ...shape('number', text),
    evaluate: ofTexts((given) => (given === '' ? null : new Exact(given.codePointAt(0) ?? 0))),
    text: phrase('the number of the first character of {0}', '{0}首字符的编码'),
  },
  like: {
    ...shape('boolean', text, text),
    evaluate: ofTexts(isLike),
    text: {
      as: 'predicate',
      words: says('is', 'like {1}', '形如{1}'),
      negated: says('is', 'not like {1}', '不形如{1}'),
    },
  },
  matches: {
    ...shape('boolean', text, { kind: 'pattern' }),
    evaluate: ofTexts((given, source) => {
      const pattern = readPattern(source)
      return typeof pattern === 'string' ? null : pattern.matches(given)
    }),
    text: {
      as: 'predicate',
      words: says('matches', '{1}', '匹配{1}'),
      negated: says('does not match', '{1}', '不匹配{1}'),
    },
  },
} satisfies Record<string, Operator>
