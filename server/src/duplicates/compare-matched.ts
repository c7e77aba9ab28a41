import type { MatchCondition } from '@trellis/metamodel'

import { digitsOfDate } from './column-kinds.ts'
import { compareDates, LEVEL } from './compare-values.ts'
import { normaliseText } from './normalise-text.ts'
import { damerauDistance, jaroWinkler } from './text-distance.ts'

/** From here on two names are alike: "Jon Smith" and "John Smith". */
const ALIKE_NAMES = 0.9
/** Shorter texts are others with one other letter. */
const SHORTEST_SLIP = 4

/** Whether two values that were looked up, or found beside others, meet a condition that only says what is likely. */
export function meetsCondition(
  { method, blank }: Pick<MatchCondition, 'method' | 'blank'>,
  one: unknown,
  other: unknown,
): boolean {
  const [mine, theirs] = [textOf(one), textOf(other)]
  if (mine === '' || theirs === '') return mine === theirs && blank === 'same'
  switch (method) {
    case 'fuzzy_name':
      return jaroWinkler(normaliseText(mine), normaliseText(theirs)) >= ALIKE_NAMES
    case 'fuzzy_date': {
      const [day, another] = [digitsOfDate(mine), digitsOfDate(theirs)]
      if (day === undefined || another === undefined) return false
      return day === another || compareDates(day, another) >= LEVEL.close
    }
    case 'fuzzy_text':
      return isOneSlipApart(letters(mine), letters(theirs))
    default:
      return true
  }
}

function isOneSlipApart(one: string, other: string): boolean {
  if (one === other) return true
  const isLong = Math.max(one.length, other.length) >= SHORTEST_SLIP
  return isLong && damerauDistance(one, other, 1) <= 1
}

const letters = (text: string): string => normaliseText(text).replaceAll(' ', '')
const textOf = (value: unknown): string => String(value ?? '')
