import type { ColumnKind } from './column-kinds.ts'
import { damerauDistance, jaroWinkler } from './text-distance.ts'

/**
 * How two values of a column compare, from "nothing is known" over "different" to "the same". The steps
 * between say how far a person who typed badly has come from the truth.
 */
export const LEVEL = {
  blank: 0,
  different: 1,
  alike: 2,
  close: 3,
  near: 4,
  moved: 5,
  same: 6,
} as const
export const LEVELS = 7

type Compare = (one: string, other: string) => number

/** The level of two different, filled values of a kind. */
export const COMPARE: Readonly<Record<ColumnKind, Compare>> = {
  email: compareEmails,
  date: compareDates,
  number: compareDigits,
  text: compareTexts,
}

function compareDigits(one: string, other: string): number {
  const longer = Math.max(one.length, other.length)
  if (longer <= 1) return LEVEL.different
  const distance = damerauDistance(one, other, 3)
  if (longer <= 3) return distance === 1 ? LEVEL.close : LEVEL.different
  if (distance === 1) return LEVEL.near
  if (longer >= 6 && distance === 2) return LEVEL.close
  if (longer >= 8 && distance === 3) return LEVEL.alike
  return LEVEL.different
}

/** Dates as eight digits: a digit mistyped, day and month exchanged, or some days or a year beside. */
export function compareDates(one: string, other: string): number {
  const digits = compareDigits(one, other)
  if (digits === LEVEL.near || one.length !== 8 || other.length !== 8) return digits
  const isExchanged = one === other.slice(0, 4) + other.slice(6) + other.slice(4, 6)
  const days = Math.abs(dayNumber(one) - dayNumber(other))
  if (isExchanged || days <= 7) return LEVEL.near
  if (days <= 35) return LEVEL.close
  return days <= 400 || digits !== LEVEL.different ? LEVEL.alike : LEVEL.different
}

/** Good enough to tell how far dates are apart, for days that there are not, too. */
function dayNumber(digits: string): number {
  const [year, month, day] = [digits.slice(0, 4), digits.slice(4, 6), digits.slice(6)].map(Number)
  return (year ?? 0) * 365.25 + (month ?? 0) * 30.44 + (day ?? 0)
}

function compareTexts(one: string, other: string): number {
  const longer = Math.max(one.length, other.length)
  if (longer <= 1) return LEVEL.different
  const distance = damerauDistance(one, other, longer >= 8 ? 2 : 1)
  if (distance <= (longer >= 8 ? 2 : 1)) return longer <= 3 ? LEVEL.close : LEVEL.near
  if (longer <= 3) return LEVEL.different
  const likeness = jaroWinkler(one, other)
  if (likeness >= 0.88 || isBeginning(one, other)) return LEVEL.close
  return likeness >= 0.78 ? LEVEL.alike : LEVEL.different
}

/** A short form: "rob" for "robert". */
function isBeginning(one: string, other: string): boolean {
  const shorter = Math.min(one.length, other.length)
  return shorter >= 3 && one.slice(0, shorter) === other.slice(0, shorter)
}

function compareEmails(one: string, other: string): number {
  if (damerauDistance(one, other, 2) <= 2) return LEVEL.near
  const [[mine = ''], [theirs = '']] = [one.split('@'), other.split('@')]
  if (mine === theirs) return LEVEL.near
  const [letters, others] = [mine.replace(/[\d._-]/g, ''), theirs.replace(/[\d._-]/g, '')]
  if (jaroWinkler(mine, theirs) >= 0.92) return LEVEL.close
  return letters.length > 3 && jaroWinkler(letters, others) >= 0.85 ? LEVEL.alike : LEVEL.different
}
