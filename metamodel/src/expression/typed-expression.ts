import { type ExpressionPath, type ExpressionType, type Scalar, USER_PREFIX } from './expression.ts'
import type { OperatorName } from './operators.ts'

/** An expression that holds against its scope, with the type of every part. */
export type TypedExpression = TypedLiteral | TypedField | TypedOperation | TypedRelated

/** A literal in canonical form: moments in UTC with milliseconds, ids in lower case. */
export interface TypedLiteral {
  readonly kind: 'literal'
  readonly type: ExpressionType
  readonly path: ExpressionPath
  readonly value: Scalar | readonly Scalar[]
  /** The type of a list's members. */
  readonly member?: ExpressionType
}

/** A field of the record, of a parent, or of the user (`$user.role`). */
export interface TypedField {
  readonly kind: 'field'
  readonly type: ExpressionType
  readonly path: ExpressionPath
  readonly name: string
  /** The codes of a picklist. */
  readonly values?: readonly string[]
  /** Kept as people say it: 12.5 is 12.5 %. */
  readonly isPercent?: boolean
  /** HTML. */
  readonly isMarkup?: boolean
}

export interface TypedOperation {
  readonly kind: 'operation'
  readonly type: ExpressionType
  readonly path: ExpressionPath
  readonly operator: OperatorName
  readonly operands: readonly TypedExpression[]
}

/** `some`, `none` or `all` of the related records. */
export interface TypedRelated {
  readonly kind: 'related'
  readonly type: 'boolean'
  readonly path: ExpressionPath
  readonly operator: OperatorName
  readonly relationship: string
  readonly condition: TypedExpression
}

/** Whether a part has the same value for every record: literals, the user, today, and what is made of them. */
export function isConstant(typed: TypedExpression): boolean {
  if (typed.kind === 'literal') return true
  if (typed.kind === 'field') return typed.name.startsWith(USER_PREFIX)
  return (
    typed.kind === 'operation' &&
    !NEVER_CONSTANT.has(typed.operator) &&
    typed.operands.every(isConstant)
  )
}

const NEVER_CONSTANT: ReadonlySet<OperatorName> = new Set(['changed', 'prior', 'is_new'])

/** The part of an expression at a path; undefined if nothing stands there. */
export function partAt(typed: TypedExpression, path: ExpressionPath): TypedExpression | undefined {
  if (typed.path.length === path.length) return samePath(typed.path, path) ? typed : undefined
  for (const part of partsOf(typed)) {
    if (samePath(part.path, path.slice(0, part.path.length))) {
      const found = partAt(part, path)
      if (found !== undefined) return found
    }
  }
  return undefined
}

function partsOf(typed: TypedExpression): readonly TypedExpression[] {
  if (typed.kind === 'operation') return typed.operands
  return typed.kind === 'related' ? [typed.condition] : []
}

function samePath(a: ExpressionPath, b: ExpressionPath): boolean {
  return a.length === b.length && a.every((key, index) => key === b[index])
}

/**
 * The form of an expression without its constants: expressions of one form compile to the same SQL
 * and differ only in the values that are bound. Made to be a key of a cache.
 *
 * @example expressionShape(typed) // '>=(amount,?number)'
 */
export function expressionShape(typed: TypedExpression): string {
  if (isConstant(typed)) return `?${constantShape(typed)}`
  switch (typed.kind) {
    case 'field':
      return typed.name
    case 'related':
      return `${typed.operator}(${typed.relationship},${expressionShape(typed.condition)})`
    case 'operation':
      return `${operatorShape(typed)}(${typed.operands.map(expressionShape).join(',')})`
    default:
      throw new Error('A literal is a constant')
  }
}

function constantShape(typed: TypedExpression): string {
  return typed.kind === 'literal' && typed.member !== undefined ? `${typed.member}s` : typed.type
}

// Constants are found again by their paths, and {"!": x} has another path to x than {"!": [x]}.
function operatorShape({ operator, operands, path }: TypedOperation): string {
  const isBare = operands.some((operand) => operand.path.length === path.length + 1)
  return isBare ? `${operator}:` : operator
}
