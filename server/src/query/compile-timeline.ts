import type { FieldModel, ObjectModel } from '@trellis/metamodel'
import { type RawBuilder, sql } from 'kysely'

import type { Reader } from '../access/row-filter.ts'
import { isReadable, isShowable, readableFields } from './field-path.ts'
import { FromClause } from './from-clause.ts'
import { Slot } from './slot.ts'
import { userName } from './user-name.ts'

/** Where a line of a timeline comes from. */
export type TimelineSource =
  | { kind: 'record'; object: ObjectModel }
  | { kind: 'related'; object: ObjectModel; references: readonly FieldModel[] }
  | { kind: 'history' }
  | { kind: 'approval' }

/** The columns of a line: which source, id, moment, actor and their name, record and its name, text, more (JSON). */
export const TIMELINE_COLUMNS = {
  source: 0,
  id: 1,
  at: 2,
  actor: 3,
  actorName: 4,
  record: 5,
  name: 6,
  text: 7,
  more: 8,
} as const

const LONGEST_TEXT = sql`2000`

/** All that may have happened around a record: it, the records that refer to it, its changes, its approvals. */
export function timelineSources(reader: Reader, object: ObjectModel): TimelineSource[] {
  const references = [...object.relationships.values()].flatMap(({ object: name, field }) => {
    const child = reader.release.model.objects.get(name)
    const reference = child?.fields.get(field)
    return child && reference && isReadable(reader, reference) ? [{ child, reference }] : []
  })
  const byChild = Map.groupBy(references, ({ child }) => child)
  return [
    { kind: 'record', object },
    { kind: 'history' },
    { kind: 'approval' },
    ...Array.from(byChild, ([child, list]): TimelineSource => ({
      kind: 'related',
      object: child,
      references: list.map((one) => one.reference),
    })),
  ]
}

/**
 * Compiles a page of a timeline into one statement. The record is in the slot `id`; the page ends before the
 * slots `at` and `last`, and has at most as many lines as the slot `limit` says.
 */
export function compileTimeline(
  reader: Reader,
  object: ObjectModel,
  sources: readonly TimelineSource[],
): RawBuilder<unknown> {
  const parts = sources.map((source, index) => {
    const lines = sourceSql(reader, object, source)
    return sql`(select ${String(index)}::integer as source, l.* from (${lines}) as l
      where (l.at, l.id) < (${new Slot('at')}::timestamptz, ${new Slot('last')}::uuid) order by l.at desc, l.id desc limit ${new Slot('limit')})`
  })
  const user = userName(reader, sql`e.actor`, 'u')
  return sql`select e.source, e.id, e.at, e.actor, ${user.name}, e.record, e.name, e.text, e.more
    from (${sql.join(parts, sql` union all `)}) as e ${user.join} order by e.at desc, e.id desc limit ${new Slot('limit')}`
}

function sourceSql(
  reader: Reader,
  object: ObjectModel,
  source: TimelineSource,
): RawBuilder<unknown> {
  if (source.kind === 'history') return historySql(reader, object)
  if (source.kind === 'approval') return approvalSql(reader, object)
  const from = new FromClause(reader, source.object)
  const own = (name: string): RawBuilder<unknown> =>
    reader.release.physical.column(source.object.name, name, from.alias)
  const column = (field: FieldModel): RawBuilder<unknown> => from.column({ hops: [], field })
  const name = source.object.fields.get('name')
  const { moment, text } = activityFields(reader, source.object)
  const at = moment ? sql`coalesce(${column(moment)}, ${own('created_at')})` : own('created_at')
  const isHere =
    source.kind === 'record'
      ? sql`${own('id')} = ${new Slot('id')}`
      : sql`(${sql.join(
          source.references.map((field) => sql`${column(field)} = ${new Slot('id')}`),
          sql` or `,
        )})`
  return sql`select ${own('id')} as id, ${at} as at, ${own('created_by')} as actor, ${own('id')} as record,
    ${name && isShowable(reader, name) ? from.shownColumn({ hops: [], field: name }) : sql`null::text`} as name,
    ${text ? sql`left(${column(text)}, ${LONGEST_TEXT})` : sql`null::text`} as text, null::jsonb as more
    from ${from.toSql()} where ${isHere} and ${from.visibleRows()}`
}

/** When an activity took place, and what is told of it. */
function activityFields(
  reader: Reader,
  object: ObjectModel,
): { moment?: FieldModel | undefined; text?: FieldModel | undefined } {
  if (object.definition.features?.activity !== true) return {}
  const fields = readableFields(reader, object).filter((field) => !field.isSystem)
  return {
    moment: fields.find((field) => field.type.expressionType === 'datetime' && field.isRequired),
    text: fields.find((field) => field.type.name === 'long_text'),
  }
}

// The changes of one save were made at one moment by one person.
function historySql({ release }: Reader, object: ObjectModel): RawBuilder<unknown> {
  return sql`select (array_agg(h.id order by h.id desc))[1] as id, h.at, h.actor, h.record, null::text as name, null::text as text,
    jsonb_agg(jsonb_build_object('field', h.field, 'old', h.old, 'new', h.new) order by h.id) as more
    from ${release.physical.systemTable('_history')} as h
    where h.record = ${new Slot('id')} and h.object = ${object.name} and h.action = 'updated' and h.field = any(${new Slot('fields')}::text[])
      and h.at <= ${new Slot('at')}::timestamptz
    group by h.at, h.actor, h.record`
}

function approvalSql({ release }: Reader, object: ObjectModel): RawBuilder<unknown> {
  const { physical } = release
  return sql`select v.id, v.at, v.actor, a.record, null::text as name, v.comment as text,
    jsonb_build_object('label', a.definition -> 'label', 'act', v.act, 'in_name_of', v.in_name_of) as more
    from ${physical.systemTable('_approval_event')} as v join ${physical.systemTable('_approval')} as a on a.id = v.approval
    where a.record = ${new Slot('id')} and a.object = ${object.name}`
}
