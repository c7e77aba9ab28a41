import { sql } from 'kysely'

import { numberAt, type SqlOperation, type SqlWriter, withOperands } from './sql-operation.ts'
import type { Fragment } from './sql-parameter.ts'

/**
 * Text without capitals, as `toLowerCase` makes it: by Unicode's rules for no language in
 * particular, whatever the database's locale. An index that is to serve `starts_with` or `contains`
 * is made on this expression.
 */
export function foldedText(text: Fragment): Fragment {
  // The outer collation keeps comparisons bytewise, and lets fragments of two origins meet.
  return sql`(lower(${text} collate "und-x-icu") collate "C")`
}

/** What `trim` of JavaScript takes for white space; `btrim` alone knows the space only. */
export const WHITE_SPACE = sql`E' \\t\\n\\u000B\\f\\r\\u00A0\\u1680\\u2000\\u2001\\u2002\\u2003\\u2004\\u2005\\u2006\\u2007\\u2008\\u2009\\u200A\\u2028\\u2029\\u202F\\u205F\\u3000\\uFEFF'`

/** `lower` or `upper`, by the rules of a language if one is given. */
export function inLanguage(name: Fragment): SqlWriter {
  return ({ count, operand }) => {
    const usual = sql`(${name}(${operand(0)} collate "und-x-icu") collate "C")`
    if (count === 1) return usual
    const inOne = (collation: Fragment): Fragment =>
      sql`${name}(x collate ${collation}) collate "C"`
    return withOperands(
      { x: operand(0), y: sql`lower(left(${operand(1)}, 2))` },
      sql`case when y is null then null when y = 'tr' then ${inOne(sql`"tr-x-icu"`)}
        when y = 'az' then ${inOne(sql`"az-x-icu"`)} when y = 'lt' then ${inOne(sql`"lt-x-icu"`)}
        else ${inOne(sql`"und-x-icu"`)} end`,
    )
  }
}

/** Whether a text is read as a number; null for null. */
export function isNumberText(text: Fragment): Fragment {
  return withOperands(
    { x: sql`btrim(${text}, ${WHITE_SPACE})` },
    sql`length(x) <= 60 and x collate "C" ~ '^[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]{1,2})?$'`,
  )
}

/** The SQL of the functions of text. */
export const SQL_TEXT_FUNCTIONS = {
  left: (operation) => sql`left(${operation.operand(0)}, ${length(operation, 1)})`,
  right: (operation) => sql`right(${operation.operand(0)}, ${length(operation, 1)})`,
  middle: (operation) =>
    sql`substr(${operation.operand(0)}, ${position(operation, 1)}, ${length(operation, 2)})`,
  substring,
  find,
  contains_exact: ({ operand }) => sql`(strpos(${operand(0)}, ${operand(1)}) > 0)`,
  begins_exact: ({ operand }) => sql`starts_with(${operand(0)}, ${operand(1)})`,
  substitute: ({ operand }) =>
    withOperands(
      { a: operand(0), b: operand(1), c: operand(2) },
      sql`case when b is null or c is null then null when b = '' then a
        when length(a)::bigint * greatest(length(c), 1) <= 200000 then replace(a, b, c) end`,
    ),
  pad_left: pad(sql`lpad`),
  pad_right: pad(sql`rpad`),
  reverse: ({ operand }) => sql`reverse(${operand(0)})`,
  capitalize: ({ operand }) =>
    withOperands(
      { x: operand(0) },
      sql`case when x is not null then (select coalesce(string_agg(
          upper(left(parts[1], 1) collate "und-x-icu") || lower(substr(parts[1], 2) collate "und-x-icu") || parts[2],
          '' order by place), '')
        from regexp_matches(x collate "und-x-icu", '([[:alnum:]]*)([^[:alnum:]]*)', 'g')
          with ordinality as words (parts, place)) collate "C" end`,
    ),
  character: (operation) =>
    withOperands(
      { n: sql`trunc(${numberAt(operation, 0)})` },
      sql`case when n between 1 and 55295 or n between 57344 and 1114111 then chr(n::integer) end`,
    ),
  character_code: ({ operand }) => sql`nullif(ascii(${operand(0)}), 0)::numeric`,
  like: ({ operand }) =>
    withOperands(
      { x: operand(0), y: operand(1) },
      sql`case when y collate "C" ~ '(^|[^\\\\])(\\\\\\\\)*\\\\$' then null else x like y end`,
    ),
  matches: ({ operand, parameter }) =>
    sql`(${operand(0)} collate "C" ~ ${parameter(1, 'pattern', 'text')})`,
  html_encode: ({ operand }) =>
    withOperands(
      { x: operand(0) },
      sql`case when length(x) <= 200000 then replace(replace(replace(replace(replace(x,
        '&', '&amp;'), '<', '&lt;'), '>', '&gt;'), '"', '&quot;'), '''', '&#39;') end`,
    ),
  js_encode: ({ operand }) =>
    withOperands(
      { x: operand(0) },
      sql`case when length(x) <= 200000 then replace(replace(replace(replace(replace(replace(replace(x,
        '\\', '\\\\'), '''', '\\'''), '"', '\\"'), E'\\n', '\\n'), E'\\r', '\\r'), '<', '\\u003C'), '>', '\\u003E') end`,
    ),
  url_encode: ({ operand }) =>
    withOperands(
      { x: operand(0) },
      sql`case when length(x) <= 200000 then (select coalesce(string_agg(
          case when chr(byte) ~ '[-0-9A-Za-z._*]' and byte < 128 then chr(byte) when byte = 32 then '+'
            else '%' || upper(lpad(to_hex(byte), 2, '0')) end, '' order by place), '')
        from (select get_byte(convert_to(x, 'UTF8'), place) as byte, place
          from generate_series(0, octet_length(x) - 1) as place) as bytes) end`,
    ),
  to_text: toText,
  to_number: ({ operand }) =>
    withOperands(
      { x: operand(0) },
      sql`case when ${isNumberText(sql`x`)} then btrim(x, ${WHITE_SPACE})::numeric end`,
    ),
  format_currency: (operation) =>
    withOperands(
      { u: operation.operand(0), x: numberAt(operation, 1) },
      sql`case when u is not null and abs(x) < 1e27 then btrim(u || ' ' || case
        when u in ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF')
          then to_char(round(x, 0), 'FM999,999,999,999,999,999,999,999,990')
        when u in ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMN', 'TND')
          then to_char(round(x, 3), 'FM999,999,999,999,999,999,999,999,990.000')
        else to_char(round(x, 2), 'FM999,999,999,999,999,999,999,999,990.00') end, ${WHITE_SPACE}) end`,
    ),
  format_duration: formatDuration,
} satisfies Record<string, SqlWriter>

