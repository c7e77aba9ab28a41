import { Decimal } from 'decimal.js'

import { compareOperands, Exact, type Operand } from './operand.ts'
import { NUMBER, ofNumbers, type Operator, positions, same, value } from './operator.ts'

/** Quotients are rounded, half away from zero, to this many decimals; nothing else rounds by itself. */
export const QUOTIENT_DECIMALS = 20

const SHIFT = new Exact(10).pow(QUOTIENT_DECIMALS + 1)

/**
 * The quotient of two decimals; null when the divisor is zero, so that one row never fails a list.
 * One digit more than is kept is computed exactly and cut, so that the rounding sees true digits:
 * the SQL does the same two steps.
 */
export function divide(dividend: Decimal, divisor: Decimal): Decimal | null {
  if (divisor.isZero()) return null
  return dividend
    .times(SHIFT)
    .dividedToIntegerBy(divisor)
    .div(SHIFT)
    .toDecimalPlaces(QUOTIENT_DECIMALS, Decimal.ROUND_HALF_UP)
}

/** Rounds half away from zero; negative places round before the point. */
function round(number: Decimal, places: Decimal = new Exact(0)): Decimal {
  const shift = new Exact(10).pow(places)
  return number.times(shift).toDecimalPlaces(0, Decimal.ROUND_HALF_UP).div(shift)
}

/** The first or last of the operands that are there, as with LEAST and GREATEST; null if none is. */
function extreme(wins: (order: number) => boolean): Operator['evaluate'] {
  return (operands) =>
    operands.reduce<Operand>((best, operand) => {
      if (operand === null) return best
      return best === null || wins(compareOperands(operand, best)) ? operand : best
    }, null)
}

const OF_NUMBERS = {
  arity: [2, Infinity],
  parameter: positions(value(NUMBER)),
  result: 'number',
} satisfies Partial<Operator>

const EXTREME = {
  arity: [1, Infinity],
  parameter: positions(same(['number', 'date', 'datetime'])),
  result: 'same',
} satisfies Partial<Operator>

/** Arithmetic: exact decimals, null as soon as an operand is; `min` and `max` pass over nulls. */
export const NUMBER_OPERATORS = {
  '+': {
    ...OF_NUMBERS,
    evaluate: ofNumbers((...numbers) => numbers.reduce((sum, number) => sum.plus(number))),
    text: { as: 'infix', sign: '+', binding: 'sum' },
  },
  '-': {
    ...OF_NUMBERS,
    arity: [1, 2],
    evaluate: ofNumbers((a, b) => (b === undefined ? a.neg() : a.minus(b))),
    text: { as: 'infix', sign: '-', binding: 'sum' },
  },
  '*': {
    ...OF_NUMBERS,
    evaluate: ofNumbers((...numbers) => numbers.reduce((product, number) => product.times(number))),
    text: { as: 'infix', sign: '×', binding: 'product' },
  },
  '/': {
    ...OF_NUMBERS,
    arity: [2, 2],
    evaluate: ofNumbers(divide),
    failure: 'division_by_zero',
    text: { as: 'infix', sign: '÷', binding: 'product' },
  },
  round: {
    arity: [1, 2],
    parameter: positions(value(NUMBER), { kind: 'digits' }),
    result: 'number',
    evaluate: ofNumbers(round),
    text: {
      as: 'phrase',
      words: { 'en-US': '{0} rounded to {1} decimal places', 'zh-CN': '{0}保留{1}位小数' },
    },
  },
  min: {
    ...EXTREME,
    evaluate: extreme((order) => order < 0),
    text: {
      as: 'enumeration',
      words: { 'en-US': 'the smallest of {all}', 'zh-CN': '{all}中的最小值' },
    },
  },
  max: {
    ...EXTREME,
    evaluate: extreme((order) => order > 0),
    text: {
      as: 'enumeration',
      words: { 'en-US': 'the largest of {all}', 'zh-CN': '{all}中的最大值' },
    },
  },
} satisfies Record<string, Operator>
