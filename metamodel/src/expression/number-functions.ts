import { Decimal } from 'decimal.js'

import {
  DISTANCE_DECIMALS,
  EARTH_RADIUS_KM,
  EXP_LEAST,
  EXP_MOST,
  GROWING_PLACES,
  KM_PER_MILE,
  MAX_ANGLE,
  MAX_COMPUTED_PLACES,
  MAX_EXPONENT,
  OPERAND_DECIMALS,
  POWER_MOST,
  RESULT_DECIMALS,
  WHOLE_DECIMALS,
} from './function-limits.ts'
import { compareOperands, Exact, type Operand } from './operand.ts'
import {
  NUMBER,
  ofNumbers,
  type Operator,
  type OperatorText,
  phrase,
  positions,
  same,
  value,
} from './operator.ts'

const LIMIT = new Exact(10).pow(MAX_EXPONENT)
// More digits than any result keeps, but not many more: their cost grows with the square.
const Precise = Decimal.clone({ precision: 100, rounding: Decimal.ROUND_HALF_UP })
const Growing = Decimal.clone({ precision: 60, rounding: Decimal.ROUND_HALF_UP })

function rounded(result: Decimal): Decimal {
  return new Exact(result.toDecimalPlaces(RESULT_DECIMALS, Decimal.ROUND_HALF_UP))
}

function precise(number: Decimal): Decimal {
  return new Precise(number.toDecimalPlaces(OPERAND_DECIMALS, Decimal.ROUND_HALF_UP))
}

function isTooLarge(number: Decimal): boolean {
  return number.abs().gte(LIMIT)
}

function exp(number: Decimal): Operand {
  if (number.gt(EXP_MOST)) return null
  if (number.lt(EXP_LEAST)) return new Exact(0)
  const exponent = new Growing(precise(number))
  return grown(exponent.exp(), exponent.toNumber() * Math.LOG10E)
}

/** A result that may be large, with the digits that results of its size keep. */
function grown(result: Decimal, magnitude: number): Decimal {
  const { places: last } = GROWING_PLACES.find(({ exponent }) => magnitude <= exponent) ?? {
    places: 0,
  }
  return toPlaces(new Exact(result), last, Decimal.ROUND_HALF_UP)
}

function logarithm(of: (number: Decimal) => Decimal): (number: Decimal) => Operand {
  return (number) => {
    if (isTooLarge(number)) return null
    const operand = precise(number)
    return operand.gt(0) ? rounded(of(new Growing(operand))) : null
  }
}

function sqrt(number: Decimal): Operand {
  if (number.isNegative() && !number.isZero()) return null
  return isTooLarge(number) ? null : rounded(precise(number).sqrt())
}

function power(base: Decimal, exponent: Decimal): Operand {
  if (isTooLarge(base) || exponent.abs().gt(POWER_MOST)) return null
  const [x, y] = [precise(base), precise(exponent)]
  if (y.isZero()) return new Exact(1)
  if (x.isZero()) return y.isNegative() ? null : new Exact(0)
  if (x.isNegative() && !y.isInteger()) return null
  const magnitude = y.toNumber() * Math.log10(x.abs().toNumber())
  if (magnitude > MAX_EXPONENT) return null
  if (magnitude < -OPERAND_DECIMALS) return new Exact(0)
  return grown(new Growing(x).pow(y), magnitude)
}

function mod(dividend: Decimal, divisor: Decimal): Operand {
  return divisor.isZero() ? null : dividend.mod(divisor)
}

function places(number: Decimal): number {
  const { count, least, most } = {
    count: number.trunc(),
    least: -MAX_COMPUTED_PLACES,
    most: MAX_COMPUTED_PLACES,
  }
  return Decimal.max(least, Decimal.min(most, count)).toNumber()
}

function toPlaces(number: Decimal, count: number, mode: Decimal.Rounding): Decimal {
  const shift = new Exact(10).pow(count)
  return number.times(shift).toDecimalPlaces(0, mode).div(shift)
}

