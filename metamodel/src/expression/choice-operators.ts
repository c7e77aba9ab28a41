import { MAX_NUMBER_TEXT } from './function-limits.ts'
import { areSame, type Operand } from './operand.ts'
import { COMPARABLE, type Operator, operandAt, phrase, positions, same, value } from './operator.ts'

const RESULTS = [...COMPARABLE, 'list', 'null'] as const
const outcome = { kind: 'outcome', types: RESULTS } as const
const compared = same(COMPARABLE)

function isBlank(operand: Operand): boolean {
  return operand === null || operand === '' || (Array.isArray(operand) && operand.length === 0)
}

/** True if one of the others is the first; else null if the first, or one of them, is unknown. */
function isOneOf([sought = null, ...others]: readonly Operand[]): boolean | null {
  if (sought === null) return null
  if (others.some((other) => other !== null && areSame(sought, other))) return true
  return others.includes(null) ? null : false
}

/** Only what is asked for is evaluated, so these two are carried out by the evaluator itself. */
function evaluatedElsewhere(): never {
  throw new Error('A lazy operator is carried out by the evaluator')
}

/** The operators that choose between values. */
export const CHOICE_OPERATORS = {
  case: {
    arity: [4, Infinity],
    isEven: true,
    parameter: (index, count) =>
      index === 0 || (index % 2 === 1 && index < count - 1) ? compared : outcome,
    result: 'outcome',
    evaluate: evaluatedElsewhere,
    isLazy: true,
    text: {
      as: 'enumeration',
      words: { 'en-US': 'the case among {all}', 'zh-CN': '{all}中相符的情形' },
    },
  },
  if_error: {
    arity: [2, 2],
    parameter: positions(same(RESULTS)),
    result: 'same',
    evaluate: evaluatedElsewhere,
    isLazy: true,
    text: phrase('{0}, or {1} if that fails', '{0}（出错时为{1}）'),
  },
  blank_value: {
    arity: [2, 2],
    parameter: positions(same(RESULTS)),
    result: 'same',
    evaluate: (operands) => operandAt(operands, isBlank(operandAt(operands, 0)) ? 1 : 0),
    text: phrase('{0}, or {1} if that is empty', '{0}（为空时为{1}）'),
  },
  one_of: {
    arity: [2, Infinity],
    parameter: positions(compared),
    result: 'boolean',
    evaluate: isOneOf,
    text: {
      as: 'enumeration',
      words: {
        'en-US': 'the first of {all} is among the others',
        'zh-CN': '{all}中的首项与其余某项相同',
      },
    },
  },
  is_number: {
    arity: [1, 1],
    parameter: positions(value(['text'])),
    result: 'boolean',
    evaluate: ([operand = null]) => typeof operand === 'string' && isNumberText(operand),
    text: {
      as: 'predicate',
      words: { verb: 'is', rest: { 'en-US': 'a number', 'zh-CN': '是数字' } },
      negated: { verb: 'is', rest: { 'en-US': 'no number', 'zh-CN': '不是数字' } },
    },
  },
} satisfies Record<string, Operator>

const NUMBER_TEXT = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,2})?$/

/** Whether `to_number` reads a text. */
export function isNumberText(text: string): boolean {
  const trimmed = text.trim()
  return trimmed.length <= MAX_NUMBER_TEXT && NUMBER_TEXT.test(trimmed)
}
