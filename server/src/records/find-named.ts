import { isTold, type FieldModel, type ObjectModel } from '@trellis/metamodel'
import { type RawBuilder, sql } from 'kysely'

import type { WriteContext } from '../access/context.ts'
import { rowFilter } from '../access/row-filter.ts'
import { type Failure, failure, message } from '../errors.ts'
import { type AppliedValues, type NamedReference, shownName } from './apply-values.ts'

/**
 * Finds records of an object by values of a unique field, each under the value that was asked for; only those that the
 * caller may see. Which letters are the same in another case says the database, as its unique index does.
 */
export async function findByUnique(
  context: WriteContext,
  object: ObjectModel,
  field: FieldModel,
  values: readonly unknown[],
): Promise<Map<unknown, string[]>> {
  const { physical } = context.release
  const isNumber = field.type.expressionType === 'number'
  const asked = [...new Set(values)].filter((value) => !isNumber || isDecimal(value))
  const folded = (value: RawBuilder<unknown>): RawBuilder<unknown> =>
    isFolded(field) ? sql`lower(${value})` : value
  const wanted = sql`${asked.map(String)}::${isNumber ? sql`numeric` : sql`text`}[]`
  const filter = rowFilter(context, { object, right: 'read', alias: 't' }) ?? sql`true`
  const rows = await context.tx.query<{ id: string; place: string }>(sql`
    select t.id, w.place::text as place from unnest(${wanted}) with ordinality as w (value, place)
    join ${physical.table(object.name)} as t on ${folded(physical.column(object.name, field.name, 't'))} = ${folded(sql`w.value`)}
    where t.deleted_at is null and ${filter}`)
  const found = new Map<unknown, string[]>()
  for (const { id, place } of rows) {
    const value = asked[Number(place) - 1]
    found.set(value, [...(found.get(value) ?? []), id])
  }
  return found
}

const isDecimal = (value: unknown): boolean =>
  /^\s*[-+]?\d+(\.\d+)?(e[-+]?\d{1,3})?\s*$/i.test(String(value))

/** Whether values of a unique field that differ in case only are the same. */
export function isFolded({ type, definition }: FieldModel): boolean {
  return (
    type.expressionType === 'text' &&
    definition.case_sensitive !== true &&
    type.name !== 'auto_number'
  )
}

/** What tells values of a unique field apart, nearly: the database has the last word. */
export function uniqueKey(field: FieldModel, value: unknown): string {
  const text = String(value)
  return isFolded(field) ? text.toLowerCase() : text
}

/**
 * Finds records by a name that need not be unique, keyed as it was asked for: those that are spelled exactly so, for
 * which there is an index, or else those that differ in case only.
 */
async function findBySpelling(
  context: WriteContext,
  object: ObjectModel,
  field: FieldModel,
  values: readonly unknown[],
): Promise<Map<string, string[]>> {
  const column = context.release.physical.column(object.name, field.name, 't')
  const wanted = values.map(String)
  const filter = rowFilter(context, { object, right: 'read', alias: 't' }) ?? sql`true`
  const rows = await context.tx.query<{ ids: string[]; key: string }>(sql`
    select array_agg(t.id) as ids, ${column}::text as key from ${context.release.physical.table(object.name)} as t
    where ${column} = any(${wanted}::text[]) and t.deleted_at is null and ${filter} group by 2`)
  const found = new Map(rows.map(({ key, ids }) => [key, ids]))
  const others = wanted.filter((value) => !found.has(value))
  if (others.length === 0) return found
  const folded = await findByUnique(context, object, field, others)
  for (const value of others) found.set(value, folded.get(value) ?? [])
  return found
}

/** Puts the ids of references that were named by a unique field into the values, one statement per field. */
export async function findNamed(
  context: WriteContext,
  all: readonly AppliedValues[],
): Promise<void> {
  const wanted = all.flatMap((applied) =>
    applied.named.map((reference) => ({ applied, reference })),
  )
  const groups = Map.groupBy(wanted, ({ reference }) => `${reference.field.target} ${reference.by}`)
  for (const group of groups.values()) {
    const [first] = group
    const target = context.release.model.objects.get(first?.reference.field.target ?? '')
    const field = target?.fields.get(first?.reference.by ?? '')
    const isUsable =
      target &&
      field &&
      (field.isUnique || field.name === 'name') &&
      isTold(context.actor.rights.field(field))
    if (!isUsable) {
      for (const { applied, reference } of group) applied.failures.push(notUnique(reference))
      continue
    }
    await resolveGroup(context, target, field, group)
  }
}

async function resolveGroup(
  context: WriteContext,
  target: ObjectModel,
  field: FieldModel,
  group: readonly { applied: AppliedValues; reference: NamedReference }[],
): Promise<void> {
  const values = [...new Set(group.map(({ reference }) => reference.value))].filter(
    (value) => typeof value === 'string' || typeof value === 'number',
  )
  const found: ReadonlyMap<unknown, string[]> = field.isUnique
    ? await findByUnique(context, target, field, values)
    : await findBySpelling(context, target, field, values)
  for (const { applied, reference } of group) {
    const ids = found.get(field.isUnique ? reference.value : String(reference.value)) ?? []
    const [id] = ids
    if (ids.length === 1 && id !== undefined) {
      applied.after[reference.field.name] = id
      applied.given.add(reference.field.name)
    } else {
      applied.failures.push(ids.length === 0 ? unknownReference(reference) : ambiguous(reference))
    }
  }
}

const shown = (reference: NamedReference): string =>
  JSON.stringify(reference.value)?.slice(0, 80) ?? ''

function notUnique(reference: NamedReference): Failure {
  return failure(
    shownName(reference.field),
    'unknown_reference',
    message(
      `"${reference.by}" is no unique field to refer by`,
      `“${reference.by}”不是可用于引用的唯一字段`,
    ),
  )
}

function unknownReference(reference: NamedReference): Failure {
  return failure(
    shownName(reference.field),
    'unknown_reference',
    message(
      `No record has ${reference.by} ${shown(reference)}`,
      `没有 ${reference.by} 为 ${shown(reference)} 的记录`,
    ),
  )
}

function ambiguous(reference: NamedReference): Failure {
  return failure(
    reference.field.name,
    'ambiguous_reference',
    message(
      `Several records have ${reference.by} ${shown(reference)}`,
      `有多条记录的 ${reference.by} 为 ${shown(reference)}`,
    ),
  )
}
