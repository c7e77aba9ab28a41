import type { Decimal } from 'decimal.js'

import { isDate } from '../field-types/index.ts'
import {
  dateIn,
  dateParts,
  fromMilliseconds,
  isDay,
  midnightIn,
  millisecondsOf,
  MS_PER_DAY,
  parseTime,
  timeIn,
  timeOf,
  toDay,
  weekday,
} from './calendar.ts'
import { Exact, isDecimal, type Operand } from './operand.ts'
import {
  type Circumstances,
  DAY_OR_MOMENT,
  isText,
  NUMBER,
  ofTexts,
  type Operator,
  type OperatorText,
  phrase,
  positions,
  value,
} from './operator.ts'

const number = value(NUMBER)
const time = value(['time'])

/** As `isDay`: the one canonical form of a time has twelve characters. */
const isTime = (text: string): boolean => text.length === 12

function dateOf(year: number, month: number, day: number): string | null {
  const [y, m, d] = [`${year}`.padStart(4, '0'), `${month}`, `${day}`]
  const text = `${y}-${m.padStart(2, '0')}-${d.padStart(2, '0')}`
  return isDate(text) && year >= 1 ? text : null
}

/** The date of three numbers; fractions are cut off. */
function makeDate(operands: readonly Operand[]): Operand {
  const parts = operands.filter(isDecimal)
  if (parts.length < operands.length || parts.some((part) => part.abs().gte(1e6))) return null
  const [year = 0, month = 0, day = 0] = parts.map((part) => part.trunc().toNumber())
  return year > 9999 || year < 1 || month < 1 || day < 1 ? null : dateOf(year, month, day)
}

const DATE_TEXT = /^(\d{4})-(\d{1,2})-(\d{1,2})$/
const MOMENT_TEXT =
  /^(\d{4})-(\d{1,2})-(\d{1,2})[ T](\d{1,2}:\d{1,2}(?::\d{1,2}(?:\.\d{1,3})?)?)Z?$/

function readDate(parts: RegExpExecArray | null): string | null {
  return parts === null ? null : dateOf(Number(parts[1]), Number(parts[2]), Number(parts[3]))
}

function toDate(given: string, type: Operand, { timeZone }: Circumstances): string | null {
  if (type === 'datetime') return dateIn(given, timeZone)
  return type === 'date' ? given : readDate(DATE_TEXT.exec(given.trim()))
}

function toMoment(given: string, type: Operand, { timeZone }: Circumstances): string | null {
  if (type === 'datetime') return given
  return type === 'date' ? midnightIn(given, timeZone) : readMoment(given)
}

function readMoment(given: string): string | null {
  const parts = MOMENT_TEXT.exec(given.trim())
  const date = readDate(parts)
  const clock = parseTime(parts?.[4] ?? '')
  return date === null || clock === undefined ? null : `${date}T${clock}Z`
}

function toTime(given: string, type: Operand, { timeZone }: Circumstances): string | null {
  if (type === 'datetime') return timeIn(given, timeZone)
  return parseTime(given.trim()) ?? null
}

type Shape = Pick<Operator, 'arity' | 'parameter' | 'result'>

function inZone(
  convert: (text: string, circumstances: Circumstances) => Operand,
): Operator['evaluate'] {
  return ([text = null], circumstances) => (isText(text) ? convert(text, circumstances) : null)
}

function clockPart(read: (milliseconds: number) => number, text: OperatorText): Operator {
  return {
    arity: [1, 1],
    parameter: positions(value(['time', 'datetime'])),
    result: 'number',
    evaluate: inZone(
      (given, { timeZone }) =>
        new Exact(read(millisecondsOf(isTime(given) ? given : timeIn(given, timeZone)))),
    ),
    text,
  }
}

function dayPart(read: (date: string) => number, text: OperatorText): Operator {
  return {
    arity: [1, 1],
    parameter: positions(value(DAY_OR_MOMENT)),
    result: 'number',
    evaluate: inZone(
      (given, { timeZone }) => new Exact(read(isDay(given) ? given : dateIn(given, timeZone))),
    ),
    text,
  }
}

function dayOfYear(date: string): number {
  return toDay(date) - toDay(`${date.slice(0, 4)}-01-01`) + 1
}

/** ISO 8601: a week belongs to the year of its Thursday. */
function thursday(date: string): string {
  return new Date((toDay(date) + 3 - weekday(date)) * MS_PER_DAY).toISOString().slice(0, 10)
}

function unixTimestamp(given: string): Operand {
  if (isTime(given)) return new Exact(Math.floor(millisecondsOf(given) / 1000))
  return new Exact(isDay(given) ? toDay(given) * 86_400 : Math.floor(Date.parse(given) / 1000))
}

