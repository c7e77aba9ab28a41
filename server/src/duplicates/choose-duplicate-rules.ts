import type { DuplicateRuleDefinition, Evaluator, ObjectModel } from '@trellis/metamodel'

import { changedFields, type RecordChange } from '../effects/record-change.ts'
import { evaluationContext, type Surroundings } from '../validation/evaluation.ts'

/** A duplicate rule, ready to run. */
export interface PlannedDuplicateRule {
  name: string
  definition: DuplicateRuleDefinition
  /** The object whose records are saved. */
  own: ObjectModel
  /** The object whose records are looked through. */
  target: ObjectModel
  /** Its condition, if it has one. */
  evaluate?: Evaluator
}

/**
 * The rules by which a change is to be looked up: those that act on it, of whose fields one has changed, and whose
 * conditions have something to compare. A condition that cannot be evaluated leaves its rule in force.
 */
export function chooseDuplicateRules(
  rules: readonly PlannedDuplicateRule[],
  change: RecordChange,
  around: Surroundings,
): PlannedDuplicateRule[] {
  if (rules.length === 0) return []
  const changed = new Set(changedFields(change))
  return rules.filter(({ definition, evaluate }) => {
    const { match, on_create: onCreate, on_update: onUpdate } = definition
    if ((change.op === 'create' ? onCreate : onUpdate) === undefined) return false
    if (!match.some(({ field }) => changed.has(field))) return false
    const isBlank = match.some(
      ({ field, blank }) => blank !== 'same' && (change.after[field] ?? null) === null,
    )
    return !isBlank && (evaluate === undefined || holds(evaluate, change, around))
  })
}

function holds(evaluate: Evaluator, change: RecordChange, around: Surroundings): boolean {
  try {
    return evaluate(evaluationContext(change, around)) === true
  } catch {
    return true
  }
}