/** Rounds to whole numbers, without a look at what a quotient has left behind the 15th decimal. */
function whole(mode: Decimal.Rounding): (number: Decimal) => Operand {
  return (number) =>
    number.toDecimalPlaces(WHOLE_DECIMALS, Decimal.ROUND_HALF_UP).toDecimalPlaces(0, mode)
}

/** As PostgreSQL makes a decimal of a double: 15 digits. */
function ofDouble(result: number): Operand {
  return Number.isFinite(result) ? new Exact(result.toPrecision(15)) : null
}

/** A function of angles, in floating point as PostgreSQL's are. */
function ofDoubles(
  calculate: (...numbers: number[]) => number,
  limit: number,
): Operator['evaluate'] {
  return ofNumbers((...numbers) => {
    if (numbers.some((number) => number.abs().gt(limit))) return null
    return ofDouble(calculate(...numbers.map((number) => number.toNumber())))
  })
}

type Shape = Pick<Operator, 'arity' | 'parameter' | 'result'>

function ofCount(least: number, most = least): Shape {
  return { arity: [least, most], parameter: positions(value(NUMBER)), result: 'number' }
}

function unary(evaluate: (number: Decimal) => Operand, text: OperatorText): Operator {
  return { ...ofCount(1), evaluate: ofNumbers(evaluate), text }
}

function angular(calculate: (angle: number) => number, text: OperatorText, limit = MAX_ANGLE) {
  return {
    ...ofCount(1),
    evaluate: ofDoubles(calculate, limit),
    text,
    failure: 'no_such_number',
  } satisfies Operator
}

/** The first or last of the operands; null as soon as one is. */
function strictExtreme(wins: (order: number) => boolean): Operator['evaluate'] {
  return (operands) =>
    operands.reduce((best, operand) => {
      if (best === null || operand === null) return null
      return wins(compareOperands(operand, best)) ? operand : best
    })
}

const STRICT_EXTREME = {
  arity: [1, Infinity],
  parameter: positions(same(['number', 'date', 'datetime', 'time'])),
  result: 'same',
} satisfies Partial<Operator>

/** Kilometres (or miles) between two points on the globe, given in degrees. */
function distance([a, b, c, d, unit]: readonly Operand[]): Operand {
  const degrees = [a, b, c, d].map((operand) => (operand instanceof Decimal ? operand : undefined))
  if (degrees.some((one) => one === undefined || one.abs().gt(MAX_ANGLE))) return null
  const [lat1 = 0, lon1 = 0, lat2 = 0, lon2 = 0] = degrees.map(
    (one) => ((one?.toNumber() ?? 0) * Math.PI) / 180,
  )
  const height = Math.sin((lat2 - lat1) / 2) ** 2
  const width = Math.cos(lat1) * Math.cos(lat2) * Math.sin((lon2 - lon1) / 2) ** 2
  const radius = unit === 'mi' ? EARTH_RADIUS_KM / KM_PER_MILE : EARTH_RADIUS_KM
  const found = 2 * radius * Math.asin(Math.min(1, Math.sqrt(height + width)))
  if (unit !== 'mi' && unit !== 'km') return null
  return new Exact(found.toPrecision(15)).toDecimalPlaces(DISTANCE_DECIMALS, Decimal.ROUND_HALF_UP)
}

