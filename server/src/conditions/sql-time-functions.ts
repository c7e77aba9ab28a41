import { sql } from 'kysely'

import {
  calendarDay,
  numberAt,
  type SqlOperation,
  type SqlWriter,
  withOperands,
} from './sql-operation.ts'
import type { Fragment } from './sql-parameter.ts'
import { WHITE_SPACE } from './sql-text-functions.ts'

/** The SQL of the functions of days, moments and times of day. What is none yields null, never an error. */
export const SQL_TIME_FUNCTIONS = {
  date: (operation) =>
    withOperands(
      { a: cut(operation, 0), b: cut(operation, 1), c: cut(operation, 2) },
      dateOf(sql`a`, sql`b`, sql`c`),
    ),
  to_date: toDate,
  to_datetime: toMoment,
  to_time: toTime,
  hour: clockPart(sql`extract(hour from x)`),
  minute: clockPart(sql`extract(minute from x)`),
  second: clockPart(sql`floor(extract(second from x))`),
  millisecond: clockPart(sql`mod(floor(extract(milliseconds from x)), 1000)`),
  weekday: (operation) => sql`(extract(dow from ${calendarDay(operation)}) + 1)`,
  day_of_year: (operation) => sql`extract(doy from ${calendarDay(operation)})`,
  iso_week: (operation) => sql`extract(week from ${calendarDay(operation)})`,
  iso_year: (operation) => sql`extract(isoyear from ${calendarDay(operation)})`,
  unix_timestamp: ({ operand }) => sql`floor(extract(epoch from ${operand(0)}))`,
  from_unix_time: (operation) =>
    withOperands(
      { n: sql`floor(${numberAt(operation, 0)} * 1000)` },
      sql`case when n between -62135596800000 and 253402300799999 then
        (timestamp '1970-01-01' + make_interval(days => div(n, 86400000)::integer,
          secs => (mod(n, 86400000) / 1000)::double precision)) at time zone 'UTC' end`,
    ),
  add_time: (operation) =>
    withOperands(
      { x: operation.operand(0), n: sql`mod(trunc(${numberAt(operation, 1)}), 86400000)` },
      timeOf(sql`mod(${MILLISECONDS} + n + 86400000, 86400000)`),
    ),
  time_between: ({ operand }) =>
    withOperands(
      { x: operand(1), y: operand(0) },
      sql`mod(${MILLISECONDS} - floor(extract(epoch from y) * 1000) + 86400000, 86400000)`,
    ),
} satisfies Record<string, SqlWriter>

/** Milliseconds from midnight to the time `x`. */
const MILLISECONDS = sql`floor(extract(epoch from x) * 1000)`

function timeOf(milliseconds: Fragment): Fragment {
  return sql`(time '00:00' + make_interval(secs => ((${milliseconds}) / 1000)::double precision))`
}

function cut(operation: SqlOperation, index: number): Fragment {
  return sql`trunc(${numberAt(operation, index)})`
}

/** The date of three whole numbers, null if there is none. */
function dateOf(year: Fragment, month: Fragment, day: Fragment): Fragment {
  const first = sql`make_date(${year}::integer, ${month}::integer, 1)`
  return sql`case when ${year} between 1 and 9999 and ${month} between 1 and 12 and ${day} between 1 and 31
    then case when ${day} <= extract(day from ${first} + interval '1 month' - interval '1 day')
      then make_date(${year}::integer, ${month}::integer, ${day}::integer) end end`
}

/** The parts of the text `x` that a pattern catches, as `y`. */
function withParts(text: Fragment, pattern: Fragment, result: Fragment): Fragment {
  return withOperands(
    { y: sql`regexp_match(btrim(${text}, ${WHITE_SPACE}) collate "C", ${pattern})` },
    result,
  )
}

const DATE = sql`'^([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})$'`
const MOMENT = sql`'^([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})[ T]([0-9]{1,2}):([0-9]{1,2})(?::([0-9]{1,2})(?:[.]([0-9]{1,3}))?)?Z?$'`
const TIME = sql`'^([0-9]{1,2}):([0-9]{1,2})(?::([0-9]{1,2})(?:[.]([0-9]{1,3}))?)?$'`

const DATE_PARTS = dateOf(sql`y[1]::numeric`, sql`y[2]::numeric`, sql`y[3]::numeric`)

/** The time in the parts from a place on, null if there is none; only complete parts get here. */
function timePart(
  hour: Fragment,
  minute: Fragment,
  second: Fragment,
  fraction: Fragment,
): Fragment {
  const milliseconds = sql`((${hour}::numeric * 60 + ${minute}::numeric) * 60 + coalesce(${second}::numeric, 0)) * 1000 + rpad(coalesce(${fraction}, ''), 3, '0')::numeric`
  return sql`case when ${hour}::numeric <= 23 and ${minute}::numeric <= 59 and coalesce(${second}::numeric, 0) <= 59
    then ${timeOf(milliseconds)} end`
}

function toDate({ typeOf, operand, timeZone }: SqlOperation): Fragment {
  if (typeOf(0) === 'date') return operand(0)
  if (typeOf(0) === 'datetime') return sql`(${operand(0)} at time zone ${timeZone()})::date`
  return withParts(operand(0), DATE, DATE_PARTS)
}

function toMoment({ typeOf, operand, timeZone }: SqlOperation): Fragment {
  if (typeOf(0) === 'datetime') return operand(0)
  if (typeOf(0) === 'date') {
    return withOperands(
      { x: sql`(${operand(0)}::timestamp at time zone ${timeZone()})` },
      sql`case when x between '0001-01-01T00:00:00Z'::timestamptz and '9999-12-31T23:59:59.999Z'::timestamptz then x end`,
    )
  }
  const time = timePart(sql`y[4]`, sql`y[5]`, sql`y[6]`, sql`y[7]`)
  return withParts(operand(0), MOMENT, sql`((${DATE_PARTS}) + (${time})) at time zone 'UTC'`)
}

function toTime({ typeOf, operand, timeZone }: SqlOperation): Fragment {
  if (typeOf(0) === 'time') return operand(0)
  if (typeOf(0) === 'datetime') {
    return sql`date_trunc('milliseconds', ${operand(0)} at time zone ${timeZone()})::time`
  }
  return withParts(operand(0), TIME, timePart(sql`y[1]`, sql`y[2]`, sql`y[3]`, sql`y[4]`))
}

function clockPart(part: Fragment): SqlWriter {
  return ({ typeOf, operand, timeZone }) =>
    withOperands(
      {
        x: typeOf(0) === 'time' ? operand(0) : sql`(${operand(0)} at time zone ${timeZone()})`,
      },
      part,
    )
}
