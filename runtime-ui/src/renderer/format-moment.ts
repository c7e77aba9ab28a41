import { daysBetween, type FieldContext, today, wallClock } from '../fields/index.ts'

/** The calendar day of a moment in the reader's time zone, `YYYY-MM-DD`. */
export function dayOf(moment: string, { timeZone }: FieldContext): string {
  return wallClock(moment, timeZone).slice(0, 10)
}

/** The time of day in the reader's time zone, `14:05`. */
export function clockOf(moment: string, { timeZone }: FieldContext): string {
  return wallClock(moment, timeZone).slice(11, 16)
}

/** A day as a heading: today, yesterday, else the date; the year only where it is another one. */
export function dayHeading(day: string, { locale, timeZone }: FieldContext): string {
  const now = today(timeZone)
  const away = daysBetween(now, day)
  if (Math.abs(away) <= 1) {
    return capitalized(new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }).format(away, 'day'))
  }
  const year = day.slice(0, 4) === now.slice(0, 4) ? {} : ({ year: 'numeric' } as const)
  const format = new Intl.DateTimeFormat(locale, {
    timeZone: 'UTC',
    month: 'short',
    day: 'numeric',
    weekday: 'short',
    ...year,
  })
  return format.format(new Date(`${day}T00:00:00Z`))
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