function fromUnixTime(seconds: Decimal): string | null {
  return fromMilliseconds(seconds.times(1000).floor().toNumber())
}

function addTime([given = null, added = null]: readonly Operand[]): Operand {
  if (!isText(given) || !isDecimal(added)) return null
  return timeOf(added.trunc().mod(MS_PER_DAY).plus(millisecondsOf(given)).toNumber())
}

function timeBetween(from: string, to: string): Operand {
  return new Exact((millisecondsOf(to) - millisecondsOf(from) + MS_PER_DAY) % MS_PER_DAY)
}

function conversion(
  result: 'date' | 'datetime' | 'time',
  types: Parameters<typeof value>[0],
  convert: (given: string, type: Operand, circumstances: Circumstances) => Operand,
): Shape & Pick<Operator, 'evaluate' | 'isTyped'> {
  return {
    arity: [1, 1],
    parameter: positions(value(types)),
    result,
    evaluate: ([given = null, type = null], circumstances) =>
      isText(given) ? convert(given, type, circumstances) : null,
    isTyped: true,
  }
}

/** The functions of days, moments and times of day. Text is read as UTC; parts are those of the reader's clock. */
export const TIME_FUNCTIONS = {
  date: {
    arity: [3, 3],
    parameter: positions(number),
    result: 'date',
    evaluate: makeDate,
    text: phrase('the date {0}, {1}, {2}', '日期 {0}、{1}、{2}'),
    failure: 'no_such_date',
  },
  to_date: {
    ...conversion('date', ['text', 'date', 'datetime'], toDate),
    text: phrase('the date of {0}', '{0}的日期'),
    failure: 'not_a_date',
  },
  to_datetime: {
    ...conversion('datetime', ['text', 'date', 'datetime'], toMoment),
    text: phrase('the date and time of {0}', '{0}的日期时间'),
    failure: 'not_a_date',
  },
  to_time: {
    ...conversion('time', ['text', 'datetime', 'time'], toTime),
    text: phrase('the time of {0}', '{0}的时间'),
    failure: 'not_a_time',
  },
  hour: clockPart((ms) => Math.floor(ms / 3_600_000), phrase('the hour of {0}', '{0}的小时')),
  minute: clockPart((ms) => Math.floor(ms / 60_000) % 60, phrase('the minute of {0}', '{0}的分钟')),
  second: clockPart((ms) => Math.floor(ms / 1000) % 60, phrase('the second of {0}', '{0}的秒')),
  millisecond: clockPart((ms) => ms % 1000, phrase('the millisecond of {0}', '{0}的毫秒')),
  weekday: dayPart(
    (date) => ((weekday(date) + 1) % 7) + 1,
    phrase('the day of the week of {0}', '{0}是一周的第几天'),
  ),
  day_of_year: dayPart(dayOfYear, phrase('the day of the year of {0}', '{0}是一年的第几天')),
  iso_week: dayPart(
    (date) => Math.floor((dayOfYear(thursday(date)) - 1) / 7) + 1,
    phrase('the ISO week of {0}', '{0}的 ISO 周数'),
  ),
  iso_year: dayPart(
    (date) => dateParts(thursday(date)).year,
    phrase('the ISO year of {0}', '{0}的 ISO 年份'),
  ),
  unix_timestamp: {
    arity: [1, 1],
    parameter: positions(value([...DAY_OR_MOMENT, 'time'])),
    result: 'number',
    evaluate: ofTexts(unixTimestamp),
    text: phrase('the seconds since 1970 of {0}', '{0}距 1970 年的秒数'),
  },
  from_unix_time: {
    arity: [1, 1],
    parameter: positions(number),
    result: 'datetime',
    evaluate: ([seconds = null]) => (isDecimal(seconds) ? fromUnixTime(seconds) : null),
    text: phrase('the moment {0} seconds since 1970', '1970 年起第{0}秒'),
    failure: 'no_such_date',
  },
  time_now: {
    arity: [0, 0],
    parameter: positions(),
    result: 'time',
    evaluate: (_operands, { now, timeZone }) => timeIn(now, timeZone),
    text: phrase('the time now', '当前时间'),
    isTimeDependent: true,
  },
  add_time: {
    arity: [2, 2],
    parameter: positions(time, number),
    result: 'time',
    evaluate: addTime,
    text: phrase('{0} plus {1} milliseconds', '{0}加{1}毫秒'),
  },
  time_between: {
    arity: [2, 2],
    parameter: positions(time),
    result: 'number',
    evaluate: ofTexts(timeBetween),
    text: phrase('the milliseconds from {0} to {1}', '{0}到{1}的毫秒数'),
  },
} satisfies Record<string, Operator>
