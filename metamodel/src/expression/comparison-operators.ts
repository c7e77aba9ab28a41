import { areSame, compareOperands, type Operand } from './operand.ts'
import {
  COMPARABLE,
  COUNTABLE,
  type Operator,
  operandAt,
  ORDERED,
  positions,
  same,
  value,
} from './operator.ts'

/** Whether the order of two operands passes a test; null as soon as one of them is. */
function compare(a: Operand, b: Operand, passes: (order: number) => boolean): boolean | null {
  return a === null || b === null ? null : passes(compareOperands(a, b))
}

function comparison(passes: (order: number) => boolean): Operator['evaluate'] {
  return ([a = null, b = null]) => compare(a, b, passes)
}

/** Whether the first operand is in the list: false if the list is empty, else null for a null. */
function isMember([sought = null, list = null]: readonly Operand[]): boolean | null {
  if (!Array.isArray(list)) return null
  if (list.length === 0) return false
  return sought === null ? null : list.some((member) => areSame(member, sought))
}

/** As `x >= low and x <= high`: with one bound missing it may still be false. */
function isBetween(operands: readonly Operand[]): boolean | null {
  const subject = operandAt(operands, 0)
  const outcomes = [
    compare(subject, operandAt(operands, 1), (order) => order >= 0),
    compare(subject, operandAt(operands, 2), (order) => order <= 0),
  ]
  if (outcomes.includes(false)) return false
  return outcomes.includes(null) ? null : true
}

function isBlank([operand = null]: readonly Operand[]): boolean {
  return operand === null || operand === '' || (Array.isArray(operand) && operand.length === 0)
}

/** The words of one comparison: English and Chinese, of sizes and of days. */
function comparisonText(
  size: [en: string, zh: string],
  time: [en: string, zh: string],
): Operator['text'] {
  const [[en, zh], [enTime, zhTime]] = [size, time]
  return {
    as: 'predicate',
    words: { verb: 'is', rest: { 'en-US': `${en} {1}`, 'zh-CN': `${zh}{1}` } },
    temporal: { verb: 'is', rest: { 'en-US': `${enTime} {1}`, 'zh-CN': `${zhTime}{1}` } },
  }
}

const equal = { verb: 'is', rest: { 'en-US': '{1}', 'zh-CN': '为{1}' } }
const unequal = { verb: 'is', rest: { 'en-US': 'not {1}', 'zh-CN': '不为{1}' } }
const within = { verb: 'is', rest: { 'en-US': 'one of {1}', 'zh-CN': '属于{1}' } }
const outside = { verb: 'is', rest: { 'en-US': 'not one of {1}', 'zh-CN': '不属于{1}' } }

const EQUALITY = {
  arity: [2, 2],
  parameter: positions(same(COMPARABLE)),
  result: 'boolean',
} satisfies Partial<Operator>
const ORDER = {
  arity: [2, 2],
  parameter: positions(same(ORDERED)),
  result: 'boolean',
} satisfies Partial<Operator>
const MEMBERSHIP = {
  arity: [2, 2],
  parameter: positions(same(COUNTABLE), { kind: 'members', orOne: false }),
  result: 'boolean',
} satisfies Partial<Operator>

/**
 * The comparisons. With a null on either side they are null (unknown), as in SQL: `is_blank` is the
 * one that asks for it. Text is told apart exactly, and ordered by code point.
 */
export const COMPARISON_OPERATORS = {
  '==': {
    ...EQUALITY,
    evaluate: comparison((order) => order === 0),
    text: { as: 'predicate', words: equal, negated: unequal },
  },
  '!=': {
    ...EQUALITY,
    evaluate: comparison((order) => order !== 0),
    text: { as: 'predicate', words: unequal, negated: equal },
  },
  '<': {
    ...ORDER,
    evaluate: comparison((order) => order < 0),
    text: comparisonText(['less than', '小于'], ['before', '早于']),
  },
  '<=': {
    ...ORDER,
    evaluate: comparison((order) => order <= 0),
    text: comparisonText(['at most', '不大于'], ['not after', '不晚于']),
  },
  '>': {
    ...ORDER,
    evaluate: comparison((order) => order > 0),
    text: comparisonText(['greater than', '大于'], ['after', '晚于']),
  },
  '>=': {
    ...ORDER,
    evaluate: comparison((order) => order >= 0),
    text: comparisonText(['at least', '不小于'], ['not before', '不早于']),
  },
  in: {
    ...MEMBERSHIP,
    evaluate: isMember,
    text: { as: 'predicate', words: within, negated: outside },
  },
  not_in: {
    ...MEMBERSHIP,
    evaluate: (operands) => negate(isMember(operands)),
    text: { as: 'predicate', words: outside, negated: within },
  },
  between: {
    arity: [3, 3],
    parameter: positions(same(ORDERED)),
    result: 'boolean',
    evaluate: isBetween,
    text: {
      as: 'predicate',
      words: { verb: 'is', rest: { 'en-US': 'between {1} and {2}', 'zh-CN': '在{1}到{2}之间' } },
      negated: {
        verb: 'is',
        rest: { 'en-US': 'not between {1} and {2}', 'zh-CN': '不在{1}到{2}之间' },
      },
    },
  },
  is_blank: {
    arity: [1, 1],
    parameter: positions(value([...COMPARABLE, 'list', 'structure', 'sealed', 'file'])),
    result: 'boolean',
    evaluate: isBlank,
    text: {
      as: 'predicate',
      words: { verb: 'is', rest: { 'en-US': 'empty', 'zh-CN': '为空' } },
      negated: { verb: 'is', rest: { 'en-US': 'not empty', 'zh-CN': '不为空' } },
    },
  },
} satisfies Record<string, Operator>

function negate(outcome: boolean | null): boolean | null {
  return outcome === null ? null : !outcome
}
