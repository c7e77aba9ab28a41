import {
  type ApprovalProcessDefinition,
  type ApprovalStep,
  compileEvaluator,
  type Expression,
  expressionReferences,
  objectScope,
  type ObjectModel,
  readPaths,
} from '@trellis/metamodel'
import { sql } from 'kysely'

import type { Context, WriteContext } from '../access/context.ts'
import { representedBy } from '../access/delegations.ts'
import {
  approvalOfItem,
  insertApproval,
  insertEvent,
  insertItems,
  loadItems,
  lockApproval,
  pendingApproval,
  type StoredApproval,
  updateApproval,
  updateItems,
} from '../approvals/approval-store.ts'
import { fitsCriteria } from '../approvals/check-criteria.ts'
import { decideApproval, firstStates, updatesFor } from '../approvals/decide-approval.ts'
import { findAdministrators, findApprovers } from '../approvals/find-approvers.ts'
import { auditInNameOf, inWhoseName } from '../approvals/in-whose-name.ts'
import { shareWithAsked } from '../approvals/share-with-asked.ts'
import { hasSqlState } from '../db/index.ts'
import type { StoredRecord } from '../effects/record-request.ts'
import { message, refuse, RequestError } from '../errors.ts'
import { evaluationContext, type Surroundings } from '../validation/evaluation.ts'
import { toStored } from './apply-values.ts'
import { loadParents } from './load-parents.ts'
import { performIn } from './perform.ts'
import { loadForWrite } from './read-rows.ts'
import { SAVE_LOCK_TIMEOUT_MS } from './save-transaction.ts'

/** What is asked when a record is submitted. */
export interface SubmitRequest {
  object: string
  record: string
  /** A certain process; the first that fits if left out. */
  process?: string
  comment?: string | null
}

/** A record in an approval, with everything that criteria read. */
interface Subject {
  object: ObjectModel
  record: StoredRecord
  around: Surroundings
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
    await advance(inside, approval, await reload(inside, subject))
    await shareWithAsked(inside, approval)
    return approval.id
  })
}

async function loadSubject(
  context: WriteContext,
  objectName: string,
  id: string,
): Promise<Subject> {
  const object = context.release.model.objects.get(objectName)
  if (!object || !context.actor.rights.object(objectName).read) throw new RequestError('not_found')
  const found = (await loadForWrite(context, object, [id])).get(id)
  if (!found?.canRead) throw new RequestError('not_found')
  if (!found.canEdit) throw new RequestError('forbidden')
  return surround(context, object, found)
}

async function surround(
  context: WriteContext,
  object: ObjectModel,
  record: StoredRecord,
): Promise<Subject> {
  const named = criteriaPaths(object.approvalProcesses.map((process) => process.definition))
  const { columns, formulas } = readPaths(context.release.model, object, named)
  const parent = await loadParents(context, {
    object,
    records: [record.values],
    paths: columns.filter((path) => path.includes('.')),
    which: 'all',
  })
  const around = { actor: context.actor, now: context.now, parent, formulas }
  return { object, record, around }
}

const ENDS = ['submitted', 'approved', 'rejected', 'recalled'] as const

/** What the expressions of processes read: entries, criteria, updates. */
function criteriaPaths(definitions: readonly ApprovalProcessDefinition[]): string[] {
  const expressions = definitions.flatMap((definition) => [
    definition.entry,
    ...definition.steps.map((step) => step.criteria),
    ...ENDS.flatMap((end) => Object.values(updatesFor(definition, end))),
  ])
  return [
    ...new Set(
      expressions
        .filter((one) => one !== undefined)
        .flatMap((one) => expressionReferences(one as Expression).fields),
    ),
  ]
}

async function reload(context: WriteContext, subject: Subject): Promise<Subject> {
  const found = (await loadForWrite(context, subject.object, [subject.record.id])).get(
    subject.record.id,
  )
  if (!found) throw new RequestError('not_found')
  return surround(context, subject.object, found)
}

const changeOf = (subject: Subject) => ({ before: subject.record, after: subject.record.values })

function pickProcess(
  context: Context,
  subject: Subject,
  wanted: string | undefined,
): { name: string; definition: ApprovalProcessDefinition } {
  const candidates = subject.object.approvalProcesses.filter(
    (process) => wanted === undefined || process.name === wanted,
  )
  const fitting = candidates.find(({ definition }) =>
    fitsCriteria(context.release.model, subject.object, definition.entry, {
      change: changeOf(subject),
      around: subject.around,
    }),
  )
  if (fitting) return fitting
  throw new RequestError('conflict', {
    detail: message('No approval process fits this record now', '当前没有适用于该记录的审批流程'),
  })
}

/** Goes to the next step that applies and asks its people; after the last one the record is approved. */
async function advance(
  context: WriteContext,
  approval: StoredApproval,
  subject: Subject,
): Promise<void> {
  const { steps } = approval.definition
  for (let index = approval.step + 1; index < steps.length; index++) {
    const step = steps[index]
    const isWanted =
      step &&
      fitsCriteria(context.release.model, subject.object, step.criteria, {
        change: changeOf(subject),
        around: subject.around,
      })
    if (!step || !isWanted) continue
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

async function finish(
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
async function applyUpdates(
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

/** The record of an approval, whoever decides: being asked is the right to decide. */
async function subjectOf(context: WriteContext, approval: StoredApproval): Promise<Subject> {
  const object = context.release.model.objects.get(approval.object)
  const found =
    object && (await loadForWrite(context, object, [approval.record])).get(approval.record)
  if (!object || !found) throw new RequestError('not_found')
  return surround(context, object, found)
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
      const isSkipped = !fitsCriteria(inside.release.model, subject.object, step.criteria, {
        change: changeOf(subject),
        around: subject.around,
      })
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
