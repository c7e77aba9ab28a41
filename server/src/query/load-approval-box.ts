import type { ApprovalBox, ApprovalEntry, ApprovalSummary } from '@trellis/metamodel'
import { type RawBuilder, sql } from 'kysely'

import type { Context } from '../access/context.ts'
import { representedBy } from '../access/delegations.ts'
import type { PhysicalMap } from '../schema/physical-map.ts'
import {
  APPROVAL_CELLS,
  approvalColumns,
  approvalRead,
  loadNames,
  toApprovalRow,
  toSummaries,
} from './approval-rows.ts'
import type { Cells } from './cells.ts'
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

/**
 * Behind the columns of the approval: the work item that put it into the box, the moment that the box is ordered by,
 * whose item it is, and who decided it.
 */
const ITEM = APPROVAL_CELLS
const AT = APPROVAL_CELLS + 1
const ASSIGNEE = APPROVAL_CELLS + 2
const DECIDED_BY = APPROVAL_CELLS + 3

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
  const [entries, places] = await Promise.all([
    withWhatDecides(context, summaries),
    tellPlaces(context, shown),
  ])
  return {
    approvals: entries.map((entry, index) => ({
      ...entry,
      ...(box === 'to_do' ? { work_item: shown[index]?.[ITEM] ?? '' } : {}),
      ...places[index],
    })),
    next_cursor: end ? sealCursor([end[AT] ?? null, end[0] ?? null], binding, cursorKey) : null,
  }
}

/** Who acts in whose place, where the reader is not alone with their work item. */
async function tellPlaces(
  context: Context,
  rows: readonly Cells[],
): Promise<Pick<ApprovalEntry, 'in_name_of' | 'decided_by'>[]> {
  const isOther = (id: string | null | undefined): id is string =>
    typeof id === 'string' && id !== context.actor.userId
  const others = rows.flatMap((row) => [row[ASSIGNEE], row[DECIDED_BY]]).filter(isOther)
  const name = await loadNames(
    context,
    others.map((id) => ({ object: 'user', id })),
  )
  return rows.map((row) => {
    const [assignee, decidedBy] = [row[ASSIGNEE], row[DECIDED_BY]]
    return {
      ...(isOther(assignee) ? { in_name_of: name('user', assignee) } : {}),
      ...(isOther(decidedBy) ? { decided_by: name('user', decidedBy) } : {}),
    }
  })
}

const LAST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff'

/** Compiles the page of a box; it ends before the slots `at` and `last`. */
type CompileBox = (physical: PhysicalMap) => RawBuilder<unknown>

const ME = new Slot('me')
const ME_ID = sql`${ME}::uuid`

/** The work items that the reader decided, and those that somebody decided in their place. */
function isDecidedByOrFor(of: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`(${of}.decided_by = ${ME} or (${of}.assignee = ${ME} and ${of}.decided_by <> ${of}.assignee))`
}

function pageOf(at: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`(${at}, a.id) < (${new Slot('at')}::timestamptz, ${new Slot('last')}::uuid)
    order by ${at} desc, a.id desc limit ${new Slot('limit')}`
}

const BOXES: Readonly<Record<Exclude<BoxRequest['box'], 'cc'>, CompileBox>> = {
  to_do: (physical) => sql`
    select ${approvalColumns(physical)}, i.id, i.created_at, i.assignee, null::uuid
    from ${physical.systemTable('_work_item')} as i join ${physical.systemTable('_approval')} as a on a.id = i.approval
    where i.assignee in (select ${ME}::uuid union all ${representedBy(physical, ME_ID)})
      and (i.assignee = ${ME} or a.submitted_by <> ${ME})
      and i.status = 'pending' and a.status = 'pending' and ${pageOf(sql`i.created_at`)}`,
  // Who decided more than one step of an approval finds it once, at their last decision; so does who had it decided.
  done: (physical) => sql`
    select ${approvalColumns(physical)}, i.id, i.decided_at, i.assignee, i.decided_by
    from ${physical.systemTable('_work_item')} as i join ${physical.systemTable('_approval')} as a on a.id = i.approval
    where ${isDecidedByOrFor(sql`i`)} and not exists (
        select 1 from ${physical.systemTable('_work_item')} as l
        where l.approval = i.approval and ${isDecidedByOrFor(sql`l`)} and (l.decided_at, l.id) > (i.decided_at, i.id))
      and ${pageOf(sql`i.decided_at`)}`,
  sent: (physical) => sql`
    select ${approvalColumns(physical)}, null::uuid, a.submitted_at, null::uuid, null::uuid
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
