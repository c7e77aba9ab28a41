import { Decimal } from 'decimal.js'

import { isDate, isRecordId, MAX_DIGITS, parseMoment } from '../field-types/index.ts'
import type { Locale, Message } from '../localized-text.ts'
import { parseTime } from './calendar.ts'
import {
  compareWithNull,
  type ExpressionProblem,
  malformed,
  unknownWord,
  wrongType,
  wrongValue,
} from './expression-problem.ts'
import type { ExpressionPath, ExpressionType, Scalar } from './expression.ts'
import type { TypedLiteral } from './typed-expression.ts'

/** What may stand in a place. */
export interface Wanted {
  readonly types: readonly ExpressionType[]
  /** The one of `types` that the neighbours have; a literal takes it on. */
  readonly type?: ExpressionType | undefined
  /** The codes of the picklist that a literal stands beside. */
  readonly values?: readonly string[] | undefined
  /** Whether it is compared, so that a null is a question for `is_blank`. */
  readonly isCompared?: boolean
}

/** A literal that is not a list. */
type ScalarLiteral = TypedLiteral & { readonly value: Scalar }
type Literal = ScalarLiteral | ExpressionProblem

/** Whether a literal (or anything else) was refused. */
export function isProblem(outcome: object): outcome is ExpressionProblem {
  return 'code' in outcome
}

/** Reads a literal as the type that its place wants; never coerces. */
export function resolveLiteral(value: Scalar, path: ExpressionPath, wanted: Wanted): Literal {
  const types = wanted.type === undefined ? wanted.types : [wanted.type]
  if (value === null) return resolveNull(path, wanted)
  if (typeof value === 'string') return resolveText(value, path, { ...wanted, types })
  const type = typeof value === 'number' ? 'number' : 'boolean'
  if (!types.includes(type)) return wrongType(path, type, types)
  const fault = typeof value === 'number' ? numberFault(value, path) : undefined
  return fault ?? { kind: 'literal', type, path, value }
}

// Where null may stand (a branch of `if`), it takes on the type of its neighbours, or the only one that the place
// has: SQL wants one.
function resolveNull(path: ExpressionPath, { types, type, isCompared }: Wanted): Literal {
  if (!types.includes('null')) {
    return isCompared ? compareWithNull(path) : wrongType(path, 'null', types)
  }
  const [only = 'null', ...others] = types.filter((one) => one !== 'null')
  const known = type ?? (others.length === 0 ? only : 'null')
  return { kind: 'literal', type: known, path, value: null }
}

function numberFault(value: number, path: ExpressionPath): ExpressionProblem | undefined {
  if (Number.isFinite(value)) {
    const number = new Decimal(value)
    if (number.precision(true) <= MAX_DIGITS && number.decimalPlaces() <= MAX_DIGITS) {
      return undefined
    }
  }
  return wrongValue(
    path,
    `A number may have at most ${MAX_DIGITS} digits`,
    `数字最多 ${MAX_DIGITS} 位`,
  )
}

interface Reading {
  /** The canonical form of a text as this type, or undefined if it has none. */
  read(text: string): string | undefined
  readonly words: Message
}

const READINGS: ReadonlyMap<ExpressionType, Reading> = new Map([
  ['text', { read: (text: string) => text, words: { 'en-US': 'a text', 'zh-CN': '文本' } }],
  [
    'date',
    {
      read: (text: string) => (isDate(text) ? text : undefined),
      words: { 'en-US': 'a date such as 2026-11-21', 'zh-CN': '日期（如 2026-11-21）' },
    },
  ],
  [
    'datetime',
    {
      read: parseMoment,
      words: {
        'en-US': 'a time such as 2026-11-21T08:00:00Z',
        'zh-CN': '日期时间（如 2026-11-21T08:00:00Z）',
      },
    },
  ],
  [
    'time',
    {
      read: parseTime,
      words: { 'en-US': 'a time of day such as 08:30', 'zh-CN': '时间（如 08:30）' },
    },
  ],
  [
    'id',
    {
      read: (text: string) => (isRecordId(text) ? text.toLowerCase() : undefined),
      words: { 'en-US': 'a record id (UUID)', 'zh-CN': '记录 id（UUID）' },
    },
  ],
])

function resolveText(text: string, path: ExpressionPath, { types, values }: Wanted): Literal {
  // PostgreSQL's text holds neither; better a problem here than a failed statement later.
  if (text.includes('\0') || !text.isWellFormed()) {
    return malformed(path, 'Text with a NUL or half a character', '文本含有空字符或不完整的字符')
  }
  for (const type of types) {
    const value = READINGS.get(type)?.read(text)
    if (value !== undefined) return checkCode({ kind: 'literal', type, path, value }, text, values)
  }
  const words = types.flatMap((type) => READINGS.get(type)?.words ?? [])
  if (words.length === 0) return wrongType(path, 'text', types)
  const wanted = (locale: Locale, or: string): string => words.map((word) => word[locale]).join(or)
  const shown = text.slice(0, 40)
  return wrongValue(
    path,
    `"${shown}" is not ${wanted('en-US', ' or ')}`,
    `“${shown}”不是${wanted('zh-CN', '或')}`,
  )
}

function checkCode(
  literal: ScalarLiteral,
  text: string,
  values: readonly string[] | undefined,
): Literal {
  if (literal.type !== 'text' || values === undefined || values.includes(text)) return literal
  return unknownWord('value', { word: text, path: literal.path }, values)
}

/** Reads a list of literals, all of one type; answers every problem in it. */
export function resolveList(
  members: readonly unknown[],
  path: ExpressionPath,
  wanted: Wanted,
): TypedLiteral | readonly ExpressionProblem[] {
  const problems: ExpressionProblem[] = []
  const values: Scalar[] = []
  let member = wanted.type
  for (const [index, given] of members.entries()) {
    const literal = resolveMember(given, [...path, index], { ...wanted, type: member })
    if (isProblem(literal)) {
      problems.push(literal)
    } else {
      values.push(literal.value)
      member ??= literal.type
    }
  }
  if (problems.length > 0) return problems
  return { kind: 'literal', type: 'list', path, value: values, member: member ?? 'text' }
}

function resolveMember(
  member: unknown,
  path: ExpressionPath,
  wanted: Wanted,
): ScalarLiteral | ExpressionProblem {
  if (!isScalar(member)) {
    return malformed(path, 'A list holds plain values only', '列表只能包含简单值')
  }
  return resolveLiteral(member, path, wanted)
}

/** Whether something is a plain JSON value. */
export function isScalar(value: unknown): value is Scalar {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value)
}
