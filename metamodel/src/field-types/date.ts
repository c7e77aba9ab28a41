import { EQUALITY, fault, type FieldType, ORDER, type Parsed, readsText } from './field-type.ts'

/** Whether `YYYY-MM-DD` names a day that exists, in the years 1 to 9999. */
export function isDate(text: string): boolean {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text)
  if (!match) return false
  const [year, month, day] = match.slice(1).map(Number) as [number, number, number]
  return year >= 1 && month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month)
}

/** Days of a month, 1 to 12, in the Gregorian calendar. */
export function daysInMonth(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28
  return [4, 6, 9, 11].includes(month) ? 30 : 31
}

function notADate(text: string): Parsed {
  const shown = text.slice(0, 40)
  return fault(
    'not_a_date',
    `"${shown}" is not a date such as 2026-11-21`,
    `“${shown}”不是日期，应如 2026-11-21`,
  )
}

/** Reads `2026-11-21`, also `2026/11/21`, `2026.11.21`, `2026年11月21日`, `20261121` and with one digit. */
export function parseDateText(cell: string): Parsed {
  const plain = cell.normalize('NFKC').trim()
  if (plain === '') return { value: null }
  const match =
    /^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?$/.exec(plain) ??
    /^(\d{4})(\d{2})(\d{2})$/.exec(plain)
  const iso = match ? `${match[1]}-${match[2]?.padStart(2, '0')}-${match[3]?.padStart(2, '0')}` : ''
  if (isDate(iso)) return { value: iso }
  return notADate(cell)
}

/** A calendar day without a time zone. */
export const date: FieldType = {
  name: 'date',
  options: {},
  expressionType: 'date',
  storage: () => ({ as: 'date' }),
  operators: [...EQUALITY, ...ORDER],
  isSortable: true,
  isGroupable: true,
  canBeUnique: false,
  parse: readsText(['a date such as "2026-11-21"', '日期，如 "2026-11-21"'], (text) =>
    isDate(text) ? { value: text } : notADate(text),
  ),
  parseText: parseDateText,
}
