import {
  type Expression,
  expressionReferences,
  type FieldModel,
  type Model,
  type ObjectModel,
  readPaths,
  readsOnly,
  resolveFieldPath,
} from '@trellis/metamodel'
import { type RawBuilder, sql } from 'kysely'

import { type Reader, rowFilter } from '../access/row-filter.ts'
import type { Queryable } from '../db/index.ts'
import { isReadable } from '../query/field-path.ts'
import { nameTeller } from '../query/mask-cells.ts'
import type { PhysicalMap } from '../schema/physical-map.ts'

/** Some of the records that a finding is about. */
export interface Samples {
  /** All of them, whoever may see them. */
  count: number
  samples: { id: string; name: string | null; value?: unknown }[]
}

/** Which records; the table is `t`. */
export interface SamplesAsked {
  physical: PhysicalMap
  object: string
  where: RawBuilder<unknown>
  /** Told with each record. */
  value?: RawBuilder<unknown>
  /** Who is told; the house, and its administrator at the command line, may know everything. */
  reader: Reader | undefined
  /** Whether the reader may know everything that the condition reads. Else no record is named: that would tell it. */
  isKnown: boolean
}

/** So many records are named. */
export const SAMPLES = 5

/** Counts the live records for which a condition is true, and names some that the reader may see. */
export async function sampleRecords(tx: Queryable, asked: SamplesAsked): Promise<Samples> {
  const { physical, object, where, value, reader } = asked
  const rows = sql`${physical.table(object)} as t where t.deleted_at is null and (${where})`
  const [all] = await tx.query<{ count: number }>(sql`select count(*)::int as count from ${rows}`)
  const count = all?.count ?? 0
  const seen = seenRows(reader, object)
  if (count === 0 || !asked.isKnown || seen === undefined) return { count, samples: [] }
  const found = await tx.query<{ id: string; name: string | null; value: unknown }>(sql`
    select t.id, t.name, ${value ?? sql`null`} as value from ${rows} and ${seen} order by t.id limit ${SAMPLES}`)
  const tellName = nameTo(reader, object)
  const samples = found.map(({ id, name, value: told }) => ({
    id,
    name: tellName(name),
    ...(value ? { value: told } : {}),
  }))
  return { count, samples }
}

/** The rows `t` that a reader may see; undefined if there are none. */
export function seenRows(
  reader: Reader | undefined,
  object: string,
): RawBuilder<unknown> | undefined {
  if (!reader) return sql`true`
  const model = reader.release.model.objects.get(object)
  if (!model) return undefined
  return rowFilter(reader, { object: model, right: 'read', alias: 't' }) ?? sql`true`
}

/** How a reader is told the names of records. */
export function nameTo(
  reader: Reader | undefined,
  object: string,
): (name: string | null) => string | null {
  return reader ? nameTeller(reader, object) : (name) => name
}

/** Whether a reader may know the values of a field in force. */
export function knowsField(reader: Reader | undefined, object: string, name: string): boolean {
  if (!reader) return true
  const field: FieldModel | undefined = reader.release.model.objects.get(object)?.fields.get(name)
  return field !== undefined && isReadable(reader, field)
}

/** Whether a reader may know all that a condition reads: the fields, and every record of other objects. */
export function knowsCondition(
  reader: Reader | undefined,
  model: Model,
  object: ObjectModel,
  condition: unknown,
): boolean {
  if (!reader) return true
  const { rights, locale, permissionSets } = reader.actor
  if (!readsOnly(model, object, condition, { rights, locale, permissionSets })) return false
  const { fields } = expressionReferences(condition as Expression)
  // What a formula reads of other records it tells.
  const paths = [...fields, ...readPaths(model, object, fields).columns]
  return paths.every((path) => leadsWithinSight(reader, model, object, path))
}

// Which single records of others a path leads to is not looked at: the reader sees all of them, or knows nothing.
function leadsWithinSight(
  reader: Reader,
  model: Model,
  object: ObjectModel,
  path: string,
): boolean {
  const [first = '', ...rest] = path.split('.')
  if (rest.length === 0) return true
  const related = object.relationships.get(first)?.object
  const hops = resolveFieldPath(model.objects, object, path)?.hops.map(({ target }) => target)
  const others = hops ?? (rest.length === 1 ? [related] : [undefined])
  return others.every((name) => {
    if (name === undefined) return false
    const other = reader.release.model.objects.get(name)
    // An object that is yet to be published has no records.
    return !other || rowFilter(reader, { object: other, right: 'read', alias: 't' }) === null
  })
}
