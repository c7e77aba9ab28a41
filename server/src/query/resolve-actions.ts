import type { ApprovalSummary, ObjectModel } from '@trellis/metamodel'

import type { Actor } from '../access/actor.ts'

/** An approval of a record, and what its process allows. */
export interface RecordApproval {
  summary: ApprovalSummary
  allowsRecall: boolean
}

/** What a record is like for a reader: what the filters of its rows say, and its approvals. */
export interface RecordState {
  isLocked: boolean
  mayEdit: boolean
  mayDelete: boolean
  mayTransfer: boolean
  mayShare: boolean
  /** An approval process is open to it. */
  maySubmit: boolean
  /** Something of it is marked as personal, and may be erased. */
  hasPersonalData: boolean
  approvals: readonly RecordApproval[]
}

/** What an actor may do with a record now, as the record page offers it. */
export function resolveActions(actor: Actor, object: ObjectModel, state: RecordState): string[] {
  const rights = actor.rights.object(object.name)
  const pending = state.approvals.find(({ summary }) => summary.status === 'pending')
  // Sharing changes nothing of the record: a lock does not stand in its way.
  const sharing = state.mayShare ? ['share'] : []
  if (pending) return [...approvalActions(actor, pending), ...sharing]
  if (state.isLocked) return sharing
  const mayEdit = rights.edit && state.mayEdit
  const actions: [string, boolean][] = [
    ['edit', mayEdit],
    ['delete', rights.delete && state.mayDelete],
    ['transfer', mayEdit && rights.transfer && state.mayTransfer],
    ['submit', mayEdit && state.maySubmit],
    ['erase_personal_data', mayEdit && state.hasPersonalData && actor.rights.system.has('erase')],
  ]
  return [...actions.flatMap(([action, isOffered]) => (isOffered ? [action] : [])), ...sharing]
}

function approvalActions({ userId }: Actor, { summary, allowsRecall }: RecordApproval): string[] {
  const own = summary.waiting_for.filter(({ assignee }) => assignee.id === userId)
  const others = summary.waiting_for.filter(({ delegate }) => delegate?.id === userId)
  const isSubmitter = summary.submitted_by?.id === userId
  return [
    ...[...own, ...others].flatMap(({ work_item: item }) => [`approve:${item}`, `reject:${item}`]),
    ...(allowsRecall && isSubmitter ? [`recall:${summary.id}`] : []),
  ]
}
