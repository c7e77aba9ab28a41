export { checkExpression } from './check-expression.ts'
export { type DescribeOptions, describeExpression } from './describe-expression.ts'
export {
  compileEvaluator,
  type EvaluationContext,
  evaluateExpression,
  type Evaluator,
  evaluatorOf,
} from './evaluate-expression.ts'
export { isTimeZone } from './calendar.ts'
export { periodEdges } from './date-operators.ts'
export * from './expression.ts'
export {
  EXPRESSION_PROBLEM_CODES,
  type ExpressionProblem,
  type ExpressionProblemCode,
  InvalidExpression,
} from './expression-problem.ts'
export {
  expressionReferences,
  type ExpressionReferences,
  renameInExpression,
} from './expression-references.ts'
export { QUOTIENT_DECIMALS } from './number-operators.ts'
export { UnreadableValue } from './operand.ts'
export type { Operator, OperatorText, Parameter } from './operator.ts'
export { isOperatorName, OPERATOR_NAMES, type OperatorName, OPERATORS } from './operators.ts'
export { NotLoaded, type RecordSource } from './record-source.ts'
export {
  type Clock,
  type DateRange,
  isPeriod,
  PERIOD_NAMES,
  periodText,
  resolvePeriod,
} from './relative-period.ts'
export { resolveExpression, type Resolution } from './resolve-expression.ts'
export * from './typed-expression.ts'
