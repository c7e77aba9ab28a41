import type { ColumnShape } from './describe-tables.ts'
import { quoteIdentifier, quoteLiteral } from './physical-map.ts'

/** How a value of one column type becomes one of another: SQL that never fails, and is null where it does not convert. */
type Conversion = (value: string, target: string) => string

/** Where a day begins for people: days become moments there, and back. */
const TIME_ZONE = quoteLiteral('Asia/Shanghai')

const CONVERSIONS: Readonly<Record<string, Conversion>> = {
  'text→numeric': textToNumber,
  'text→bigint': textToNumber,
  'text→date': textToDate,
  'numeric→text': (value) => `trim_scale(${value})::text`,
  'bigint→text': (value) => `${value}::text`,
  'bigint→numeric': exactNumber,
  'numeric→numeric': exactNumber,
  'numeric→bigint': exactNumber,
  'text→time(0) without time zone': textToTime,
  'time(0) without time zone→text': (value) => `to_char(${value}, 'HH24:MI:SS')`,
  'timestamp with time zone→time(0) without time zone': (value) =>
    `(date_trunc('second', ${value}) AT TIME ZONE ${TIME_ZONE})::time(0)`,
  'date→text': (value) => `to_char(${value}, 'YYYY-MM-DD')`,
  'date→timestamp with time zone': (value) => `(${value}::timestamp AT TIME ZONE ${TIME_ZONE})`,
  'timestamp with time zone→date': (value) => `(${value} AT TIME ZONE ${TIME_ZONE})::date`,
}

/** `numeric(15,2)` → `numeric`. */
function family(type: string): string {
  return type.replace(/\(.*\)$/, '')
}

/** Decimal places of a column of numbers. */
function scaleOf(type: string): number {
  return Number(/,(\d+)\)$/.exec(type)?.[1] ?? 0)
}

// More decimals than there are places, or more digits than a JSON number carries: such a value does not convert
// rather than being rounded.
function exactNumber(value: string, target: string): string {
  const scale = scaleOf(target)
  return `CASE WHEN trunc((${value})::numeric, ${scale}) = (${value})::numeric AND abs((${value})::numeric) < 1e${15 - scale} THEN (${value})::${target} END`
}

// As people write numbers in files: full-width digits, a currency sign, groups of three. Most are written plainly, and
// are read without all that.
function textToNumber(value: string, target: string): string {
  const isPlain = `length(${value}) <= 16 AND ${value} ~ '^[+-]?[0-9]+([.][0-9]+)?$'`
  const plain = `regexp_replace(btrim(normalize(${value}, NFKC)), '^[¥￥$€£]\\s*', '')`
  const isNumber = `${plain} ~ '^[+-]?([0-9]{1,15}(\\.[0-9]{0,15})?|\\.[0-9]{1,15}|[0-9]{1,3}(,[0-9]{3}){1,4}(\\.[0-9]{1,15})?)$'`
  const number = `replace(${plain}, ',', '')::numeric`
  return `CASE WHEN ${isPlain} THEN ${exactNumber(`${value}::numeric`, target)} WHEN ${isNumber} THEN ${exactNumber(number, target)} END`
}

function textToDate(value: string): string {
  const [year, month, day] = [1, 2, 3].map(
    (part) =>
      `(regexp_match(btrim(${value}), '^([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})$'))[${part}]::int`,
  )
  const last = `extract(day from make_date(${year}, ${month}, 1) + interval '1 month - 1 day')`
  return `CASE WHEN ${year} >= 1 AND ${month} BETWEEN 1 AND 12 AND ${day} >= 1 THEN CASE WHEN ${day} <= ${last} THEN make_date(${year}, ${month}, ${day}) END END`
}

function textToTime(value: string): string {
  const plain = `btrim(normalize(${value}, NFKC))`
  const isTime = `${plain} ~ '^([01]?[0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$'`
  return `CASE WHEN ${isTime} THEN ${plain}::time(0) END`
}

/** Whether values of one column type can become values of another. Of the same type they need no conversion. */
export function isConvertible(from: string, to: string): boolean {
  return from === to || `${family(from)}→${family(to)}` in CONVERSIONS
}

/**
 * A value of one column as one of another, by SQL that never fails; null where it does not convert.
 * @example convertValue('t."age"', 'text', 'bigint')
 */
export function convertValue(value: string, from: string, to: string): string {
  if (from === to) return value
  const conversion = CONVERSIONS[`${family(from)}→${family(to)}`]
  if (!conversion) throw new Error(`Values of type ${from} do not become ${to}`)
  return conversion(value, to)
}

/** The same with the replacements that the field names: `{"n/a": null}`. */
export function convertField(value: string, from: ColumnShape, to: ColumnShape): string {
  const plain = convertValue(value, from.type, to.type)
  const replaced = Object.entries(to.replaced ?? {})
  if (from.type !== 'text' || replaced.length === 0) return plain
  const cases = replaced.map(([old, next]) => {
    const given = next === null ? 'NULL' : convertValue(quoteLiteral(next), 'text', to.type)
    return `WHEN ${value} = ${quoteLiteral(old)} THEN ${given}`
  })
  return `CASE ${cases.join(' ')} ELSE ${plain} END`
}

/**
 * Which values become empty although nobody asked for it; `converted` is the column that has what became of them.
 * Of texts, blank ones have nothing to lose.
 */
export function lostWhere(from: ColumnShape, to: ColumnShape, converted: string): string {
  const value = quoteIdentifier(from.name)
  const isLost = `${value} IS NOT NULL AND ${converted} IS NULL`
  if (from.type !== 'text') return isLost
  const wanted = Object.entries(to.replaced ?? {})
    .filter(([, next]) => next === null)
    .map(([old]) => ` AND ${value} <> ${quoteLiteral(old)}`)
  return `${isLost} AND btrim(${value}) <> ''${wanted.join('')}`
}
