/** A plain value in an expression. Dates, moments and times are text: `2026-11-21`, `2026-11-21T08:00:00Z`, `08:30`. */
export type Scalar = string | number | boolean | null

/** One operator and what it works on: `{">=": [{"var": "amount"}, 1000]}`. Exactly one key. */
export interface Operation {
  readonly [operator: string]: Expression | readonly Expression[]
}

/**
 * JSON Logic in the typed profile: a literal, a list of literals, or one operation. What may stand
 * where is in `OPERATORS`; `checkExpression` holds an expression against a model.
 *
 * @example { and: [{ is_blank: { var: 'phone' } }, { '==': [{ var: 'account.industry' }, 'media'] }] }
 */
export type Expression = Scalar | readonly Scalar[] | Operation

/**
 * What an expression, or a part of it, yields. A picklist is text with known values, a
 * multi-picklist a list, a reference to a record or user an id; money and percentages are numbers. A
 * structure (an address, JSON) can be asked for its parts, what is sealed as a file only
 * whether it is there.
 */
export type ExpressionType =
  | 'text'
  | 'number'
  | 'boolean'
  | 'date'
  | 'datetime'
  | 'time'
  | 'list'
  | 'id'
  | 'structure'
  | 'sealed'
  | 'file'
  | 'null'

/** What an expression yields: numbers as canonical decimals (`"0.3"`, never `0.30` or `3e-1`). */
export type ExpressionValue = string | boolean | readonly string[] | null

/** A field as an expression sees it. */
export interface ScopeField {
  readonly type: ExpressionType
  /** By what it is read, if that is not the path by which it was named. */
  readonly name?: string
  /** The codes of a picklist; an expression may name no other. */
  readonly values?: readonly string[]
  readonly label?: string
  /** A percentage, kept as people say it: 12.5 is 12.5 %. Formulas calculate with 0.125. */
  readonly isPercent?: boolean
  /** HTML, of which an expression reads the text. */
  readonly isMarkup?: boolean
}

/** The names that an expression may use: the fields of one object, of its parents, and of the user. */
export interface ExpressionScope {
  /** The field at `amount`, `account.industry`, `$user.role`; undefined if there is none. */
  field(path: string): ScopeField | undefined
  /** The scope of a to-many relationship's records, for `some`, `none` and `all`. */
  relationship?(name: string): ExpressionScope | undefined
  /** Whether a record is being saved, so that `changed`, `prior` and `is_new` have a meaning. */
  readonly saving: boolean
  /** Every path that may be named, for suggestions; with the path of a reference, those behind it. */
  fieldNames?(parent?: string): readonly string[]
  /** Every to-many relationship that may be named, for suggestions. */
  relationshipNames?(): readonly string[]
}

/** The way from the root of an expression to a part of it: `['and', 0, '>=', 1]`. */
export type ExpressionPath = readonly (string | number)[]

/** Begins the paths of what is known about the reader: `$user.id`, `$user.role`. */
export const USER_PREFIX = '$user.'

/** The parts of an operation. */
export interface OperationParts {
  readonly operator: string
  readonly operands: readonly Expression[]
  /** The way to an operand; `{"!": x}` and `{"!": [x]}` differ in it. */
  pathTo(index: number): ExpressionPath
}

/** Whether an expression is a list of literals. */
export function isList(expression: Expression): expression is readonly Scalar[] {
  return Array.isArray(expression)
}

/** Whether an expression is an operation, well formed or not. */
export function isOperation(expression: Expression): expression is Operation {
  return typeof expression === 'object' && expression !== null && !isList(expression)
}

/** Takes an operation apart; undefined for a literal, and for an object without exactly one key. */
export function operationParts(
  expression: Expression,
  path: ExpressionPath = [],
): OperationParts | undefined {
  if (!isOperation(expression)) return undefined
  const [entry, ...others] = Object.entries(expression)
  if (entry === undefined || others.length > 0) return undefined
  const [operator, given] = entry
  // A lone operand may stand without brackets: {"!": {"var": "active"}}.
  if (!isMany(given)) {
    return { operator, operands: [given], pathTo: () => [...path, operator] }
  }
  return { operator, operands: given, pathTo: (index) => [...path, operator, index] }
}

function isMany(given: Expression | readonly Expression[]): given is readonly Expression[] {
  return Array.isArray(given)
}

/** The name in `{"var": name}`, or undefined for anything else. */
export function variableName(expression: Expression): string | undefined {
  const parts = operationParts(expression)
  if (parts?.operator !== 'var' || parts.operands.length !== 1) return undefined
  const [name] = parts.operands
  return typeof name === 'string' ? name : undefined
}

/** A path as problems carry it: dotted keys, empty for the whole expression. */
export function pathText(path: ExpressionPath): string {
  return path.join('.')
}
