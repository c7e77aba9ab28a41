import type { Random } from './random.ts'

const MS_PER_DAY = 86_400_000

/** The day `count` days after (or, below zero, before) a day `YYYY-MM-DD`. */
export function addDays(day: string, count: number): string {
  return new Date(Date.parse(day) + count * MS_PER_DAY).toISOString().slice(0, 10)
}

/** Whole days from the first day to the second. */
export function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / MS_PER_DAY)
}

/** The later and the earlier of two days; ISO days order as texts. */
export function laterDay(a: string, b: string): string {
  return a > b ? a : b
}
export function earlierDay(a: string, b: string): string {
  return a < b ? a : b
}

/** The same day, or the Friday before if it falls on a weekend. */
export function workday(day: string): string {
  const weekday = new Date(day).getUTCDay()
  if (weekday === 0) return addDays(day, -2)
  return weekday === 6 ? addDays(day, -1) : day
}

/** A clock time of a day in China, as a moment in UTC. China has had one offset since 1991. */
export function momentInChina(day: string, hour: number, minute: number): string {
  const clock = `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`
  return new Date(`${day}T${clock}:00+08:00`).toISOString()
}

/**
 * A moment of a day in working hours. Of the present day only its first minutes, so that it has passed
 * whenever the data are loaded.
 */
export function workingMoment(random: Random, day: string, today: string): string {
  if (day >= today) return momentInChina(today, 0, random.integer(0, 4))
  return momentInChina(day, random.integer(9, 17), random.integer(0, 59))
}
