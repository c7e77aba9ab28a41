import {
  type ExpressionProblem,
  malformed,
  unknownWord,
  wrongArity,
  wrongValue,
} from './expression-problem.ts'
import type { Expression, ExpressionPath, ExpressionScope, OperationParts } from './expression.ts'
import { readPattern } from './pattern.ts'
import { isPeriod, PERIOD_NAMES } from './relative-period.ts'
import type { TypedField, TypedLiteral } from './typed-expression.ts'

/** Where in the tree something stands, what it may name, and where problems are noted. */
export interface Place {
  readonly scope: ExpressionScope
  /** Whether `changed`, `prior` and `is_new` have a meaning here. */
  readonly saving: boolean
  readonly path: ExpressionPath
  /** Whether it is what an `if_error` tries, in which no other may stand. */
  readonly isAttempt?: boolean
  /** Whether markup is read as it is, not as its text. */
  readonly isRaw?: boolean
  readonly problems: ExpressionProblem[]
}

/** Notes problems; the part stays without a type, so that nothing above complains about it again. */
export function refuse(place: Place, ...problems: readonly ExpressionProblem[]): undefined {
  place.problems.push(...problems)
  return undefined
}

// With a $ inside it is a part of a lookup of several objects.
const NAME = /^\$?[A-Za-z][A-Za-z0-9_$]*(\.[A-Za-z][A-Za-z0-9_$]*)*$/
// A scope may look names up in a plain object; these would find what every object has.
const INHERITED = new Set(Object.getOwnPropertyNames(Object.prototype).concat('prototype'))

function isName(name: string): boolean {
  return NAME.test(name) && !name.split('.').some((key) => INHERITED.has(key))
}

/** The field that `{"var": …}` names. */
export function resolveField({ operands }: OperationParts, place: Place): TypedField | undefined {
  const { path, scope } = place
  const [name] = operands
  if (operands.length !== 1) {
    const wanted = { 'en-US': 'one field name', 'zh-CN': '1' }
    return refuse(place, wrongArity(path, 'var', { count: operands.length, wanted }))
  }
  if (typeof name !== 'string') {
    return refuse(place, malformed(path, '"var" takes a field name', '“var”的参数应为字段名'))
  }
  const field = isName(name) ? scope.field(name) : undefined
  if (field === undefined) {
    return refuse(place, unknownWord('field', { word: name, path }, scope.fieldNames?.() ?? []))
  }
  const { type, values, isPercent, isMarkup } = field
  return {
    kind: 'field',
    type,
    path,
    name: field.name ?? name,
    ...(values === undefined ? {} : { values }),
    ...(isPercent === undefined ? {} : { isPercent }),
    ...(isMarkup === undefined ? {} : { isMarkup }),
  }
}

/** The scope of the records that `some`, `none` and `all` are about. */
export function relatedScope(
  relationship: string | undefined,
  at: Place,
): ExpressionScope | undefined {
  if (relationship === undefined) {
    const form = '{"var": "contacts"}'
    return refuse(
      at,
      malformed(at.path, `Expected a relationship: ${form}`, `应为相关列表：${form}`),
    )
  }
  const scope = isName(relationship) ? at.scope.relationship?.(relationship) : undefined
  if (scope !== undefined) return scope
  const known = at.scope.relationshipNames?.() ?? []
  return refuse(at, unknownWord('relationship', { word: relationship, path: at.path }, known))
}

/** The name of a relative period, which must be written out. */
export function resolvePeriodName(operand: Expression, at: Place): TypedLiteral | undefined {
  const { path } = at
  if (typeof operand !== 'string') {
    return refuse(
      at,
      malformed(path, 'Expected a period such as "this_month"', '应为时间段，如 "this_month"'),
    )
  }
  if (isPeriod(operand)) return { kind: 'literal', type: 'text', path, value: operand }
  return refuse(at, unknownWord('period', { word: operand, path }, PERIOD_NAMES))
}

/** The most decimal places, before or behind the point, that `round` may be asked for. */
const MAX_PLACES = 15

/** A number of decimal places, which must be written out. */
export function resolveDigits(operand: Expression, at: Place): TypedLiteral | undefined {
  const { path } = at
  if (Number.isInteger(operand) && Math.abs(Number(operand)) <= MAX_PLACES) {
    return { kind: 'literal', type: 'number', path, value: Number(operand) }
  }
  const range = [-MAX_PLACES, MAX_PLACES] as const
  return refuse(
    at,
    wrongValue(
      path,
      `Expected a whole number from ${range.join(' to ')}`,
      `应为 ${range.join(' 到 ')} 的整数`,
    ),
  )
}

/** A regular expression, which must be written out. */
export function resolvePattern(operand: Expression, at: Place): TypedLiteral | undefined {
  const { path } = at
  if (typeof operand !== 'string') {
    return refuse(
      at,
      malformed(path, 'Expected a regular expression, written out', '应为写明的正则表达式'),
    )
  }
  const pattern = readPattern(operand)
  if (typeof pattern !== 'string') return { kind: 'literal', type: 'text', path, value: operand }
  return refuse(
    at,
    wrongValue(
      path,
      `Not a supported regular expression: ${pattern}`,
      `不支持的正则表达式（${pattern}）`,
    ),
  )
}
