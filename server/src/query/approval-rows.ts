import {
  type ApprovalSummary,
  localize,
  type LocalizedText,
  type WireReference,
} from '@trellis/metamodel'
import { type RawBuilder, sql } from 'kysely'

import type { Context } from '../access/context.ts'
import { delegateOf } from '../access/delegations.ts'
import type { PhysicalMap } from '../schema/physical-map.ts'
import { type Cells, toMoment } from './cells.ts'
import { nameMask } from './mask-cells.ts'
import { type PreparedRead, prepareRead, runPrepared } from './prepared-read.ts'
import { releaseCache } from './release-cache.ts'
import { Slot } from './slot.ts'

/** One run of a process as it is read: everything but its route. */
export interface ApprovalRow {
  id: string
  process: string
  label: LocalizedText
  object: string
  record: string
  status: ApprovalSummary['status']
  /** Place of the step that it stands at, and what that step is called. */
  step: number
  stepLabel: LocalizedText | null
  allowsRecall: boolean
  submittedBy: string
  submittedAt: string
  finishedAt: string | null
  comment: string | null
  pending: readonly PendingItem[]
}

interface PendingItem {
  id: string
  assignee: string
  /** Who may decide in their place now. */
  delegate: string | null
  since: string
}

/** How many cells an `ApprovalRow` takes; what else a statement asks for stands behind them. */
export const APPROVAL_CELLS = 14

const ASSIGNEE = { user: sql`w.assignee`, submitter: sql`a.submitted_by` }

/** The columns of an `ApprovalRow`; approvals go by the name `a`. */
export function approvalColumns(physical: PhysicalMap): RawBuilder<unknown> {
  return sql`a.id, a.process, a.definition -> 'label', a.object, a.record, a.status, a.step,
    a.definition -> 'steps' -> a.step -> 'label', a.definition -> 'allow_recall',
    a.submitted_by, a.submitted_at, a.finished_at, a.comment,
    (select jsonb_agg(jsonb_build_object('id', w.id, 'assignee', w.assignee, 'since', w.created_at,
        'delegate', (${delegateOf(physical, ASSIGNEE)})) order by w.position)
      from ${physical.systemTable('_work_item')} as w
      where w.approval = a.id and w.status = 'pending' and a.status = 'pending')`
}

const reads = releaseCache<PreparedRead>('approvals', 500)

/** A statement about approvals, compiled once per release; `key` names its shape. */
export function approvalRead(
  { release }: Context,
  key: string,
  compile: (physical: PhysicalMap) => RawBuilder<unknown>,
): PreparedRead {
  return reads(release).get(key, () => prepareRead(compile(release.physical)))
}

/** Reads the cells of `approvalColumns`. */
export function toApprovalRow(cells: Cells): ApprovalRow {
  const text = (place: number): string => cells[place] ?? ''
  return {
    id: text(0),
    process: text(1),
    label: parsed(cells[2]) ?? text(1),
    object: text(3),
    record: text(4),
    status: text(5) as ApprovalRow['status'],
    step: Number(text(6)),
    stepLabel: parsed(cells[7]),
    allowsRecall: text(8) !== 'false',
    submittedBy: text(9),
    submittedAt: toMoment(text(10)),
    finishedAt: cells[11] ? toMoment(cells[11]) : null,
    comment: cells[12] ?? null,
    pending: parsed(cells[13]) ?? [],
  }
}

function parsed<Value>(json: string | null | undefined): Value | null {
  return json ? (JSON.parse(json) as Value) : null
}

/** Approvals as they go over the wire, in their order. */
export async function toSummaries(
  context: Context,
  rows: readonly ApprovalRow[],
): Promise<ApprovalSummary[]> {
  const name = await loadNames(context, [
    ...rows.map(({ object, record }) => ({ object, id: record })),
    ...rows.flatMap((row) => peopleOf(row).map((id) => ({ object: 'user', id }))),
  ])
  const { locale } = context.actor
  return rows.map((row) => ({
    id: row.id,
    process: row.process,
    process_label: localize(row.label, locale, row.process),
    status: row.status,
    object: row.object,
    record: name(row.object, row.record),
    submitted_by: name('user', row.submittedBy),
    submitted_at: row.submittedAt,
    finished_at: row.finishedAt,
    comment: row.comment,
    current_step:
      row.status === 'pending' && row.stepLabel !== null ? localize(row.stepLabel, locale) : null,
    waiting_for: row.pending.map((item) => ({
      work_item: item.id,
      assignee: name('user', item.assignee),
      delegate: item.delegate === null ? null : name('user', item.delegate),
      since: new Date(item.since).toISOString(),
    })),
  }))
}

function peopleOf({ submittedBy, pending }: ApprovalRow): string[] {
  const asked = pending.flatMap(({ assignee, delegate }) => [
    assignee,
    ...(delegate ? [delegate] : []),
  ])
  return [submittedBy, ...asked]
}

/** A record by its name. */
export type Naming = (object: string, id: string) => WireReference

/**
 * Names records to whoever may see the approval that they belong to, whatever else they may read: who is
 * asked to decide is told by whom and about what. A name that is masked for them stays masked.
 */
export async function loadNames(
  context: Context,
  references: readonly { object: string; id: string }[],
): Promise<Naming> {
  const { model } = context.release
  const known = references.filter(({ object }) => model.objects.has(object))
  const found = await Promise.all(
    Array.from(
      Map.groupBy(known, ({ object }) => object),
      ([object, list]) => namesOf(context, object, [...new Set(list.map(({ id }) => id))]),
    ),
  )
  const names = new Map(found.flat())
  return (object, id) => ({ id, name: names.get(`${object} ${id}`) ?? null })
}

async function namesOf(
  context: Context,
  object: string,
  ids: readonly string[],
): Promise<[string, string | null][]> {
  const read = approvalRead(
    context,
    `names ${object}`,
    (physical) =>
      sql`select id, name from ${physical.table(object)} where id = any(${new Slot('ids')}::uuid[])`,
  )
  const rows = await runPrepared(context, read, { slots: { ids } })
  const hide = nameMask(context, object)
  return rows.map(([id, name]) => [`${object} ${id}`, hide(name)])
}
