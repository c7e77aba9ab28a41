import { type FieldModel, maskText } from '@trellis/metamodel'
import { type RawBuilder, sql } from 'kysely'
import { uuidv7 } from 'uuidv7'

import type { WriteContext } from '../access/context.ts'
import { ORGANIZATION_SOURCES, touchOrganization } from '../access/load-organization.ts'
import { restingValue } from '../access/sealed-values.ts'
import { asJson } from '../db/index.ts'
import { changedFields, keptValue, type RecordChange } from '../effects/record-change.ts'
import type { StoredValues } from '../effects/record-request.ts'
import { Slot, type SlotValues } from '../query/slot.ts'
import { castType } from '../schema/column-types.ts'
import { SYSTEM_COLUMNS } from '../schema/physical-map.ts'
import { auditState } from './audit-changes.ts'
import { followRatesState } from './follow-rates.ts'
import { keepAdministratorWithout } from './keep-administrator.ts'
import { runWrite } from './prepared-write.ts'
import { columnFields } from './read-rows.ts'
import type { TouchedState, WritingContext } from './touched.ts'

/** What a write came to. A change that found another version than it began with is missing. */
export interface Written {
  id: string
  version: number
}

const AUDIT_COLUMNS = {
  id: sql`uuid`,
  created_at: sql`timestamptz`,
  created_by: sql`uuid`,
  updated_at: sql`timestamptz`,
  updated_by: sql`uuid`,
  version: sql`integer`,
} as const

/** A column of a statement: where it is in the table, and how its JSON value is read. */
interface WriteColumn {
  key: string
  column: RawBuilder<unknown>
  type: RawBuilder<unknown>
}

function columnsOf(
  context: WriteContext,
  object: string,
  fields: readonly FieldModel[],
): WriteColumn[] {
  const { physical } = context.release
  return fields.map((field) => ({
    key: field.name,
    column: physical.column(object, field.name),
    type: castType(field.type.storage(field.options)),
  }))
}

function auditColumns(
  context: WriteContext,
  names: readonly (keyof typeof AUDIT_COLUMNS)[],
): WriteColumn[] {
  return names.map((name) => ({
    key: name,
    column: context.release.physical.identifier(name),
    type: AUDIT_COLUMNS[name],
  }))
}

/** What a request brings along for a writing statement. */
const ROWS = new Slot('rows')
const HISTORY = new Slot('history')
const IDS = new Slot('ids')
const NOW = new Slot('now')
const ACTOR = new Slot('actor')
const CAUSE = new Slot('cause')
const NEXT = new Slot('next')

function slotsOf(
  context: WriteContext,
  written: { rows?: readonly object[]; ids?: readonly string[]; history: readonly HistoryRow[] },
): SlotValues {
  return {
    rows: asJson(written.rows ?? []),
    ids: [...(written.ids ?? [])],
    history: asJson(written.history),
    now: context.now.toISOString(),
    actor: context.actor.userId,
    cause: context.cause,
  }
}

function recordset(
  context: WriteContext,
  columns: readonly WriteColumn[],
  alias: string,
): RawBuilder<unknown> {
  const shape = sql.join(
    columns.map(({ key, type }) => sql`${context.release.physical.identifier(key)} ${type}`),
    sql`, `,
  )
  return sql`json_to_recordset(${ROWS}::json) as ${context.release.physical.identifier(alias)} (${shape})`
}

/** One line of a record's history. */
interface HistoryRow {
  id: string
  record: string
  action: 'created' | 'updated' | 'deleted' | 'restored'
  field: string | null
  old: unknown
  new: unknown
}

