import { isMasked, type Locale, localize, type ObjectModel } from '@trellis/metamodel'
import { Decimal } from 'decimal.js'

import { rmbCapitals } from './rmb-capitals.ts'

/** For whom a template is rendered. */
export interface RenderReader {
  locale: Locale
  timeZone: string
}

type Helper = (this: unknown, ...given: unknown[]) => string | boolean

/**
 * The helpers of templates for one reader: `money`, `number`, `rmb_capitals`, `date`, `sum`, `label`, `eq`.
 * What is empty is shown as nothing, what is masked as its mask; a helper never stops a print.
 *
 * @param objectOf tells of which object a record in the data is
 */
export function templateHelpers(
  reader: RenderReader,
  objectOf: (record: unknown) => ObjectModel | undefined,
): Record<string, Helper> {
  return {
    money: unlessMasked((value) => formatNumber(value, 2, reader)),
    number: unlessMasked((value, decimals) =>
      formatNumber(value, typeof decimals === 'number' ? decimals : undefined, reader),
    ),
    rmb_capitals: unlessMasked((value) => (isNumeric(value) ? (rmbCapitals(value) ?? '') : '')),
    date: unlessMasked((value) => formatDate(value, reader)),
    sum: (list, field) => sum(list, field),
    eq: (one, other) => one === other,
    label(field) {
      return labelOf(objectOf(this), this, { field, locale: reader.locale })
    },
  }
}

/** What the reader may not know is shown as its mask, whatever the helper would make of it. */
function unlessMasked(
  format: (value: unknown, ...more: unknown[]) => string,
): (value: unknown, ...more: unknown[]) => string {
  return (value, ...more) => (isMasked(value) ? value.masked : format(value, ...more))
}

function isNumeric(value: unknown): value is number | string {
  return typeof value === 'number' || (typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value))
}

function formatNumber(
  value: unknown,
  decimals: number | undefined,
  { locale }: RenderReader,
): string {
  if (!isNumeric(value)) return ''
  const places = decimals === undefined ? undefined : Math.min(Math.max(Math.trunc(decimals), 0), 8)
  const digits =
    places === undefined
      ? { maximumFractionDigits: 8 }
      : { minimumFractionDigits: places, maximumFractionDigits: places }
  // Handed over as text, digits stay exact and halves are rounded up.
  const exact =
    places === undefined
      ? new Decimal(value)
      : new Decimal(value).toDecimalPlaces(places, Decimal.ROUND_HALF_UP)
  return new Intl.NumberFormat(locale, digits).format(exact.toFixed() as Intl.StringNumericLiteral)
}

/** A day has no zone; a moment is shown as the day on which the reader lives through it. */
function formatDate(value: unknown, { locale, timeZone }: RenderReader): string {
  if (typeof value !== 'string') return ''
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(value)
  const moment = new Date(isDay ? `${value}T00:00:00Z` : value)
  if (Number.isNaN(moment.getTime())) return ''
  return new Intl.DateTimeFormat(locale, {
    dateStyle: 'medium',
    timeZone: isDay ? 'UTC' : timeZone,
  }).format(moment)
}

/** The exact sum of a field over a list of records; of masked values their mask. */
function sum(list: unknown, field: unknown): string {
  if (!Array.isArray(list) || typeof field !== 'string') return ''
  const values = list.map((one: unknown) => ownValue(one, field))
  const hidden = values.find(isMasked)
  if (hidden) return hidden.masked
  return values
    .filter(isNumeric)
    .reduce((total: Decimal, value) => total.plus(value), new Decimal(0))
    .toFixed()
}

function ownValue(record: unknown, field: string): unknown {
  if (typeof record !== 'object' || record === null || !Object.hasOwn(record, field)) {
    return undefined
  }
  return Reflect.get(record, field)
}

/** What a picklist value, several of them, or a checkbox of the record is called. */
function labelOf(
  object: ObjectModel | undefined,
  record: unknown,
  { field: name, locale }: { field: unknown; locale: Locale },
): string {
  if (typeof name !== 'string') return ''
  const value = ownValue(record, name)
  if (isMasked(value)) return value.masked
  if (typeof value === 'boolean') return yesOrNo(value, locale)
  const values = object?.fields.get(name)?.values ?? []
  const words = [value].flat().flatMap((code) => {
    if (typeof code !== 'string') return []
    return [localize(values.find((one) => one.code === code)?.label, locale, code)]
  })
  return words.join(locale === 'zh-CN' ? '、' : ', ')
}

function yesOrNo(value: boolean, locale: Locale): string {
  if (locale === 'zh-CN') return value ? '是' : '否'
  return value ? 'Yes' : 'No'
}
