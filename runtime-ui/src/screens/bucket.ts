import type { Bucket } from '@trellis/metamodel'

/** A range of days longer than this is cut; nothing shows so many. */
const MOST = 2000

const STEPS: Readonly<Record<Bucket, (moment: Date) => void>> = {
  day: (moment) => moment.setUTCDate(moment.getUTCDate() + 1),
  week: (moment) => moment.setUTCDate(moment.getUTCDate() + 7),
  month: (moment) => moment.setUTCMonth(moment.getUTCMonth() + 1),
  quarter: (moment) => moment.setUTCMonth(moment.getUTCMonth() + 3),
  year: (moment) => moment.setUTCFullYear(moment.getUTCFullYear() + 1),
}

/**
 * The first day after a bucket that begins on `start`.
 * @example bucketEnd('2026-11-01', 'month') // '2026-12-01'
 */
export function bucketEnd(start: string, bucket: Bucket): string {
  const moment = new Date(`${start.slice(0, 10)}T00:00:00Z`)
  STEPS[bucket](moment)
  return moment.toISOString().slice(0, 10)
}

/** The first days of all buckets from the first to the last of these, in order; none for no days. */
export function bucketsBetween(days: readonly string[], bucket: Bucket): string[] {
  const sorted = days.toSorted()
  const every: string[] = []
  let day = sorted[0] ?? ''
  while (day !== '' && day <= (sorted.at(-1) ?? '') && every.length < MOST) {
    every.push(day)
    day = bucketEnd(day, bucket)
  }
  return every
}

const WORDS: Readonly<Record<Bucket, Intl.DateTimeFormatOptions>> = {
  day: { year: 'numeric', month: 'short', day: 'numeric' },
  week: { year: 'numeric', month: 'short', day: 'numeric' },
  month: { year: 'numeric', month: 'short' },
  quarter: {},
  year: { year: 'numeric' },
}

/**
 * A bucket in words that stand alone: `2026年11月`, `2026 Q4`.
 * @param start first day, `YYYY-MM-DD`
 */
export function bucketLabel(start: string, bucket: Bucket, locale: string): string {
  const day = dayOf(start)
  return bucket === 'quarter'
    ? `${day.getUTCFullYear()} ${quarterOf(day)}`
    : write(day, locale, WORDS[bucket])
}

const TICKS: Readonly<Record<Bucket, Intl.DateTimeFormatOptions>> = {
  ...WORDS,
  day: { month: 'numeric', day: 'numeric' },
  week: { month: 'numeric', day: 'numeric' },
  month: { month: 'short' },
}

/**
 * The buckets of an axis, one after another: a line of their own for the year, where one begins and at the first.
 * @example bucketTicks(['2025-12-01', '2026-01-01', '2026-02-01'], 'month', 'en-US')
 *   // ['Dec\n2025', 'Jan\n2026', 'Feb']
 */
export function bucketTicks(starts: readonly string[], bucket: Bucket, locale: string): string[] {
  const years = starts.map((start) => start.slice(0, 4))
  return starts.map((start, at) => {
    const day = dayOf(start)
    const short = bucket === 'quarter' ? quarterOf(day) : write(day, locale, TICKS[bucket])
    return bucket === 'year' || years[at] === years[at - 1] ? short : `${short}\n${years[at]}`
  })
}

function dayOf(start: string): Date {
  return new Date(`${start.slice(0, 10)}T00:00:00Z`)
}

function quarterOf(day: Date): string {
  return `Q${Math.floor(day.getUTCMonth() / 3) + 1}`
}

function write(day: Date, locale: string, options: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat(locale, { timeZone: 'UTC', ...options }).format(day)
}
