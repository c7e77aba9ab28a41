import {
  type ApprovalProcessDefinition,
  type ApprovalStep,
  compileEvaluator,
  type Expression,
  objectScope,
} from '@trellis/metamodel'

import type { WriteContext } from '../access/context.ts'
import {
  insertEvent,
  insertItems,
  type StoredApproval,
  updateApproval,
} from '../approvals/approval-store.ts'
import { firstStates, updatesFor } from '../approvals/decide-approval.ts'
import { findAdministrators, findApprovers } from '../approvals/find-approvers.ts'
import { message, RequestError } from '../errors.ts'
import { evaluationContext } from '../validation/evaluation.ts'
import { toStored } from './apply-values.ts'
import { changeOf, fits, type Subject } from './approval-subject.ts'
import { performIn } from './perform.ts'

/** Goes to the next step that applies and asks its people; after the last one the record is approved. @throws RequestError conflict if a step finds nobody */
export async function advance(
  context: WriteContext,
  approval: StoredApproval,
  subject: Subject,
): Promise<void> {
  const { steps } = approval.definition
  for (let index = approval.step + 1; index < steps.length; index++) {
    const step = steps[index]
    if (!step || !fits(context, subject, step.criteria)) continue
    const people = await peopleFor(context, approval, step, subject)
    if (people.length === 0) {
      await insertEvent(context, approval.id, {
        act: 'auto_approved',
        step: step.name,
        comment: null,
      })
      continue
    }
    const states = firstStates(step.mode, people.length)
    await updateApproval(context, approval.id, { step: index })
    await insertItems(
      context,
      approval.id,
      index,
      people.map((assignee, position) => ({ assignee, status: states[position] ?? 'pending' })),
    )
    return
  }
  await finish(context, approval, subject, 'approved')
}

async function peopleFor(
  context: WriteContext,
  approval: StoredApproval,
  step: ApprovalStep,
  subject: Subject,
): Promise<string[]> {
  const people = await findApprovers(context, context.tx, {
    step,
    submitter: approval.submittedBy,
    values: subject.record.values,
  })
  if (people.length > 0 || step.if_none === 'auto_approve') return people
  const administrators =
    step.if_none === 'admin' ? await findAdministrators(context, context.tx) : []
  if (administrators.length > 0) return administrators
  throw new RequestError('conflict', {
    detail: message(
      `Nobody is found to approve the step "${step.name}"`,
      `步骤“${step.name}”找不到审批人`,
    ),
  })
}

/** Ends an approval, with what its process writes then. */
export async function finish(
  context: WriteContext,
  approval: StoredApproval,
  subject: Subject,
  end: 'approved' | 'rejected' | 'recalled',
): Promise<void> {
  await updateApproval(context, approval.id, { status: end })
  const keepsLock = end === 'approved' && approval.definition.keep_locked === true
  await applyUpdates(context, subject, approval.definition, end, keepsLock)
}

/** Writes the updates of a process and the lock, as the system: rights and rules of the decider do not apply. */
export async function applyUpdates(
  context: WriteContext,
  subject: Subject,
  definition: ApprovalProcessDefinition,
  end: 'submitted' | 'approved' | 'rejected' | 'recalled',
  locked: boolean,
): Promise<void> {
  const updates = Object.entries(updatesFor(definition, end)).flatMap(([name, value]) => {
    const field = subject.object.fields.get(name)
    return field ? [[name, updateValue(context, subject, name, value)] as const] : []
  })
  const values = { ...Object.fromEntries(updates), locked }
  const [outcome] = await performIn(
    context,
    [{ op: 'update', object: subject.object.name, id: subject.record.id, values, as: 'system' }],
    { atomic: true },
  )
  if (outcome && 'error' in outcome) throw outcome.error
}

function updateValue(
  context: WriteContext,
  subject: Subject,
  name: string,
  value: unknown,
): unknown {
  const field = subject.object.fields.get(name)
  if (!field || typeof value !== 'object' || value === null || Array.isArray(value)) return value
  const evaluate = compileEvaluator(
    value as Expression,
    objectScope(context.release.model, subject.object, 'record'),
    field.type.expressionType,
  )
  return toStored(field, evaluate(evaluationContext(changeOf(subject), subject.around)))
}
