import { types } from 'pg'

/** How one column's text becomes a JavaScript value. */
export type TypeParser = (text: string) => unknown

/** What pg asks of a set of parsers: the parser for a type's number. */
export interface TypeParsers {
  getTypeParser(oid: number, format?: string): TypeParser
}

// pg's own table, whose declared keys are only the types its authors named.
const defaultParser = types.getTypeParser as (oid: number, format: 'text' | 'binary') => TypeParser

const TEXT_ARRAY = 1009
const parseTextArray: TypeParser = defaultParser(TEXT_ARRAY, 'text')

const asIs: TypeParser = (text) => text

/**
 * Turns PostgreSQL's text of a `timestamptz` (sessions run in UTC) into RFC 3339 with milliseconds.
 *
 * @example toRfc3339('2026-11-21 08:00:00+00') // '2026-11-21T08:00:00.000Z'
 */
export function toRfc3339(text: string): string {
  const parts = /^(\d{4,}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d+))?\+00$/.exec(text)
  if (parts === null) return toRfc3339ByDate(text)
  const [, date, time, fraction = ''] = parts
  return `${date}T${time}.${fraction.slice(0, 3).padEnd(3, '0')}Z`
}

// Another offset can only come from a session that changed its own time zone; infinity and years
// before Christ have no RFC 3339 form and stay as PostgreSQL wrote them.
function toRfc3339ByDate(text: string): string {
  const moment = new Date(text.replace(' ', 'T').replace(/([+-]\d\d)$/, '$1:00'))
  return Number.isNaN(moment.getTime()) ? text : moment.toISOString()
}

// int8 holds counts and versions, which fit a number; one that does not keeps its digits as text.
function parseInteger(text: string): number | string {
  const number = Number(text)
  return Number.isSafeInteger(number) ? number : text
}

const arrayOf =
  (parse: (text: string) => unknown): TypeParser =>
  (text) =>
    mapNested(parseTextArray(text), parse)

function mapNested(value: unknown, parse: (text: string) => unknown): unknown {
  if (Array.isArray(value)) return value.map((member) => mapNested(member, parse))
  return typeof value === 'string' ? parse(value) : value
}

/** The types whose default parsers lose digits, days or hours, keyed by their number in pg_type. */
const PARSERS: ReadonlyMap<number, TypeParser> = new Map([
  [20, parseInteger], // int8
  [1016, arrayOf(parseInteger)], // int8[]
  [1700, asIs], // numeric
  [1231, arrayOf(asIs)], // numeric[]
  [1082, asIs], // date
  [1182, arrayOf(asIs)], // date[]
  [1083, asIs], // time
  [1114, asIs], // timestamp
  [1115, arrayOf(asIs)], // timestamp[]
  [1184, toRfc3339], // timestamptz
  [1185, arrayOf(toRfc3339)], // timestamptz[]
  [1186, asIs], // interval
  [1187, arrayOf(asIs)], // interval[]
])

/** The parsers of every query: decimals and dates as text, moments in RFC 3339, JSON parsed. */
export const VALUE_PARSERS: TypeParsers = {
  getTypeParser: (oid, format) =>
    format === 'binary'
      ? defaultParser(oid, 'binary')
      : (PARSERS.get(oid) ?? defaultParser(oid, 'text')),
}

/** The parsers of the compiled read path: every column as the text PostgreSQL sent. */
export const TEXT_PARSERS: TypeParsers = { getTypeParser: () => asIs }
