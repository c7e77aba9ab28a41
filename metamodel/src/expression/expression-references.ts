import {
  type Expression,
  isOperation,
  operationParts,
  type OperationParts,
  USER_PREFIX,
  variableName,
} from './expression.ts'
import { isAboutRelated } from './operator.ts'
import { isOperatorName, OPERATORS } from './operators.ts'

/** Everything that an expression reads. Each list is sorted and names nothing twice. */
export interface ExpressionReferences {
  /**
   * Fields of the record (`amount`), of its parents (`account.industry`), and of its related records,
   * behind the relationship's name (`contacts.email`).
   */
  readonly fields: readonly string[]
  /** To-many relationships. */
  readonly relationships: readonly string[]
  /** What is read of the records of each relationship, seen from there. */
  readonly related: Readonly<Record<string, ExpressionReferences>>
  /** What is read of the user, without `$user.`. */
  readonly user: readonly string[]
  /** Whether it has a meaning only while a record is being saved. */
  readonly needsSaving: boolean
  /** Whether it may yield something else tomorrow although no record changed. */
  readonly timeDependent: boolean
}

/**
 * What an expression depends on. A malformed tree is read as far as it goes.
 *
 * @example expressionReferences({ '>': [{ var: 'amount' }, { var: 'account.limit' }] }).fields
 *   // ['account.limit', 'amount']
 */
export function expressionReferences(expression: Expression): ExpressionReferences {
  const found: Found = {
    fields: new Set(),
    user: new Set(),
    related: new Map(),
    needsSaving: false,
    timeDependent: false,
  }
  collect(expression, found)
  return finish(found)
}

interface Found {
  readonly fields: Set<string>
  readonly user: Set<string>
  readonly related: Map<string, Expression[]>
  needsSaving: boolean
  timeDependent: boolean
}

function collect(expression: Expression, found: Found): void {
  const name = variableName(expression)
  if (name !== undefined) {
    if (name.startsWith(USER_PREFIX)) found.user.add(name.slice(USER_PREFIX.length))
    else found.fields.add(name)
    return
  }
  const parts = operationParts(expression)
  if (parts === undefined) return
  const operator = isOperatorName(parts.operator) ? OPERATORS[parts.operator] : undefined
  if (operator?.isSaving) found.needsSaving = true
  if (operator?.isTimeDependent) found.timeDependent = true
  const related = relatedParts(parts)
  if (related === undefined) {
    for (const operand of parts.operands) collect(operand, found)
  } else {
    const { relationship, condition } = related
    found.related.set(relationship, [...(found.related.get(relationship) ?? []), condition])
  }
}

/** Relationship and condition of `some`, `none` and `all`; undefined for every other operation. */
export function relatedParts({
  operator,
  operands,
}: OperationParts): { relationship: string; condition: Expression } | undefined {
  const [given = null, condition = null] = operands
  const isRelated = isOperatorName(operator) && isAboutRelated(OPERATORS[operator])
  const relationship = isRelated ? variableName(given) : undefined
  return relationship === undefined ? undefined : { relationship, condition }
}

function finish(found: Found): ExpressionReferences {
  const related = [...found.related].map(([name, conditions]) => {
    // As one expression, so that two conditions on one relationship are read together.
    return [name, expressionReferences({ and: conditions })] as const
  })
  const inner = related.map(([, references]) => references)
  const innerFields = related.flatMap(([name, { fields }]) =>
    fields.map((field) => `${name}.${field}`),
  )
  return {
    fields: sorted([...found.fields, ...innerFields]),
    relationships: sorted(related.map(([name]) => name)),
    related: Object.fromEntries(related),
    user: sorted([...found.user, ...inner.flatMap(({ user }) => user)]),
    needsSaving: found.needsSaving || inner.some(({ needsSaving }) => needsSaving),
    timeDependent: found.timeDependent || inner.some(({ timeDependent }) => timeDependent),
  }
}

function sorted(names: readonly string[]): string[] {
  return [...new Set(names)].toSorted()
}

/**
 * The same expression with a field renamed: `amount` to `total`, or a parent's or related record's
 * `account.industry` to `account.sector`. A renamed reference takes the paths through it along:
 * `account` to `customer` makes `account.industry` `customer.industry`. Literals stay untouched.
 */
export function renameInExpression(expression: Expression, from: string, to: string): Expression {
  const name = variableName(expression)
  if (name !== undefined) {
    const renamed = renamePath(name, from, to)
    return renamed === name ? expression : { var: renamed }
  }
  const parts = operationParts(expression)
  if (parts === undefined || !isOperation(expression)) return expression
  const operands = renameOperands(parts, from, to)
  if (operands.every((operand, index) => operand === parts.operands[index])) return expression
  const [given] = Object.values(expression)
  const [only = null] = operands
  return { [parts.operator]: Array.isArray(given) ? operands : only }
}

function renameOperands(parts: OperationParts, from: string, to: string): readonly Expression[] {
  const related = relatedParts(parts)
  if (related === undefined) {
    return parts.operands.map((operand) => renameInExpression(operand, from, to))
  }
  const { relationship, condition } = related
  const renamed = renamePath(relationship, from, to)
  const [innerFrom, innerTo] = [from, to].map((path) => withoutHead(path, relationship))
  const inner =
    innerFrom === undefined || innerTo === undefined
      ? condition
      : renameInExpression(condition, innerFrom, innerTo)
  return [
    renamed === relationship ? (parts.operands[0] ?? null) : { var: renamed },
    inner,
    ...parts.operands.slice(2),
  ]
}

function renamePath(path: string, from: string, to: string): string {
  if (path === from) return to
  return path.startsWith(`${from}.`) ? `${to}${path.slice(from.length)}` : path
}

function withoutHead(path: string, head: string): string | undefined {
  return path.startsWith(`${head}.`) ? path.slice(head.length + 1) : undefined
}
