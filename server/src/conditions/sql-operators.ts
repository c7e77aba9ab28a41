import { type OperatorName, QUOTIENT_DECIMALS } from '@trellis/metamodel'
import { sql } from 'kysely'

import { SQL_CHOICE_OPERATORS } from './sql-choice-operators.ts'
import { SQL_NUMBER_FUNCTIONS } from './sql-number-functions.ts'
import {
  calendarDay,
  indexesOf,
  numberAt,
  numbersOf,
  operandsOf,
  type SqlOperation,
  type SqlWriter,
} from './sql-operation.ts'
import { castTo, type Fragment, listTypeOf, sqlTypeOf } from './sql-parameter.ts'
import { SQL_PART_OPERATORS } from './sql-part-operators.ts'
import { foldedText, inLanguage, SQL_TEXT_FUNCTIONS, WHITE_SPACE } from './sql-text-functions.ts'
import { SQL_TIME_FUNCTIONS } from './sql-time-functions.ts'

export { foldedText } from './sql-text-functions.ts'

/**
 * The SQL of every operator. What it yields is what `evaluate` of the same operator yields, for
 * every row: the shared vectors and a property test hold the two together. Each fragment stands in
 * brackets, so that any may be an operand of any.
 */
export const SQL_OPERATORS: Readonly<Record<OperatorName, SqlWriter>> = {
  and: (operation) => sql`(${sql.join(operandsOf(operation), sql` and `)})`,
  or: (operation) => sql`(${sql.join(operandsOf(operation), sql` or `)})`,
  '!': ({ operand }) => sql`(not ${operand(0)})`,
  if: choose,
  '==': ({ operand }) => sql`(${operand(0)} = ${operand(1)})`,
  '!=': ({ operand }) => sql`(${operand(0)} <> ${operand(1)})`,
  '<': (operation) => sql`(${ordered(operation)} < ${operation.operand(1)})`,
  '<=': (operation) => sql`(${ordered(operation)} <= ${operation.operand(1)})`,
  '>': (operation) => sql`(${ordered(operation)} > ${operation.operand(1)})`,
  '>=': (operation) => sql`(${ordered(operation)} >= ${operation.operand(1)})`,
  in: (operation) => sql`(${member(operation)} = any(${members(operation)}))`,
  not_in: (operation) => sql`(${member(operation)} <> all(${members(operation)}))`,
  between: (operation) =>
    sql`(${ordered(operation)} between ${operation.operand(1)} and ${operation.operand(2)})`,
  is_blank: isBlank,
  contains: search('contains', (text, sought) => sql`(strpos(${text}, ${sought}) > 0)`),
  starts_with: search('starts_with', (text, sought) => sql`starts_with(${text}, ${sought})`),
  ends_with: search(
    'ends_with',
    (text, sought) => sql`starts_with(reverse(${text}), reverse(${sought}))`,
  ),
  includes: overlaps,
  excludes: (operation) => sql`(not ${overlaps(operation)})`,
  length: ({ typeOf, operand }) =>
    typeOf(0) === 'list'
      ? sql`cardinality(${operand(0)})::numeric`
      : sql`length(${operand(0)})::numeric`,
  lower: inLanguage(sql`lower`),
  upper: inLanguage(sql`upper`),
  trim: ({ operand }) => sql`btrim(${operand(0)}, ${WHITE_SPACE})`,
  concat: (operation) => concatenate(operandsOf(operation)),
  '+': (operation) => sql`(${sql.join(numbersOf(operation), sql` + `)})`,
  '-': subtract,
  '*': (operation) => sql`(${sql.join(numbersOf(operation), sql` * `)})`,
  '/': (operation) => divide(numberAt(operation, 0), numberAt(operation, 1)),
  round: (operation) =>
    operation.count === 1
      ? sql`round(${numberAt(operation, 0)})`
      : sql`round(${numberAt(operation, 0)}, ${operation.operand(1, 'integer')})`,
  min: (operation) => sql`least(${sql.join(operandsOf(operation))})`,
  max: (operation) => sql`greatest(${sql.join(operandsOf(operation))})`,
  today: unwritten,
  now: unwritten,
  add_days: (operation) => (operation.typeOf(0) === 'date' ? addDays : addDaysToMoment)(operation),
  add_months: (operation) =>
    (operation.typeOf(0) === 'date' ? addMonths : addMonthsToMoment)(operation),
  year: (operation) => sql`extract(year from ${calendarDay(operation)})`,
  month: (operation) => sql`extract(month from ${calendarDay(operation)})`,
  day: (operation) => sql`extract(day from ${calendarDay(operation)})`,
  days_between: daysBetween,
  in_period: isInPeriod,
  some: unwritten,
  none: unwritten,
  all: unwritten,
  changed: unwritten,
  prior: unwritten,
  is_new: unwritten,
  time_now: unwritten,
  ...SQL_PART_OPERATORS,
  ...SQL_CHOICE_OPERATORS,
  ...SQL_NUMBER_FUNCTIONS,
  ...SQL_TEXT_FUNCTIONS,
  ...SQL_TIME_FUNCTIONS,
}

