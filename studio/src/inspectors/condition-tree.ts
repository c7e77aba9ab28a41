import {
  type Expression,
  isList,
  isOperation,
  operationParts,
  variableName,
} from '@trellis/metamodel'

import { TEST_NAMES, type TestName, TESTS, type TestTakes } from './condition-tests.ts'

/** A condition as people build it: groups of tests. What is more than that is kept as it is written. */
export type Condition = ConditionGroup | FieldTest | WrittenCondition

export interface ConditionGroup {
  kind: 'group'
  join: 'and' | 'or'
  items: readonly Condition[]
}

/** One line of the builder: a field, what is asked of it, and with which values. */
export interface FieldTest {
  kind: 'test'
  path: string
  test: TestName
  /** Literals, or `{"var": …}` for another field. */
  values: readonly Expression[]
}

/** Logic that the builder has no line for. */
export interface WrittenCondition {
  kind: 'written'
  logic: Expression
}

/** Reads an expression into groups and tests; the root is always a group. */
export function parseCondition(expression: Expression | undefined): ConditionGroup {
  if (expression === undefined || expression === null) {
    return { kind: 'group', join: 'and', items: [] }
  }
  const condition = parsePart(expression)
  return condition.kind === 'group' ? condition : { kind: 'group', join: 'and', items: [condition] }
}

function parsePart(expression: Expression): Condition {
  const parts = operationParts(expression)
  if (parts && (parts.operator === 'and' || parts.operator === 'or')) {
    return { kind: 'group', join: parts.operator, items: parts.operands.map(parsePart) }
  }
  return parseTest(expression) ?? { kind: 'written', logic: expression }
}

function parseTest(expression: Expression): FieldTest | undefined {
  const outer = operationParts(expression)
  const isNegated = outer?.operator === '!' && outer.operands.length === 1
  const inner = isNegated ? operationParts(outer.operands[0] ?? null) : outer
  if (!inner) return undefined
  const [first = null, ...rest] = inner.operands
  const path = variableName(first)
  if (path === undefined) return undefined
  for (const test of TEST_NAMES) {
    const form = TESTS[test]
    if (form.operator !== inner.operator || (form.negated ?? false) !== isNegated) continue
    const values = valuesOf(test, rest)
    if (values) return { kind: 'test', path, test, values }
  }
  return undefined
}

/** The values of a test, or undefined if what stands behind the field is not of its form. */
function valuesOf(test: TestName, rest: readonly Expression[]): readonly Expression[] | undefined {
  const { takes, fixed } = TESTS[test]
  if (fixed !== undefined) return rest.length === 1 && rest[0] === fixed ? [] : undefined
  if (takes === 'list') return rest.length === 1 && isListOperand(rest[0]) ? rest[0] : undefined
  if (rest.length !== NEEDED[takes] || !rest.every(isPlainValue)) return undefined
  return takes === 'one' && typeof rest[0] === 'boolean' ? undefined : rest
}

function isListOperand(
  operand: Expression | undefined,
): operand is readonly (string | number | boolean | null)[] {
  return operand !== undefined && isList(operand)
}

/** A literal, another field, or today. */
function isPlainValue(value: Expression): boolean {
  return !isOperation(value) || variableName(value) !== undefined || isToday(value)
}

/** Whether an expression is `{"today": []}`. */
export function isToday(value: Expression): boolean {
  const parts = operationParts(value)
  return parts?.operator === 'today' && parts.operands.length === 0
}

/** The expression of a condition; undefined while nothing is asked. Lines that are not complete are left out. */
export function conditionExpression(condition: Condition): Expression | undefined {
  if (condition.kind === 'written') return condition.logic
  if (condition.kind === 'test') return testExpression(condition)
  const items = condition.items.map(conditionExpression).filter((item) => item !== undefined)
  const [only] = items
  return items.length > 1 ? { [condition.join]: items } : only
}

function testExpression({ path, test, values }: FieldTest): Expression | undefined {
  if (path === '' || !isComplete(test, values)) return undefined
  const { operator, takes, negated, fixed } = TESTS[test]
  const rest = takes === 'list' ? [values as Expression] : values
  const operands = fixed === undefined ? rest : [fixed]
  const logic: Expression = { [operator]: [{ var: path }, ...operands] }
  return negated ? { '!': [logic] } : logic
}

/** How many values a test needs; a list at least one. */
const NEEDED: Readonly<Record<TestTakes, number>> = {
  none: 0,
  one: 1,
  two: 2,
  list: 1,
  period: 1,
  place: 3,
}

/** Whether a test has the values that it needs. */
export function isComplete(test: TestName, values: readonly Expression[]): boolean {
  const { takes } = TESTS[test]
  if (takes === 'none') return true
  const given = values.filter((value) => value !== null && value !== '')
  return given.length >= NEEDED[takes]
}
