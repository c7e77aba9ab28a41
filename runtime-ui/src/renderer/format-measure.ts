import {
  type FieldContext,
  formatMoney,
  formatNumber,
  formatShort,
  formatShortMoney,
} from '../fields/index.ts'

/** From here on a number is written short: 万 and 亿 in Chinese, K and M in English; earlier where it is tight. */
const SHORT_FROM = 100_000
const TIGHT_FROM = 10_000

export interface MeasureFormat {
  /** Type of the field that is measured; a count has none. */
  type?: string | undefined
  context: FieldContext
  /** In full, as a hint or in a table. */
  isExact?: boolean
  /** At a mark of a chart, where there is little room: three digits. */
  isTight?: boolean
  /** It was made of amounts in several currencies, by their rates: what it comes to is about this; nothing is nothing. */
  isConverted?: boolean | undefined
}

/**
 * A number of a chart, a tile or a sum. Nothing (an average of no records) is a dash.
 * @example formatMeasure(4820000, { type: 'currency', context }) // '¥482万'
 */
export function formatMeasure(value: unknown, format: MeasureFormat): string {
  if (value === null || value === undefined || value === '') return '–'
  const number = Number(value)
  if (Number.isNaN(number)) return String(value)
  const isAbout = format.isConverted === true && number !== 0
  return `${isAbout ? '≈ ' : ''}${formatNumeral(number, format)}`
}

function formatNumeral(number: number, format: MeasureFormat): string {
  const { type, context, isExact = false, isTight = false } = format
  if (type === 'percent') return `${formatNumber(number, context.locale, 2, 0)}%`
  if (!isExact && Math.abs(number) >= (isTight ? TIGHT_FROM : SHORT_FROM)) {
    const digits = isTight ? 3 : 4
    return type === 'currency'
      ? formatShortMoney(number, context, digits)
      : formatShort(number, context.locale, digits)
  }
  return type === 'currency'
    ? formatMoney(number, context, { short: !isExact })
    : formatNumber(number, context.locale, 2, 0)
}
