import { type FieldContext, formatMoney, formatNumber, formatShort, formatShortMoney } from '../fields/index.ts'

/** From here on a number is written short: 万 and 亿 in Chinese, K and M in English. */
const SHORT_FROM = 10_000

export interface MeasureFormat {
  /** Type of the field that is measured; a count has none. */
  type?: string | undefined
  context: FieldContext
  /** In full, as a hint or in a table. */
  isExact?: boolean
}

/**
 * A number of a chart, a tile or a sum. Nothing (an average of no records) is a dash.
 * @example formatMeasure(4820000, { type: 'currency', context }) // '¥482万'
 */
export function formatMeasure(value: unknown, { type, context, isExact = false }: MeasureFormat): string {
  if (value === null || value === undefined || value === '') return '–'
  const number = Number(value)
  if (Number.isNaN(number)) return String(value)
  const isShort = !isExact && Math.abs(number) >= SHORT_FROM
  if (type === 'currency') return isShort ? formatShortMoney(number, context) : formatMoney(number, context, { short: !isExact })
  if (type === 'percent') return `${formatNumber(number, context.locale, 2, 0)}%`
  return isShort ? formatShort(number, context.locale) : formatNumber(number, context.locale, 2, 0)
}
