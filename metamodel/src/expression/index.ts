export { checkExpression } from './check-expression.ts'
export { type DescribeOptions, describeExpression } from './describe-expression.ts'
export {
  compileEvaluator,
  type EvaluationContext,
  evaluateExpression,
  type EvaluationFailure,
  type Evaluator,
  evaluatorOf,
  type Outcome,
  outcomeOf,
} from './evaluate-expression.ts'
export { dateIn, isTimeZone, momentAt, wallClock } from './calendar.ts'
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
  relatedParts,
} from './expression-references.ts'
export {
  CONDITION_SIZE,
  type ExpressionSize,
  FORMULA_SIZE,
  SETTLED_SIZE,
} from './expression-size.ts'
export * from './function-limits.ts'
export { QUOTIENT_DECIMALS } from './number-operators.ts'
export { renameInExpression, type Renaming } from './rename-in-expression.ts'
export { readPattern } from './pattern.ts'
export { parseTime } from './calendar.ts'
export { UnreadableValue } from './operand.ts'
export {
  type FailureCode,
  hasArity,
  type Operator,
  type OperatorText,
  type Parameter,
} from './operator.ts'
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
