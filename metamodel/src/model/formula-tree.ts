import {
  type Expression,
  type ExpressionPath,
  type TypedExpression,
  type TypedField,
  USER_PREFIX,
} from '../expression/index.ts'

/** The fields that a tree names, each as often as it stands there. */
export function fieldsOf(typed: TypedExpression): TypedField[] {
  if (typed.kind === 'field') return [typed]
  return childrenOf(typed).flatMap(fieldsOf)
}

/** How many parts a tree has. */
export function partsOf(typed: TypedExpression | undefined): number {
  if (!typed) return 0
  return childrenOf(typed).reduce((sum, child) => sum + partsOf(child), 1)
}

/** The same tree as a part of a larger one, at a path there. */
export function rebased(typed: TypedExpression, at: ExpressionPath): TypedExpression {
  return mapTree(typed, (part) => ({ ...part, path: [...at, ...part.path] }))
}

/**
 * A tree about a record, read from another that refers to it: `amount` as `account.amount` behind `account.`. Of a
 * record that is not there it yields nothing, whatever it makes of empty fields.
 */
export function prefixed(typed: TypedExpression, prefix: string): TypedExpression {
  if (prefix === '') return typed
  const named = mapTree(typed, (part) =>
    part.kind === 'field' && !part.name.startsWith(USER_PREFIX)
      ? { ...part, name: `${prefix}${part.name}` }
      : part,
  )
  const condition: TypedExpression = {
    kind: 'operation',
    type: 'boolean',
    path: ['if', 0],
    operator: 'is_blank',
    operands: [{ kind: 'field', type: 'id', path: ['if', 0, 'is_blank', 0], name: `${prefix}id` }],
  }
  return {
    kind: 'operation',
    type: typed.type,
    path: [],
    operator: 'if',
    operands: [
      condition,
      { kind: 'literal', type: typed.type, path: ['if', 1], value: null },
      rebased(named, ['if', 2]),
    ],
  }
}

/** A tree with other trees in the place of some fields. */
export function replaceFields(
  typed: TypedExpression,
  replacement: (field: TypedField) => TypedExpression | undefined,
): TypedExpression {
  return mapTree(typed, (part) => (part.kind === 'field' && replacement(part)) || part)
}

/** A tree as the expression that it was read from. */
export function expressionOf(typed: TypedExpression): Expression {
  switch (typed.kind) {
    case 'literal':
      return typed.value
    case 'field':
      return { var: typed.name }
    case 'related':
      return { [typed.operator]: [{ var: typed.relationship }, expressionOf(typed.condition)] }
    default:
      return { [typed.operator]: typed.operands.map(expressionOf) }
  }
}

function childrenOf(typed: TypedExpression): readonly TypedExpression[] {
  if (typed.kind === 'operation') return typed.operands
  return typed.kind === 'related' ? [typed.condition] : []
}

/** A tree with every part changed, inner ones first. */
function mapTree(
  typed: TypedExpression,
  change: (part: TypedExpression) => TypedExpression,
): TypedExpression {
  switch (typed.kind) {
    case 'operation':
      return change({ ...typed, operands: typed.operands.map((part) => mapTree(part, change)) })
    case 'related':
      return change({ ...typed, condition: mapTree(typed.condition, change) })
    default:
      return change(typed)
  }
}
