import { type DescribedField, type DescribedValue, isMasked, plainText } from '@trellis/metamodel'

import { formatAddress } from './format-address.ts'
import { formatDate, formatDatetime, formatTime } from './format-date.ts'
import { formatGeolocation } from './format-geolocation.ts'
import { formatMoney, formatNumber } from './format-number.ts'
import type { FieldContext } from './ports.ts'
import { asReference } from './reference.ts'

type Formatted = Pick<DescribedField, 'type' | 'values' | 'scale'>
type Format = (value: unknown, field: Formatted, context: FieldContext, short: boolean) => string

const number =
  (
    usualScale: number,
    write: (value: number, scale: number, c: FieldContext, short: boolean) => string,
  ): Format =>
  (value, field, context, short) =>
    typeof value === 'number'
      ? write(value, field.scale ?? usualScale, context, short)
      : String(value)

const WORDS = { 'zh-CN': ['是', '否'], 'en-US': ['Yes', 'No'] } as const

const FORMATS: Record<string, Format> = {
  number: number(0, (value, scale, { locale }) => formatNumber(value, locale, scale)),
  currency: number(2, (value, scale, context, short) =>
    formatMoney(value, context, { scale, short }),
  ),
  percent: number(2, (value, scale, { locale }) => `${formatNumber(value, locale, scale, 0)}%`),
  checkbox: (value, _field, { locale }) => WORDS[locale][value === true ? 0 : 1],
  date: (value, _field, { locale }) => formatDate(String(value), locale),
  time: (value) => formatTime(String(value)),
  datetime: (value, _field, context) => formatDatetime(String(value), context),
  rich_text: (value) => plainText(String(value)),
  address: (value, _field, { locale }) => formatAddress(value, locale),
  geolocation: (value) => formatGeolocation(value),
  json: (value) => JSON.stringify(value),
  picklist: (value, field) => labelOf(field, String(value)),
  multi_picklist: (value, field, { locale }) =>
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
 * A value in words for this reader, without markup; empty for no value. `short` leaves out decimals of whole
 * amounts, for table cells.
 * @example formatValue(amount, 1280000, context) // '¥1,280,000.00'
 */
export function formatValue(
  field: Formatted,
  value: unknown,
  { context, short = false }: { context: FieldContext; short?: boolean },
): string {
  if (value === null || value === undefined || value === '') return ''
  if (isMasked(value)) return value.masked
  const format = FORMATS[field.type]
  if (format) return format(value, field, context, short)
  const reference = asReference(value)
  if (reference) return reference.name ?? ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

const NUMERIC = new Set(['number', 'currency', 'percent'])

/** Whether values of a type are written right-aligned and can be summed. */
export function isNumericType(type: string): boolean {
  return NUMERIC.has(type)
}
