import { type ExpressionType, parseTime } from '@trellis/metamodel'
import { Decimal } from 'decimal.js'

/** How far a number may lie from the answer, as a part of it. */
const TOLERANCE = 1e-9
const HALF_A_SECOND = 500

/**
 * Whether a value is the answer of a case. An empty text is an empty answer; a moment may lie half a second from its
 * answer, which is written in whole ones.
 */
export function isAnswer(value: unknown, answer: string, type: ExpressionType): boolean {
  const wanted = answer.replaceAll('\\,', ',').trim()
  const given = value === null || value === undefined ? '' : String(value).trim()
  if (wanted === 'null' || wanted === '') return given === ''
  if (given === '') return false
  return (COMPARE[type] ?? isSame)(given, wanted)
}

const COMPARE: Partial<
  Readonly<Record<ExpressionType, (given: string, wanted: string) => boolean>>
> = {
  number: isNear,
  date: isSameMoment,
  datetime: isSameMoment,
  time: (given, wanted) => given === parseTime(wanted),
}

function isSame(given: string, wanted: string): boolean {
  return given === wanted
}

function isNear(given: string, wanted: string): boolean {
  if (!/^[+-]?[\d.]+(e[+-]?\d+)?$/i.test(wanted)) return false
  const [a, b] = [new Decimal(given), new Decimal(wanted)]
  const largest = Decimal.max(a.abs(), b.abs())
  return a.minus(b).abs().lte(largest.times(TOLERANCE))
}

function isSameMoment(given: string, wanted: string): boolean {
  return Math.abs(Date.parse(given) - Date.parse(wanted)) <= HALF_A_SECOND
}
