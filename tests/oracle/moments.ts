const HOUR = 3_600_000
const MINUTE = 60_000

/** When the records of a world were changed last; they were made before. */
export const LONG_AGO = '2026-03-01T00:00:00.000Z'

/** A moment of a world's past, so many hours after all of its records were made. */
export function hoursAfter(hours: number): string {
  return new Date(Date.parse(LONG_AGO) + hours * HOUR).toISOString()
}

/** When a record was made; some were at the same moment. */
export function createdAt(id: string): string {
  const minutes = Number.parseInt(id.slice(-2), 16)
  return new Date(Date.parse(LONG_AGO) - minutes * MINUTE).toISOString()
}
