import type { ObjectModel } from '@trellis/metamodel'
import { sql } from 'kysely'

import type { Context } from '../access/context.ts'
import { approvalColumns, approvalRead, toApprovalRow, toSummaries } from './approval-rows.ts'
import { runPrepared } from './prepared-read.ts'
import type { RecordApproval } from './resolve-actions.ts'
import { Slot } from './slot.ts'

const MOST_APPROVALS = 20

/** The approvals of a record that the reader is known to see, newest first. */
export async function loadApprovals(
  context: Context,
  object: ObjectModel,
  id: string,
): Promise<RecordApproval[]> {
  const read = approvalRead(
    context,
    'of record',
    (physical) => sql`
    select ${approvalColumns(physical)} from ${physical.systemTable('_approval')} as a
    where a.record = ${new Slot('id')} and a.object = ${new Slot('object')}
    order by a.submitted_at desc, a.id desc limit ${new Slot('limit')}`,
  )
  const cells = await runPrepared(context, read, {
    slots: { id, object: object.name, limit: MOST_APPROVALS },
  })
  const rows = cells.map(toApprovalRow)
  const summaries = await toSummaries(context, rows)
  return summaries.map((summary, index) => ({
    summary,
    allowsRecall: rows[index]?.allowsRecall ?? true,
  }))
}