/** The functions of numbers. Null as soon as an operand is; irrational results have 20 decimals. */
export const NUMBER_FUNCTIONS = {
  abs: unary((number) => number.abs(), phrase('the absolute value of {0}', '{0}的绝对值')),
  round_places: {
    ...ofCount(2),
    evaluate: ofNumbers((number, count) => toPlaces(number, places(count), Decimal.ROUND_HALF_UP)),
    text: phrase('{0} rounded to {1} places', '{0}保留{1}位'),
  },
  trunc: {
    ...ofCount(1, 2),
    evaluate: ofNumbers((number, count) =>
      toPlaces(
        number.toDecimalPlaces(WHOLE_DECIMALS, Decimal.ROUND_HALF_UP),
        count === undefined ? 0 : places(count),
        Decimal.ROUND_DOWN,
      ),
    ),
    text: phrase('{0} cut to {1} decimal places', '{0}截取到{1}位小数'),
  },
  floor: unary(whole(Decimal.ROUND_FLOOR), phrase('{0} rounded down', '{0}向下取整')),
  ceiling: unary(whole(Decimal.ROUND_CEIL), phrase('{0} rounded up', '{0}向上取整')),
  away_from_zero: unary(
    whole(Decimal.ROUND_UP),
    phrase('{0} rounded away from zero', '{0}按绝对值向上取整'),
  ),
  mod: {
    ...ofCount(2),
    evaluate: ofNumbers(mod),
    text: phrase('the remainder of {0} by {1}', '{0}除以{1}的余数'),
    failure: 'division_by_zero',
  },
  power: {
    ...ofCount(2),
    evaluate: ofNumbers(power),
    text: phrase('{0} to the power of {1}', '{0}的{1}次方'),
    failure: 'no_such_number',
  },
  sqrt: {
    ...unary(sqrt, phrase('the square root of {0}', '{0}的平方根')),
    failure: 'no_such_number',
  },
  exp: { ...unary(exp, phrase('e to the power of {0}', 'e 的{0}次方')), failure: 'too_large' },
  ln: {
    ...unary(
      logarithm((number) => number.ln()),
      phrase('the natural logarithm of {0}', '{0}的自然对数'),
    ),
    failure: 'no_such_number',
  },
  log10: {
    ...unary(
      logarithm((number) => Growing.log10(number)),
      phrase('the logarithm of {0}', '{0}的常用对数'),
    ),
    failure: 'no_such_number',
  },
  sin: angular(Math.sin, phrase('the sine of {0}', '{0}的正弦')),
  cos: angular(Math.cos, phrase('the cosine of {0}', '{0}的余弦')),
  tan: angular(Math.tan, phrase('the tangent of {0}', '{0}的正切')),
  asin: angular(Math.asin, phrase('the arc sine of {0}', '{0}的反正弦'), 1),
  acos: angular(Math.acos, phrase('the arc cosine of {0}', '{0}的反余弦'), 1),
  atan: angular(Math.atan, phrase('the arc tangent of {0}', '{0}的反正切')),
  atan2: {
    ...ofCount(2),
    evaluate: ofDoubles(Math.atan2, MAX_ANGLE),
    text: phrase('the angle of ({1}, {0})', '（{1}，{0}）的角度'),
    failure: 'no_such_number',
  },
  greatest: {
    ...STRICT_EXTREME,
    evaluate: strictExtreme((order) => order > 0),
    text: {
      as: 'enumeration',
      words: {
        'en-US': 'the largest of {all}, if none is empty',
        'zh-CN': '{all}都不为空时的最大值',
      },
    },
  },
  least: {
    ...STRICT_EXTREME,
    evaluate: strictExtreme((order) => order < 0),
    text: {
      as: 'enumeration',
      words: {
        'en-US': 'the smallest of {all}, if none is empty',
        'zh-CN': '{all}都不为空时的最小值',
      },
    },
  },
  distance: {
    arity: [5, 5],
    parameter: positions(
      value(NUMBER),
      value(NUMBER),
      value(NUMBER),
      value(NUMBER),
      value(['text']),
    ),
    result: 'number',
    evaluate: distance,
    text: phrase(
      'the distance from ({0}, {1}) to ({2}, {3})',
      '从（{0}，{1}）到（{2}，{3}）的距离',
    ),
    failure: 'no_such_number',
  },
} satisfies Record<string, Operator>
