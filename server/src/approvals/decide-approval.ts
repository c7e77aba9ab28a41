import type { ApprovalProcessDefinition, ApprovalStep } from '@trellis/metamodel'

/** What one person is asked within a step. */
export interface WorkItem {
  id: string
  step: number
  position: number
  assignee: string
  status: 'waiting' | 'pending' | 'approved' | 'rejected' | 'no_response' | 'recalled'
}

/** What a decision does to the items of its step, and whether the step is through. */
export interface StepDecision {
  changes: { id: string; status: WorkItem['status'] }[]
  outcome: 'waiting' | 'approved' | 'rejected'
}

/**
 * Counts one decision. Any rejection rejects the step; `any` is decided by the first approval, `all` and
 * `in_order` by the last. Who was not asked any more keeps an item that says so. Pure.
 */
export function decideApproval(
  step: Pick<ApprovalStep, 'mode'>,
  items: readonly WorkItem[],
  decision: { item: string; act: 'approve' | 'reject' },
): StepDecision {
  const others = items.filter((item) => item.id !== decision.item)
  const open = others.filter((item) => item.status === 'pending' || item.status === 'waiting')
  const closing = open.map((item) => ({ id: item.id, status: 'no_response' as const }))
  if (decision.act === 'reject') {
    return { changes: [{ id: decision.item, status: 'rejected' }, ...closing], outcome: 'rejected' }
  }
  const own = { id: decision.item, status: 'approved' as const }
  if ((step.mode ?? 'any') === 'any') return { changes: [own, ...closing], outcome: 'approved' }
  const next = open
    .filter((item) => item.status === 'waiting')
    .toSorted((a, b) => a.position - b.position)[0]
  const isThrough = open.length === 0
  const waking =
    step.mode === 'in_order' && next ? [{ id: next.id, status: 'pending' as const }] : []
  return { changes: [own, ...waking], outcome: isThrough ? 'approved' : 'waiting' }
}

/** The states in which the items of a step begin. */
export function firstStates(mode: ApprovalStep['mode'], count: number): WorkItem['status'][] {
  return Array.from({ length: count }, (_, position) =>
    mode === 'in_order' && position > 0 ? 'waiting' : 'pending',
  )
}

/** The field updates that belong to an end of an approval. */
export function updatesFor(
  definition: ApprovalProcessDefinition,
  end: 'submitted' | 'approved' | 'rejected' | 'recalled',
): Readonly<Record<string, unknown>> {
  const key = {
    submitted: 'on_submit',
    approved: 'on_approve',
    rejected: 'on_reject',
    recalled: 'on_recall',
  } as const
  return definition[key[end]] ?? {}
}
