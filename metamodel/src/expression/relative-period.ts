import type { Message } from '../localized-text.ts'
import {
  dateIn,
  dateParts,
  FIRST_DATE,
  fromDay,
  LAST_DATE,
  monthStart,
  toDay,
  weekday,
} from './calendar.ts'

/** When and for whom a period is resolved. */
export interface Clock {
  /** The present moment, RFC 3339 in UTC. */
  readonly now: string
  /** IANA name of the reader's time zone. */
  readonly timeZone: string
  /** The month in which the fiscal year begins, 1 (the default) to 12. */
  readonly fiscalYearStart?: number
}

/** Days from `from` up to, but without, `to`. */
export interface DateRange {
  readonly from: string
  readonly to: string
}

type Unit = 'day' | 'week' | 'month' | 'quarter' | 'year' | 'fiscal_quarter' | 'fiscal_year'

/** A period as units before or after the present one: `last_month` is months from -1 to 0. */
interface Period {
  readonly unit: Unit
  readonly from: number
  readonly to: number
  readonly text: Message
}

const UNIT_TEXTS: Readonly<Record<Unit, Message>> = {
  day: { 'en-US': 'day', 'zh-CN': '天' },
  week: { 'en-US': 'week', 'zh-CN': '周' },
  month: { 'en-US': 'month', 'zh-CN': '月' },
  quarter: { 'en-US': 'quarter', 'zh-CN': '季度' },
  year: { 'en-US': 'year', 'zh-CN': '年' },
  fiscal_quarter: { 'en-US': 'fiscal quarter', 'zh-CN': '财季' },
  fiscal_year: { 'en-US': 'fiscal year', 'zh-CN': '财年' },
}

const NAMED = new Map<string, Period>([
  ['today', day(0, 'today', '今天')],
  ['yesterday', day(-1, 'yesterday', '昨天')],
  ['tomorrow', day(1, 'tomorrow', '明天')],
  ...namedUnits('week', ['本周', '上周', '下周']),
  ...namedUnits('month', ['本月', '上月', '下月']),
  ...namedUnits('quarter', ['本季度', '上季度', '下季度']),
  ...namedUnits('year', ['今年', '去年', '明年']),
  ...namedUnits('fiscal_quarter', ['本财季', '上财季', '下财季']),
  ...namedUnits('fiscal_year', ['本财年', '上财年', '下财年']),
  [
    'fiscal_quarter',
    { ...unit('fiscal_quarter', 0), text: { 'en-US': 'this fiscal quarter', 'zh-CN': '本财季' } },
  ],
  [
    'fiscal_year',
    { ...unit('fiscal_year', 0), text: { 'en-US': 'this fiscal year', 'zh-CN': '本财年' } },
  ],
])

function unit(name: Unit, offset: number): Omit<Period, 'text'> {
  return { unit: name, from: offset, to: offset + 1 }
}

function day(offset: number, en: string, zh: string): Period {
  return { ...unit('day', offset), text: { 'en-US': en, 'zh-CN': zh } }
}

function namedUnits(name: Unit, zh: readonly [string, string, string]): [string, Period][] {
  const words = ['this', 'last', 'next'] as const
  return words.map((word, index) => [
    `${word}_${name}`,
    {
      ...unit(name, [0, -1, 1][index] ?? 0),
      text: { 'en-US': `${word} ${UNIT_TEXTS[name]['en-US']}`, 'zh-CN': zh[index] ?? '' },
    },
  ])
}

/** Every period without a number, and one example of each with a number, for suggestions. */
export const PERIOD_NAMES: readonly string[] = [
  ...NAMED.keys(),
  ...['days', 'weeks', 'months', 'quarters', 'years', 'fiscal_quarters', 'fiscal_years'].flatMap(
    (units) => [`last_n_${units}:1`, `next_n_${units}:1`],
  ),
]

const COUNTED =
  /^(last|next)_n_(day|week|month|quarter|year|fiscal_quarter|fiscal_year)s:([1-9]\d{0,3})$/

