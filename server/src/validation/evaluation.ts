import type { EvaluationContext, FieldValue } from '@trellis/metamodel'

import { type Actor, userValues } from '../access/actor.ts'
import type { RecordChange } from '../effects/record-change.ts'
import type { StoredValues } from '../effects/record-request.ts'

/** What expressions about a change may read besides the change itself. */
export interface Surroundings {
  actor: Actor
  now: Date
  /** A value of a parent, e.g. of `account.industry`. */
  parent(values: StoredValues, path: string): FieldValue
}

/** The change as an evaluator reads it: the values to be, and those before. */
export function evaluationContext(
  change: Pick<RecordChange, 'before' | 'after'>,
  around: Surroundings,
): EvaluationContext {
  const { actor, now, parent } = around
  const source =
    (values: StoredValues) =>
    (path: string): FieldValue =>
      path.includes('.') ? parent(values, path) : (values[path] ?? null)
  return {
    record: source(change.after),
    before: change.before ? source(change.before.values) : null,
    user: userValues(actor),
    // Written out only for an expression that asks for the time, of the many that do not.
    get now() {
      return now.toISOString()
    },
    timeZone: actor.timeZone,
  }
}
