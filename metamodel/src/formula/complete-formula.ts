import { type ExpressionScope, type ExpressionType, USER_PREFIX } from '../expression/index.ts'
import { FORMULA_FUNCTIONS, type FormulaFunction } from './function-table.ts'

/** A field that may be named, for the completion of an editor. */
export interface FieldCompletion {
  readonly path: string
  readonly type: ExpressionType
  readonly label?: string
}

/** Everything that may stand where a formula is being typed. */
export interface FormulaCompletion {
  readonly functions: readonly FormulaFunction[]
  readonly fields: readonly FieldCompletion[]
}

/**
 * What may be typed behind a beginning: functions by their first letters, fields by those behind the last dot, or by
 * a part of their label. Behind two letters the fields of records that are referred to are offered too, after the own.
 *
 * @example completeFormula('AND(am', scope).fields // [{ path: 'amount', type: 'number' }]
 */
export function completeFormula(before: string, scope: ExpressionScope): FormulaCompletion {
  const word = wordBefore(before)
  const letters = word.toLowerCase()
  return {
    functions: word.includes('.')
      ? []
      : FORMULA_FUNCTIONS.filter(({ name }) => name.toLowerCase().startsWith(letters)),
    fields: namesFor(word, scope).flatMap((path): FieldCompletion[] => {
      const field = isPlain(path, word) ? scope.field(path) : undefined
      if (field === undefined || !isMeant(path, field.label, letters)) return []
      const { type, label } = field
      return [{ path, type, ...(label === undefined ? {} : { label }) }]
    }),
  }
}

/** The word that ends a beginning: what is being typed. */
export function wordBefore(before: string): string {
  return /\$?[\p{L}\p{N}_.]*$/u.exec(before)?.[0] ?? ''
}

function namesFor(word: string, scope: ExpressionScope): readonly string[] {
  const parent = parentOf(word)
  const own = scope.fieldNames?.(parent) ?? []
  if (parent !== undefined || word.length < 2 || word.startsWith('$')) return own
  return [...own, ...own.flatMap((path) => scope.fieldNames?.(path) ?? [])]
}

/** Whether what is typed begins a path, the last name of one, or a word of the label. */
function isMeant(path: string, label: string | undefined, letters: string): boolean {
  if (path.toLowerCase().startsWith(letters)) return true
  if (letters.startsWith('$')) return false
  const last = letters.slice(letters.lastIndexOf('.') + 1)
  return (
    path.slice(path.lastIndexOf('.') + 1).startsWith(last) ||
    (last !== '' && label !== undefined && begins(label.toLowerCase(), last))
  )
}

/** Chinese has no spaces: there any part of a label is a word. */
function begins(label: string, letters: string): boolean {
  return /^[\x20-\x7e]+$/.test(letters)
    ? ` ${label}`.includes(` ${letters}`)
    : label.includes(letters)
}

// What is known of the reader is offered to those who ask for it.
function isPlain(path: string, word: string): boolean {
  return !path.startsWith(USER_PREFIX) || word.startsWith('$')
}

/** The reference behind whose dot a word stands; none for fields of the record, and of the reader. */
function parentOf(word: string): string | undefined {
  const dot = word.lastIndexOf('.')
  return dot < 0 || word.startsWith('$') ? undefined : word.slice(0, dot)
}
