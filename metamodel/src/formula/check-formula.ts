import {
  type Expression,
  type ExpressionProblem,
  type ExpressionScope,
  type ExpressionType,
  FORMULA_SIZE,
  isList,
  isOperation,
  resolveExpression,
  type TypedExpression,
} from '../expression/index.ts'
import { lowerFormula } from './lower-formula.ts'
import type { Places } from './lowering.ts'
import { parseFormula } from './parse-formula.ts'
import type { FormulaProblem, Range } from './syntax.ts'

/** A part of a formula's text and what it yields. */
export interface FormulaPart extends Range {
  readonly type: ExpressionType
}

/** A formula that holds against its scope, or everything that is wrong with it. */
export type FormulaCheck =
  | {
      readonly expression: Expression
      readonly typed: TypedExpression
      readonly type: ExpressionType
      /** The types of all parts, outer ones before those in them. */
      readonly parts: readonly FormulaPart[]
      readonly problems: readonly []
    }
  | { readonly expression?: never; readonly problems: readonly FormulaProblem[] }

/**
 * Reads a formula and holds it against a scope.
 *
 * @param expected the type that the whole must have
 * @example checkFormula('amount * 10%', scope) // { expression: { '*': [{ var: 'amount' }, 0.1] }, type: 'number', … }
 * @example checkFormula('amuont * 2', scope).problems
 *   // [{ code: 'unknown_field', from: 0, to: 6, message: …, suggestion: 'amount' }]
 */
export function checkFormula(
  text: string,
  scope: ExpressionScope,
  expected?: ExpressionType,
): FormulaCheck {
  const { syntax, problems: misread } = parseFormula(text)
  const { lowered, problems: unknown, places } = lowerFormula(syntax, scope)
  if (misread.length + unknown.length > 0) {
    // Of what is misread, only words that nobody knows are told besides: the rest may be its consequence.
    const told = unknown.filter(({ code }) => misread.length === 0 || code !== 'wrong_arity')
    return { problems: inOrder([...misread, ...told]) }
  }
  const { expression } = lowered
  const { typed, problems } = resolveExpression(expression, scope, expected, FORMULA_SIZE)
  const whole = { from: syntax.from, to: syntax.to }
  const find = (path: readonly (string | number)[]): Range =>
    rangeOf(path, { expression, places, whole })
  if (typed === undefined) {
    return { problems: inOrder(problems.map((problem) => inText(problem, find))) }
  }
  const parts = partsOf(typed).map((part) => ({ ...find(part.path), type: part.type }))
  return { expression, typed, type: typed.type, parts, problems: [] }
}

function inOrder(problems: readonly FormulaProblem[]): FormulaProblem[] {
  return problems.toSorted((a, b) => a.from - b.from || a.to - b.to)
}

function inText(
  { code, path, message, suggestion }: ExpressionProblem,
  find: (path: readonly string[]) => Range,
): FormulaProblem {
  const { from, to } = find(path === '' ? [] : path.split('.'))
  return { code, from, to, message, ...(suggestion === undefined ? {} : { suggestion }) }
}

interface Whole {
  readonly expression: Expression
  readonly places: Places
  readonly whole: Range
}

/** The place of a part: the innermost one on the way to it that has a place. */
function rangeOf(path: readonly (string | number)[], { expression, places, whole }: Whole): Range {
  let at: unknown = expression
  let range = (isOperation(expression) && places.get(expression)?.self) || whole
  let operands: readonly Range[] = []
  for (const key of path) {
    if (typeof at !== 'object' || at === null) break
    if (Array.isArray(at)) {
      range = operands[Number(key)] ?? range
      at = Reflect.get(at, Number(key))
      operands = []
    } else {
      operands = places.get(at)?.operands ?? []
      at = Object.hasOwn(at, key) ? Reflect.get(at, key) : undefined
    }
    if (typeof at === 'object' && at !== null) range = places.get(at)?.self ?? range
  }
  return { from: range.from, to: range.to }
}

function partsOf(typed: TypedExpression): readonly TypedExpression[] {
  const parts: TypedExpression[] = []
  const waiting = [typed]
  for (let part = waiting.pop(); part !== undefined; part = waiting.pop()) {
    parts.push(part)
    if (part.kind === 'operation') waiting.push(...part.operands.toReversed())
    if (part.kind === 'related') waiting.push(part.condition)
  }
  return parts.filter((part) => part.kind !== 'literal' || !isList(part.value as Expression))
}
