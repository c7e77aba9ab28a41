import { type Expression, isList, operationParts, type Scalar } from '../expression/index.ts'

/**
 * An expression in the form that the formula language gives it: operands in brackets, except a field's name; a choice
 * among written values as a list; a list of one as the one.
 *
 * @example normalExpression({ '!': { var: 'active' } }) // { '!': [{ var: 'active' }] }
 */
export function normalExpression(expression: Expression): Expression {
  const parts = operationParts(expression)
  if (parts === undefined) return expression
  if (parts.operator === 'var') return { var: parts.operands[0] ?? '' }
  const operands = parts.operands.map(normalExpression)
  const [first = null, second] = operands
  if (parts.operator === 'one_of' && operands.slice(1).every(isScalar)) {
    return { in: [first, operands.slice(1).filter(isScalar)] }
  }
  if ((parts.operator === 'includes' || parts.operator === 'excludes') && second !== undefined) {
    const [only] = isList(second) && second.length === 1 ? second : []
    return { [parts.operator]: [first, only ?? second] }
  }
  return { [parts.operator]: operands }
}

function isScalar(expression: Expression): expression is Scalar {
  return !isList(expression) && (typeof expression !== 'object' || expression === null)
}