/** What history will say of a change: one line per field that is followed; a creation is one line without a field. */
function historyOf(change: RecordChange): HistoryRow[] {
  if (change.object.definition.features?.history === false) return []
  if (change.op === 'create') {
    return [
      { id: uuidv7(), record: change.id, action: 'created', field: null, old: null, new: null },
    ]
  }
  const { fields } = change.object
  const changed = changedFields(change).map((name) => fields.get(name)?.partOf ?? name)
  return [...new Set(changed)]
    .flatMap((name) => fields.get(name) ?? [])
    .filter(({ keepsHistory }) => keepsHistory)
    .map((field) => ({
      id: uuidv7(),
      record: change.id,
      action: 'updated',
      field: field.name,
      old: toldValue(field, keptValue(field, change.before?.values ?? {})),
      new: toldValue(field, keptValue(field, change.after)),
    }))
}

/** A value as history tells it: of what is sealed, only that there was one. */
function toldValue({ type }: FieldModel, value: unknown): unknown {
  return type.isSealed && value !== null ? { masked: maskText('full', '') } : value
}

/** The tail of a writing statement: history of what was really written, and what was written. */
function withHistory(context: WriteContext, object: string): RawBuilder<unknown> {
  const { physical } = context.release
  return sql`, logged as (
    insert into ${physical.systemTable('_history')} (id, at, object, record, actor, cause, action, field, old, new)
    select h.id, ${NOW}::timestamptz, ${object}::text, h.record, ${ACTOR}::uuid, ${CAUSE}::text, h.action, h.field, h.old, h.new
    from json_to_recordset(${HISTORY}::json) as h (id uuid, record uuid, action text, field text, old jsonb, new jsonb)
    join written on written.id = h.record
  ) select id, version, (select release from ${physical.systemTable('_head')}) as release from written`
}

/** What a writing statement answers: the release is the one in force once the statement had its locks. */
interface WrittenRow extends Written {
  release: number
}

async function write(
  context: WritingContext,
  asked: { key: string; slots: SlotValues },
  make: () => RawBuilder<WrittenRow>,
): Promise<Written[]> {
  const rows = await runWrite(context, asked, make)
  return rows.map(({ id, version, release }) => {
    context.touched.sawRelease(release)
    return { id, version }
  })
}

/** Inserts records of one object with their history in one statement. */
export async function insertRecords(
  context: WritingContext,
  changes: readonly RecordChange[],
): Promise<Written[]> {
  const [first] = changes
  if (!first) return []
  const { object } = first
  const fields = storedFields(first)
  const at = context.now.toISOString()
  const rows = changes.map((change) => {
    const made = { at: change.audit?.at ?? at, by: change.audit?.by ?? context.actor.userId }
    const values = fields.map((field) => [
      field.name,
      restingValue(context.release, field, change.after[field.name]) ??
        (field.type.name === 'checkbox' ? false : null),
    ])
    return {
      ...Object.fromEntries(values),
      id: change.id,
      created_at: made.at,
      created_by: made.by,
      updated_at: made.at,
      updated_by: made.by,
      version: 1,
    }
  })
  const slots = slotsOf(context, { rows, history: changes.flatMap(historyOf) })
  context.touched.addChanges(changes)
  return write(context, { key: `insert ${object.name}`, slots }, () => {
    const columns = [
      ...auditColumns(context, [
        'id',
        'created_at',
        'created_by',
        'updated_at',
        'updated_by',
        'version',
      ]),
      ...columnsOf(context, object.name, fields),
    ]
    const names = sql.join(
      columns.map(({ column }) => column),
      sql`, `,
    )
    const values = sql.join(
      columns.map(({ key }) => sql`r.${context.release.physical.identifier(key)}`),
      sql`, `,
    )
    return sql<WrittenRow>`
      with written as (
        insert into ${context.release.physical.table(object.name)} (${names})
        select ${values} from ${recordset(context, columns, 'r')} returning id, version
      )${withHistory(context, object.name)}`
  })
}

