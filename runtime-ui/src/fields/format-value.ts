import { type DescribedField, type DescribedValue, isMasked, plainText } from '@trellis/metamodel'

import { formatAddress } from './format-address.ts'
import { formatDate, formatDatetime, formatTime } from './format-date.ts'
import { formatGeolocation } from './format-geolocation.ts'
import { formatMoney, formatNumber } from './format-number.ts'
import type { FieldContext } from './ports.ts'
import { asReference } from './reference.ts'

type Formatted = Pick<DescribedField, 'type' | 'values' | 'scale' | 'own_currency'>

/** For whom a value is written, and how. */
interface Writing {
  context: FieldContext
  /** Whole amounts without decimals, for table cells. */
  short?: boolean
  /** The record that has the value: it tells the currency of its amounts. */
  record?: Readonly<Record<string, unknown>> | undefined
}
type Format = (value: unknown, field: Formatted, writing: Writing) => string

const number =
  (
    usualScale: number,
    write: (value: number, scale: number, writing: Writing, field: Formatted) => string,
  ): Format =>
  (value, field, writing) =>
    typeof value === 'number'
      ? write(value, field.scale ?? usualScale, writing, field)
      : String(value)

/** The currency of the amounts of a record; undefined where nobody says. */
export function currencyOf(
  field: Pick<DescribedField, 'own_currency'>,
  { record, context }: Writing,
): string | undefined {
  if (field.own_currency === undefined) return context.currency
  const code = record?.['currency']
  return typeof code === 'string' && /^[A-Z]{3}$/.test(code) ? code : undefined
}

// An amount without a currency is a number, and not one of the organization's.
function writeMoney(value: number, scale: number, writing: Writing, field: Formatted): string {
  const currency = currencyOf(field, writing)
  const { context, short = false } = writing
  if (currency !== undefined) return formatMoney(value, context, { scale, short, currency })
  return formatNumber(value, context.locale, scale, short && Number.isInteger(value) ? 0 : scale)
}

const WORDS = { 'zh-CN': ['是', '否'], 'en-US': ['Yes', 'No'] } as const

const FORMATS: Record<string, Format> = {
  number: number(0, (value, scale, { context: { locale } }) => formatNumber(value, locale, scale)),
  currency: number(2, writeMoney),
  percent: number(
    2,
    (value, scale, { context: { locale } }) => `${formatNumber(value, locale, scale, 0)}%`,
  ),
  checkbox: (value, _field, { context: { locale } }) => WORDS[locale][value === true ? 0 : 1],
  date: (value, _field, { context: { locale } }) => formatDate(String(value), locale),
  time: (value) => formatTime(String(value)),
  datetime: (value, _field, { context }) => formatDatetime(String(value), context),
  rich_text: (value) => plainText(String(value)),
  address: (value, _field, { context: { locale } }) => formatAddress(value, locale),
  geolocation: (value) => formatGeolocation(value),
  json: (value) => JSON.stringify(value),
  picklist: (value, field) => labelOf(field, String(value)),
  multi_picklist: (value, field, { context: { locale } }) =>
    (Array.isArray(value) ? value : [value])
      .map((code) => labelOf(field, String(code)))
      .join(locale === 'zh-CN' ? '、' : ', '),
}

/** The entry of a picklist by its code. */
export function valueOf(
  field: Pick<DescribedField, 'values'>,
  code: unknown,
): DescribedValue | undefined {
  return field.values?.find((value) => value.code === code)
}

/** Whether the values of a picklist are told apart by colour: one whose values are all gray has no use for dots. */
export function isColored({ values }: Pick<DescribedField, 'values'>): boolean {
  return values?.some(({ color }) => color !== 'gray') === true
}

function labelOf(field: Pick<DescribedField, 'values'>, code: string): string {
  return valueOf(field, code)?.label ?? code
}

/**
 * A value in words for this reader, without markup; empty for no value.
 * @example formatValue(amount, 1280000, { context }) // '¥1,280,000.00'
 */
export function formatValue(field: Formatted, value: unknown, writing: Writing): string {
  if (value === null || value === undefined || value === '') return ''
  if (isMasked(value)) return value.masked
  const format = FORMATS[field.type]
  if (format) return format(value, field, writing)
  const reference = asReference(value)
  if (reference) return reference.name ?? ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

const NUMERIC = new Set(['number', 'currency', 'percent'])

/** Whether values of a type are written right-aligned and can be summed. */
export function isNumericType(type: string): boolean {
  return NUMERIC.has(type)
}
