import type { Context } from '../access/context.ts'
import { callerOf, type Refusals } from '../audit/index.ts'
import type { Outcome } from '../records/perform.ts'

/** Has the audit log told how many operations of a batch the caller may not do; the batch itself is no error. */
export function noteRefusedOperations(
  refusals: Refusals,
  context: Context,
  { object, outcomes }: { readonly object: string; readonly outcomes: readonly Outcome[] },
): void {
  const refused = outcomes.filter((one) => 'error' in one && one.error.code === 'forbidden')
  if (refused.length === 0) return
  refusals.note({
    ...callerOf(context),
    action: 'refused',
    route: 'POST /api/v1/records/:object/batch',
    reason: 'forbidden',
    object,
    details: { operations: refused.length },
  })
}
