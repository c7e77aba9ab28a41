import type { ApprovalBox, ApprovalEntry, ApprovalSummary } from '@trellis/metamodel'
import { type RawBuilder, sql } from 'kysely'

import type { Context } from '../access/context.ts'
import type { PhysicalMap } from '../schema/physical-map.ts'
import {
  APPROVAL_CELLS,
  approvalColumns,
  approvalRead,
  toApprovalRow,
  toSummaries,
} from './approval-rows.ts'
import { openCursor, sealCursor } from './cursor.ts'
import { loadApprovalChanges } from './load-approval-changes.ts'
import { loadHighlights } from './load-highlights.ts'
import { runPrepared } from './prepared-read.ts'
import { Slot } from './slot.ts'

/** A page of a box of approvals to be read. */
export interface BoxRequest {
  /** What waits for the reader, what they decided, what they submitted, what they are to know of. */
  box: 'to_do' | 'done' | 'sent' | 'cc'
  limit: number
  cursor: string | undefined
  cursorKey: Buffer
}

/** Behind the columns of the approval: the reader's work item, and the moment that the box is ordered by. */
const ITEM = APPROVAL_CELLS
const AT = APPROVAL_CELLS + 1

/**
 * Reads a page of a box, newest first, each approval with what decides.
 * @throws RequestError `invalid_cursor` if the cursor is not of this box
 */
export async function loadApprovalBox(
  context: Context,
  { box, limit, cursor, cursorKey }: BoxRequest,
): Promise<ApprovalBox> {
  const binding = `${context.actor.userId} approvals ${box}`
  const [at, last] =
    cursor === undefined ? ['infinity', LAST_ID] : openCursor(cursor, binding, cursorKey)
  // Nobody is copied in by the steps of this form of a process.
  if (box === 'cc') return { approvals: [], next_cursor: null }
  const read = approvalRead(context, `box ${box}`, BOXES[box])
  const rows = await runPrepared(context, read, {
    slots: { me: context.actor.userId, at, last, limit: limit + 1 },
  })
  const shown = rows.slice(0, limit)
  const end = rows.length > limit ? shown.at(-1) : undefined
  const summaries = await toSummaries(context, shown.map(toApprovalRow))
  const entries = await withWhatDecides(context, summaries)
  return {
    approvals: entries.map((entry, index) => ({
      ...entry,
      ...(box === 'to_do' ? { work_item: shown[index]?.[ITEM] ?? '' } : {}),
    })),
    next_cursor: end ? sealCursor([end[AT] ?? null, end[0] ?? null], binding, cursorKey) : null,
  }
}

const LAST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff'

/** Compiles the page of a box; it ends before the slots `at` and `last`. */
type CompileBox = (physical: PhysicalMap) => RawBuilder<unknown>

const ME = new Slot('me')

function pageOf(at: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`(${at}, a.id) < (${new Slot('at')}::timestamptz, ${new Slot('last')}::uuid)
    order by ${at} desc, a.id desc limit ${new Slot('limit')}`
}

const BOXES: Readonly<Record<Exclude<BoxRequest['box'], 'cc'>, CompileBox>> = {
  to_do: (physical) => sql`
    select ${approvalColumns(physical)}, i.id, i.created_at
    from ${physical.systemTable('_work_item')} as i join ${physical.systemTable('_approval')} as a on a.id = i.approval
    where i.assignee = ${ME} and i.status = 'pending' and a.status = 'pending' and ${pageOf(sql`i.created_at`)}`,
  // Who decided more than one step of an approval finds it once, at their last decision.
  done: (physical) => sql`
    select ${approvalColumns(physical)}, i.id, i.decided_at
    from ${physical.systemTable('_work_item')} as i join ${physical.systemTable('_approval')} as a on a.id = i.approval
    where i.decided_by = ${ME} and not exists (
        select 1 from ${physical.systemTable('_work_item')} as l
        where l.approval = i.approval and l.decided_by = ${ME} and (l.decided_at, l.id) > (i.decided_at, i.id))
      and ${pageOf(sql`i.decided_at`)}`,
  sent: (physical) => sql`
    select ${approvalColumns(physical)}, null::uuid, a.submitted_at
    from ${physical.systemTable('_approval')} as a
    where a.submitted_by = ${ME} and ${pageOf(sql`a.submitted_at`)}`,
}

async function withWhatDecides(
  context: Context,
  summaries: readonly ApprovalSummary[],
): Promise<ApprovalEntry[]> {
  const { objects } = context.release.model
  const groups = [...Map.groupBy(summaries, ({ object }) => object)].flatMap(([name, group]) => {
    const object = objects.get(name)
    return object ? [{ object, group }] : []
  })
  const found = await Promise.all(
    groups.map(async ({ object, group }) => {
      const highlights = await loadHighlights(
        context,
        object,
        group.map(({ record }) => record.id),
      )
      const visible = group.filter(({ record }) => highlights.has(record.id))
      const changes = await loadApprovalChanges(
        context,
        object,
        visible.map(({ id }) => id),
      )
      return group.map((summary): [string, ApprovalEntry] => [
        summary.id,
        {
          ...summary,
          highlights: highlights.get(summary.record.id) ?? null,
          changes: changes.get(summary.id) ?? [],
        },
      ])
    }),
  )
  const entries = new Map(found.flat())
  return summaries.map(
    (summary) => entries.get(summary.id) ?? { ...summary, highlights: null, changes: [] },
  )
}
