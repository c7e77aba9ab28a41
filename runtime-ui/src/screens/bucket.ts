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

/**
 * A bucket in words: `11月`, `2026 Q4`. A January says its year, so that the months after it need not.
 * @param start first day, `YYYY-MM-DD`
 */
export function bucketLabel(start: string, bucket: Bucket, locale: string): string {
  const day = new Date(`${start.slice(0, 10)}T00:00:00Z`)
  const format = (options: Intl.DateTimeFormatOptions): string =>
    new Intl.DateTimeFormat(locale, { timeZone: 'UTC', ...options }).format(day)
  if (bucket === 'year') return format({ year: 'numeric' })
  if (bucket === 'quarter') {
    return `${day.getUTCFullYear()} Q${Math.floor(day.getUTCMonth() / 3) + 1}`
  }
  if (bucket === 'month') {
    return format({ month: 'short', ...(day.getUTCMonth() === 0 ? { year: '2-digit' } : {}) })
  }
  return format({ month: 'numeric', day: 'numeric' })
}
