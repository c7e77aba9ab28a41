/** Wall clocks of a time zone as text, `2026-11-21 16:00`: what people type and read. */

const clocks = new Map<string, Intl.DateTimeFormat>()

function clockOf(timeZone: string): Intl.DateTimeFormat {
  let clock = clocks.get(timeZone)
  if (clock === undefined) {
    clock = new Intl.DateTimeFormat('en-CA', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    })
    clocks.set(timeZone, clock)
  }
  return clock
}

/**
 * The wall clock of a moment in a time zone, to the second.
 * @example wallClock('2026-11-21T08:00:00.000Z', 'Asia/Shanghai') // '2026-11-21 16:00:00'
 */
export function wallClock(moment: string | Date, timeZone: string): string {
  const parts = new Map(
    clockOf(timeZone)
      .formatToParts(new Date(moment))
      .map(({ type, value }) => [type, value]),
  )
  const [year, month, day] = [parts.get('year'), parts.get('month'), parts.get('day')]
  return `${year}-${month}-${day} ${parts.get('hour')}:${parts.get('minute')}:${parts.get('second')}`
}

/** The day that it is in a time zone, `2026-11-21`. */
export function today(timeZone: string, now: Date = new Date()): string {
  return wallClock(now, timeZone).slice(0, 10)
}

/**
 * The moment at which a clock of a time zone shows this; of a time that the clocks skip or repeat, the one
 * that the offset before the change gives.
 * @example momentOf('2026-11-21 16:00:00', 'Asia/Shanghai') // '2026-11-21T08:00:00.000Z'
 */
export function momentOf(clock: string, timeZone: string): string {
  const wanted = Date.parse(`${clock.replace(' ', 'T')}Z`)
  const offsetAt = (instant: number): number =>
    Date.parse(`${wallClock(new Date(instant), timeZone).replace(' ', 'T')}Z`) - instant
  const guess = wanted - offsetAt(wanted)
  return new Date(wanted - offsetAt(guess)).toISOString()
}