// `today`, `now` and `time_now` are constants, which are bound; `some`, `none` and `all` are compiled around
// their sub-query; the others are about a save, of which a query knows nothing.
function unwritten({ operator }: SqlOperation): never {
  throw new Error(`"${operator}" cannot be compiled to SQL`)
}

/** The first operand of an order; text is ordered by code point, as JavaScript does it, in every locale. */
function ordered({ typeOf, operand }: SqlOperation): Fragment {
  return typeOf(0) === 'text' ? sql`${operand(0)} collate "C"` : operand(0)
}

function choose(operation: SqlOperation): Fragment {
  const type = sqlTypeOf(operation.type)
  const last = operation.count - 1
  const cases = indexesOf(operation)
    .filter((index) => index % 2 === 0 && index < last)
    .map(
      (index) => sql`when ${operation.operand(index)} then ${operation.operand(index + 1, type)}`,
    )
  return sql`(case ${sql.join(cases, sql` `)} else ${operation.operand(last, type)} end)`
}

/** What is sought in a list; an id in a column of texts is sought as a text. */
function member({ typeOf, isConstant, operand }: SqlOperation): Fragment {
  return typeOf(0) === 'id' && !isConstant(1) ? castTo('text', operand(0)) : operand(0)
}

function members({ typeOf, operand }: SqlOperation): Fragment {
  return operand(1, listTypeOf(typeOf(0)))
}

function isBlank({ typeOf, isColumn, operand }: SqlOperation): Fragment {
  const given = operand(0)
  if (typeOf(0) === 'list') return sql`(coalesce(cardinality(${given}), 0) = 0)`
  if (typeOf(0) !== 'text') return sql`(${given} is null)`
  // A column is named twice, which an index understands; anything else is computed once.
  return isColumn(0) ? sql`(${given} is null or ${given} = '')` : sql`(coalesce(${given}, '') = '')`
}

/** A search in text: a LIKE with a bound pattern where that is possible, else a function. */
function search(
  use: 'contains' | 'starts_with' | 'ends_with',
  write: (text: Fragment, sought: Fragment) => Fragment,
): SqlWriter {
  return ({ operand, isConstant, parameter }) => {
    const text = foldedText(operand(0))
    if (isConstant(1)) return sql`(${text} like ${parameter(1, use, 'text')})`
    return write(text, foldedText(operand(1)))
  }
}

function overlaps({ typeOf, operand }: SqlOperation): Fragment {
  if (typeOf(1) === 'list') return sql`(${operand(0)} && ${operand(1)})`
  // As a list of one, for which an index on the column serves; of a null no list, so that it stays null.
  return sql`(${operand(0)} && nullif(array[${operand(1)}], array[null]::text[]))`
}

/** PostgreSQL passes no more than a hundred arguments to a function. */
const MOST_ARGUMENTS = 100

function concatenate(operands: readonly Fragment[]): Fragment {
  if (operands.length <= MOST_ARGUMENTS) return sql`concat(${sql.join(operands)})`
  const count = Math.ceil(operands.length / MOST_ARGUMENTS)
  const parts = Array.from({ length: count }, (_, index) =>
    concatenate(operands.slice(index * MOST_ARGUMENTS, (index + 1) * MOST_ARGUMENTS)),
  )
  return concatenate(parts)
}

