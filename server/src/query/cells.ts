/** One row as PostgreSQL sent it: each column as text, null as null. */
export type Cells = readonly (string | null)[]

/** Writes one cell that is not null as JSON. */
export type CellWriter = (text: string) => string

/** What a column holds, as far as its JSON goes. */
export type CellKind =
  | 'text'
  | 'number'
  | 'boolean'
  | 'date'
  | 'datetime'
  | 'time'
  | 'id'
  | 'file'
  | 'list'
  | 'structure'
  | 'sealed'
  | 'json'

// What JSON must escape; unpaired surrogates cannot come out of a UTF-8 database.
// oxlint-disable-next-line no-control-regex
const MUST_ESCAPE = /["\\\u0000-\u001f]/

/** A text as a JSON string. */
export function quote(text: string): string {
  return MUST_ESCAPE.test(text) ? JSON.stringify(text) : `"${text}"`
}

/** A `numeric` or `bigint` as a JSON number: every digit as it is, zeros behind the last one cut. */
export function trimNumber(text: string): string {
  const point = text.indexOf('.')
  if (point < 0) return text
  let end = text.length
  while (text.charCodeAt(end - 1) === ZERO) end--
  return text.slice(0, end - 1 === point ? point : end)
}
const ZERO = 48

/**
 * A `timestamptz` of a session in UTC as RFC 3339 with milliseconds.
 * @example toMoment('2026-11-21 08:00:00.5+00') // '2026-11-21T08:00:00.500Z'
 */
export function toMoment(text: string): string {
  const end = text.length - 3
  if (text.charCodeAt(10) !== SPACE || !text.endsWith('+00')) return new Date(text).toISOString()
  const fraction = end > 20 ? text.slice(20, Math.min(end, 23)) : ''
  return `${text.slice(0, 10)}T${text.slice(11, 19)}.${fraction.padEnd(3, '0')}Z`
}
const SPACE = 32

/**
 * A `text[]` as a JSON array.
 * @example listToJson('{a,"b c"}') // '["a","b c"]'
 */
export function listToJson(text: string): string {
  const members = text.slice(1, -1).matchAll(/"((?:[^"\\]|\\.)*)"|([^,]+)/gs)
  const written = Array.from(members, ([, quoted, bare = '']) => {
    if (quoted === undefined) return bare === 'NULL' ? 'null' : quote(bare)
    return quote(quoted.replaceAll(/\\(.)/gs, '$1'))
  })
  return `[${written.join(',')}]`
}

/** How each kind of column is written. */
export const CELL_WRITERS: Readonly<Record<CellKind, CellWriter>> = {
  text: quote,
  number: trimNumber,
  // `t` as a column, `true` as a text.
  boolean: (text) => (text.startsWith('t') ? 'true' : 'false'),
  date: (text) => `"${text}"`,
  datetime: (text) => `"${toMoment(text)}"`,
  time: (text) => `"${text}"`,
  id: (text) => `"${text}"`,
  file: (text) => `"${text}"`,
  list: listToJson,
  structure: (text) => text,
  sealed: () => {
    throw new Error('What is sealed is opened by the writer of its field')
  },
  json: (text) => text,
}
