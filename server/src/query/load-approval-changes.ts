import { type FieldChange, localize, type ObjectModel } from '@trellis/metamodel'
import { type RawBuilder, sql } from 'kysely'

import type { Context } from '../access/context.ts'
import type { PhysicalMap } from '../schema/physical-map.ts'
import { approvalRead } from './approval-rows.ts'
import { shownFields } from './field-path.ts'
import { highlightsOf } from './load-highlights.ts'
import { nameReferences } from './name-references.ts'
import { runPrepared } from './prepared-read.ts'
import { Slot } from './slot.ts'
import { referredBy, toldValue } from './stored-reference.ts'

/** A field before and after everything that happened to it. */
interface KeptChange {
  approval: string
  field: string
  old: unknown
  new: unknown
}

/**
 * What became different about the records of approvals before they were submitted, by approval: since the
 * approval before, or else since the record was made; then what was only filled in does not count. The
 * reader is known to see the records, which are all of one object.
 */
export async function loadApprovalChanges(
  context: Context,
  object: ObjectModel,
  approvals: readonly string[],
): Promise<ReadonlyMap<string, FieldChange[]>> {
  if (approvals.length === 0) return new Map()
  const fields = toldFields(context, object)
  const read = approvalRead(context, 'changes', compileChanges)
  const rows = await runPrepared(context, read, { slots: { approvals, fields } })
  const changes = rows.map(([approval, field, old, next]): KeptChange => ({
    approval: approval ?? '',
    field: field ?? '',
    old: JSON.parse(old ?? 'null'),
    new: JSON.parse(next ?? 'null'),
  }))
  const write = await changeWriter(context, object, changes)
  const ordered = changes.toSorted((a, b) => fields.indexOf(a.field) - fields.indexOf(b.field))
  const byApproval = Map.groupBy(ordered, ({ approval }) => approval)
  return new Map(Array.from(byApproval, ([id, list]) => [id, list.map(write)]))
}

/** Highlights in their order, then the others that somebody fills in: what follows from them is not said again. */
function toldFields(context: Context, object: ObjectModel): string[] {
  const fields = shownFields(context, object)
  const shown = new Set(fields.map(({ name }) => name))
  const highlights = highlightsOf(object).filter((name) => shown.has(name))
  const filled = fields.filter(({ isReadOnly }) => !isReadOnly).map(({ name }) => name)
  return [...new Set([...highlights, ...filled])]
}

function compileChanges(physical: PhysicalMap): RawBuilder<unknown> {
  const approvals = physical.systemTable('_approval')
  return sql`
    select c.approval, c.field, c.old, c.new from (
      select a.id as approval, h.field, before.finished_at is not null as is_again,
        (array_agg(h.old order by h.at, h.id))[1] as old,
        (array_agg(h.new order by h.at desc, h.id desc))[1] as new
      from ${approvals} as a
      left join lateral (
        select max(p.finished_at) as finished_at from ${approvals} as p
        where p.record = a.record and p.submitted_at < a.submitted_at) as before on true
      join ${physical.systemTable('_history')} as h on h.record = a.record and h.object = a.object
        and h.at <= a.submitted_at and h.at > coalesce(before.finished_at, '-infinity')
      where a.id = any(${new Slot('approvals')}::uuid[]) and h.action = 'updated'
        and h.cause <> 'approval' and h.field = any(${new Slot('fields')}::text[])
      group by a.id, h.field, before.finished_at) as c
    where c.old is distinct from c.new
      and (c.is_again or coalesce(c.old, 'null') <> 'null')`
}

async function changeWriter(
  context: Context,
  object: ObjectModel,
  changes: readonly KeptChange[],
): Promise<(change: KeptChange) => FieldChange> {
  const names = await nameReferences(
    context,
    changes.flatMap((change) => {
      const field = object.fields.get(change.field)
      return [change.old, change.new].flatMap((value) => referredBy(field, value))
    }),
  )
  return (change) => {
    const field = object.fields.get(change.field)
    return {
      field: change.field,
      label: localize(field?.label, context.actor.locale, change.field),
      old: toldValue(context, field, change.old, names),
      new: toldValue(context, field, change.new, names),
    }
  }
}
