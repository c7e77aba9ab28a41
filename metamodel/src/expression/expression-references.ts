import {
  type Expression,
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
