import jsonLogic from 'json-logic-js'

import { InvalidExpression } from './expression-problem.ts'
import {
  type Expression,
  type ExpressionScope,
  type ExpressionType,
  type ExpressionValue,
  type Scalar,
  USER_PREFIX,
} from './expression.ts'
import { areSame, Exact, type Operand, readOperand, toValue } from './operand.ts'
import { type Circumstances, type FailureCode, isAboutRelated } from './operator.ts'
import { isOperatorName, type OperatorName, OPERATORS } from './operators.ts'
import { readPath, readRelated, readUser, type RecordSource } from './record-source.ts'
import type { Clock } from './relative-period.ts'
import { resolveExpression } from './resolve-expression.ts'
import type { TypedExpression, TypedField, TypedOperation } from './typed-expression.ts'

/** What an expression is evaluated on. */
export interface EvaluationContext extends Clock {
  readonly record: RecordSource
  /** The record before the save that is going on; null (or left out) while it is being created. */
  readonly before?: RecordSource | null
  /** What is known of the reader, by name: `id`, `role`, `department` … */
  readonly user?: RecordSource | undefined
}

/** An expression that is ready to be evaluated on any number of records. */
export type Evaluator = (context: EvaluationContext) => ExpressionValue

/**
 * Makes an expression ready for evaluation: checked, its types found, its literals converted once.
 *
 * @param expected the type that the whole must have
 * @throws InvalidExpression if it does not hold against the scope. The evaluator throws
 *   `UnreadableValue` or `NotLoaded` for a record that does not fit the scope: it never guesses.
 * @example
 *   const isLarge = compileEvaluator({ '>': [{ var: 'amount' }, 1000] }, scope, 'boolean')
 *   isLarge({ record: { amount: 1000.5 }, now, timeZone }) // true
 */
export function compileEvaluator(
  expression: Expression,
  scope: ExpressionScope,
  expected?: ExpressionType,
): Evaluator {
  const { typed, problems } = resolveExpression(expression, scope, expected)
  if (typed === undefined) throw new InvalidExpression(problems)
  return evaluatorOf(typed)
}

/**
 * Evaluates an expression once. Numbers come back as canonical decimals, moments in UTC.
 *
 * @throws as `compileEvaluator` and its evaluator do
 * @example evaluateExpression({ '+': [{ var: 'a' }, 0.2] }, scope, { record: { a: 0.1 }, now, timeZone }) // '0.3'
 */
export function evaluateExpression(
  expression: Expression,
  scope: ExpressionScope,
  context: EvaluationContext,
): ExpressionValue {
  return compileEvaluator(expression, scope)(context)
}

/** The evaluator of an expression whose types are known. */
export function evaluatorOf(typed: TypedExpression): Evaluator {
  const rule = toRule(typed)
  return (context) => toValue(apply(rule, frameOf(context)))
}

/** Why an expression has no value: the operation that failed, and how. */
export interface EvaluationFailure {
  readonly code: FailureCode
  readonly operator: OperatorName
}

/** What an expression yields, and, if that is nothing because an operation failed, why. */
export interface Outcome {
  readonly value: ExpressionValue
  readonly failure?: EvaluationFailure
}

/**
 * As `evaluatorOf`, with the reason for an empty value.
 *
 * @example outcomeOf(typed)({ record: { a: 0 }, now, timeZone }) // { value: null, failure: { code: 'division_by_zero', operator: '/' } }
 */
export function outcomeOf(typed: TypedExpression): (context: EvaluationContext) => Outcome {
  const rule = toRule(typed)
  return (context) => {
    const frame = frameOf(context)
    const value = toValue(apply(rule, frame))
    const [failure] = frame.failures
    return value === null && failure !== undefined ? { value, failure } : { value }
  }
}

/** What json-logic-js carries through an evaluation as its data. */
interface Frame {
  readonly context: EvaluationContext
  readonly circumstances: Circumstances
  /** Operations that have failed so far. */
  readonly failures: EvaluationFailure[]
}

function frameOf(context: EvaluationContext): Frame {
  const { timeZone, fiscalYearStart = 1, before } = context
  const isNew = before === null || before === undefined
  const circumstances = {
    // Read only where it is asked for: most expressions have nothing to do with the time.
    get now(): string {
      return String(readOperand(context.now, 'datetime', 'now'))
    },
    timeZone,
    fiscalYearStart,
    isNew,
  }
  return { context, circumstances, failures: [] }
}

/**
 * A rule as json-logic-js runs it. Its operators have our names, so that neither the library's loose
 * ones nor those of another user of the library are ever in play.
 */
type Rule =
  | Operand
  | readonly Scalar[]
  | { readonly [operator: string]: readonly Rule[] }
  // A part that its operator evaluates, or not: for the library a plain value.
  | ((frame: Frame) => Operand)

function apply(rule: Rule, frame: Frame): Operand {
  return jsonLogic.apply(rule as Parameters<typeof jsonLogic.apply>[0], frame) as Operand
}

