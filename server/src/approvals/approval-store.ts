import type { ApprovalProcessDefinition } from '@trellis/metamodel'
import { sql } from 'kysely'
import { uuidv7 } from 'uuidv7'

import type { WriteContext } from '../access/context.ts'
import { asJson } from '../db/index.ts'
import type { WorkItem } from './decide-approval.ts'

/** One run of a process. */
export interface StoredApproval {
  id: string
  process: string
  /** The version with which it began. */
  definition: ApprovalProcessDefinition
  object: string
  record: string
  status: 'pending' | 'approved' | 'rejected' | 'recalled'
  step: number
  submittedBy: string
  submittedAt: string
}

const COLUMNS = sql`id, process, definition, object, record, status, step, submitted_by as "submittedBy", submitted_at as "submittedAt"`

/** Loads an approval and keeps everybody else from deciding it until the transaction ends. */
export async function lockApproval(
  context: WriteContext,
  id: string,
): Promise<StoredApproval | undefined> {
  const [found] = await context.tx.query<StoredApproval>(sql`
    select ${COLUMNS} from ${context.release.physical.systemTable('_approval')} where id = ${id}::uuid for update`)
  return found
}

/** The approval that a work item belongs to. */
export async function approvalOfItem(
  context: WriteContext,
  item: string,
): Promise<string | undefined> {
  const [found] = await context.tx.query<{ approval: string }>(sql`
    select approval from ${context.release.physical.systemTable('_work_item')} where id = ${item}::uuid`)
  return found?.approval
}

/** The approval of a record that still runs. */
export async function pendingApproval(
  context: WriteContext,
  record: string,
): Promise<string | undefined> {
  const [found] = await context.tx.query<{ id: string }>(sql`
    select id from ${context.release.physical.systemTable('_approval')} where record = ${record}::uuid and status = 'pending'`)
  return found?.id
}

/** Begins an approval. */
export async function insertApproval(
  context: WriteContext,
  asked: {
    process: string
    definition: ApprovalProcessDefinition
    object: string
    record: string
    comment: string | null
  },
): Promise<StoredApproval> {
  const [made] = await context.tx.query<StoredApproval>(sql`
    insert into ${context.release.physical.systemTable('_approval')} (id, process, definition, object, record, status, step, submitted_by, submitted_at, comment)
    values (${uuidv7()}, ${asked.process}, ${asJson(asked.definition)}::jsonb, ${asked.object}, ${asked.record}::uuid, 'pending', -1,
      ${context.actor.userId}::uuid, ${context.now.toISOString()}, ${asked.comment})
    returning ${COLUMNS}`)
  if (!made) throw new Error('The approval was not stored')
  return made
}

/** Moves an approval to a step, or to its end. */
export async function updateApproval(
  context: WriteContext,
  id: string,
  to: { step: number } | { status: Exclude<StoredApproval['status'], 'pending'> },
): Promise<void> {
  const set =
    'step' in to
      ? sql`step = ${to.step}`
      : sql`status = ${to.status}, finished_at = ${context.now.toISOString()}`
  await context.tx.execute(
    sql`update ${context.release.physical.systemTable('_approval')} set ${set} where id = ${id}::uuid`,
  )
}

/** Asks people. */
export async function insertItems(
  context: WriteContext,
  approval: string,
  step: number,
  items: readonly { assignee: string; status: WorkItem['status'] }[],
): Promise<void> {
  const rows = items.map(({ assignee, status }, position) => ({
    id: uuidv7(),
    position,
    assignee,
    status,
  }))
  await context.tx.execute(sql`
    insert into ${context.release.physical.systemTable('_work_item')} (id, approval, step, position, assignee, status, created_at)
    select id, ${approval}::uuid, ${step}::int, position, assignee, status, ${context.now.toISOString()}::timestamptz
    from json_to_recordset(${asJson(rows)}::json) as r (id uuid, position int, assignee uuid, status text)`)
}

/** The items of a step, in order. */
export async function loadItems(
  context: WriteContext,
  approval: string,
  step: number,
): Promise<WorkItem[]> {
  return context.tx.query<WorkItem>(sql`
    select id, step, position, assignee, status from ${context.release.physical.systemTable('_work_item')}
    where approval = ${approval}::uuid and step = ${step} order by position`)
}

/** Writes what became of items; the one that was decided also says by whom and why. */
export async function updateItems(
  context: WriteContext,
  changes: readonly { id: string; status: WorkItem['status'] }[],
  decided?: { item: string; comment: string | null },
): Promise<void> {
  const table = context.release.physical.systemTable('_work_item')
  await context.tx.execute(sql`
    update ${table} as w set status = r.status from json_to_recordset(${asJson(changes)}::json) as r (id uuid, status text) where w.id = r.id`)
  if (!decided) return
  await context.tx.execute(sql`
    update ${table} set decided_by = ${context.actor.userId}::uuid, decided_at = ${context.now.toISOString()}, comment = ${decided.comment}
    where id = ${decided.item}::uuid`)
}

/** Writes a line of the approval's history. */
export async function insertEvent(
  context: WriteContext,
  approval: string,
  event: {
    act: string
    step: string | null
    comment: string | null
    inNameOf?: string | undefined
  },
): Promise<void> {
  await context.tx.execute(sql`
    insert into ${context.release.physical.systemTable('_approval_event')} (id, approval, at, actor, in_name_of, act, step, comment)
    values (${uuidv7()}, ${approval}::uuid, ${context.now.toISOString()}, ${context.actor.userId}::uuid, ${event.inNameOf ?? null}::uuid,
      ${event.act}, ${event.step}, ${event.comment})`)
}
