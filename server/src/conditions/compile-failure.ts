import { OPERATORS, type TypedExpression, type TypedOperation } from '@trellis/metamodel'
import { sql } from 'kysely'

import type { Fragment } from './sql-parameter.ts'

/** Compiles a part of an expression. */
type Compile = (typed: TypedExpression) => Fragment

/**
 * Whether an expression has no value because an operation in it failed, rather than because something was blank: what
 * `if_error` asks. An operation has failed if it yields nothing although it was given something.
 */
export function compileFailed(typed: TypedExpression, compile: Compile): Fragment {
  const found = compileNoted(typed, compile)
  return found === undefined ? sql`false` : sql`(${compile(typed)} is null and ${found})`
}

/** Whether an operation failed on the way to a value; undefined if none can. */
function compileNoted(typed: TypedExpression, compile: Compile): Fragment | undefined {
  if (typed.kind !== 'operation') return undefined
  switch (typed.operator) {
    case 'if':
      return ofChoice(typed.operands, compile)
    case 'case':
      return ofCase(typed, compile)
    case 'if_error':
      return ofIfError(typed, compile)
    default:
      return anyOf([
        ...typed.operands.map((operand) => compileNoted(operand, compile)),
        ofOne(typed, compile),
      ])
  }
}

function ofOne(typed: TypedOperation, compile: Compile): Fragment | undefined {
  if (OPERATORS[typed.operator].failure === undefined) return undefined
  const given = typed.operands.map((operand) =>
    operand.type === 'text' ? sql`${compile(operand)} <> ''` : sql`${compile(operand)} is not null`,
  )
  return sql`(${sql.join([...given, sql`${compile(typed)} is null`], sql` and `)})`
}

function anyOf(fragments: readonly (Fragment | undefined)[]): Fragment | undefined {
  const found = fragments.filter((fragment) => fragment !== undefined)
  return found.length === 0 ? undefined : sql`(${sql.join(found, sql` or `)})`
}

/** Conditions up to the one that is met, and its branch: nothing else is looked at. */
function ofChoice(operands: readonly TypedExpression[], compile: Compile): Fragment | undefined {
  const [condition, branch, ...rest] = operands
  if (condition === undefined || branch === undefined) {
    return condition && compileNoted(condition, compile)
  }
  const [met, unmet] = [compileNoted(branch, compile), ofChoice(rest, compile)]
  const chosen =
    met === undefined && unmet === undefined
      ? undefined
      : sql`(case when ${compile(condition)} then ${met ?? sql`false`} else ${unmet ?? sql`false`} end)`
  return anyOf([compileNoted(condition, compile), chosen])
}

function ofCase({ operands }: TypedOperation, compile: Compile): Fragment | undefined {
  const [subject, ...branches] = operands
  if (subject === undefined) return undefined
  const rest = (from: number): Fragment | undefined => {
    const [candidate, result] = [branches[from], branches[from + 1]]
    if (candidate === undefined) return undefined
    if (result === undefined) return compileNoted(candidate, compile)
    const [met, unmet] = [compileNoted(result, compile), rest(from + 2)]
    if (met === undefined && unmet === undefined) return compileNoted(candidate, compile)
    const isMet = sql`${compile(subject)} = ${compile(candidate)}`
    const chosen = sql`(case when ${isMet} then ${met ?? sql`false`} else ${unmet ?? sql`false`} end)`
    return anyOf([compileNoted(candidate, compile), chosen])
  }
  return anyOf([compileNoted(subject, compile), rest(0)])
}

function ofIfError({ operands }: TypedOperation, compile: Compile): Fragment | undefined {
  const [attempt, fallback] = operands
  if (attempt === undefined || fallback === undefined) return undefined
  const found = compileNoted(fallback, compile)
  return found === undefined ? undefined : sql`(${compileFailed(attempt, compile)} and ${found})`
}
