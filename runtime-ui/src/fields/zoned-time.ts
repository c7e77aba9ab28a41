import { dateIn, momentAt, wallClock as clockIn } from '@trellis/metamodel'

/**
 * The wall clock of a moment in a time zone, to the second: what people read and type.
 * @example wallClock('2026-11-21T08:00:00.000Z', 'Asia/Shanghai') // '2026-11-21 16:00:00'
 */
export function wallClock(moment: string | Date, timeZone: string): string {
  return clockIn(new Date(moment).toISOString(), timeZone).slice(0, 'YYYY-MM-DD HH:MM:SS'.length)
}

/** The day that it is in a time zone, `2026-11-21`. */
export function today(timeZone: string, now: Date = new Date()): string {
  return dateIn(now.toISOString(), timeZone)
}

/**
 * The moment at which a clock of a time zone shows this, as the server reads it.
 * @example momentOf('2026-11-21 16:00:00', 'Asia/Shanghai') // '2026-11-21T08:00:00.000Z'
 * @throws RangeError outside the years 1 to 9999
 */
export function momentOf(clock: string, timeZone: string): string {
  const moment = momentAt(`${clock.replace(' ', 'T')}Z`, timeZone)
  if (moment === null) throw new RangeError(`No moment: ${clock}`)
  return moment
}
