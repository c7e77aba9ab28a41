import {
  type Expression,
  type ExpressionScope,
  type ExpressionType,
  InvalidExpression,
  isConstant,
  resolveExpression,
  type TypedExpression,
  type TypedOperation,
  type TypedRelated,
} from '@trellis/metamodel'
import { sql } from 'kysely'

import { compileFailed } from './compile-failure.ts'
import { SQL_OPERATORS } from './sql-operators.ts'
import {
  castTo,
  type Fragment,
  listTypeOf,
  parameterValue,
  type SqlEnvironment,
  type SqlParameter,
  type SqlType,
  sqlTypeOf,
} from './sql-parameter.ts'

export { foldedText } from './sql-operators.ts'
export { parameterValue, type SqlEnvironment, type SqlParameter } from './sql-parameter.ts'

/** Where compiled SQL finds columns and related records. */
export interface SqlColumns {
  /** The column of a field or of a parent's field: `amount`, `account.industry`. */
  column(path: string): Fragment
  /** The records of a to-many relationship; undefined if it cannot be reached in SQL. */
  toMany?(relationship: string): SqlRelated | undefined
}

/** The records of a to-many relationship, as a sub-query sees them. */
export interface SqlRelated {
  /** `exists (…)`: whether there is one of them for which the condition is true. */
  exists(condition: (columns: SqlColumns) => Fragment): Fragment
}

/** What stands in for a bound value: the value itself, or a slot that gets it later. */
export type BindParameter = (parameter: SqlParameter) => Fragment

/**
 * Compiles an expression whose types are known. Only the shape of the expression goes into the SQL
 * (`expressionShape`): every constant, also `today` and what is computed of constants, is handed to
 * `bind`, cast to its type.
 *
 * @throws Error for `changed`, `prior`, `is_new`, and for a relationship that `columns` does not have
 * @example
 *   const condition = compileTyped(typed, columns, (parameter) => sql`${new Slot(parameter)}`)
 *   // later, for each slot: parameterValue(parameter, anotherOfTheSameShape, environment)
 */
export function compileTyped(
  typed: TypedExpression,
  columns: SqlColumns,
  bind: BindParameter,
): Fragment {
  if (isConstant(typed)) return bindConstant(typed, constantType(typed), bind)
  switch (typed.kind) {
    case 'field':
      return columns.column(typed.name)
    case 'related':
      return compileRelated(typed, columns, bind)
    case 'operation':
      return compileOperation(typed, columns, bind)
    default:
      throw new Error('A literal is a constant')
  }
}

/** What `compileExpression` needs besides the scope: whose reading it is, and what must come out. */
export interface CompileOptions {
  readonly environment: SqlEnvironment
  /** The type that the whole must have; `boolean` for a condition. */
  readonly expected?: ExpressionType
}

/**
 * Checks and compiles an expression, with its values bound at once.
 *
 * @throws InvalidExpression if it does not hold against the scope
 * @example compileExpression({ '>': [{ var: 'amount' }, 5] }, scope, { environment }) // ("t"."amount" > $1::numeric)
 */
export function compileExpression(
  expression: Expression,
  scope: ExpressionScope & SqlColumns,
  { environment, expected }: CompileOptions,
): Fragment {
  const { typed, problems } = resolveExpression(expression, scope, expected)
  if (typed === undefined) throw new InvalidExpression(problems)
  return compileTyped(
    typed,
    scope,
    (parameter) => sql`${parameterValue(parameter, typed, environment)}`,
  )
}

function constantType(typed: TypedExpression): SqlType {
  const isList = typed.kind === 'literal' && typed.member !== undefined
  return isList ? listTypeOf(typed.member) : sqlTypeOf(typed.type)
}

function bindConstant({ path }: TypedExpression, type: SqlType, bind: BindParameter): Fragment {
  return castTo(type, bind({ use: 'value', path, type }))
}

function compileRelated(
  { operator, relationship, condition, path }: TypedRelated,
  columns: SqlColumns,
  bind: BindParameter,
): Fragment {
  const related = columns.toMany?.(relationship)
  if (related === undefined) throw new Error(`No way to the records of "${relationship}"`)
  const inner = (child: SqlColumns): Fragment => compileTyped(condition, child, bind)
  if (operator === 'some') return related.exists(inner)
  if (operator === 'none') return sql`(not ${related.exists(inner)})`
  if (operator !== 'all') {
    throw new Error(`"${operator}" at ${path.join('.')} is not about related records`)
  }
  return sql`(not ${related.exists((child) => sql`(${inner(child)} is not true)`)})`
}

function compileOperation(
  typed: TypedOperation,
  columns: SqlColumns,
  bind: BindParameter,
): Fragment {
  const at = (index: number): TypedExpression => {
    const operand = typed.operands[index]
    if (operand === undefined) throw new RangeError(`"${typed.operator}" has no operand ${index}`)
    return operand
  }
  return SQL_OPERATORS[typed.operator]({
    operator: typed.operator,
    type: typed.type,
    count: typed.operands.length,
    typeOf: (index) => at(index).type,
    isConstant: (index) => isConstant(at(index)),
    isColumn: (index) => at(index).kind === 'field' && !isConstant(at(index)),
    operand: (index, type) => compileOperand(at(index), type, { columns, bind }),
    parameter: (index, use, type) => castTo(type, bind({ use, path: at(index).path, type })),
    failed: (index) =>
      compileFailed(at(index), (part) => compileOperand(part, undefined, { columns, bind })),
    timeZone: () => castTo('text', bind({ use: 'time_zone', path: typed.path, type: 'text' })),
  })
}

function compileOperand(
  operand: TypedExpression,
  type: SqlType | undefined,
  { columns, bind }: { columns: SqlColumns; bind: BindParameter },
): Fragment {
  if (isConstant(operand)) return bindConstant(operand, type ?? constantType(operand), bind)
  const fragment = compileTyped(operand, columns, bind)
  // A choice between nothings has no type of its own.
  return operand.type === 'null' && type !== undefined ? castTo(type, fragment) : fragment
}
