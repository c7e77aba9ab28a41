import type { ExpressionType, OperatorName } from '@trellis/metamodel'
import { sql } from 'kysely'

import { castTo, type Fragment, type SqlParameter, type SqlType } from './sql-parameter.ts'

/** An operation that is being compiled: its operands, each as SQL on demand. */
export interface SqlOperation {
  readonly operator: OperatorName
  /** The type that the whole yields. */
  readonly type: ExpressionType
  readonly count: number
  typeOf(index: number): ExpressionType
  /** Whether an operand is the same for every row, and so is bound rather than compiled. */
  isConstant(index: number): boolean
  /** Whether an operand is a plain column, which costs nothing to name twice. */
  isColumn(index: number): boolean
  /** An operand as SQL; a constant is bound with this type, by default that of its own. */
  operand(index: number, type?: SqlType): Fragment
  /** Something made of a constant operand, bound. */
  parameter(index: number, use: SqlParameter['use'], type: SqlType): Fragment
  /** Whether an operand has no value because an operation in it failed. */
  failed(index: number): Fragment
  /** The name of the reader's time zone, bound. */
  timeZone(): Fragment
}

/** Writes an operation as SQL. */
export type SqlWriter = (operation: SqlOperation) => Fragment

/** The places of all operands. */
export function indexesOf({ count }: SqlOperation): number[] {
  return Array.from({ length: count }, (_, index) => index)
}

/** All operands. */
export function operandsOf(operation: SqlOperation): Fragment[] {
  return indexesOf(operation).map((index) => operation.operand(index))
}

/** An operand as a `numeric`: a column of whole numbers is a bigint, whose sums would overflow. */
export function numberAt({ isConstant, operand }: SqlOperation, index: number): Fragment {
  return isConstant(index) ? operand(index) : castTo('numeric', operand(index))
}

/** All operands as `numeric`. */
export function numbersOf(operation: SqlOperation): Fragment[] {
  return indexesOf(operation).map((index) => numberAt(operation, index))
}

/** A moment or date as the calendar of the reader shows it. */
export function calendarDay({ typeOf, operand, timeZone }: SqlOperation): Fragment {
  return typeOf(0) === 'date' ? operand(0) : sql`(${operand(0)} at time zone ${timeZone()})`
}

/**
 * Computes something of operands that are each written once. "offset 0" keeps the planner from putting them back in
 * every place, where nested ones would grow beyond measure, and where a cast would fail before the `case` that guards it.
 */
export function withOperands(
  names: Readonly<Record<string, Fragment>>,
  result: Fragment,
): Fragment {
  const columns = Object.entries(names).map(
    ([name, operand]) => sql`${operand} as ${NAMES[name] ?? unnamed(name)}`,
  )
  return sql`(select ${result} from (select ${sql.join(columns)} offset 0) as given)`
}

// Names of sub-selects are written out, as no SQL is made of text.
const NAMES: Readonly<Record<string, Fragment>> = {
  a: sql`a`,
  b: sql`b`,
  c: sql`c`,
  d: sql`d`,
  x: sql`x`,
  y: sql`y`,
  n: sql`n`,
  u: sql`u`,
}

function unnamed(name: string): never {
  throw new Error(`No operand is named ${name}`)
}
