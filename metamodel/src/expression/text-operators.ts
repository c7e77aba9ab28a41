import { CASED_LANGUAGES } from './function-limits.ts'
import { Exact, type Operand } from './operand.ts'
import { ofTexts, type Operator, positions, type PredicateWords, TEXT, value } from './operator.ts'

/** A search in text that does not tell capitals from small letters. */
function search(
  finds: (text: string, sought: string) => boolean,
): Pick<Operator, 'arity' | 'parameter' | 'result' | 'evaluate'> {
  return {
    arity: [2, 2],
    parameter: positions(value(TEXT)),
    result: 'boolean',
    evaluate: ofTexts((text, sought) => finds(text.toLowerCase(), sought.toLowerCase())),
  }
}

/** A function of one text. */
function transformation(
  transform: (text: string) => string,
): Pick<Operator, 'arity' | 'parameter' | 'result' | 'evaluate'> {
  return {
    arity: [1, 1],
    parameter: positions(value(TEXT)),
    result: 'text',
    evaluate: ofTexts(transform),
  }
}

/** A function of a text and, if it is given, a language such as `tr` or `tr_TR`. */
function inLanguage(
  transform: (text: string, language: string | undefined) => string,
): Pick<Operator, 'arity' | 'parameter' | 'result' | 'evaluate'> {
  return {
    arity: [1, 2],
    parameter: positions(value(TEXT)),
    result: 'text',
    evaluate: ofTexts((text, given = '') => {
      const wanted = given.slice(0, 2).toLowerCase()
      return transform(
        text,
        CASED_LANGUAGES.find((language) => language === wanted),
      )
    }),
  }
}

function words(verb: string, en: string, zh: string): PredicateWords {
  return { verb, rest: { 'en-US': en, 'zh-CN': zh } }
}

const includesAny = words('includes', 'any of {1}', '包含{1}中的任意一项')
const includesNone = words('includes', 'none of {1}', '不包含{1}中的任何一项')

const OF_LISTS = {
  arity: [2, 2],
  parameter: positions(value(['list']), { kind: 'members', orOne: true }),
  result: 'boolean',
} satisfies Partial<Operator>

/** Whether a list and some members (or one) have something in common; null as soon as one is null. */
function overlaps([list = null, sought = null]: readonly Operand[]): boolean | null {
  if (!Array.isArray(list) || sought === null) return null
  const members: readonly unknown[] = Array.isArray(sought) ? sought : [sought]
  return list.some((member) => members.includes(member))
}

/** The number of characters of a text (an emoji is one, unless it is made of several), or of members of a list. */
function lengthOf([operand = null]: readonly Operand[]): Operand {
  if (typeof operand === 'string') return new Exact([...operand].length)
  return Array.isArray(operand) ? new Exact(operand.length) : null
}

/** The operators on text and on lists. All but `concat` yield null for a null. */
export const TEXT_OPERATORS = {
  contains: {
    ...search((text, sought) => text.includes(sought)),
    text: {
      as: 'predicate',
      words: words('contains', '{1}', '包含{1}'),
      negated: words('does not contain', '{1}', '不包含{1}'),
    },
  },
  starts_with: {
    ...search((text, sought) => text.startsWith(sought)),
    text: {
      as: 'predicate',
      words: words('starts with', '{1}', '以{1}开头'),
      negated: words('does not start with', '{1}', '不以{1}开头'),
    },
  },
  ends_with: {
    ...search((text, sought) => text.endsWith(sought)),
    text: {
      as: 'predicate',
      words: words('ends with', '{1}', '以{1}结尾'),
      negated: words('does not end with', '{1}', '不以{1}结尾'),
    },
  },
  includes: {
    ...OF_LISTS,
    evaluate: overlaps,
    text: { as: 'predicate', words: includesAny, negated: includesNone },
  },
  excludes: {
    ...OF_LISTS,
    evaluate: (operands) => {
      const outcome = overlaps(operands)
      return outcome === null ? null : !outcome
    },
    text: { as: 'predicate', words: includesNone, negated: includesAny },
  },
  length: {
    arity: [1, 1],
    parameter: positions(value(['text', 'list'])),
    result: 'number',
    evaluate: lengthOf,
    text: { as: 'phrase', words: { 'en-US': 'the length of {0}', 'zh-CN': '{0}的长度' } },
  },
  lower: {
    ...inLanguage((text, language) =>
      language === undefined ? text.toLowerCase() : text.toLocaleLowerCase(language),
    ),
    text: { as: 'phrase', words: { 'en-US': '{0} in lower case', 'zh-CN': '{0}的小写' } },
  },
  upper: {
    ...inLanguage((text, language) =>
      language === undefined ? text.toUpperCase() : text.toLocaleUpperCase(language),
    ),
    text: { as: 'phrase', words: { 'en-US': '{0} in upper case', 'zh-CN': '{0}的大写' } },
  },
  trim: {
    ...transformation((text) => text.trim()),
    text: {
      as: 'phrase',
      words: { 'en-US': '{0} without outer spaces', 'zh-CN': '去掉首尾空格的{0}' },
    },
  },
  concat: {
    arity: [1, Infinity],
    parameter: positions(value(TEXT)),
    result: 'text',
    evaluate: (operands) => operands.filter((operand) => operand !== null).join(''),
    text: { as: 'infix', sign: '&', binding: 'sum' },
  },
} satisfies Record<string, Operator>
