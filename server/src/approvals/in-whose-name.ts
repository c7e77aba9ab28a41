import type { WriteContext } from '../access/context.ts'
import { holdDelegation } from '../access/delegations.ts'
import { callerOf, recordAudit } from '../audit/index.ts'
import { RequestError } from '../errors.ts'
import type { StoredApproval } from './approval-store.ts'

/**
 * In whose name the actor decides on a work item: undefined in their own. A delegation by which they do cannot end
 * before the decision is through.
 * @throws RequestError not_found if it is for neither them nor those whose delegate they are
 */
export async function inWhoseName(
  context: WriteContext,
  { submittedBy }: StoredApproval,
  assignee: string,
): Promise<string | undefined> {
  const me = context.actor.userId
  if (assignee === me) return undefined
  if (submittedBy === me) throw new RequestError('not_found')
  const [found] = await context.tx.query(
    holdDelegation(context.release.physical, { user: assignee, delegate: me }),
  )
  if (!found) throw new RequestError('not_found')
  return assignee
}

/** Tells the audit log of a decision in another's name. */
export function auditInNameOf(
  context: WriteContext,
  { object, record }: StoredApproval,
  { inNameOf, act }: { inNameOf: string; act: 'approve' | 'reject' },
): void {
  const details = { for: inNameOf, change: act }
  recordAudit(context.tx, { ...callerOf(context), action: 'decided_for', object, record, details })
}
