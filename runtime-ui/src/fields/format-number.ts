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

type Display = 'narrowSymbol' | 'symbol' | 'code'

/** The sign of a currency as it stands before an amount. */
function signOf(locale: string, currency: string, currencyDisplay: Display): string {
  const parts = format(locale, { style: 'currency', currency, currencyDisplay }).formatToParts(0)
  return parts.find(({ type }) => type === 'currency')?.value ?? currency
}

// The own currency has its short sign; another one has a sign that is not taken for it, else its code.
function displayOf({ locale, currency: own }: FieldContext, currency: string): Display {
  if (currency === own) return 'narrowSymbol'
  const isTaken = signOf(locale, currency, 'symbol') === signOf(locale, own, 'narrowSymbol')
  return isTaken ? 'code' : 'symbol'
}

/**
 * The sign of a currency for this reader, to stand before an amount.
 * @example currencySign('USD', { locale: 'zh-CN', currency: 'CNY', … }) // 'US$'
 */
export function currencySign(currency: string, context: FieldContext): string {
  return signOf(context.locale, currency, displayOf(context, currency))
}

/**
 * An amount of money: `¥1,280,000.00`, in the currency of the organization unless another is given: `US$1,280.00`;
 * short: whole amounts without decimals.
 */
export function formatMoney(
  value: number,
  context: FieldContext,
  { scale = 2, short = false, currency = context.currency } = {},
): string {
  const minimum = short && Number.isInteger(value) ? 0 : scale
  return format(context.locale, {
    style: 'currency',
    currency,
    currencyDisplay: displayOf(context, currency),
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
