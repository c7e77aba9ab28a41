import type { Message } from '../localized-text.ts'
import { editDistance, nearest } from '../problem.ts'
import { type ExpressionPath, type ExpressionType, pathText } from './expression.ts'

/** The words by which programs know what is wrong with an expression. */
export const EXPRESSION_PROBLEM_CODES = [
  'malformed',
  'unknown_operator',
  'unknown_field',
  'unknown_relationship',
  'unknown_value',
  'unknown_period',
  'wrong_type',
  'wrong_arity',
  'wrong_value',
  'compare_with_null',
  'not_while_saving',
  'too_deep',
  'too_large',
] as const
export type ExpressionProblemCode = (typeof EXPRESSION_PROBLEM_CODES)[number]

/** One thing that is wrong with an expression. */
export interface ExpressionProblem {
  readonly code: ExpressionProblemCode
  /** Dotted keys from the root, e.g. `and.0.>=.1`; empty for the whole expression. */
  readonly path: string
  readonly message: Message
  /** What was probably meant. */
  readonly suggestion?: string
}

/** An expression that does not hold against its scope was to be evaluated or compiled. */
export class InvalidExpression extends Error {
  readonly code = 'invalid_expression'
  readonly problems: readonly ExpressionProblem[]

  constructor(problems: readonly ExpressionProblem[]) {
    super(
      problems.map(({ path, message }) => `${path || '(root)'}: ${message['en-US']}`).join('; '),
    )
    this.name = 'InvalidExpression'
    this.problems = problems
  }
}

/** A message with the same text in both languages' order. */
function say(en: string, zh: string): Message {
  return { 'zh-CN': zh, 'en-US': en }
}

/** A problem, with "did you mean" if there is a suggestion. */
export function problem(
  code: ExpressionProblemCode,
  path: ExpressionPath,
  message: Message & { readonly suggestion?: string | undefined },
): ExpressionProblem {
  const { suggestion, 'en-US': en, 'zh-CN': zh } = message
  if (suggestion === undefined) return { code, path: pathText(path), message: say(en, zh) }
  const hinted = say(`${en}. Did you mean "${suggestion}"?`, `${zh}，是否想写“${suggestion}”？`)
  return { code, path: pathText(path), message: hinted, suggestion }
}

/** A word that is not in a list of known ones. */
export function unknownWord(
  what: 'operator' | 'field' | 'relationship' | 'value' | 'period',
  at: { readonly word: string; readonly path: ExpressionPath },
  known: readonly string[],
): ExpressionProblem {
  const shown = at.word.slice(0, 60)
  const suggestion = USUAL_WORDS.get(at.word) ?? near(shown, known)
  const zh = {
    operator: '运算符',
    field: '字段',
    relationship: '相关列表',
    value: '选项值',
    period: '时间段',
  }[what]
  return problem(`unknown_${what}`, at.path, {
    ...say(`Unknown ${what} "${shown}"`, `未知的${zh}“${shown}”`),
    suggestion: suggestion !== undefined && known.includes(suggestion) ? suggestion : undefined,
  })
}

/** The nearest known word, if at most half of its letters differ. */
function near(word: string, known: readonly string[]): string | undefined {
  const found = nearest(word, known)
  if (found === undefined) return undefined
  return 2 * editDistance(word.toLowerCase(), found.toLowerCase()) <= found.length
    ? found
    : undefined
}

/** What people who know JSON Logic, the REST filters or SQL write for the profile's operators. */
const USUAL_WORDS = new Map([
  ['===', '=='],
  ['=', '=='],
  ['eq', '=='],
  ['!==', '!='],
  ['<>', '!='],
  ['ne', '!='],
  ['gt', '>'],
  ['gte', '>='],
  ['lt', '<'],
  ['lte', '<='],
  ['not', '!'],
  ['cat', 'concat'],
  ['missing', 'is_blank'],
  ['is_null', 'is_blank'],
  ['is_empty', 'is_blank'],
])

const TYPE_WORDS: Readonly<Record<ExpressionType, readonly [en: string, zh: string]>> = {
  text: ['text', '文本'],
  number: ['number', '数字'],
  boolean: ['true or false', '是/否'],
  date: ['date', '日期'],
  datetime: ['date and time', '日期时间'],
  time: ['time of day', '时间'],
  list: ['list', '列表'],
  id: ['record id', '记录 id'],
  structure: ['address, place or JSON', '地址、位置或 JSON'],
  sealed: ['encrypted text', '加密文本'],
  file: ['file', '文件'],
  null: ['nothing (null)', '空（null）'],
}

/** Something of one type where another belongs; nothing is ever coerced. */
export function wrongType(
  path: ExpressionPath,
  found: ExpressionType,
  wanted: readonly ExpressionType[],
): ExpressionProblem {
  const shown = wanted.filter((type) => type !== 'null' || wanted.length === 1)
  const en = shown.map((type) => TYPE_WORDS[type][0]).join(' or ')
  const zh = shown.map((type) => TYPE_WORDS[type][1]).join('或')
  return problem(
    'wrong_type',
    path,
    say(
      `Expected ${en}, found ${TYPE_WORDS[found][0]}`,
      `应为${zh}，而不是${TYPE_WORDS[found][1]}`,
    ),
  )
}

/** A literal that has the right form but no meaning, such as 30 February. */
export function wrongValue(path: ExpressionPath, en: string, zh: string): ExpressionProblem {
  return problem('wrong_value', path, say(en, zh))
}

/** A tree that is no expression at all. */
export function malformed(path: ExpressionPath, en: string, zh: string): ExpressionProblem {
  return problem('malformed', path, say(en, zh))
}

/** Too few or too many arguments. */
export function wrongArity(
  path: ExpressionPath,
  operator: string,
  found: { count: number; wanted: Message },
): ExpressionProblem {
  return problem(
    'wrong_arity',
    path,
    say(
      `"${operator}" takes ${found.wanted['en-US']}, not ${found.count}`,
      `“${operator}”需要 ${found.wanted['zh-CN']} 个参数，而不是 ${found.count} 个`,
    ),
  )
}

/** A comparison with null, which is never true: `is_blank` is meant. */
export function compareWithNull(path: ExpressionPath): ExpressionProblem {
  return problem('compare_with_null', path, {
    ...say('A comparison with null is never true', '与 null 比较永远不成立'),
    suggestion: 'is_blank',
  })
}

/** `changed`, `prior` or `is_new` where no record is being saved. */
export function notWhileSaving(path: ExpressionPath, operator: string): ExpressionProblem {
  return problem(
    'not_while_saving',
    path,
    say(
      `"${operator}" has a meaning only while a record is being saved`,
      `“${operator}”仅在保存记录时可用`,
    ),
  )
}
