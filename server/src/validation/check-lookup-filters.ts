import type { Evaluator, FieldModel, Message } from '@trellis/metamodel'

import { changedFields, type RecordChange } from '../effects/record-change.ts'
import { type Failure, failure, message } from '../errors.ts'
import { evaluationContext, type Surroundings } from './evaluation.ts'

/** Which records a lookup may lead to, compiled as a condition on the record that has the lookup. */
export interface LookupFilter {
  field: FieldModel
  evaluate: Evaluator
  /** The fields of the record that decide it too. */
  controls: readonly string[]
  /** Why, for people. */
  words: Message
}

/**
 * Lookups that lead to a record that their filter leaves out: asked when the lookup or a field that decides changes, so
 * that a record which was right once can be saved. What cannot be told to be right is refused.
 */
export function checkLookupFilters(
  filters: readonly LookupFilter[],
  change: RecordChange,
  around: Surroundings,
): Failure[] {
  if (filters.length === 0) return []
  const changed = new Set(changedFields(change))
  const context = evaluationContext(change, around)
  return filters.flatMap(({ field, evaluate, controls, words }): Failure[] => {
    const isAsked = [field.name, ...controls].some((name) => changed.has(name))
    if (!isAsked || (change.after[field.name] ?? null) === null) return []
    if (isTrue(evaluate, context)) return []
    const text = message(
      `Only these may be chosen: ${words['en-US']}`,
      `只能选择：${words['zh-CN']}`,
    )
    return [failure(field.name, 'filtered_out', text)]
  })
}

function isTrue(evaluate: Evaluator, context: Parameters<Evaluator>[0]): boolean {
  try {
    return evaluate(context) === true
  } catch {
    return false
  }
}