/** Updates records that change the same fields, with their history, in one statement; each only in the version it was read in. */
async function updateAlike(
  context: WritingContext,
  changes: readonly RecordChange[],
  fields: readonly FieldModel[],
): Promise<Written[]> {
  const [first] = changes
  if (!first) return []
  const { physical } = context.release
  const rows = changes.map((change) => ({
    ...Object.fromEntries(
      fields.map((field) => [
        field.name,
        restingValue(context.release, field, change.after[field.name]) ?? null,
      ]),
    ),
    id: change.id,
    version: change.before?.version,
  }))
  const slots = slotsOf(context, { rows, history: changes.flatMap(historyOf) })
  const key = `update ${first.object.name} ${fields.map((field) => field.name).join(',')}`
  context.touched.addChanges(changes)
  return write(context, { key, slots }, () => {
    const columns = [
      ...auditColumns(context, ['id', 'version']),
      ...columnsOf(context, first.object.name, fields),
    ]
    const sets = columns
      .slice(2)
      .map((one) => sql`${one.column} = r.${physical.identifier(one.key)}`)
    return sql<WrittenRow>`
      with written as (
        update ${physical.table(first.object.name)} as t set ${sql.join([...sets, AUDIT], sql`, `)}
        from ${recordset(context, columns, 'r')}
        where t.id = r.id and t.version = r.version and t.deleted_at is null returning t.id, t.version
      )${withHistory(context, first.object.name)}`
  })
}

const AUDIT = sql`version = t.version + 1, updated_at = ${NOW}::timestamptz, updated_by = ${ACTOR}::uuid`

/** Writes updates of one object; those that change nothing keep their version. */
export async function updateRecords(
  context: WritingContext,
  changes: readonly RecordChange[],
): Promise<Written[]> {
  const idle = changes.filter((change) => changedFields(change).length === 0)
  const groups = Map.groupBy(
    changes.filter((change) => !idle.includes(change)),
    (change) => changedFields(change).toSorted().join(','),
  )
  const written: Written[] = idle.map((change) => ({
    id: change.id,
    version: change.before?.version ?? 1,
  }))
  for (const [names, group] of groups) {
    const fields = names.split(',').flatMap((name) => group[0]?.object.fields.get(name) ?? [])
    written.push(...(await updateAlike(context, group, fields)))
  }
  return written
}

function storedFields(change: RecordChange): FieldModel[] {
  return columnFields(change.object).filter(
    (field) => !SYSTEM_COLUMNS.has(field.name) || ['name', 'owner', 'locked'].includes(field.name),
  )
}

/**
 * What happens to records besides saves: into the recycle bin, out of it, or a reference of theirs is emptied; of those
 * in the bin it may lead to another record instead.
 */
export type StateChange =
  | { action: 'deleted' | 'restored' }
  | { action: 'updated'; field: { name: string; old: string; next?: string } }

/** Moves records into the recycle bin or out of it, or empties a reference, and tells history. */
export async function writeState(
  context: WritingContext,
  object: string,
  ids: readonly string[],
  change: StateChange,
): Promise<Written[]> {
  const field = change.action === 'updated' ? change.field : undefined
  const moved = context.release.model.objects.get(object)?.fields.get(field?.name ?? '')
  const history = ids.map((record): HistoryRow => ({
    id: uuidv7(),
    record,
    action: change.action,
    field: moved?.partOf ?? field?.name ?? null,
    old: field ? keptReference(moved, field.old) : null,
    new: field?.next === undefined ? null : keptReference(moved, field.next),
  }))
  const key = `state ${object} ${change.action} ${field?.name ?? ''}`
  const slots = { ...slotsOf(context, { ids, history }), next: field?.next ?? null }
  const written = await write(context, { key, slots }, () => {
    const { physical } = context.release
    return sql<WrittenRow>`
      with written as (
        update ${physical.table(object)} as t set ${stateOf(context, object, change)}, ${AUDIT}
        where t.id = any(${IDS}::uuid[]) returning t.id, t.version
      )${withHistory(context, object)}`
  })
  const { isSystem } = context
  context.touched.addState({ object, ids, isSystem, ...emptiedBy(change) })
  if (ORGANIZATION_SOURCES.has(object)) await touchOrganization(context.tx, context.release)
  auditState(context, { object, ids: written.map(({ id }) => id), action: change.action })
  await followRatesState(context, object, ids)
  if (object === 'user' && change.action === 'deleted') await keepAdministratorWithout(context, ids)
  return written
}

