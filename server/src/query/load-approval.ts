import {
  type ApprovalDetail,
  type ApprovalStep,
  localize,
  type ObjectModel,
} from '@trellis/metamodel'
import { sql } from 'kysely'

import type { Context } from '../access/context.ts'
import {
  APPROVAL_CELLS,
  approvalColumns,
  approvalRead,
  type ApprovalRow,
  loadNames,
  type Naming,
  toApprovalRow,
  toSummaries,
} from './approval-rows.ts'
import { toMoment } from './cells.ts'
import { findSkippedSteps } from './find-skipped-steps.ts'
import { loadApprovalChanges } from './load-approval-changes.ts'
import { runPrepared } from './prepared-read.ts'
import { Slot } from './slot.ts'
import { isVisible } from './visible-record.ts'

/** An approval and the steps of the process as they were when it began. */
interface RouteRow extends ApprovalRow {
  steps: readonly ApprovalStep[]
}

interface ItemRow {
  id: string
  step: number
  assignee: string
  status: ApprovalDetail['work_items'][number]['status']
  decidedBy: string | null
  decidedAt: string | null
  comment: string | null
}

interface EventRow {
  at: string
  actor: string | null
  inNameOf: string | null
  act: string
  step: string | null
  comment: string | null
}

/** One approval with its route and history; undefined for who neither takes part nor may read the record. */
export async function loadApproval(
  context: Context,
  id: string,
): Promise<ApprovalDetail | undefined> {
  const row = await readRow(context, id)
  if (!row) return undefined
  const object = context.release.model.objects.get(row.object)
  const [items, canRead] = await Promise.all([
    readItems(context, id),
    object === undefined ? false : isVisible(context, object, row.record),
  ])
  const me = context.actor.userId
  const takesPart =
    row.submittedBy === me ||
    items.some(({ assignee, decidedBy }) => assignee === me || decidedBy === me) ||
    row.pending.some(({ delegate }) => delegate === me)
  if (!takesPart && !canRead) return undefined
  const seen = canRead ? object : undefined
  const [events, [summary], changes, skipped] = await Promise.all([
    readEvents(context, id),
    toSummaries(context, [row]),
    seen === undefined ? undefined : loadApprovalChanges(context, seen, [id]),
    stepsToSkip(context, row, seen),
  ])
  if (!summary) return undefined
  const people = [
    ...items.flatMap((item) => [item.assignee, item.decidedBy]),
    ...events.flatMap(({ actor, inNameOf }) => [actor, inNameOf]),
  ]
  const name = await loadNames(
    context,
    people.flatMap((person) => (person === null ? [] : [{ object: 'user', id: person }])),
  )
  return {
    ...summary,
    changes: changes?.get(id) ?? [],
    ...routeOf(context, { row, items, events, skipped }, name),
  }
}

async function readRow(context: Context, id: string): Promise<RouteRow | undefined> {
  const read = approvalRead(
    context,
    'one',
    (physical) => sql`
    select ${approvalColumns(physical)}, a.definition -> 'steps'
    from ${physical.systemTable('_approval')} as a where a.id = ${new Slot('id')}`,
  )
  const [cells] = await runPrepared(context, read, { slots: { id } })
  if (!cells) return undefined
  const steps = JSON.parse(cells[APPROVAL_CELLS] ?? '[]') as ApprovalStep[]
  return { ...toApprovalRow(cells), steps }
}

async function readItems(context: Context, approval: string): Promise<ItemRow[]> {
  const read = approvalRead(
    context,
    'items',
    (physical) => sql`
    select id, step, assignee, status, decided_by, decided_at, comment
    from ${physical.systemTable('_work_item')} where approval = ${new Slot('approval')} order by step, position`,
  )
  const rows = await runPrepared(context, read, { slots: { approval } })
  return rows.map(([id, step, assignee, status, decidedBy, decidedAt, comment]) => ({
    id: id ?? '',
    step: Number(step),
    assignee: assignee ?? '',
    status: status as ItemRow['status'],
    decidedBy: decidedBy ?? null,
    decidedAt: decidedAt ? toMoment(decidedAt) : null,
    comment: comment ?? null,
  }))
}

async function readEvents(context: Context, approval: string): Promise<EventRow[]> {
  const read = approvalRead(
    context,
    'events',
    (physical) => sql`
    select at, actor, in_name_of, act, step, comment
    from ${physical.systemTable('_approval_event')} where approval = ${new Slot('approval')} order by at, id`,
  )
  const rows = await runPrepared(context, read, { slots: { approval } })
  return rows.map(([at, actor, inNameOf, act, step, comment]) => ({
    at: toMoment(at ?? ''),
    actor: actor ?? null,
    inNameOf: inNameOf ?? null,
    act: act ?? '',
    step: step ?? null,
    comment: comment ?? null,
  }))
}

/** Which steps are not expected to be reached. */
async function stepsToSkip(
  context: Context,
  { status, step, steps, record }: RouteRow,
  object: ObjectModel | undefined,
): Promise<ReadonlySet<string>> {
  if (status !== 'pending' || object === undefined) return new Set()
  return findSkippedSteps(context, object, { record, steps: steps.slice(step + 1) })
}

interface Route {
  row: RouteRow
  items: readonly ItemRow[]
  events: readonly EventRow[]
  skipped: ReadonlySet<string>
}

function routeOf(
  { actor: { locale } }: Context,
  { row, items, events, skipped }: Route,
  name: Naming,
): Pick<ApprovalDetail, 'steps' | 'work_items' | 'history'> {
  const labelOf = (step: ApprovalStep | undefined): string =>
    step === undefined ? '' : localize(step.label, locale, step.name)
  const person = (id: string | null) => (id === null ? null : name('user', id))
  return {
    steps: row.steps.map((step, place) => {
      const own = items.filter((item) => item.step === place)
      return {
        name: step.name,
        label: labelOf(step),
        state: stateOf(row, place, { wasAsked: own.length > 0, isSkipped: skipped.has(step.name) }),
        mode: step.mode ?? 'any',
        approvers: own.map((item) => name('user', item.assignee)),
      }
    }),
    work_items: items.map((item) => ({
      id: item.id,
      step: row.steps[item.step]?.name ?? '',
      step_label: labelOf(row.steps[item.step]),
      assignee: name('user', item.assignee),
      status: item.status,
      decided_by: person(item.decidedBy),
      decided_at: item.decidedAt,
      comment: item.comment,
    })),
    history: events.map(({ at, actor, inNameOf, act, step, comment }) => ({
      at,
      by: person(actor),
      in_name_of: person(inNameOf),
      act,
      step,
      comment,
    })),
  }
}

function stateOf(
  { status, step }: RouteRow,
  place: number,
  { wasAsked, isSkipped }: { wasAsked: boolean; isSkipped: boolean },
): ApprovalDetail['steps'][number]['state'] {
  if (status === 'pending' && place === step) return 'current'
  if (wasAsked) return 'done'
  return status === 'pending' && place > step && !isSkipped ? 'coming' : 'skipped'
}
