import type { FieldModel, FieldValue } from '@trellis/metamodel'

import type { RecordChange } from '../effects/record-change.ts'
import { type Failure, failure } from '../errors.ts'
import { evaluationContext, type Surroundings } from '../validation/evaluation.ts'
import { toStored } from './apply-values.ts'
import type { FieldExpression } from './save-plan.ts'

/** Fills derived fields, which come in an order in which each finds what it needs. @returns values that do not fit */
export function deriveValues(
  derived: readonly FieldExpression[],
  change: RecordChange,
  around: Surroundings,
): Failure[] {
  return derived.flatMap(({ field, evaluate }) => {
    const value = derivedValue(field, evaluate, evaluationContext(change, around))
    // A formula has settled what its field can hold.
    const isSound = value === null || field.formula !== undefined
    const parsed = isSound ? { value } : field.type.parse(value, field.options)
    if ('fault' in parsed) return [failure(field.name, parsed.fault.code, parsed.fault.message)]
    change.after[field.name] = parsed.value
    return []
  })
}

/** What an expression gives a field; nothing if it cannot be evaluated. */
export function derivedValue(
  field: FieldModel,
  evaluate: FieldExpression['evaluate'],
  context: ReturnType<typeof evaluationContext>,
): FieldValue {
  try {
    return toStored(field, evaluate(context))
  } catch {
    return null
  }
}
