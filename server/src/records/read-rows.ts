import { type FieldModel, type FieldValue, type ObjectModel } from '@trellis/metamodel'
import { type RawBuilder, sql } from 'kysely'

import type { WriteContext } from '../access/context.ts'
import { rowFilter } from '../access/row-filter.ts'
import { openValue } from '../access/sealed-values.ts'
import type { StoredRecord, StoredValues } from '../effects/record-request.ts'
import { FromClause } from '../query/from-clause.ts'
import { Slot } from '../query/slot.ts'
import type { Release } from '../schema/release.ts'
import { runWrite } from './prepared-write.ts'

/** A stored record and what the caller may do with it. */
export interface LoadedRecord extends StoredRecord {
  canRead: boolean
  canEdit: boolean
  canDelete: boolean
  canTransfer: boolean
  deletedAt: string | null
}

/** The fields of an object that have a column. */
export function columnFields(object: ObjectModel): FieldModel[] {
  return [...object.fields.values()].filter((field) => field.isVirtual !== true)
}

/** A value as the driver gives it, as the record engine keeps it: exact decimals of at most 15 digits are numbers. */
export function fromDriver(release: Release, field: FieldModel, value: unknown): FieldValue {
  if (value === null || value === undefined) return null
  if (field.type.isSealed && Buffer.isBuffer(value)) return openValue(release, field, value)
  if (field.type.expressionType === 'number') return Number(value)
  return value as FieldValue
}

/**
 * Loads records by id for a save, locked against other writers in the order of their ids, so that two batches
 * cannot wait for each other. Deleted ones only when asked for.
 */
export async function loadForWrite(
  context: WriteContext,
  object: ObjectModel,
  ids: readonly string[],
  which: 'live' | 'deleted' = 'live',
): Promise<Map<string, LoadedRecord>> {
  if (ids.length === 0) return new Map()
  const fields = columnFields(object)
  const key = `load ${object.name} ${which} ${context.actor.accessSignature}`
  const slots = { ids: [...ids].toSorted() }
  const rows = await runWrite(context, { key, slots }, () => selectForWrite(context, object, which))
  return new Map(rows.map((row) => [String(row['id']), toLoaded(context.release, fields, row)]))
}

function selectForWrite(
  context: WriteContext,
  object: ObjectModel,
  which: 'live' | 'deleted',
): RawBuilder<Record<string, unknown>> {
  const { physical } = context.release
  const columns = columnFields(object).map(
    (field) =>
      sql`${physical.column(object.name, field.name, 't')} as ${physical.identifier(field.name)}`,
  )
  const rights = (['read', 'edit', 'delete', 'transfer'] as const).map(
    (right) =>
      sql`${rowFilter(context, { object, right, alias: 't', isOfBin: which === 'deleted' }) ?? sql`true`} as ${physical.identifier(`can ${right}`)}`,
  )
  const state = which === 'live' ? sql`t.deleted_at is null` : sql`t.deleted_at is not null`
  return sql<Record<string, unknown>>`
    select ${sql.join([...columns, ...rights], sql`, `)}, t.deleted_at as "deleted at"
    from ${physical.table(object.name)} as t where t.id = any(${new Slot('ids')}::uuid[]) and ${state}
    order by t.id for no key update of t`
}

function toLoaded(
  release: Release,
  fields: readonly FieldModel[],
  row: Record<string, unknown>,
): LoadedRecord {
  const values: StoredValues = Object.fromEntries(
    fields.map((field) => [field.name, fromDriver(release, field, row[field.name])]),
  )
  return {
    id: String(row['id']),
    version: Number(row['version']),
    values,
    canRead: row['can read'] === true,
    canEdit: row['can edit'] === true,
    canDelete: row['can delete'] === true,
    canTransfer: row['can transfer'] === true,
    deletedAt: row['deleted at'] === null ? null : String(row['deleted at']),
  }
}

/** Which fields of which records are wanted; `all` are there whoever may see them, `seen` only for the caller. */
export interface FieldsAsked {
  object: ObjectModel
  ids: readonly string[]
  names: readonly string[]
  which: 'all' | 'seen'
  /** Holds them until the end of the transaction; without, they may change behind one's back. */
  hold?: Hold
}

/** How records are held: so that nobody changes them, or as those are that one is about to change. */
export type Hold = 'share' | 'update'

/** How a statement holds the rows of an alias, in the order of their ids. */
export const HOLDS: Readonly<Record<Hold, (alias: RawBuilder<unknown>) => RawBuilder<unknown>>> = {
  share: (alias) => sql`order by ${alias}.id for share of ${alias}`,
  update: (alias) => sql`order by ${alias}.id for no key update of ${alias}`,
}

/** Values of some fields of some live records: what rules and defaults read of parents. */
export async function loadFields(
  context: WriteContext,
  { object, ids, names, which, hold }: FieldsAsked,
): Promise<Map<string, StoredValues>> {
  if (ids.length === 0) return new Map()
  const { physical } = context.release
  const fields = names.flatMap((name) => object.fields.get(name) ?? [])
  const from = new FromClause(context, object)
  const { alias } = from
  // What is stored may be made of records that the caller may not see: for them it is computed without those.
  const valueOf = (field: FieldModel): RawBuilder<unknown> =>
    which === 'seen'
      ? from.shownColumn({ hops: [], field })
      : physical.column(object.name, field.name, alias)
  const columns = fields.map(
    (field) => sql`${valueOf(field)} as ${physical.identifier(field.name)}`,
  )
  const rows =
    which === 'seen'
      ? from.visibleRows()
      : sql`${physical.column(object.name, 'deleted_at', alias)} is null`
  const id = physical.column(object.name, 'id', alias)
  const found = await context.tx.query<Record<string, unknown>>(sql`
    select ${sql.join([sql`${id} as "record id"`, ...columns], sql`, `)} from ${from.toSql()}
    where ${id} = any(${[...ids]}::uuid[]) and ${rows} ${hold === undefined ? sql`` : HOLDS[hold](physical.identifier(alias))}`)
  return new Map(
    found.map((row) => [
      String(row['record id']),
      Object.fromEntries(
        fields.map((field) => [field.name, fromDriver(context.release, field, row[field.name])]),
      ),
    ]),
  )
}