function subtract(operation: SqlOperation): Fragment {
  const [first, second] = numbersOf(operation)
  return second === undefined ? sql`(- ${first})` : sql`(${first} - ${second})`
}

/**
 * A quotient with as many decimals as the evaluator's. PostgreSQL's own `/` chooses a scale of its
 * own, so the digits are cut by `div`, which is exact, one behind the last that is kept.
 */
function divide(dividend: Fragment, divisor: Fragment): Fragment {
  return sql`trim_scale(round(div(${dividend} * ${SHIFT}, nullif(${divisor}, 0)) * ${UNSHIFT}, ${PLACES}))`
}

// Written out, as they are the same in every statement. A change of QUOTIENT_DECIMALS fails here.
const QUOTIENT = {
  20: {
    shift: sql`1000000000000000000000`,
    unshift: sql`0.000000000000000000001`,
    places: sql`20`,
  },
} as const
const { shift: SHIFT, unshift: UNSHIFT, places: PLACES } = QUOTIENT[QUOTIENT_DECIMALS]

// The dates below are computed in a sub-select, so that an operand, which may be long, is written
// once. "offset 0" keeps the planner from putting it back in every place, where nested ones would
// grow beyond measure, and where a constant too large would fail before the `case` that guards it.
// A result outside the years 1 to 9999 is null, never an error that fails a whole list.

function addDays(operation: SqlOperation): Fragment {
  const day = sql`(${operation.operand(0)} - date '0001-01-01') + trunc(${numberAt(operation, 1)})`
  return sql`(select case when day between 0 and 3652058 then date '0001-01-01' + day::integer end
    from (select ${day} as day offset 0) as moved)`
}

function addDaysToMoment(operation: SqlOperation): Fragment {
  const moment = sql`floor(extract(epoch from ${operation.operand(0)}) * 1000) + round(${numberAt(operation, 1)} * 86400000)`
  // Days and seconds apart: an interval of so many milliseconds is computed in floating point.
  return sql`(select case when ms between -62135596800000 and 253402300799999 then
      (timestamp '1970-01-01' + make_interval(days => div(ms, 86400000)::integer,
        secs => (mod(ms, 86400000) / 1000)::double precision)) at time zone 'UTC' end
    from (select ${moment} as ms offset 0) as moved)`
}

function addMonths(operation: SqlOperation): Fragment {
  const given = sql`select ${operation.operand(0)} as start, trunc(${numberAt(operation, 1)}) as months`
  return sql`(select case when target between 12 and 119999 then ${MONTHS_LATER}::date end
    from (${monthTarget(given)}) as moved)`
}

function addMonthsToMoment(operation: SqlOperation): Fragment {
  const shown = sql`${operation.operand(0)} at time zone ${operation.timeZone()}`
  const given = sql`select ${shown} as start, trunc(${numberAt(operation, 1)}) as months`
  return sql`(select case when target between 12 and 119999 then
      (${MONTHS_LATER} + (start - date_trunc('day', start))) at time zone ${operation.timeZone()} end
    from (${monthTarget(given)}) as moved)`
}

function monthTarget(given: Fragment): Fragment {
  return sql`select start, months, extract(year from start) * 12 + extract(month from start) - 1 + months as target from (${given} offset 0) as given`
}

/** Midnight of the day so many months after `start`; from the end of a month to the end of a month. */
const MONTHS_LATER = sql`(case when extract(day from start + interval '1 day') = 1
  then date_trunc('month', start + make_interval(months => months::integer)) + interval '1 month' - interval '1 day'
  else date_trunc('day', start + make_interval(months => months::integer)) end)`

function daysBetween({ typeOf, operand }: SqlOperation): Fragment {
  const [from, to] = [operand(0), operand(1)]
  if (typeOf(0) === 'date') return sql`(${to} - ${from})::numeric`
  return divide(sql`(extract(epoch from ${to}) - extract(epoch from ${from}))`, sql`86400`)
}

function isInPeriod({ typeOf, operand, parameter }: SqlOperation): Fragment {
  const type = sqlTypeOf(typeOf(0))
  const [from, to] = [parameter(1, 'from', type), parameter(1, 'to', type)]
  return sql`(${operand(0)} >= ${from} and ${operand(0)} < ${to})`
}
