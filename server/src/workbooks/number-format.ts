import { Decimal } from 'decimal.js'

import type { XmlEvent } from './xml-events.ts'

/** What a number stands for, by the format in which its cell shows it. */
export type Shown = 'number' | 'percent' | 'date' | 'time' | 'datetime'

/** Formats that are not written out in a file (ECMA-376, 18.8.30, with those of zh-CN). */
const BUILT_IN: readonly (readonly [first: number, last: number, shown: Shown])[] = [
  [9, 10, 'percent'],
  [14, 17, 'date'],
  [18, 21, 'time'],
  [22, 22, 'datetime'],
  [27, 31, 'date'],
  [32, 35, 'time'],
  [36, 36, 'date'],
  [45, 47, 'time'],
  [50, 54, 'date'],
  [55, 56, 'time'],
  [57, 58, 'date'],
]

/** What the numbers of each style stand for, from the part `styles`. */
export function readStyles(events: readonly XmlEvent[]): Shown[] {
  const codes = new Map<number, string>()
  const styles: Shown[] = []
  let isInCells = false
  for (const event of events) {
    if (event.is === 'text') continue
    if (event.name === 'cellXfs') isInCells = event.is === 'open'
    if (event.is === 'close') continue
    const { numFmtId = '0', formatCode = '' } = event.attributes
    if (event.name === 'numFmt') codes.set(Number(numFmtId), formatCode)
    if (event.name === 'xf' && isInCells) styles.push(shownBy(Number(numFmtId), codes))
  }
  return styles
}

function shownBy(id: number, codes: ReadonlyMap<number, string>): Shown {
  const code = codes.get(id)
  if (code !== undefined) return shownByCode(code)
  return BUILT_IN.find(([first, last]) => id >= first && id <= last)?.[2] ?? 'number'
}

/** What a format code means, such as `yyyy"年"m"月"d"日"`, `[h]:mm` or `0.00%`. */
export function shownByCode(code: string): Shown {
  const [section = ''] = code
    .replaceAll(/"[^"]*"|\\.|_.|\*./g, '')
    .replaceAll(/\[(?!h+\]|m+\]|s+\])[^\]]*\]/gi, '')
    .split(';')
  if (/general/i.test(section)) return 'number'
  const hasTime = /[hs]|am\/pm|上午/i.test(section)
  const hasDate = /[yd]|e(?![+-])/i.test(section) || (/m/i.test(section) && !hasTime)
  if (hasDate) return hasTime ? 'datetime' : 'date'
  if (hasTime) return 'time'
  return section.includes('%') ? 'percent' : 'number'
}

/** Days from 1900-01-01 as day 1; a year 1900 with a 29 February, as the file format has it, for days from 1 March on. */
const FIRST_DAY = Date.UTC(1899, 11, 30)
const DAYS_OF_1904 = 1462
const DAY_MS = 86_400_000
/** 9999-12-31. */
const LAST_DAY = 2_958_466

/**
 * A number of a cell as it is typed: with the 15 digits that spreadsheets show, `12.5%`, `2026-11-21`,
 * `2026-11-21 08:30:00` (a moment at midnight is a day) or `08:30:00`.
 */
export function numberText(stored: string, shown: Shown, is1904: boolean): string {
  const value = Number(stored)
  if (!Number.isFinite(value) || stored.trim() === '') return stored
  if (shown === 'number' || shown === 'percent') {
    const digits = new Decimal(value.toPrecision(15))
    return shown === 'percent' ? `${digits.times(100).toFixed()}%` : digits.toFixed()
  }
  const days = value + (is1904 ? DAYS_OF_1904 : 0)
  if (days < 0 || days >= LAST_DAY) return new Decimal(value.toPrecision(15)).toFixed()
  // In the first sixty days the day that never was is not yet counted.
  const moment = FIRST_DAY + Math.round((days < 60 && days >= 1 ? days + 1 : days) * DAY_MS)
  const [day = '', clock = ''] = new Date(moment).toISOString().slice(0, -1).split('T')
  if (shown === 'time') return clock.slice(0, 8)
  const time = clock.replace(/\.000$/, '')
  return shown === 'date' || time === '00:00:00' ? day : `${day} ${time}`
}

/** The number by which a workbook says a day (and a time of that day); undefined before March 1900. */
export function serialOf(day: string, time = '00:00:00'): number | undefined {
  const serial = (Date.parse(`${day}T${time}Z`) - FIRST_DAY) / DAY_MS
  return serial > 60 && serial < LAST_DAY ? serial : undefined
}
