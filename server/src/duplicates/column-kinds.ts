/** What the values of a column are, as told from the values alone. */
export type ColumnKind = 'email' | 'date' | 'number' | 'text'

const LOOKED_AT = 2000
/** So great a share of the values decides the kind; the rest are typing errors. */
const MOST = 0.85

/** Infers what the values of a column are; dirty values are outvoted. */
export function inferKind(values: readonly string[]): ColumnKind {
  const filled = values.filter((value) => value !== '')
  const step = Math.max(1, Math.floor(filled.length / LOOKED_AT))
  const sample = filled.filter((_, at) => at % step === 0)
  const isMost = (test: (value: string) => boolean): boolean =>
    sample.length > 0 && sample.filter(test).length >= MOST * sample.length
  if (isMost((value) => value.includes('@'))) return 'email'
  if (isMost((value) => digitsOfDate(value) !== undefined)) return 'date'
  if (isMost((value) => MOSTLY_DIGITS.test(value))) return 'number'
  return 'text'
}

const MOSTLY_DIGITS = /^[a-z]{0,3}[\d .()+/#-]*\d[\d .()+/#-]*[a-z]?$/i

/** The eight digits year, month, day of what looks like a date, even one with a wrong month or day; else undefined. */
export function digitsOfDate(text: string): string | undefined {
  const yearFirst = YEAR_FIRST.exec(text) ?? COMPACT.exec(text)
  if (yearFirst) return joinDate(yearFirst[1], yearFirst[2], yearFirst[3])
  const yearLast = YEAR_LAST.exec(text)
  if (!yearLast) return undefined
  const [, first = '', second = '', year] = yearLast
  // Day first, unless only the second number can be a day.
  return Number(second) > 12 ? joinDate(year, first, second) : joinDate(year, second, first)
}

const YEAR_FIRST = /^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})(?:日|[T ].*)?$/
const COMPACT = /^((?:1[89]|2[01])\d\d)(\d\d)(\d\d)$/
const YEAR_LAST = /^(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})$/

function joinDate(year = '', month = '', day = ''): string {
  return `${year}${month.padStart(2, '0')}${day.padStart(2, '0')}`
}
