import type { FieldContext } from './ports.ts'
import { today, wallClock } from './zoned-time.ts'

const ENGLISH_MONTHS = [
  'Jan',
  'Feb',
  'Mar',
  'Apr',
  'May',
  'Jun',
  'Jul',
  'Aug',
  'Sep',
  'Oct',
  'Nov',
  'Dec',
]

/** A day: `2026-11-21` in Chinese, `Nov 21, 2026` in English. */
export function formatDate(day: string, locale: string): string {
  const [year = '', month = '', date = ''] = day.slice(0, 10).split('-')
  if (date === '' || locale === 'zh-CN') return day.slice(0, 10)
  return `${ENGLISH_MONTHS[Number(month) - 1] ?? month} ${Number(date)}, ${year}`
}

/** A time of day, to the minute unless seconds are said: `08:30`, `08:30:15`. */
export function formatTime(time: string): string {
  return time.endsWith(':00') && time.length > 5 ? time.slice(0, 5) : time
}

/** A moment in the reader's time zone, to the minute: `2026-11-21 16:00`, `Nov 21, 2026 16:00`. */
export function formatDatetime(moment: string, { locale, timeZone }: FieldContext): string {
  if (Number.isNaN(Date.parse(moment))) return moment
  const clock = wallClock(moment, timeZone)
  return `${formatDate(clock, locale)} ${clock.slice(11, 16)}`
}

/**
 * How long ago a moment was, or how far it is: minutes and hours, then days by the calendar, then the date.
 * @example formatAgo('2026-11-18T08:00:00Z', { locale: 'en-US', … }, now) // '3 days ago'
 */
export function formatAgo(moment: string, context: FieldContext, now: Date = new Date()): string {
  const words = new Intl.RelativeTimeFormat(context.locale, { numeric: 'auto' })
  const minutes = Math.round((Date.parse(moment) - now.getTime()) / 60_000)
  if (Number.isNaN(minutes)) return moment
  if (Math.abs(minutes) < 60) return words.format(minutes, 'minute')
  const days = daysBetween(
    today(context.timeZone, now),
    wallClock(moment, context.timeZone).slice(0, 10),
  )
  if (days === 0) return words.format(Math.trunc(minutes / 60), 'hour')
  if (Math.abs(days) <= 14) return words.format(days, 'day')
  return formatDate(wallClock(moment, context.timeZone), context.locale)
}

/** Days from one day to another: `2026-11-21` to `2026-11-25` is 4. */
export function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(to.slice(0, 10)) - Date.parse(from.slice(0, 10))) / 86_400_000)
}
