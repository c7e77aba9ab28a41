import {
  type ApprovalDetail,
  type ApprovalProcessDefinition,
  type ApprovalSummary,
  type Locale,
  localize,
  type WireReference,
} from '@trellis/metamodel'
import { type RawBuilder, sql } from 'kysely'

import type { Context } from '../access/context.ts'
import { rowFilter } from '../access/row-filter.ts'

interface Row {
  id: string
  process: string
  definition: ApprovalProcessDefinition
  object: string
  record: string
  status: ApprovalSummary['status']
  step: number
  submittedBy: string
  submittedAt: string
  finishedAt: string | null
  comment: string | null
  workItem?: string
  sortKey?: string
}

interface ItemRow {
  id: string
  approval: string
  step: number
  assignee: string
  status: ApprovalDetail['work_items'][number]['status']
  createdAt: string
  decidedBy: string | null
  decidedAt: string | null
  comment: string | null
}

const COLUMNS = sql`a.id, a.process, a.definition, a.object, a.record, a.status, a.step, a.submitted_by as "submittedBy", a.submitted_at as "submittedAt",
  a.finished_at as "finishedAt", a.comment`

/** What an approvals page asks for. */
export interface BoxQuery {
  box: 'to_do' | 'done' | 'sent' | 'cc'
  limit: number
  /** Where the page before ended: a moment and an id. */
  after?: { at: string; id: string }
}

/** One page of a box: what waits for the caller, what they decided, what they submitted. */
export async function loadBox(
  context: Context,
  query: BoxQuery,
  locale: Locale,
): Promise<{
  approvals: (ApprovalSummary & { work_item?: string })[]
  next?: { at: string; id: string }
}> {
  const { box, limit, after } = query
  const me = sql`${context.actor.userId}::uuid`
  const items = context.release.physical.systemTable('_work_item')
  const approvals = context.release.physical.systemTable('_approval')
  const page = (at: RawBuilder<unknown>, id: RawBuilder<unknown>): RawBuilder<unknown> =>
    after ? sql`(${at}, ${id}) < (${after.at}::timestamptz, ${after.id}::uuid)` : sql`true`
  const sources = {
    to_do: sql`select ${COLUMNS}, w.id as "workItem", w.created_at as "sortKey" from ${items} w join ${approvals} a on a.id = w.approval
      where w.assignee = ${me} and w.status = 'pending' and a.status = 'pending' and ${page(sql`w.created_at`, sql`a.id`)} order by w.created_at desc, a.id desc`,
    done: sql`select ${COLUMNS}, w.id as "workItem", w.decided_at as "sortKey" from ${items} w join ${approvals} a on a.id = w.approval
      where w.decided_by = ${me} and ${page(sql`w.decided_at`, sql`a.id`)} order by w.decided_at desc, a.id desc`,
    sent: sql`select ${COLUMNS}, a.submitted_at as "sortKey" from ${approvals} a where a.submitted_by = ${me} and ${page(sql`a.submitted_at`, sql`a.id`)}
      order by a.submitted_at desc, a.id desc`,
    // Nobody is copied in by the steps of this form of a process.
    cc: sql`select ${COLUMNS}, a.submitted_at as "sortKey" from ${approvals} a where false`,
  }
  const rows = await context.db.query<Row>(sql`${sources[box]} limit ${limit + 1}`)
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  const summaries = await toSummaries(context, shown, locale)
  return {
    approvals: summaries.map((summary, index) => ({
      ...summary,
      ...(box === 'to_do' ? { work_item: shown[index]?.workItem ?? '' } : {}),
    })),
    ...(rows.length > limit && last?.sortKey !== undefined
      ? { next: { at: last.sortKey, id: last.id } }
      : {}),
  }
}

/** The approvals of a record, newest first. */
export async function loadApprovalsOf(
  context: Context,
  record: string,
  locale: Locale,
): Promise<ApprovalSummary[]> {
  const rows = await context.db.query<Row>(sql`
    select ${COLUMNS} from ${context.release.physical.systemTable('_approval')} a where a.record = ${record}::uuid order by a.submitted_at desc, a.id desc limit 50`)
  return toSummaries(context, rows, locale)
}

/** One approval with its route and history; undefined for who neither takes part nor may read the record. */
export async function loadApproval(
  context: Context,
  id: string,
  locale: Locale,
): Promise<ApprovalDetail | undefined> {
  const { physical } = context.release
  const [row] = await context.db.query<Row>(
    sql`select ${COLUMNS} from ${physical.systemTable('_approval')} a where a.id = ${id}::uuid`,
  )
  if (!row) return undefined
  const items = await loadItemRows(context, [row.id])
  const isInvolved =
    row.submittedBy === context.actor.userId ||
    items.some((item) => item.assignee === context.actor.userId)
  if (!isInvolved && !(await canReadRecord(context, row))) return undefined
  const events = await context.db.query<{
    at: string
    actor: string | null
    act: string
    step: string | null
    comment: string | null
  }>(sql`
    select at, actor, act, step, comment from ${physical.systemTable('_approval_event')} where approval = ${id}::uuid order by at, id`)
  const [summary] = await toSummaries(context, [row], locale)
  if (!summary) return undefined
  const names = await userNames(context, [
    ...items.flatMap((item) => [item.assignee, item.decidedBy]),
    ...events.map((event) => event.actor),
  ])
  return {
    ...summary,
    steps: stepsOf(row, items, names, locale),
    work_items: items.map((item) => ({
      id: item.id,
      step: row.definition.steps[item.step]?.name ?? '',
      step_label: stepLabel(row, item.step, locale),
      assignee: reference(item.assignee, names),
      status: item.status,
      decided_by: item.decidedBy === null ? null : reference(item.decidedBy, names),
      decided_at: item.decidedAt,
      comment: item.comment,
    })),
    history: events.map((event) => ({
      at: event.at,
      by: event.actor === null ? null : reference(event.actor, names),
      act: event.act,
      step: event.step,
      comment: event.comment,
    })),
  }
}

