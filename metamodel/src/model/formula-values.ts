import {
  type EvaluationContext,
  type Evaluator,
  evaluatorOf,
  type Expression,
  expressionReferences,
  type ExpressionValue,
  type RecordSource,
} from '../expression/index.ts'
import { MAX_DIGITS, scaleOf, resultType } from '../field-types/index.ts'
import { resolveFieldPath, settledPath } from './field-path.ts'
import { expressionOf } from './formula-tree.ts'
import type { FieldModel, Model, ObjectModel } from './model.ts'

const evaluators = new WeakMap<FieldModel, Evaluator>()

/**
 * The value of a formula on a record, as its field has it: an empty text is no value, and so is a number that no
 * field could hold. Numbers are decimal text.
 *
 * @throws as an `Evaluator` does
 */
export function formulaValue(field: FieldModel, context: EvaluationContext): ExpressionValue {
  const evaluate = evaluators.get(field) ?? makeEvaluator(field)
  const value = evaluate(context)
  if (value === '') return null
  const isTooLarge =
    field.type.expressionType === 'number' &&
    typeof value === 'string' &&
    wholeDigits(value) > formulaDigits(field)
  return isTooLarge ? null : value
}

/** How many digits a number of a formula may have before the point. */
export function formulaDigits({ type, definition }: FieldModel): number {
  return MAX_DIGITS - scaleOf(definition, resultType(type) === 'number' ? 0 : 2)
}

function wholeDigits(decimal: string): number {
  return decimal.replace('-', '').split('.')[0]?.length ?? 0
}

function makeEvaluator(field: FieldModel): Evaluator {
  const { formula } = field
  if (!formula) throw new Error(`${field.object}.${field.name} is no formula`)
  const evaluate = evaluatorOf(formula.typed)
  evaluators.set(field, evaluate)
  return evaluate
}

/** Paths that expressions name, with virtual formulas taken apart. */
export interface ReadPaths {
  /** Paths of columns: those that are named, and those that formulas among them read. */
  columns: readonly string[]
  /** The virtual formulas by their paths. */
  formulas: ReadonlyMap<string, FieldModel>
}

/** Finds the virtual formulas among paths from an object, and what has to be read for them. */
export function readPaths(
  model: Pick<Model, 'objects'>,
  object: ObjectModel,
  paths: readonly string[],
): ReadPaths {
  const columns = new Set<string>()
  const formulas = new Map<string, FieldModel>()
  for (const path of paths) {
    const resolved = resolveFieldPath(model.objects, object, path)
    const settled = resolved ? settledPath(resolved) : path
    const field = resolved && resolveFieldPath(model.objects, object, settled)?.field
    if (field?.isVirtual !== true) {
      columns.add(settled)
      continue
    }
    formulas.set(settled, field)
    const before = wayTo(settled, field)
    if (before !== '') columns.add(`${before}id`)
    for (const input of field.formula?.inputs ?? []) columns.add(`${before}${input}`)
  }
  return { columns: [...columns], formulas }
}

/** Whether a condition asks who reads, itself or by a formula that it names. */
export function asksWhoReads(
  model: Pick<Model, 'objects'>,
  object: ObjectModel,
  condition: Expression,
): boolean {
  const { fields, user } = expressionReferences(condition)
  const { formulas } = readPaths(model, object, fields)
  const isAsking = ({ formula }: FieldModel): boolean =>
    formula !== undefined && expressionReferences(expressionOf(formula.typed)).user.length > 0
  return user.length > 0 || [...formulas.values()].some(isAsking)
}

/**
 * A record as expressions read it, with its virtual formulas and those of its parents.
 *
 * @param source the record's columns and those of its parents, by path
 */
export function withFormulas(
  source: (path: string) => unknown,
  formulas: ReadonlyMap<string, FieldModel>,
  circumstances: Omit<EvaluationContext, 'record' | 'before'>,
): RecordSource {
  if (formulas.size === 0) return source
  return (path) => {
    const field = formulas.get(path)
    if (!field) return source(path)
    const before = wayTo(path, field)
    if (before !== '' && (source(`${before}id`) ?? null) === null) return null
    const { now, timeZone, user } = circumstances
    return formulaValue(field, {
      record: (name) => source(`${before}${name}`),
      user,
      now,
      timeZone,
    })
  }
}

/** The references that a path crosses before its field, with the dot behind them. */
function wayTo(path: string, { name }: FieldModel): string {
  return path.slice(0, -name.length)
}
