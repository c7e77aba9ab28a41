import {
  type Expression,
  type ExpressionScope,
  type ExpressionType,
  type OperatorName,
  OPERATORS,
} from '../expression/index.ts'
import type { CallSyntax, FormulaProblem, Range, Syntax } from './syntax.ts'

/** A part of a formula as an expression, and what it yields as far as that is plain before a check. */
export interface Lowered extends Range {
  readonly expression: Expression
  readonly type: ExpressionType | undefined
  /** Whether it is written out: a text may then stand for a date. */
  readonly isLiteral: boolean
}

/** Where parts of an expression stand in the text: an operation, and each of its operands. */
export type Places = WeakMap<object, { readonly self: Range; readonly operands: readonly Range[] }>

/** What a formula is lowered with. */
export interface Lowering {
  readonly scope: ExpressionScope
  readonly problems: FormulaProblem[]
  readonly places: Places
  lower(syntax: Syntax, scope?: ExpressionScope): Lowered
}

/** Notes that a function was not given what its signature says. */
export function wrongCount(signature: string, syntax: CallSyntax, { problems }: Lowering): Lowered {
  const { name, nameRange, from, to } = syntax
  const message = {
    'en-US': `Expected ${name.toUpperCase()}(${signature})`,
    'zh-CN': `应为 ${name.toUpperCase()}(${signature})`,
  }
  problems.push({ code: 'wrong_arity', ...nameRange, message })
  return { expression: null, type: undefined, isLiteral: false, from, to }
}

/** An operation on lowered operands, with its place noted and its type as far as it is plain. */
export function operation(
  operator: OperatorName,
  operands: readonly Lowered[],
  { from, to }: Range,
  { places }: Pick<Lowering, 'places'>,
): Lowered {
  const filled = operands.map((operand, index) =>
    typedNull(operand, operator, index, operands.length),
  )
  const expression = { [operator]: filled.map((operand) => operand.expression) }
  places.set(expression, { self: { from, to }, operands: filled })
  return { expression, type: resultOf(operator, filled), isLiteral: false, from, to }
}

const TYPED_NULLS = { boolean: false, number: 0, text: '' } as const

// NULL is legal everywhere, but an operand of one type only must have that type: IF(FALSE, 0, NULL) is a number.
function typedNull(
  operand: Lowered,
  operator: OperatorName,
  index: number,
  count: number,
): Lowered {
  if (operand.expression !== null) return operand
  const parameter = OPERATORS[operator].parameter(index, count)
  if (parameter.kind !== 'value') return operand
  for (const type of ['boolean', 'number', 'text'] as const) {
    if (parameter.types.includes(type)) {
      return { ...operand, type, expression: { if: [false, TYPED_NULLS[type], null] } }
    }
  }
  return operand
}

function resultOf(
  operator: OperatorName,
  operands: readonly Lowered[],
): ExpressionType | undefined {
  const { result, parameter } = OPERATORS[operator]
  if (result !== 'same' && result !== 'outcome') return result
  const count = operands.length
  const candidates = operands.filter((operand, index) => {
    const { kind } = parameter(index, count)
    return (kind === result || kind === 'field') && operand.type !== 'null'
  })
  return (candidates.find(({ isLiteral }) => !isLiteral) ?? candidates[0])?.type
}
