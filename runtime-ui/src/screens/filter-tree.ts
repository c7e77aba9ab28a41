import type { Expression, Scalar } from '@trellis/metamodel'

/**
 * A filter as people build it: conditions in groups. It is read from JSON Logic and written back; what has no
 * such form (a formula, a to-many condition) is carried along untouched as `other`.
 */
export type FilterPart = FilterGroup | FilterCondition | FilterOther

export interface FilterGroup {
  kind: 'group'
  join: 'and' | 'or'
  parts: FilterPart[]
}

export interface FilterCondition {
  kind: 'condition'
  /** `amount`, `account.industry`. */
  path: string
  word: FilterWord
  values: FilterValue[]
}

export interface FilterOther {
  kind: 'other'
  expression: Expression
}

/** A value, or the reader: `{"var": "$user.id"}`. */
export type FilterValue = Scalar | typeof ME
export const ME = { var: '$user.id' } as const

export const FILTER_WORDS = [
  'eq',
  'ne',
  'gt',
  'gte',
  'lt',
  'lte',
  'in',
  'not_in',
  'contains',
  'not_contains',
  'starts_with',
  'ends_with',
  'is_blank',
  'is_not_blank',
  'between',
  'includes',
  'excludes',
  'in_period',
  'within_km',
] as const
export type FilterWord = (typeof FILTER_WORDS)[number]

const OPERATOR: Record<Exclude<FilterWord, 'not_contains' | 'is_not_blank'>, string> = {
  eq: '==',
  ne: '!=',
  gt: '>',
  gte: '>=',
  lt: '<',
  lte: '<=',
  in: 'in',
  not_in: 'not_in',
  contains: 'contains',
  starts_with: 'starts_with',
  ends_with: 'ends_with',
  is_blank: 'is_blank',
  between: 'between',
  includes: 'includes',
  excludes: 'excludes',
  in_period: 'in_period',
  within_km: 'within_km',
}
const WORD = new Map(
  Object.entries(OPERATOR).map(([word, operator]) => [operator, word as FilterWord]),
)
const NEGATED: Partial<Record<FilterWord, FilterWord>> = {
  contains: 'not_contains',
  is_blank: 'is_not_blank',
}
/** The words whose values are one list. */
const LISTS = new Set<FilterWord>(['in', 'not_in', 'includes', 'excludes'])

export const NO_FILTER: FilterGroup = { kind: 'group', join: 'and', parts: [] }

export function isMe(value: unknown): value is typeof ME {
  return typeof value === 'object' && value !== null && 'var' in value && value.var === ME.var
}

/** How many values a condition of a word needs; `many` is at least one. */
export function valuesNeeded(word: FilterWord): 0 | 1 | 2 | 3 | 'many' {
  if (word === 'is_blank' || word === 'is_not_blank') return 0
  if (word === 'between') return 2
  if (word === 'within_km') return 3
  return LISTS.has(word) ? 'many' : 1
}

/** Whether a condition says something already. */
export function isComplete(part: FilterPart): boolean {
  if (part.kind === 'group') return part.parts.length > 0 && part.parts.every(isComplete)
  if (part.kind === 'other') return true
  const needed = valuesNeeded(part.word)
  const given = part.values.filter((value) => value !== null && value !== '').length
  return part.path !== '' && (needed === 'many' ? given > 0 : given >= needed)
}

/**
 * Reads JSON Logic as a group of parts.
 * @example parseFilter({ and: [{ '>': [{ var: 'amount' }, 100] }] })
 */
export function parseFilter(expression: Expression | undefined): FilterGroup {
  if (expression === undefined || expression === null) return NO_FILTER
  const part = parsePart(expression)
  return part.kind === 'group' ? part : { ...NO_FILTER, parts: [part] }
}

function parsePart(expression: Expression): FilterPart {
  const entry = soleEntry(expression)
  if (entry === undefined) return { kind: 'other', expression }
  const [operator, operands] = entry
  if (operator === 'and' || operator === 'or') {
    return { kind: 'group', join: operator, parts: operands.map(parsePart) }
  }
  return parseCondition(operator, operands) ?? { kind: 'other', expression }
}

function parseCondition(
  operator: string,
  operands: readonly Expression[],
): FilterCondition | undefined {
  if (operator === 'var') {
    return typeof operands[0] === 'string' ? condition(operands[0], 'eq', [true]) : undefined
  }
  if (operator === '!') return parseNegation(operands[0])
  const word = WORD.get(operator)
  const path = variable(operands[0])
  if (word === undefined || path === undefined) return undefined
  const rest = operands.slice(1)
  const values =
    LISTS.has(word) && Array.isArray(rest[0]) ? (rest[0] as readonly Expression[]) : rest
  return values.every(isValue) ? condition(path, word, [...values]) : undefined
}

function parseNegation(operand: Expression | undefined): FilterCondition | undefined {
  const entry = operand === undefined ? undefined : soleEntry(operand)
  if (entry === undefined) return undefined
  const inner = parseCondition(...entry)
  if (inner === undefined) return undefined
  if (entry[0] === 'var') return { ...inner, values: [false] }
  const word = NEGATED[inner.word]
  return word === undefined ? undefined : { ...inner, word }
}

function condition(path: string, word: FilterWord, values: FilterValue[]): FilterCondition {
  return { kind: 'condition', path, word, values }
}

function soleEntry(expression: Expression): [string, readonly Expression[]] | undefined {
  if (typeof expression !== 'object' || expression === null || Array.isArray(expression)) {
    return undefined
  }
  const [entry, ...others] = Object.entries(
    expression as Record<string, Expression | readonly Expression[]>,
  )
  if (entry === undefined || others.length > 0) return undefined
  const [operator, given] = entry
  return [operator, Array.isArray(given) ? (given as readonly Expression[]) : [given as Expression]]
}

function variable(expression: Expression | undefined): string | undefined {
  const entry = expression === undefined ? undefined : soleEntry(expression)
  return entry?.[0] === 'var' && typeof entry[1][0] === 'string' ? entry[1][0] : undefined
}

function isValue(expression: Expression): expression is FilterValue {
  return isMe(expression) || typeof expression !== 'object' || expression === null
}

/** Writes a filter as JSON Logic, without what is not complete; undefined if nothing is left. */
export function filterExpression(part: FilterPart): Expression | undefined {
  if (part.kind === 'other') return part.expression
  if (part.kind === 'condition') return isComplete(part) ? conditionExpression(part) : undefined
  const parts = part.parts.map(filterExpression).filter((one) => one !== undefined)
  return parts.length > 1 ? { [part.join]: parts } : parts[0]
}

function conditionExpression({ path, word, values }: FilterCondition): Expression {
  const field = { var: path }
  if (word === 'is_not_blank') return { '!': [{ is_blank: [field] }] }
  if (word === 'not_contains') return { '!': [{ contains: [field, ...values] }] }
  if (LISTS.has(word)) return { [OPERATOR[word]]: [field, values as unknown as Scalar[]] }
  return { [OPERATOR[word]]: [field, ...values] }
}

/** Whether two filters say the same in the same order, however they were written. */
export function isSameFilter(a: Expression | undefined, b: Expression | undefined): boolean {
  return writtenFilter(a) === writtenFilter(b)
}

function writtenFilter(expression: Expression | undefined): string {
  return JSON.stringify(filterExpression(parseFilter(expression)) ?? null)
}
