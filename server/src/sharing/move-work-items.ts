import { sql } from 'kysely'

import type { Context, WriteContext } from '../access/context.ts'
import { insertEvent, lockApproval } from '../approvals/approval-store.ts'
import { shareWithAsked } from '../approvals/share-with-asked.ts'
import { inSaveTransaction } from '../records/save-transaction.ts'

/** What became of the work items that waited for somebody. */
export interface MovedItems {
  moved: number
  left: number
}

/**
 * Gives the open work items of a user to their successor, approval by approval, each locked first so that a decision
 * at the same moment counts once. Nobody gets to decide on what they submitted themself: such items stay.
 */
export async function moveWorkItems(
  context: Context,
  from: string,
  to: string | null,
): Promise<MovedItems> {
  const total: MovedItems = { moved: 0, left: 0 }
  for (const approval of await openApprovals(context, from)) {
    const { moved, left } = await inSaveTransaction(context, (inside) =>
      moveOfApproval(inside, approval, { from, to }),
    )
    total.moved += moved
    total.left += left
  }
  return total
}

async function openApprovals({ db, release }: Context, user: string): Promise<string[]> {
  const { physical } = release
  const rows = await db.query<{ id: string }>(sql`
    select distinct a.id from ${physical.systemTable('_approval')} as a
    join ${physical.systemTable('_work_item')} as w on w.approval = a.id
    where w.assignee = ${user}::uuid and w.status in ('pending', 'waiting') and a.status = 'pending' order by a.id`)
  return rows.map(({ id }) => id)
}

async function moveOfApproval(
  context: WriteContext,
  id: string,
  { from, to }: { from: string; to: string | null },
): Promise<MovedItems> {
  const approval = await lockApproval(context, id)
  if (approval?.status !== 'pending') return { moved: 0, left: 0 }
  const table = context.release.physical.systemTable('_work_item')
  const open = sql`approval = ${id}::uuid and assignee = ${from}::uuid and status in ('pending', 'waiting')`
  if (to === null || approval.submittedBy === to) {
    const rows = await context.tx.query(sql`select 1 from ${table} where ${open}`)
    return { moved: 0, left: rows.length }
  }
  const moved = await context.tx.execute(
    sql`update ${table} set assignee = ${to}::uuid where ${open}`,
  )
  await shareWithAsked(context, approval)
  const step = approval.definition.steps[approval.step]?.name ?? null
  await insertEvent(context, id, { act: 'transferred', step, comment: null })
  return { moved, left: 0 }
}
