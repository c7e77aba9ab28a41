import { type FieldModel, formulaDigits, type TypedExpression } from '@trellis/metamodel'
import { sql } from 'kysely'

import { type BindParameter, compileTyped, type SqlColumns } from './compile-expression.ts'
import { withOperands } from './sql-operation.ts'
import type { Fragment } from './sql-parameter.ts'

/** By which clock a stored formula reads the parts of a moment: it is the same for everybody. */
export const STORED_TIME_ZONE = 'Asia/Shanghai'

/**
 * Compiles the value of a formula on a row, as its field has it: an empty text is no value, and so is a number that no
 * field could hold. Whatever fails in it is no value either: no row ever fails a statement.
 *
 * @param columns finds the columns that the formula reads, over references too
 * @param bindOf how constants of the formula are bound, given the tree that they stand in
 * @throws Error if the field is no formula
 */
export function compileFormula(
  field: FieldModel,
  columns: SqlColumns,
  bindOf: (typed: TypedExpression) => BindParameter,
): Fragment {
  const { formula, type } = field
  if (!formula) throw new Error(`${field.object}.${field.name} is no formula`)
  const value = compileTyped(formula.typed, columns, bindOf(formula.typed))
  if (type.expressionType === 'text') return sql`nullif(${value}, '')`
  if (type.expressionType !== 'number') return sql`(${value})`
  const least = `1e${formulaDigits(field)}`
  return withOperands({ x: value }, sql`case when abs(x) < ${least}::numeric then x end`)
}
