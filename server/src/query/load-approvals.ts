import {
  type ApprovalSummary,
  localize,
  type LocalizedText,
  type ObjectModel,
} from '@trellis/metamodel'
import { sql } from 'kysely'

import type { Context } from '../access/context.ts'
import { type Cells, toMoment } from './cells.ts'
import { nameReferences, type ReferenceNames } from './name-references.ts'
import { prepareRead, runPrepared } from './prepared-read.ts'
import type { RecordApproval } from './resolve-actions.ts'
import { Slot } from './slot.ts'

interface PendingItem {
  id: string
  assignee: string
  since: string
}

const MOST_APPROVALS = 20

/** The approvals of a record that the reader is known to see, newest first. */
export async function loadApprovals(
  context: Context,
  object: ObjectModel,
  id: string,
): Promise<RecordApproval[]> {
  const { physical } = context.release
  const read = prepareRead(
    context.release,
    sql`
    select a.id, a.process, a.definition -> 'label', a.status, a.submitted_by, a.submitted_at, a.finished_at, a.comment,
      a.definition -> 'steps' -> a.step -> 'label', a.definition -> 'allow_recall',
      (select jsonb_agg(jsonb_build_object('id', w.id, 'assignee', w.assignee, 'since', w.created_at) order by w.position)
        from ${physical.systemTable('_work_item')} as w where w.approval = a.id and w.status = 'pending')
    from ${physical.systemTable('_approval')} as a
    where a.record = ${new Slot('id')} and a.object = ${new Slot('object')} order by a.submitted_at desc, a.id limit ${new Slot('limit')}`,
  )
  const rows = await runPrepared(context, read, {
    slots: { id, object: object.name, limit: MOST_APPROVALS },
  })
  if (rows.length === 0) return []
  const users = rows.flatMap((row) => [
    row[4] ?? '',
    ...pendingItems(row).map((item) => item.assignee),
  ])
  const names = await nameReferences(context, [
    { object: object.name, id },
    ...users.map((user) => ({ object: 'user', id: user })),
  ])
  return rows.map((row) => approvalOf(context, row, { object: object.name, id, names }))
}

function pendingItems(row: Cells): PendingItem[] {
  return JSON.parse(row[10] ?? '[]') as PendingItem[]
}

function approvalOf(
  { actor }: Context,
  row: Cells,
  { object, id: record, names }: { object: string; id: string; names: ReferenceNames },
): RecordApproval {
  const [
    id,
    process,
    label,
    status,
    submittedBy,
    submittedAt,
    finishedAt,
    comment,
    step,
    allowsRecall,
  ] = row
  const text = (json: string | null | undefined): string | null =>
    json ? localize(JSON.parse(json) as LocalizedText, actor.locale) : null
  const summary: ApprovalSummary = {
    id: id ?? '',
    process: process ?? '',
    process_label: text(label) ?? process ?? '',
    status: status as ApprovalSummary['status'],
    object,
    record: { id: record, name: names(object, record) },
    submitted_by: submittedBy ? { id: submittedBy, name: names('user', submittedBy) } : null,
    submitted_at: toMoment(submittedAt ?? ''),
    finished_at: finishedAt ? toMoment(finishedAt) : null,
    comment: comment ?? null,
    current_step: status === 'pending' ? text(step) : null,
    waiting_for: pendingItems(row).map((item) => ({
      work_item: item.id,
      assignee: { id: item.assignee, name: names('user', item.assignee) },
      since: new Date(item.since).toISOString(),
    })),
  }
  return { summary, allowsRecall: allowsRecall !== 'false' }
}
