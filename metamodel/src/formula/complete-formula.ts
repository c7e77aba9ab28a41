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
 * What may be typed behind a beginning: functions by their first letters, fields by those behind the last dot.
 *
 * @example completeFormula('AND(am', scope).fields // [{ path: 'amount', type: 'number' }]
 */
export function completeFormula(before: string, scope: ExpressionScope): FormulaCompletion {
  const word = /\$?[\p{L}\p{N}_.]*$/u.exec(before)?.[0] ?? ''
  const letters = word.toLowerCase()
  return {
    functions: word.includes('.')
      ? []
      : FORMULA_FUNCTIONS.filter(({ name }) => name.toLowerCase().startsWith(letters)),
    fields: (scope.fieldNames?.(parentOf(word)) ?? [])
      .filter((path) => path.toLowerCase().startsWith(letters) && isPlain(path, word))
      .flatMap((path): FieldCompletion[] => {
        const field = scope.field(path)
        if (field === undefined) return []
        const { type, label } = field
        return [{ path, type, ...(label === undefined ? {} : { label }) }]
      }),
  }
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