function parsePeriod(name: string): Period | undefined {
  const named = NAMED.get(name)
  if (named !== undefined) return named
  const match = COUNTED.exec(name)
  if (match === null) return undefined
  const [, direction = '', unitName = '', digits = ''] = match
  const count = Number(digits)
  const isLast = direction === 'last'
  const text = countedText(unitName as Unit, count, isLast)
  // The last 30 days include today; every other counted period is whole units without the present.
  if (isLast) return { unit: unitName as Unit, from: -count, to: unitName === 'day' ? 1 : 0, text }
  return { unit: unitName as Unit, from: 1, to: 1 + count, text }
}

function countedText(name: Unit, count: number, isLast: boolean): Message {
  const { 'en-US': en, 'zh-CN': zh } = UNIT_TEXTS[name]
  const counted = ['day', 'week', 'year'].includes(name) ? zh : `个${zh}`
  return {
    'en-US': `in the ${isLast ? 'last' : 'next'} ${count} ${en}${count === 1 ? '' : 's'}`,
    'zh-CN': `${isLast ? '过去' : '未来'} ${count} ${counted}`,
  }
}

/** Whether a text names a relative period: `this_month`, `fiscal_quarter`, `last_n_days:30`. */
export function isPeriod(name: string): boolean {
  return parsePeriod(name) !== undefined
}

/** A period in words: "this month", "in the last 30 days". */
export function periodText(name: string): Message | undefined {
  return parsePeriod(name)?.text
}

/**
 * The days that a relative period means at a moment, in a time zone. Weeks begin on Monday.
 * `last_n_days:n` runs from n days ago to today, both included; `next_n_days:n` from tomorrow;
 * the other counted periods are whole weeks, months, … before or after the present one.
 *
 * @throws RangeError for a text that names no period, or no time zone.
 * @example resolvePeriod('last_month', { now: '2026-03-15T00:00:00Z', timeZone: 'Asia/Shanghai' })
 *   // { from: '2026-02-01', to: '2026-03-01' }
 */
export function resolvePeriod(name: string, clock: Clock): DateRange {
  const period = parsePeriod(name)
  if (period === undefined) throw new RangeError(`Unknown period: ${name}`)
  const today = dateIn(clock.now, clock.timeZone)
  const start = UNIT_STARTS[period.unit]
  const edge = (offset: number): string =>
    start(today, offset, clock.fiscalYearStart ?? 1) ?? (offset < 0 ? FIRST_DATE : LAST_DATE)
  return { from: edge(period.from), to: edge(period.to) }
}

type UnitStart = (today: string, offset: number, fiscalYearStart: number) => string | null

/** The first day of the unit that lies `offset` units from the one that holds today. */
const UNIT_STARTS: Readonly<Record<Unit, UnitStart>> = {
  day: (today, offset) => fromDay(toDay(today) + offset),
  week: (today, offset) => fromDay(toDay(today) - weekday(today) + 7 * offset),
  month: (today, offset) => monthsStart(today, { length: 1, offset, begins: 1 }),
  quarter: (today, offset) => monthsStart(today, { length: 3, offset, begins: 1 }),
  year: (today, offset) => monthsStart(today, { length: 12, offset, begins: 1 }),
  fiscal_quarter: (today, offset, begins) => monthsStart(today, { length: 3, offset, begins }),
  fiscal_year: (today, offset, begins) => monthsStart(today, { length: 12, offset, begins }),
}

/** Units of `length` months, one of which begins in the month `begins`. */
interface MonthUnits {
  readonly length: number
  readonly offset: number
  readonly begins: number
}

function monthsStart(today: string, { length, offset, begins }: MonthUnits): string | null {
  const { year, month } = dateParts(today)
  const monthsIntoUnit = (month - begins + 12) % length
  return monthStart({ year, month: month - monthsIntoUnit + length * offset })
}
