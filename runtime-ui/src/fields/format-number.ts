import type { FieldContext } from './ports.ts'

const formats = new Map<string, Intl.NumberFormat>()

function format(locale: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = `${locale} ${JSON.stringify(options)}`
  let made = formats.get(key)
  if (made === undefined) {
    made = new Intl.NumberFormat(locale, options)
    formats.set(key, made)
  }
  return made
}

/** A number with thousands: `1,280,000.5`. At least and at most so many decimals. */
export function formatNumber(value: number, locale: string, scale = 0, minimum = scale): string {
  return format(locale, { minimumFractionDigits: minimum, maximumFractionDigits: scale }).format(
    value,
  )
}

/**
 * An amount of money in the reader's currency: `¥1,280,000.00`; short: whole amounts without decimals.
 */
export function formatMoney(
  value: number,
  { locale, currency }: FieldContext,
  { scale = 2, short = false } = {},
): string {
  const minimum = short && Number.isInteger(value) ? 0 : scale
  return format(locale, {
    style: 'currency',
    currency,
    currencyDisplay: 'narrowSymbol',
    minimumFractionDigits: minimum,
    maximumFractionDigits: scale,
  }).format(value)
}

/**
 * A number for a tile or an axis, in so many digits: 万 and 亿 in Chinese, K, M and B in English.
 * @example formatShort(48_200_000, 'zh-CN') // '4,820万'
 */
export function formatShort(value: number, locale: string, digits = 4): string {
  return format(locale, {
    notation: 'compact',
    maximumSignificantDigits: digits,
    useGrouping: 'always',
  }).format(value)
}

/** Money for a tile or an axis: `¥4,820万`, `¥48.2M`. */
export function formatShortMoney(
  value: number,
  { locale, currency }: FieldContext,
  digits = 4,
): string {
  return format(locale, {
    style: 'currency',
    currency,
    currencyDisplay: 'narrowSymbol',
    notation: 'compact',
    maximumSignificantDigits: digits,
    useGrouping: 'always',
  }).format(value)
}

const UNITS: Record<string, number> = { 万: 4, 亿: 8, k: 3, m: 6, b: 9 }

/**
 * A number as people type it: thousands, currency signs, full-width digits, a percent sign, 万, 亿, K and M.
 * Undefined if it is none; exact, because the unit moves the point in the text.
 * @example parseTypedNumber('1.5万') // 15000
 */
export function parseTypedNumber(text: string): number | undefined {
  const plain = text
    .normalize('NFKC')
    .trim()
    .toLowerCase()
    .replace(/^[¥￥$€£]\s*/u, '')
  const match = /^([+-]?)[¥￥$€£]?((?:\d{1,3}(?:,\d{3})+|\d*)(?:\.\d*)?)\s*([万亿kmb%])?$/u.exec(
    plain,
  )
  const digits = match?.[2]?.replaceAll(',', '') ?? ''
  if (!/\d/.test(digits)) return undefined
  const exponent = UNITS[match?.[3] ?? ''] ?? 0
  const value = Number(`${match?.[1] ?? ''}${digits}e${exponent}`)
  return Object.is(value, -0) ? 0 : value
}
