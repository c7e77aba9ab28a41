import { Decimal } from 'decimal.js'
import Type from 'typebox'

import {
  EQUALITY,
  fault,
  type FieldOptions,
  type FieldType,
  ORDER,
  type Parsed,
  wrongType,
} from './field-type.ts'

/** The most digits that an IEEE double carries exactly in both directions (api.md, "Values on the wire"). */
export const MAX_DIGITS = 15

const scaleSchema = Type.Integer({ minimum: 0, maximum: 8, description: 'Decimal places' })

/** The number of decimal places that these options ask for. */
export function scaleOf(options: FieldOptions, usual: number): number {
  return typeof options['scale'] === 'number' ? options['scale'] : usual
}

/** Reads a JSON number with at most 15 digits, at most `scale` of them decimals, within `min` and `max`. */
export function parseNumber(value: unknown, options: FieldOptions, usualScale: number): Parsed {
  if (value === null) return { value: null }
  if (typeof value !== 'number' || !Number.isFinite(value)) {
    return wrongType(value, 'a number', '数字')
  }
  const scale = scaleOf(options, usualScale)
  const number = new Decimal(value)
  if (number.decimalPlaces() > scale) {
    return scale === 0
      ? fault('too_many_decimals', 'Must be a whole number', '应为整数')
      : fault(
          'too_many_decimals',
          `May have at most ${scale} decimal places`,
          `最多 ${scale} 位小数`,
        )
  }
  if (Math.abs(value) >= 10 ** (MAX_DIGITS - scale)) {
    return fault(
      'too_large',
      `May have at most ${MAX_DIGITS - scale} digits before the point`,
      `整数部分最多 ${MAX_DIGITS - scale} 位`,
    )
  }
  return checkRange(value, options)
}

function checkRange(value: number, options: FieldOptions): Parsed {
  const { min, max } = options
  if (typeof min === 'number' && value < min) {
    return fault('out_of_range', `Must be at least ${min}`, `不能小于 ${min}`)
  }
  if (typeof max === 'number' && value > max) {
    return fault('out_of_range', `Must be at most ${max}`, `不能大于 ${max}`)
  }
  return { value: Object.is(value, -0) ? 0 : value }
}

/** Reads a number as people write it in files: `1,234.50`, `¥1,280`, `(12)`, `12.5%`, full-width digits. */
export function parseNumberText(cell: string, options: FieldOptions, usualScale: number): Parsed {
  let plain = cell.normalize('NFKC').trim()
  if (plain === '') return { value: null }
  const isNegative = /^\(.*\)$/.test(plain)
  plain = plain
    .replace(/^\((.*)\)$/, '$1')
    .replace(/^[¥￥$€£]\s*/u, '')
    .replace(/%$/, '')
    .trim()
  const isGrouped = /^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$/.test(plain)
  if (!isGrouped && !/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,2})?$/i.test(plain)) {
    return fault(
      'not_a_number',
      `"${cell.slice(0, 40)}" is not a number`,
      `“${cell.slice(0, 40)}”不是数字`,
    )
  }
  const exact = new Decimal(plain.replaceAll(',', ''))
  if (exact.precision() > MAX_DIGITS) {
    return fault('too_large', `May have at most ${MAX_DIGITS} digits`, `最多 ${MAX_DIGITS} 位数字`)
  }
  return parseNumber((isNegative ? exact.neg() : exact).toNumber(), options, usualScale)
}

function numberType(name: string, usualScale: number): FieldType {
  return {
    name,
    options: {
      scale: scaleSchema,
      min: Type.Number({ description: 'Smallest value' }),
      max: Type.Number({ description: 'Largest value' }),
    },
    expressionType: 'number',
    storage: (options) => {
      const scale = scaleOf(options, usualScale)
      return scale === 0 && name === 'number' ? { as: 'bigint' } : { as: 'numeric', scale }
    },
    operators: [...EQUALITY, ...ORDER],
    isSortable: true,
    isGroupable: true,
    canBeUnique: name === 'number',
    parse: (value, options) => parseNumber(value, options, usualScale),
    parseText: (cell, options) => parseNumberText(cell, options, usualScale),
  }
}

/** A number; whole unless `scale` is given. */
export const number = numberType('number', 0)
/** An amount of money; two decimals unless `scale` is given. Exact `numeric` in the database. */
export const currency = numberType('currency', 2)
/** A percentage, kept as people say it: 12.5 is 12.5 %. */
export const percent = numberType('percent', 2)
