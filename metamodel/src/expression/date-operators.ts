import type { Decimal } from 'decimal.js'

import {
  addMonths,
  addMonthsToMoment,
  dateIn,
  dateParts,
  fromDay,
  fromMilliseconds,
  isDay,
  MS_PER_DAY,
  startOfDay,
  toDay,
} from './calendar.ts'
import { divide } from './number-operators.ts'
import { Exact, isDecimal, type Operand } from './operand.ts'
import {
  type Circumstances,
  DAY_OR_MOMENT,
  isText,
  NUMBER,
  ofTexts,
  type Operator,
  positions,
  same,
  value,
} from './operator.ts'
import { type Clock, resolvePeriod } from './relative-period.ts'

const dayOrMoment = value(DAY_OR_MOMENT)

/** The calendar day of a date, or of a moment in the reader's time zone. */
function dayOf(text: string, { timeZone }: Circumstances): string {
  return isDay(text) ? text : dateIn(text, timeZone)
}

/** A part of the calendar day, as a number. */
function part(
  name: 'year' | 'month' | 'day',
): Pick<Operator, 'arity' | 'parameter' | 'result' | 'evaluate'> {
  return {
    arity: [1, 1],
    parameter: positions(dayOrMoment),
    result: 'number',
    evaluate: ([text = null], circumstances) =>
      isText(text) ? new Exact(dateParts(dayOf(text, circumstances))[name]) : null,
  }
}

/** An operator that moves a day or moment by a number, and answers the same type. */
function move(
  by: (text: string, count: Decimal, circumstances: Circumstances) => string | null,
): Pick<Operator, 'arity' | 'parameter' | 'result' | 'evaluate'> {
  return {
    arity: [2, 2],
    parameter: positions(same(DAY_OR_MOMENT), value(NUMBER)),
    result: 'same',
    evaluate: ([text = null, count = null], circumstances) =>
      isText(text) && isDecimal(count) ? by(text, count, circumstances) : null,
  }
}

/** Whole days for a date (a fraction is cut off); for a moment days of 24 hours, to the millisecond. */
function addDays(text: string, count: Decimal): string | null {
  if (isDay(text)) return fromDay(toDay(text) + count.trunc().toNumber())
  return fromMilliseconds(Date.parse(text) + count.times(MS_PER_DAY).round().toNumber())
}

function moveMonths(text: string, count: Decimal, { timeZone }: Circumstances): string | null {
  const months = count.trunc().toNumber()
  return isDay(text) ? addMonths(text, months) : addMonthsToMoment(text, months, timeZone)
}

/** From the first to the second: whole days between dates, days and fractions between moments. */
function daysBetween(from: string, to: string): Operand {
  if (isDay(from)) return new Exact(toDay(to) - toDay(from))
  return divide(new Exact(Date.parse(to) - Date.parse(from)), new Exact(MS_PER_DAY))
}

/** The edges of a period: dates, or the moments at which they begin in the reader's time zone. */
export function periodEdges(
  period: string,
  type: 'date' | 'datetime',
  clock: Clock,
): { from: string | null; to: string | null } {
  const { from, to } = resolvePeriod(period, clock)
  if (type === 'date') return { from, to }
  return { from: startOfDay(from, clock.timeZone), to: startOfDay(to, clock.timeZone) }
}

function isInPeriod(
  [text = null, period = null]: readonly Operand[],
  circumstances: Circumstances,
): boolean | null {
  if (!isText(text) || !isText(period)) return null
  const { from, to } = periodEdges(period, isDay(text) ? 'date' : 'datetime', circumstances)
  return from === null || to === null ? null : text >= from && text < to
}

/** The operators on days and moments, in the reader's time zone. Outside the years 1 to 9999 they yield null. */
export const DATE_OPERATORS = {
  today: {
    arity: [0, 0],
    parameter: positions(),
    result: 'date',
    evaluate: (_operands, { now, timeZone }) => dateIn(now, timeZone),
    text: { as: 'phrase', words: { 'en-US': 'today', 'zh-CN': '今天' } },
    isTimeDependent: true,
  },
  now: {
    arity: [0, 0],
    parameter: positions(),
    result: 'datetime',
    evaluate: (_operands, { now }) => now,
    text: { as: 'phrase', words: { 'en-US': 'now', 'zh-CN': '此刻' } },
    isTimeDependent: true,
  },
  add_days: {
    ...move(addDays),
    text: { as: 'phrase', words: { 'en-US': '{0} plus {1} days', 'zh-CN': '{0}加{1}天' } },
  },
  add_months: {
    ...move(moveMonths),
    text: { as: 'phrase', words: { 'en-US': '{0} plus {1} months', 'zh-CN': '{0}加{1}个月' } },
  },
  year: {
    ...part('year'),
    text: { as: 'phrase', words: { 'en-US': 'the year of {0}', 'zh-CN': '{0}的年份' } },
  },
  month: {
    ...part('month'),
    text: { as: 'phrase', words: { 'en-US': 'the month of {0}', 'zh-CN': '{0}的月份' } },
  },
  day: {
    ...part('day'),
    text: { as: 'phrase', words: { 'en-US': 'the day of the month of {0}', 'zh-CN': '{0}的日' } },
  },
  days_between: {
    arity: [2, 2],
    parameter: positions(same(DAY_OR_MOMENT)),
    result: 'number',
    evaluate: ofTexts(daysBetween),
    text: {
      as: 'phrase',
      words: { 'en-US': 'the days from {0} to {1}', 'zh-CN': '{0}到{1}的天数' },
    },
  },
  in_period: {
    arity: [2, 2],
    parameter: positions(dayOrMoment, { kind: 'period' }),
    result: 'boolean',
    evaluate: isInPeriod,
    text: {
      as: 'predicate',
      words: { verb: 'is', rest: { 'en-US': '{1}', 'zh-CN': '在{1}' } },
      negated: { verb: 'is', rest: { 'en-US': 'not {1}', 'zh-CN': '不在{1}' } },
    },
    isTimeDependent: true,
  },
} satisfies Record<string, Operator>