/** A count of characters: whole, not negative, and small enough to be an index. */
function length(operation: SqlOperation, index: number): Fragment {
  return withOperands(
    { n: numberAt(operation, index) },
    sql`(case when n < 0 then 0 when n > 1000000 then 1000000 else trunc(n) end)::integer`,
  )
}

/** A position from 1 on. */
function position(operation: SqlOperation, index: number): Fragment {
  return withOperands(
    { n: numberAt(operation, index) },
    sql`(case when n < 1 then 1 when n > 1000000 then 1000000 else trunc(n) end)::integer`,
  )
}

function substring(operation: SqlOperation): Fragment {
  const start = sql`(case when n < 0 then n + length(x) + 1 when n < 1 then 1
    when n > 1000001 then 1000001 else n end)::integer`
  const names = { x: operation.operand(0), n: sql`trunc(${numberAt(operation, 1)})` }
  return operation.count === 2
    ? withOperands(
        names,
        sql`case when n < 0 and n + length(x) < 0 then '' else substr(x, ${start}) end`,
      )
    : withOperands(
        { ...names, y: length(operation, 2) },
        sql`case when y is null then null when n < 0 and n + length(x) < 0 then '' else substr(x, ${start}, y) end`,
      )
}

function find(operation: SqlOperation): Fragment {
  return withOperands(
    {
      a: operation.operand(0),
      b: operation.operand(1),
      n: operation.count === 2 ? sql`1` : position(operation, 2),
    },
    sql`(case when a is null or b is null or n is null then null when a = '' then 0
      when strpos(substr(b, n), a) = 0 then 0 else strpos(substr(b, n), a) + n - 1 end)::numeric`,
  )
}

function pad(name: Fragment): SqlWriter {
  return (operation) => {
    const filler = operation.count === 2 ? sql`' '::text` : operation.operand(2)
    return withOperands(
      { x: operation.operand(0), n: numberAt(operation, 1), y: filler },
      sql`case when n <= 10000 then ${name}(x, greatest(trunc(n), 0)::integer, y) end`,
    )
  }
}

function toText(operation: SqlOperation): Fragment {
  switch (operation.typeOf(0)) {
    case 'number':
      return sql`trim_scale(${numberAt(operation, 0)})::text`
    case 'date':
      return sql`to_char(${operation.operand(0)}, 'YYYY-MM-DD')`
    case 'datetime':
      return sql`to_char(${operation.operand(0)} at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS"Z"')`
    case 'time':
      return sql`to_char(${operation.operand(0)}::interval, 'HH24:MI:SS.MS')`
    default:
      return sql`${operation.operand(0)}::text`
  }
}

function formatDuration(operation: SqlOperation): Fragment {
  const two = (part: Fragment): Fragment =>
    sql`lpad((${part})::text, greatest(2, length((${part})::text)), '0')`
  const clock = sql`${two(sql`mod(div(x, 60), 60)`)} || ':' || ${two(sql`mod(x, 60)`)}`
  const hours = two(sql`div(x, 3600)`)
  const days = sql`div(x, 86400)::text || ':' || ${two(sql`mod(div(x, 3600), 24)`)}`
  return withOperands(
    {
      x: sql`trunc(abs(${numberAt(operation, 0)}))`,
      y: operation.count === 1 ? sql`false` : operation.operand(1),
    },
    sql`case when x < 1e27 then case y when true then ${days} || ':' || ${clock}
      when false then ${hours} || ':' || ${clock} end end`,
  )
}
