import { daysInMonth } from '../field-types/index.ts'

/** Days and moments as text, in the years 1 to 9999; whatever falls outside is null, never an error. */

/** A year and a month; months count from 1 and may be added to freely before they are normalised. */
interface YearMonth {
  readonly year: number
  readonly month: number
}

export const FIRST_DATE = '0001-01-01'
export const LAST_DATE = '9999-12-31'
export const MS_PER_DAY = 86_400_000

const FIRST_DAY = toDay(FIRST_DATE)
const LAST_DAY = toDay(LAST_DATE)
const FIRST_MOMENT = FIRST_DAY * MS_PER_DAY
const LAST_MOMENT = (LAST_DAY + 1) * MS_PER_DAY - 1

/** The number of a day, counted from 1970-01-01. */
export function toDay(date: string): number {
  return Date.parse(`${date}T00:00:00Z`) / MS_PER_DAY
}

/** The date of a day's number; null outside the years 1 to 9999. */
export function fromDay(day: number): string | null {
  if (!(day >= FIRST_DAY && day <= LAST_DAY)) return null
  return new Date(day * MS_PER_DAY).toISOString().slice(0, 10)
}

/** A moment's text in UTC with milliseconds; null outside the years 1 to 9999. */
export function fromMilliseconds(moment: number): string | null {
  if (!(moment >= FIRST_MOMENT && moment <= LAST_MOMENT)) return null
  return new Date(moment).toISOString()
}

const TIME = /^(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,3}))?)?$/

/** The canonical form of a time of day, `08:30:00.000`; undefined for a text that is none. */
export function parseTime(text: string): string | undefined {
  const parts = TIME.exec(text)
  if (parts === null) return undefined
  const [hour, minute, second] = [1, 2, 3].map((index) => Number(parts[index] ?? 0))
  if (hour === undefined || minute === undefined || second === undefined) return undefined
  if (hour > 23 || minute > 59 || second > 59) return undefined
  const milliseconds = Number((parts[4] ?? '').padEnd(3, '0'))
  return timeOf(((hour * 60 + minute) * 60 + second) * 1000 + milliseconds)
}

/** The time of day so many milliseconds after midnight; it goes round the clock. */
export function timeOf(milliseconds: number): string {
  const rest = ((milliseconds % MS_PER_DAY) + MS_PER_DAY) % MS_PER_DAY
  return new Date(rest).toISOString().slice(11, 23)
}

/** Milliseconds from midnight to a time of day in canonical form. */
export function millisecondsOf(time: string): number {
  return Date.parse(`1970-01-01T${time}Z`)
}

/** Year, month and day of a date. */
export function dateParts(date: string): { year: number; month: number; day: number } {
  return {
    year: Number(date.slice(0, 4)),
    month: Number(date.slice(5, 7)),
    day: Number(date.slice(8, 10)),
  }
}

/** A date of its parts, for months that may lie outside 1 to 12; null outside the years 1 to 9999. */
export function monthStart({ year, month }: YearMonth): string | null {
  const index = year * 12 + month - 1
  if (!(index >= 12 && index < 120_000)) return null
  const text = `${Math.floor(index / 12)}`.padStart(4, '0')
  return `${text}-${`${(index % 12) + 1}`.padStart(2, '0')}-01`
}

/**
 * The same day some months on. The end of a month sticks to the end: a month after 28 February
 * 2026 is 31 March, a month after 31 January is 28 February.
 */
export function addMonths(date: string, months: number): string | null {
  const { year, month, day } = dateParts(date)
  const start = monthStart({ year, month: month + months })
  if (start === null) return null
  const target = dateParts(start)
  const last = daysInMonth(target.year, target.month)
  const isMonthEnd = day === daysInMonth(year, month)
  const targetDay = isMonthEnd ? last : Math.min(day, last)
  return `${start.slice(0, 8)}${`${targetDay}`.padStart(2, '0')}`
}

/** The day of the week, 0 for Monday to 6 for Sunday. */
export function weekday(date: string): number {
  // 1970-01-01 was a Thursday.
  return (((toDay(date) + 3) % 7) + 7) % 7
}

/** A time zone's clock, and the offsets that were read off it, by minute. */
interface ZoneClock {
  readonly format: Intl.DateTimeFormat
  readonly offsets: Map<number, number>
}

const CLOCKS = new Map<string, ZoneClock>()
const MS_PER_MINUTE = 60_000
/** Since then every change of offset has happened at a full minute. */
const FULL_MINUTES_SINCE = Date.UTC(1980, 0)
const MOST_OFFSETS = 500

/**
 * A time zone's clock.
 * @throws RangeError for a name that is no IANA time zone. Bare offsets (`+08:00`) are refused:
 *   PostgreSQL reads their sign the other way round.
 */
function clockOf(timeZone: string): ZoneClock {
  const known = CLOCKS.get(timeZone)
  if (known !== undefined) return known
  if (!/^[A-Za-z]/.test(timeZone)) throw new RangeError(`Invalid time zone: ${timeZone}`)
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    calendar: 'iso8601',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  const clock = { format, offsets: new Map<number, number>() }
  CLOCKS.set(timeZone, clock)
  return clock
}

