import { relatedParts } from './expression-references.ts'
import {
  type Expression,
  isOperation,
  operationParts,
  type OperationParts,
  variableName,
} from './expression.ts'

/** What names become, seen from the records of one object. */
export interface Renaming {
  /** The new form of a path such as `account.industry`; the same where nothing in it is renamed. */
  path(path: string): string
  /** The same, seen from the records of a to-many relationship. */
  behind(relationship: string): Renaming
}

/**
 * The same expression under new names. Literals stay untouched, and so does the object where nothing changes.
 *
 * @example renameInExpression({ is_blank: { var: 'amt' } }, renaming) // { is_blank: { var: 'amount' } }
 */
export function renameInExpression(expression: Expression, renaming: Renaming): Expression {
  const name = variableName(expression)
  if (name !== undefined) {
    const renamed = renaming.path(name)
    return renamed === name ? expression : { var: renamed }
  }
  const parts = operationParts(expression)
  if (parts === undefined || !isOperation(expression)) return expression
  const operands = renameOperands(parts, renaming)
  if (operands.every((operand, index) => operand === parts.operands[index])) return expression
  const [given] = Object.values(expression)
  const [only = null] = operands
  return { [parts.operator]: Array.isArray(given) ? operands : only }
}

function renameOperands(parts: OperationParts, renaming: Renaming): readonly Expression[] {
  const related = relatedParts(parts)
  if (related === undefined) {
    return parts.operands.map((operand) => renameInExpression(operand, renaming))
  }
  const { relationship, condition } = related
  return [
    parts.operands[0] ?? null,
    renameInExpression(condition, renaming.behind(relationship)),
    ...parts.operands.slice(2),
  ]
}
