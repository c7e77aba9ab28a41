import type { ApprovalProcessDefinition, ApprovalStep } from '@trellis/metamodel'
import { sql } from 'kysely'

import type { Context, WriteContext } from '../access/context.ts'
import { representedBy } from '../access/delegations.ts'
import {
  approvalOfItem,
  insertApproval,
  insertEvent,
  loadItems,
  lockApproval,
  pendingApproval,
  type StoredApproval,
  updateItems,
} from '../approvals/approval-store.ts'
import { decideApproval } from '../approvals/decide-approval.ts'
import { findApprovers } from '../approvals/find-approvers.ts'
import { auditInNameOf, inWhoseName } from '../approvals/in-whose-name.ts'
import { shareWithAsked } from '../approvals/share-with-asked.ts'
import { hasSqlState } from '../db/index.ts'
import { message, refuse, RequestError } from '../errors.ts'
import { advance, applyUpdates, finish } from './advance-approval.ts'
import { fits, loadSubject, type Subject, subjectOf } from './approval-subject.ts'
import { SAVE_LOCK_TIMEOUT_MS } from './save-transaction.ts'

/** What is asked when a record is submitted. */
export interface SubmitRequest {
  object: string
  record: string
  /** A certain process; the first that fits if left out. */
  process?: string
  comment?: string | null
}

async function inTransaction<Result>(
  context: Context,
  work: (inside: WriteContext) => Promise<Result>,
): Promise<Result> {
  try {
    return await context.db.inTransaction((tx) => work({ ...context, tx, cause: 'approval' }), {
      lockTimeoutMs: SAVE_LOCK_TIMEOUT_MS,
    })
  } catch (error) {
    // Two submits at the same moment: the index lets one approval of a record run.
    if (hasSqlState(error, '23505')) throw alreadyRunning()
    throw error
  }
}

const alreadyRunning = (): RequestError =>
  new RequestError('conflict', {
    detail: message('The record is in an approval already', '该记录已在审批中'),
  })
const isDecided = (): RequestError =>
  new RequestError('conflict', {
    detail: message('This has been decided already', '该审批已有结果'),
  })

/**
 * Submits a record: the first process that fits it begins, the record is locked, the first step asks its people.
 * @returns the id of the approval
 * @throws RequestError not_found · forbidden · conflict if it is in an approval already, if no process fits, or if a step finds nobody
 */
export async function submitForApproval(context: Context, request: SubmitRequest): Promise<string> {
  return inTransaction(context, async (inside) => {
    const subject = await loadSubject(inside, request.object, request.record)
    if (await pendingApproval(inside, request.record)) throw alreadyRunning()
    const { name, definition } = pickProcess(inside, subject, request.process)
    const approval = await insertApproval(inside, {
      process: name,
      definition,
      object: request.object,
      record: request.record,
      comment: request.comment ?? null,
    })
    await insertEvent(inside, approval.id, {
      act: 'submitted',
      step: null,
      comment: request.comment ?? null,
    })
    await applyUpdates(inside, subject, definition, 'submitted', true)
    await advance(inside, approval, await subjectOf(inside, approval))
    await shareWithAsked(inside, approval)
    return approval.id
  })
}

function pickProcess(
  context: WriteContext,
  subject: Subject,
  wanted: string | undefined,
): { name: string; definition: ApprovalProcessDefinition } {
  const candidates = subject.object.approvalProcesses.filter(
    (process) => wanted === undefined || process.name === wanted,
  )
  const fitting = candidates.find(({ definition }) => fits(context, subject, definition.entry))
  if (fitting) return fitting
  throw new RequestError('conflict', {
    detail: message('No approval process fits this record now', '当前没有适用于该记录的审批流程'),
  })
}

/**
 * Approves or rejects one work item. The approval is locked first, so that decisions at the same moment come one
 * after another: each counts once, and what is decided stays decided.
 * @returns the id of the approval
 * @throws RequestError not_found · conflict if it is decided already · validation_failed if a comment is missing
 */
