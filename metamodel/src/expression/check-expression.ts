import type { ExpressionProblem } from './expression-problem.ts'
import type { Expression, ExpressionScope, ExpressionType } from './expression.ts'
import { resolveExpression } from './resolve-expression.ts'

/**
 * Everything that is wrong with an expression in a scope; empty if it holds.
 *
 * Nothing is coerced: text against a number is a problem. A text literal stands for a date, a moment
 * or an id where one is compared, and must then be a real one.
 *
 * @param expected the type that the whole must have, e.g. `boolean` for a condition
 * @example checkExpression({ '>': [{ var: 'amont' }, 0] }, scope)
 *   // [{ code: 'unknown_field', path: '>.0', suggestion: 'amount', message: … }]
 */
export function checkExpression(
  expression: Expression,
  scope: ExpressionScope,
  expected?: ExpressionType,
): ExpressionProblem[] {
  return [...resolveExpression(expression, scope, expected).problems]
}