/** A reference as history keeps it; one of several objects says of which. */
function keptReference(field: FieldModel | undefined, id: string): unknown {
  return field?.partOf === undefined ? id : { object: field.target, id }
}

function emptiedBy(change: StateChange): Pick<TouchedState, 'emptied'> {
  if (change.action !== 'updated') return {}
  return { emptied: { field: change.field.name, old: change.field.old } }
}

function stateOf(context: WriteContext, object: string, change: StateChange): RawBuilder<unknown> {
  if (change.action === 'updated') {
    return sql`${context.release.physical.column(object, change.field.name)} = ${NEXT}::uuid`
  }
  return change.action === 'deleted'
    ? sql`deleted_at = ${NOW}::timestamptz`
    : sql`deleted_at = null`
}

/** Removes records that are in the recycle bin for good; history has nothing to tell of them any more. */
export async function eraseRows(
  { tx, release: { physical } }: WriteContext,
  object: string,
  ids: readonly string[],
): Promise<void> {
  await tx.execute(
    sql`delete from ${physical.table(object)} where id = any(${[...ids]}::uuid[]) and deleted_at is not null`,
  )
}

/** Sets columns of records for good, without a new version or a line of history: what they said is erased. */
export async function eraseColumns(
  { tx, release: { physical } }: WriteContext,
  { object, ids, sets }: { object: string; ids: readonly string[]; sets: RawBuilder<unknown>[] },
): Promise<void> {
  await tx.execute(
    sql`update ${physical.table(object)} set ${sql.join(sets, sql`, `)} where id = any(${[...ids]}::uuid[])`,
  )
}

/**
 * Lets deleted records that have a deleted master come back with that one: they count as deleted when it was.
 * @returns their ids
 */
export async function leaveWithMaster(
  context: WritingContext,
  { object, name, target = '' }: FieldModel,
  ids: readonly string[],
): Promise<string[]> {
  const { physical } = context.release
  const rows = await context.tx.query<{ id: string }>(sql`
    update ${physical.table(object)} as t set deleted_at = m.deleted_at from ${physical.table(target)} as m
    where t.id = any(${[...ids]}::uuid[]) and m.id = ${physical.column(object, name, 't')} and m.deleted_at is not null
    returning t.id`)
  return rows.map(({ id }) => id)
}

/** Computed values of a record, to be written beside what people write. */
export interface ComputedValues {
  id: string
  values: StoredValues
}

/**
 * Writes computed values of records whose rows are locked. They are nobody's edit: version and who changed the record
 * last stay, so that nobody's open form goes stale, and history does not tell of them.
 */
export async function writeComputed(
  context: WriteContext,
  object: string,
  fields: readonly FieldModel[],
  computed: readonly ComputedValues[],
): Promise<void> {
  if (computed.length === 0 || fields.length === 0) return
  const rows = computed.map(({ id, values }) => ({
    ...Object.fromEntries(fields.map(({ name }) => [name, values[name] ?? null])),
    id,
  }))
  const key = `compute ${object} ${fields.map(({ name }) => name).join(',')}`
  await runWrite(context, { key, slots: slotsOf(context, { rows, history: [] }) }, () => {
    const { physical } = context.release
    const columns = [...auditColumns(context, ['id']), ...columnsOf(context, object, fields)]
    const sets = columns
      .slice(1)
      .map(({ key: name, column }) => sql`${column} = r.${physical.identifier(name)}`)
    return sql`
      update ${physical.table(object)} as t set ${sql.join(sets, sql`, `)}
      from ${recordset(context, columns, 'r')} where t.id = r.id`
  })
}
