import Type from 'typebox'

import { EQUALITY, fault, type FieldType, ORDER, TEXT_SEARCH } from './field-type.ts'

/** A numbering format taken apart. */
export type NumberingPart =
  | { text: string }
  | { date: 'yyyy' | 'yy' | 'MM' | 'dd' }
  | { digits: number }

/**
 * Takes a format such as `BJ{yyyyMMdd}{000}` apart: literal text, date parts, and exactly one counter whose
 * zeros say the least number of digits. Undefined if it is not of that form.
 */
export function parseNumberingFormat(format: string): NumberingPart[] | undefined {
  const parts: NumberingPart[] = []
  for (const [, token, literal] of format.matchAll(/\{([^{}]*)\}|([^{}]+)/g)) {
    if (literal !== undefined) parts.push({ text: literal })
    else if (/^0{1,12}$/.test(token ?? '')) parts.push({ digits: (token ?? '').length })
    else if (/^(yyyy|yy|MM|dd)+$/.test(token ?? '')) {
      for (const [piece] of (token ?? '').matchAll(/yyyy|yy|MM|dd/g)) {
        parts.push({ date: piece as 'yyyy' | 'yy' | 'MM' | 'dd' })
      }
    } else return undefined
  }
  const isWhole = format.replace(/\{[^{}]*\}|[^{}]+/g, '') === ''
  return isWhole && parts.filter((part) => 'digits' in part).length === 1 ? parts : undefined
}

/** When a counter starts anew. */
export const NUMBERING_RESETS = ['never', 'year', 'month', 'day'] as const
export type NumberingReset = (typeof NUMBERING_RESETS)[number]

/** How long the calendar day is that tells one period from another: `2026`, `2026-11`, `2026-11-21`. */
const PERIOD_LENGTHS = { never: 0, year: 4, month: 7, day: 10 } as const

/**
 * The key under which a counter runs on a day (`YYYY-MM-DD`). If it is not said when it starts anew, it does whenever
 * a date part of the format changes.
 */
export function numberingPeriod(
  parts: readonly NumberingPart[],
  day: string,
  reset?: NumberingReset,
): string {
  if (reset !== undefined) return day.slice(0, PERIOD_LENGTHS[reset])
  return parts.map((part) => ('date' in part ? datePart(part.date, day) : '')).join('')
}

/** Whether numbers of two periods differ by their date parts. */
export function showsPeriod(parts: readonly NumberingPart[], reset: NumberingReset): boolean {
  const shown = new Set(parts.map((part) => ('date' in part ? part.date.slice(0, 2) : '')))
  const needed = { never: [], year: ['yy'], month: ['yy', 'MM'], day: ['yy', 'MM', 'dd'] }[reset]
  return needed.every((part) => shown.has(part))
}

/** The finished number, e.g. `BJ20261121007`. `day` is `YYYY-MM-DD` in the tenant's time zone. */
export function formatNumber(
  parts: readonly NumberingPart[],
  day: string,
  counter: number,
): string {
  return parts
    .map((part) => {
      if ('text' in part) return part.text
      if ('date' in part) return datePart(part.date, day)
      return String(counter).padStart(part.digits, '0')
    })
    .join('')
}

function datePart(part: 'yyyy' | 'yy' | 'MM' | 'dd', day: string): string {
  const [year = '', month = '', date = ''] = day.split('-')
  return { yyyy: year, yy: year.slice(2), MM: month, dd: date }[part]
}

/** A number that the system gives when a record is created; unique, never edited, gaps allowed. */
export const autoNumber: FieldType = {
  name: 'auto_number',
  options: {
    format: Type.String({
      minLength: 3,
      maxLength: 60,
      description: 'e.g. BJ{yyyyMMdd}{000}: text, date parts, one counter',
    }),
    start: Type.Integer({
      minimum: 0,
      maximum: 999_999_999,
      description: 'First number; 1 if left out',
    }),
    reset: Type.Unsafe<NumberingReset>({
      type: 'string',
      enum: [...NUMBERING_RESETS],
      description: 'When numbers start anew; if left out, whenever a date part changes',
    }),
  },
  requiredOptions: ['format'],
  expressionType: 'text',
  storage: () => ({ as: 'text' }),
  operators: [...EQUALITY, ...ORDER, ...TEXT_SEARCH],
  isSortable: true,
  isGroupable: false,
  isReadOnly: true,
  canBeUnique: true,
  parse: () => fault('read_only', 'The system gives this number', '该编号由系统生成'),
  parseText: () => fault('read_only', 'The system gives this number', '该编号由系统生成'),
}
