import {
  type EvaluationContext,
  type FieldModel,
  type FieldValue,
  type RecordSource,
  withFormulas,
} from '@trellis/metamodel'

import { type Actor, userValues } from '../access/actor.ts'
import type { RecordChange } from '../effects/record-change.ts'
import type { StoredValues } from '../effects/record-request.ts'

/** What expressions about a change may read besides the change itself. */
export interface Surroundings {
  actor: Actor
  now: Date
  /** A value of a parent, e.g. of `account.industry`. */
  parent(values: StoredValues, path: string): FieldValue
  /** The virtual formulas that they name, by path. */
  formulas: ReadonlyMap<string, FieldModel>
}

/** The change as an evaluator reads it: the values to be, and those before. */
export function evaluationContext(
  change: Pick<RecordChange, 'before' | 'after'>,
  around: Surroundings,
): EvaluationContext {
  const { actor, now, parent, formulas } = around
  const circumstances = {
    user: userValues(actor),
    // Written out only for an expression that asks for the time, of the many that do not.
    get now() {
      return now.toISOString()
    },
    timeZone: actor.timeZone,
  }
  const source = (values: StoredValues): RecordSource => {
    const read = (path: string): FieldValue =>
      path.includes('.') ? parent(values, path) : (values[path] ?? null)
    return withFormulas(read, formulas, circumstances)
  }
  const { before } = change
  const after = before ? change.after : { ...ofNewRecord(around), ...change.after }
  return Object.assign(circumstances, {
    record: source(after),
    before: before ? source(before.values) : null,
  })
}

/** What the house writes into a new record. */
function ofNewRecord({ actor, now }: Surroundings): StoredValues {
  const [at, by] = [now.toISOString(), actor.userId]
  return {
    created_at: at,
    created_by: by,
    updated_at: at,
    updated_by: by,
    version: 1,
    locked: false,
  }
}
