import type { ApprovalBox, ApprovalDetail } from '@trellis/metamodel'

import { get, post } from './http.ts'

export type Box = 'to_do' | 'done' | 'sent' | 'cc'

/** What an approver may do with the work item that waits for them. */
export type WorkItemAct = 'approve' | 'reject'

export interface Submission {
  object: string
  record: string
  process?: string
  comment?: string
}

/** Sends a record for approval; it is locked from then on. */
export function submitForApproval(submission: Submission): Promise<ApprovalDetail> {
  return post('/approvals', { body: submission })
}

export function listApprovals(
  box: Box,
  cursor?: string,
  signal?: AbortSignal,
): Promise<ApprovalBox> {
  return get('/approvals', { query: { box, cursor }, signal })
}

/** One approval with its route, work items and history. */
export function loadApproval(id: string, signal?: AbortSignal): Promise<ApprovalDetail> {
  return get(`/approvals/${id}`, { signal })
}

/**
 * Decides a work item; counted once however often it is sent.
 * @throws ApiError 409 if it has been decided meanwhile.
 */
export function actOnWorkItem(
  workItem: string,
  act: WorkItemAct,
  comment?: string,
): Promise<ApprovalDetail> {
  return post(`/work-items/${workItem}/${act}`, { body: comment ? { comment } : {} })
}

/** The submitter takes it back. */
export function recallApproval(id: string, comment?: string): Promise<ApprovalDetail> {
  return post(`/approvals/${id}/recall`, { body: comment ? { comment } : {} })
}
