import { type FieldContext, formatMoney, formatNumber } from '../fields/index.ts'

/** From here on a number is written short: 万 and 亿 in Chinese, K and M in English. */
const SHORT_FROM = 100_000

export interface MeasureFormat {
  /** Type of the field that is measured; a count has none. */
  type?: string | undefined
  context: FieldContext
  /** In full, as a hint or in a table. */
  isExact?: boolean
  /** Significant digits of a short number; 4 if left out. */
  digits?: number
}

/**
 * A number of a chart, a tile or a sum. Nothing (an average of no records) is a dash.
 * @example formatMeasure(4820000, { type: 'currency', context }) // '¥482万'
 */
export function formatMeasure(value: unknown, format: MeasureFormat): string {
  if (value === null || value === undefined || value === '') return '–'
  const number = Number(value)
  if (Number.isNaN(number)) return String(value)
  const { type, context, isExact = false } = format
  if (type === 'percent') return `${formatNumber(number, context.locale, 2, 0)}%`
  if (!isExact && Math.abs(number) >= SHORT_FROM) return shortText(number, format)
  return type === 'currency' ? formatMoney(number, context, { short: !isExact }) : formatNumber(number, context.locale, 2, 0)
}

function shortText(number: number, { type, context, digits = 4 }: MeasureFormat): string {
  const { locale, currency } = context
  const money = type === 'currency' ? ({ style: 'currency', currency, currencyDisplay: 'narrowSymbol' } as const) : {}
  const options = { notation: 'compact', minimumFractionDigits: 0, maximumSignificantDigits: digits } as const
  return new Intl.NumberFormat(locale, { ...money, ...options }).format(number)
}