/** Whether a text names an IANA time zone. */
export function isTimeZone(timeZone: string): boolean {
  try {
    return clockOf(timeZone) !== undefined
  } catch {
    return false
  }
}

/** What the clocks of a time zone show at a moment, as milliseconds that read so in UTC. */
function clockTime(moment: number, timeZone: string): number {
  return timeZone === 'UTC' ? moment : moment + offsetAt(moment, clockOf(timeZone))
}

// Intl takes 6 µs for what a map answers in a tenth; rules mostly ask about now and the days around.
function offsetAt(moment: number, { format, offsets }: ZoneClock): number {
  if (moment < FULL_MINUTES_SINCE) return readOffset(moment, format)
  const minute = Math.floor(moment / MS_PER_MINUTE)
  const known = offsets.get(minute)
  if (known !== undefined) return known
  const offset = readOffset(moment, format)
  if (offsets.size >= MOST_OFFSETS) offsets.clear()
  offsets.set(minute, offset)
  return offset
}

function readOffset(given: number, format: Intl.DateTimeFormat): number {
  // At the ends of time the clock may show a year that no date of ours has; no zone changes there.
  const moment = Math.min(Math.max(given, FIRST_MOMENT + MS_PER_DAY), LAST_MOMENT - MS_PER_DAY)
  const parts = new Map(
    format.formatToParts(moment).map(({ type, value }) => [type, value.padStart(2, '0')]),
  )
  const part = (name: Intl.DateTimeFormatPartTypes): string => parts.get(name) ?? '00'
  const date = `${part('year').padStart(4, '0')}-${part('month')}-${part('day')}`
  const time = `${part('hour')}:${part('minute')}:${part('second')}`
  return Date.parse(`${date}T${time}Z`) - Math.floor(moment / 1000) * 1000
}

/** The moments at which a clock may show a time, around a change of offset: before it, and after. */
function candidates(shown: number, timeZone: string): { before: number; after: number } {
  const offset = (moment: number): number => clockTime(moment, timeZone) - moment
  return {
    before: shown - offset(shown - MS_PER_DAY),
    after: shown - offset(shown + MS_PER_DAY),
  }
}

/**
 * The moment at which a clock shows a time. A time that is skipped in spring is read with the
 * offset before the change, one that comes twice in autumn with the offset after it, as in PostgreSQL.
 */
function momentOf(shown: number, timeZone: string): number {
  const { before, after } = candidates(shown, timeZone)
  return clockTime(after, timeZone) === shown ? after : before
}

/** The first moment of a day in a time zone; days that begin without a midnight have one too. */
export function startOfDay(date: string, timeZone: string): string | null {
  const shown = toDay(date) * MS_PER_DAY
  const { before, after } = candidates(shown, timeZone)
  const isAfterOnly = clockTime(before, timeZone) !== shown && clockTime(after, timeZone) === shown
  return fromMilliseconds(isAfterOnly ? after : before)
}

/** The date that the calendar on the wall shows at a moment. */
export function dateIn(moment: string, timeZone: string): string {
  return new Date(clockTime(Date.parse(moment), timeZone)).toISOString().slice(0, 10)
}

/** A moment some months on, at the same time on the clock of the time zone. */
export function addMonthsToMoment(moment: string, months: number, timeZone: string): string | null {
  const shown = clockTime(Date.parse(moment), timeZone)
  const midnight = Math.floor(shown / MS_PER_DAY) * MS_PER_DAY
  const date = fromDay(midnight / MS_PER_DAY)
  const target = date === null ? null : addMonths(date, months)
  if (target === null) return null
  return fromMilliseconds(momentOf(toDay(target) * MS_PER_DAY + shown - midnight, timeZone))
}

/** The time that the clock on the wall shows at a moment. */
export function timeIn(moment: string, timeZone: string): string {
  return timeOf(clockTime(Date.parse(moment), timeZone))
}

/**
 * What the clock on the wall shows at a moment, with thousandths if it has any.
 * @example wallClock('2026-11-21T08:00:00.000Z', 'Asia/Shanghai') // '2026-11-21 16:00:00'
 */
export function wallClock(moment: string, timeZone: string): string {
  const shown = new Date(clockTime(Date.parse(moment), timeZone)).toISOString()
  return shown.replace('T', ' ').replace(/(?:\.000)?Z$/, '')
}

/**
 * The moment at which the clock on the wall shows a time, which is written as if it were UTC; null outside the years
 * 1 to 9999.
 * @example momentAt('2026-11-21T16:00:00.000Z', 'Asia/Shanghai') // '2026-11-21T08:00:00.000Z'
 */
export function momentAt(shown: string, timeZone: string): string | null {
  return fromMilliseconds(momentOf(Date.parse(shown), timeZone))
}

/** The moment at which a clock shows midnight of a date, as PostgreSQL reads it. */
export function midnightIn(date: string, timeZone: string): string | null {
  return fromMilliseconds(momentOf(toDay(date) * MS_PER_DAY, timeZone))
}

/** Dates and moments are told apart by their one canonical form: `2026-11-21` has ten characters. */
export function isDay(text: string): boolean {
  return text.length === 10
}