const OURS = 'trellis:'
const FIELD = `${OURS}field`
const BEFORE = `${OURS}before`
const RELATED = `${OURS}related`

function toRule(typed: TypedExpression): Rule {
  switch (typed.kind) {
    case 'literal':
      return toOperand(typed.value)
    case 'field':
      return { [FIELD]: [typed.name, typed.type] }
    case 'related': {
      // The library's own `map` runs the condition with each related record's frame as its data.
      const outcomes = { map: [{ [RELATED]: [typed.relationship] }, toRule(typed.condition)] }
      return { [`${OURS}${typed.operator}`]: [outcomes] }
    }
    default:
      return toOperationRule(typed)
  }
}

function toOperationRule({ operator, operands }: TypedOperation): Rule {
  // The library's `if` evaluates only the branch it takes; conditions here are true, false or null.
  if (operator === 'if') return { if: operands.map(toRule) }
  const { isLazy, isTyped, parameter } = OPERATORS[operator]
  if (isLazy) return { [`${OURS}${operator}`]: operands.map(toLazyRule) }
  const rules = operands.flatMap((operand, index) => {
    const isField = parameter(index, operands.length).kind === 'field'
    return isField && operand.kind === 'field'
      ? [toRule(operand), beforeRule(operand)]
      : [toRule(operand)]
  })
  const [first] = operands
  const types = isTyped && first !== undefined ? [first.type] : []
  return { [`${OURS}${operator}`]: [...rules, ...types] }
}

function toLazyRule(typed: TypedExpression): Rule {
  const rule = toRule(typed)
  return (frame) => apply(rule, frame)
}

function beforeRule({ name, type }: TypedField): Rule {
  return { [BEFORE]: [name, type] }
}

function toOperand(value: Scalar | readonly Scalar[]): Operand | readonly Scalar[] {
  if (typeof value === 'number') return new Exact(value)
  if (Array.isArray(value)) return value.map(toOperand) as readonly Scalar[]
  return value as Operand
}

function readField(this: Frame, path: string, type: ExpressionType): Operand {
  const { record, user } = this.context
  const raw = path.startsWith(USER_PREFIX) ? readUser(user, path) : readPath(record, path)
  return readOperand(raw, type, path)
}

function readBefore(this: Frame, path: string, type: ExpressionType): Operand {
  const { before } = this.context
  return before ? readOperand(readPath(before, path), type, path) : null
}

function relatedFrames(this: Frame, relationship: string): Frame[] {
  return readRelated(this.context.record, relationship).map((record) => ({
    context: { ...this.context, record },
    circumstances: this.circumstances,
    failures: [],
  }))
}

// json-logic-js has one table of operators for everybody. Names with our prefix add to it without
// touching what is there. A value that looks like an operation is never run: the library evaluates
// what is written in the rule, not what the rule's operators answer.
jsonLogic.add_operation(FIELD, readField)
jsonLogic.add_operation(BEFORE, readBefore)
jsonLogic.add_operation(RELATED, relatedFrames)
for (const name of Object.keys(OPERATORS).filter(isOperatorName)) {
  const operator = OPERATORS[name]
  if (operator.isLazy) continue
  const isRelated = isAboutRelated(operator)
  jsonLogic.add_operation(
    `${OURS}${name}`,
    function run(this: Frame, ...operands: Operand[]): Operand {
      const [outcomes] = operands
      const result = operator.evaluate(
        isRelated && Array.isArray(outcomes) ? outcomes : operands,
        this.circumstances,
      )
      if (operator.failure !== undefined && result === null && !operands.some(isNothing)) {
        this.failures.push({ code: operator.failure, operator: name })
      }
      return result
    },
  )
}

/** What an operation cannot be blamed for: it is given nothing, and yields nothing. */
function isNothing(operand: Operand): boolean {
  return operand === null || operand === ''
}

type Lazy = (frame: Frame) => Operand

function evaluateCase(this: Frame, subject: Lazy, ...branches: Lazy[]): Operand {
  const sought = subject(this)
  const last = branches.length - 1
  for (let index = 0; index < last; index += 2) {
    const candidate = branches[index]?.(this) ?? null
    if (sought !== null && candidate !== null && areSame(sought, candidate)) {
      return branches[index + 1]?.(this) ?? null
    }
  }
  return branches[last]?.(this) ?? null
}

/** The first operand, unless it has no value because an operation in it failed. */
function evaluateIfError(this: Frame, attempt: Lazy, fallback: Lazy): Operand {
  const before = this.failures.length
  const value = attempt(this)
  const hasFailed = value === null && this.failures.length > before
  this.failures.length = before
  return hasFailed ? fallback(this) : value
}

jsonLogic.add_operation(`${OURS}case`, evaluateCase)
jsonLogic.add_operation(`${OURS}if_error`, evaluateIfError)