export async function decideWorkItem(
  context: Context,
  item: string,
  decision: { act: 'approve' | 'reject'; comment: string | null },
): Promise<string> {
  return inTransaction(context, async (inside) => {
    const id = await approvalOfItem(inside, item)
    const approval = id === undefined ? undefined : await lockApproval(inside, id)
    if (!approval) throw new RequestError('not_found')
    const items = await loadItems(inside, approval.id, approval.step)
    const asked = items.find((one) => one.id === item)
    if (approval.status !== 'pending' || asked?.status !== 'pending') {
      throw await refuseDecided(inside, item)
    }
    const inNameOf = await inWhoseName(inside, approval, asked.assignee)
    const step = approval.definition.steps[approval.step]
    if (!step) throw isDecided()
    requireComment(step, decision)
    const { changes, outcome } = decideApproval(step, items, { item, act: decision.act })
    await updateItems(inside, changes, { item, comment: decision.comment })
    await insertEvent(inside, approval.id, {
      act: decision.act === 'approve' ? 'approved' : 'rejected',
      step: step.name,
      comment: decision.comment,
      inNameOf,
    })
    if (inNameOf !== undefined) auditInNameOf(inside, approval, { inNameOf, act: decision.act })
    if (outcome !== 'waiting') await goOn(inside, approval, outcome)
    await shareWithAsked(inside, approval)
    return approval.id
  })
}

async function goOn(
  context: WriteContext,
  approval: StoredApproval,
  outcome: 'approved' | 'rejected',
): Promise<void> {
  const subject = await subjectOf(context, approval)
  if (outcome === 'approved') await advance(context, approval, subject)
  else await finish(context, approval, subject, 'rejected')
}

async function refuseDecided(context: WriteContext, item: string): Promise<RequestError> {
  const { physical } = context.release
  const me = sql`${context.actor.userId}::uuid`
  const [own] = await context.tx.query(sql`
    select 1 from ${physical.systemTable('_work_item')}
    where id = ${item}::uuid and (assignee = ${me} or decided_by = ${me} or assignee in (${representedBy(physical, me)}))`)
  return own ? isDecided() : new RequestError('not_found')
}

function requireComment(
  step: ApprovalStep,
  decision: { act: string; comment: string | null },
): void {
  const rule = step.comment_required ?? 'never'
  const isNeeded = rule === 'always' || (rule === 'on_reject' && decision.act === 'reject')
  if (isNeeded && (decision.comment ?? '').trim() === '') {
    throw refuse('validation_failed', 'comment', message('Say why', '请填写意见'))
  }
}

/**
 * Takes a submission back while it runs; only the submitter, or an administrator, may.
 * @throws RequestError not_found · forbidden · conflict if it is decided already
 */
export async function recallApproval(
  context: Context,
  id: string,
  comment: string | null,
): Promise<void> {
  await inTransaction(context, async (inside) => {
    const approval = await lockApproval(inside, id)
    const isAdmin = inside.actor.rights.system.has('modify_all_data')
    if (!approval || (approval.submittedBy !== inside.actor.userId && !isAdmin)) {
      throw new RequestError('not_found')
    }
    if (approval.status !== 'pending') throw isDecided()
    if (approval.definition.allow_recall === false && !isAdmin) {
      throw new RequestError('forbidden', {
        detail: message('This process does not allow taking back', '该流程不允许撤回'),
      })
    }
    const open = (await loadItems(inside, id, approval.step)).filter(
      (item) => item.status === 'pending' || item.status === 'waiting',
    )
    await updateItems(
      inside,
      open.map((item) => ({ id: item.id, status: 'recalled' as const })),
    )
    await insertEvent(inside, id, { act: 'recalled', step: null, comment })
    await finish(inside, approval, await subjectOf(inside, approval), 'recalled')
    await shareWithAsked(inside, approval)
  })
}

/** Who would be asked if the record were submitted now. Nothing is written. */
export async function previewApproval(
  context: Context,
  request: SubmitRequest,
): Promise<{
  process: string
  steps: { step: ApprovalStep; isSkipped: boolean; people: string[] }[]
}> {
  return inTransaction(context, async (inside) => {
    const subject = await loadSubject(inside, request.object, request.record)
    const { name, definition } = pickProcess(inside, subject, request.process)
    const steps = []
    for (const step of definition.steps) {
      const isSkipped = !fits(inside, subject, step.criteria)
      const people = isSkipped
        ? []
        : await findApprovers(inside, inside.tx, {
            step,
            submitter: inside.actor.userId,
            values: subject.record.values,
          })
      steps.push({ step, isSkipped, people })
    }
    return { process: name, steps }
  })
}
