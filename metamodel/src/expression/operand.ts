import { Decimal } from 'decimal.js'

import { isDate, isRecordId, parseMoment } from '../field-types/index.ts'
import { canonicalJson } from '../json-value.ts'
import { parseTime } from './calendar.ts'
import type { ExpressionType, ExpressionValue } from './expression.ts'

/**
 * Decimals that never round by themselves: an expression of 500 parts cannot grow more digits than
 * this, so sums and products are exact, as they are in PostgreSQL's `numeric`. A constructor of our
 * own, so that no setting of another user of decimal.js reaches ours.
 */
export const Exact = Decimal.clone({
  precision: 140_000,
  rounding: Decimal.ROUND_HALF_UP,
  toExpNeg: -9e15,
  toExpPos: 9e15,
})

/** A value inside an evaluation: as `ExpressionValue`, but numbers ready to calculate with. */
export type Operand = Decimal | string | boolean | readonly string[] | readonly Decimal[] | null

/** A value that is not what its field says. It cannot be evaluated, so whoever asked must refuse. */
export class UnreadableValue extends Error {
  readonly code = 'unreadable_value'

  constructor(path: string, type: ExpressionType) {
    super(`The value of "${path}" is not of type ${type}`)
    this.name = 'UnreadableValue'
  }
}

/** A decimal without exponent, trailing zeros, or a sign on zero; equal numbers have equal texts. */
export function decimalText(number: Decimal): string {
  return number.isZero() ? '0' : number.toFixed()
}

/** An operand as the outside sees it. */
export function toValue(operand: Operand): ExpressionValue {
  if (isDecimal(operand)) return decimalText(operand)
  if (Array.isArray(operand)) return operand.map((member) => String(toValue(member)))
  return operand as Exclude<ExpressionValue, readonly string[]>
}

export function isDecimal(operand: Operand): operand is Decimal {
  return operand instanceof Decimal
}

/**
 * Reads a field's value as the record holds it. A missing value is null; a number may be a JSON
 * number or decimal text, a moment any RFC 3339 text, a reference an id or `{id}`.
 *
 * @throws UnreadableValue if the value is of another type; it is never coerced.
 */
export function readOperand(raw: unknown, type: ExpressionType, path: string): Operand {
  if (raw === null || raw === undefined) return null
  const operand = READERS[type](raw)
  if (operand === undefined) throw new UnreadableValue(path, type)
  return operand
}

type Reader = (raw: unknown) => Operand | undefined

const READERS: Readonly<Record<ExpressionType, Reader>> = {
  text: (raw) => (typeof raw === 'string' ? raw : undefined),
  number: readNumber,
  boolean: (raw) => (typeof raw === 'boolean' ? raw : undefined),
  date: (raw) => (typeof raw === 'string' && isDate(raw) ? raw : undefined),
  datetime: readMoment,
  time: (raw) => (typeof raw === 'string' ? parseTime(raw) : undefined),
  list: readList,
  id: readId,
  structure: (raw) => canonicalJson(raw),
  sealed: (raw) => (typeof raw === 'string' ? raw : undefined),
  file: readId,
  null: () => undefined,
}

const DECIMAL = /^[+-]?\d+(\.\d+)?$/

function readNumber(raw: unknown): Decimal | undefined {
  if (typeof raw === 'number') return Number.isFinite(raw) ? new Exact(raw) : undefined
  return typeof raw === 'string' && DECIMAL.test(raw) ? new Exact(raw) : undefined
}

function readMoment(raw: unknown): string | undefined {
  return typeof raw === 'string' ? parseMoment(raw) : undefined
}

function readList(raw: unknown): readonly string[] | undefined {
  return Array.isArray(raw) && raw.every((member) => typeof member === 'string') ? raw : undefined
}

function readId(raw: unknown): string | undefined {
  const id =
    typeof raw === 'object' && raw !== null && Object.hasOwn(raw, 'id')
      ? Reflect.get(raw, 'id')
      : raw
  return isRecordId(id) ? id.toLowerCase() : undefined
}

/**
 * Orders two operands of one type: numbers by size, everything else by code point, which is what
 * PostgreSQL's collation "C" does. (JavaScript's own `<` compares UTF-16 units and puts 😀 before ﹐.)
 */
export function compareOperands(a: Operand, b: Operand): number {
  if (isDecimal(a) && isDecimal(b)) return a.cmp(b)
  return compareText(String(a), String(b))
}

function compareText(a: string, b: string): number {
  if (a === b) return 0
  const length = Math.min(a.length, b.length)
  let index = 0
  while (index < length && a.charCodeAt(index) === b.charCodeAt(index)) index++
  if (index === length) return a.length - b.length
  return codePointKey(a, index) - codePointKey(b, index)
}

// Surrogates sort behind every other unit, as the code points that they stand for do.
function codePointKey(text: string, index: number): number {
  const unit = text.charCodeAt(index)
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit
}

/** Whether two operands of one type are the same value; null equals null here. */
export function areSame(a: Operand, b: Operand): boolean {
  if (a === null || b === null) return a === b
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((member, index) => areSame(member, b[index] ?? null))
  }
  return isDecimal(a) && isDecimal(b) ? a.eq(b) : a === b
}
