import {
  type Evaluator,
  evaluatorOf,
  type Expression,
  type ExpressionScope,
  type ExpressionType,
  InvalidExpression,
  type OperatorName,
  resolveExpression,
  type Scalar,
  SETTLED_SIZE,
  type TypedExpression,
  type TypedField,
  type TypedOperation,
} from '../expression/index.ts'

/** How a formula reads its fields, and what its result is. */
export interface FormulaReading {
  /** Whether an empty number counts as 0, or leaves what is computed of it empty. */
  readonly blanks: 'zero' | 'blank'
  /** Whether the result is a percentage, shown as people say it: 0.125 is 12.5 %. */
  readonly isPercent?: boolean
}

/**
 * A checked formula with its reading of blanks and percentages written out, so that it is evaluated and compiled like
 * every other expression: empty numbers may be 0, an empty text equals "", percentages are divided by 100, and a
 * condition that is unknown is false.
 *
 * @throws InvalidExpression never, if `typed` holds against `scope`
 * @example settleFormula(typed('amount > 0'), scope, { blanks: 'zero' })
 *   // blank_value(>(blank_value(amount, 0), 0), false)
 */
export function settleFormula(
  typed: TypedExpression,
  scope: ExpressionScope,
  reading: FormulaReading,
): TypedExpression {
  const settled = finish(settle(typed, reading), typed.type, reading)
  const found = resolveExpression(settled, withoutValues(scope), typed.type, SETTLED_SIZE)
  if (found.typed === undefined) throw new InvalidExpression(found.problems)
  return found.typed
}

/**
 * The evaluator of a settled formula that comes as an expression, e.g. with the description of a field.
 *
 * @throws InvalidExpression if it does not hold against the scope
 */
export function settledEvaluator(
  settled: Expression,
  scope: ExpressionScope,
  expected: ExpressionType,
): Evaluator {
  const found = resolveExpression(settled, withoutValues(scope), expected, SETTLED_SIZE)
  if (found.typed === undefined) throw new InvalidExpression(found.problems)
  return evaluatorOf(found.typed)
}

/** The scope without picklist codes: "" stands for none, and codes have been checked. */
function withoutValues(scope: ExpressionScope): ExpressionScope {
  const { relationship } = scope
  return {
    saving: scope.saving,
    field: (path) => {
      const field = scope.field(path)
      return field === undefined ? undefined : { type: field.type }
    },
    ...(relationship === undefined
      ? {}
      : {
          relationship: (name) => {
            const child = relationship.call(scope, name)
            return child === undefined ? undefined : withoutValues(child)
          },
        }),
  }
}

function finish(
  settled: Expression,
  type: ExpressionType,
  { isPercent }: FormulaReading,
): Expression {
  if (type === 'boolean') return { blank_value: [settled, false] }
  return isPercent === true && type === 'number' ? { '*': [settled, 100] } : settled
}

function settle(typed: TypedExpression, reading: FormulaReading): Expression {
  switch (typed.kind) {
    case 'literal':
      // An empty text that is written out is "", as an empty field is.
      return typed.value === null && typed.type === 'text' ? '' : toExpression(typed.value)
    case 'field':
      return read({ var: typed.name }, typed, reading)
    case 'related': {
      const { operator, relationship, condition } = typed
      return { [operator]: [{ var: relationship }, settle(condition, reading)] }
    }
    default:
      return settleOperation(typed, reading)
  }
}

function toExpression(value: Scalar | readonly Scalar[]): Expression {
  return value
}

function read(
  raw: Expression,
  { type, isPercent }: Pick<TypedField, 'type' | 'isPercent'>,
  { blanks }: FormulaReading,
): Expression {
  if (type === 'text') return { blank_value: [raw, ''] }
  // A checkbox is never blank.
  if (type === 'boolean') return { blank_value: [raw, false] }
  if (type !== 'number') return raw
  const number: Expression = blanks === 'zero' ? { blank_value: [raw, 0] } : raw
  return isPercent === true ? { '*': [number, 0.01] } : number
}

/** Where an empty text is unknown rather than "": it has no place in an order, and is in no list. */
const UNKNOWN_IF_BLANK: ReadonlySet<OperatorName> = new Set([
  '<',
  '<=',
  '>',
  '>=',
  'between',
  'in',
  'not_in',
  'one_of',
  'is_blank',
])

function settleOperation(typed: TypedOperation, reading: FormulaReading): Expression {
  const { operator, operands, type } = typed
  if (operator === 'changed') return { changed: operands.map((one) => rawly(one, reading)) }
  if (operator === 'prior') {
    const [field] = operands
    const isPercent = field?.kind === 'field' && field.isPercent === true
    return read({ prior: operands.map((one) => rawly(one, reading)) }, { type, isPercent }, reading)
  }
  const staysRaw = UNKNOWN_IF_BLANK.has(operator)
  return {
    [operator]: operands.map((operand) =>
      staysRaw && operand.type === 'text' ? rawly(operand, reading) : settle(operand, reading),
    ),
  }
}

/** A field as it is, blank or not. What is made of fields is settled once: twice at each level would never end. */
function rawly(operand: TypedExpression, reading: FormulaReading): Expression {
  return operand.kind === 'field' ? { var: operand.name } : settle(operand, reading)
}