async function canReadRecord(context: Context, row: Row): Promise<boolean> {
  const object = context.release.model.objects.get(row.object)
  if (!object || !context.actor.rights.object(row.object).read) return false
  const filter = rowFilter(context, { object, right: 'read', alias: 't' }) ?? sql`true`
  const found = await context.db.query(
    sql`select 1 from ${context.release.physical.table(row.object)} as t where t.id = ${row.record}::uuid and t.deleted_at is null and ${filter}`,
  )
  return found.length > 0
}

async function loadItemRows(context: Context, approvals: readonly string[]): Promise<ItemRow[]> {
  return context.db.query<ItemRow>(sql`
    select id, approval, step, assignee, status, created_at as "createdAt", decided_by as "decidedBy", decided_at as "decidedAt", comment
    from ${context.release.physical.systemTable('_work_item')} where approval = any(${[...approvals]}::uuid[]) order by approval, step, position`)
}

async function toSummaries(
  context: Context,
  rows: readonly Row[],
  locale: Locale,
): Promise<ApprovalSummary[]> {
  if (rows.length === 0) return []
  const items = (
    await loadItemRows(
      context,
      rows.map((row) => row.id),
    )
  ).filter((item) => item.status === 'pending')
  const names = await userNames(context, [
    ...rows.map((row) => row.submittedBy),
    ...items.map((item) => item.assignee),
  ])
  const records = await recordNames(context, rows)
  return rows.map((row) => ({
    id: row.id,
    process: row.process,
    process_label: localize(row.definition.label, locale, row.process),
    status: row.status,
    object: row.object,
    record: { id: row.record, name: records.get(row.record) ?? null },
    submitted_by: reference(row.submittedBy, names),
    submitted_at: row.submittedAt,
    finished_at: row.finishedAt,
    comment: row.comment,
    current_step: row.status === 'pending' ? stepLabel(row, row.step, locale) : null,
    waiting_for: items
      .filter((item) => item.approval === row.id && row.status === 'pending')
      .map((item) => ({
        work_item: item.id,
        assignee: reference(item.assignee, names),
        since: item.createdAt,
      })),
  }))
}

function stepLabel(row: Row, step: number, locale: Locale): string {
  const found = row.definition.steps[step]
  return found ? localize(found.label, locale, found.name) : ''
}

function stepsOf(
  row: Row,
  items: readonly ItemRow[],
  names: ReadonlyMap<string, string>,
  locale: Locale,
): ApprovalDetail['steps'] {
  return row.definition.steps.map((step, index) => {
    const own = items.filter((item) => item.step === index)
    return {
      name: step.name,
      label: localize(step.label, locale, step.name),
      state: stateOf(row, index, own.length > 0),
      mode: step.mode ?? 'any',
      approvers: own.map((item) => reference(item.assignee, names)),
    }
  })
}

function stateOf(
  row: Row,
  index: number,
  wasAsked: boolean,
): ApprovalDetail['steps'][number]['state'] {
  if (row.status === 'pending' && index === row.step) return 'current'
  if (wasAsked) return 'done'
  return row.status === 'pending' && index > row.step ? 'coming' : 'skipped'
}

async function userNames(
  context: Context,
  ids: readonly (string | null)[],
): Promise<ReadonlyMap<string, string>> {
  return namesIn(
    context,
    'user',
    ids.flatMap((id) => id ?? []),
  )
}

async function recordNames(
  context: Context,
  rows: readonly Row[],
): Promise<ReadonlyMap<string, string>> {
  const all = new Map<string, string>()
  for (const [object, group] of Map.groupBy(rows, (row) => row.object)) {
    if (!context.release.model.objects.has(object)) continue
    for (const [id, name] of await namesIn(
      context,
      object,
      group.map((row) => row.record),
    )) {
      all.set(id, name)
    }
  }
  return all
}

async function namesIn(
  context: Context,
  object: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  if (ids.length === 0) return new Map()
  const rows = await context.db.query<{ id: string; name: string }>(
    sql`select id, name from ${context.release.physical.table(object)} where id = any(${[...new Set(ids)]}::uuid[])`,
  )
  return new Map(rows.map((row) => [row.id, row.name]))
}

function reference(id: string, names: ReadonlyMap<string, string>): WireReference {
  return { id, name: names.get(id) ?? null }
}
