import type { FieldModel, ObjectModel } from '@trellis/metamodel'
import { type RawBuilder, sql } from 'kysely'

import type { WriteContext } from '../access/context.ts'
import { asJson } from '../db/index.ts'
import type { RecordChange } from '../effects/record-change.ts'
import type { RequestError } from '../errors.ts'
import { Slot } from '../query/slot.ts'
import { castType } from '../schema/column-types.ts'
import { isFolded } from './find-named.ts'
import { duplicateAt } from './map-constraint.ts'
import { runWrite } from './prepared-write.ts'

/** A unique value of one of the changes, as its index has it. */
interface Taking {
  place: number
  key: string
  isTaken: boolean
}

/**
 * Of records that are to be created together, those with a unique value that another record has already, or one
 * of them before it: asked at once, so that one of many does not cost the others a second write. Whose values they
 * are does not matter here, only that they are taken.
 */
export async function findTaken(
  context: WriteContext,
  object: ObjectModel,
  creates: readonly RecordChange[],
): Promise<Map<RecordChange, RequestError>> {
  const found = new Map<number, { field: FieldModel; taking: Taking }[]>()
  for (const field of object.fields.values()) {
    if (!field.isUnique || field.name === 'id') continue
    for (const taking of await loadTakings(context, object, field, creates)) {
      found.set(taking.place, [...(found.get(taking.place) ?? []), { field, taking }])
    }
  }
  const refused = new Map<RecordChange, RequestError>()
  const seen = new Set<string>()
  creates.forEach((change, place) => {
    const own = found.get(place) ?? []
    const keys = own.map(({ field, taking }) => `${field.name} ${taking.key}`)
    const clash = own.find(({ taking }, at) => taking.isTaken || seen.has(keys[at] ?? ''))
    if (clash) refused.set(change, duplicateAt(clash.field.name))
    else for (const key of keys) seen.add(key)
  })
  return refused
}

async function loadTakings(
  context: WriteContext,
  object: ObjectModel,
  field: FieldModel,
  creates: readonly RecordChange[],
): Promise<Taking[]> {
  const rows = creates.flatMap((change, place) => {
    const value = change.after[field.name] ?? null
    return value === null ? [] : [{ place, value }]
  })
  if (rows.length === 0) return []
  const key = `taken ${object.name} ${field.name}`
  return runWrite(context, { key, slots: { rows: asJson(rows) } }, () =>
    selectTakings(context, object, field),
  )
}

function selectTakings(
  context: WriteContext,
  object: ObjectModel,
  field: FieldModel,
): RawBuilder<Taking> {
  const { physical } = context.release
  const column = physical.column(object.name, field.name, 't')
  const type = castType(field.type.storage(field.options))
  const keyOf = (value: RawBuilder<unknown>): RawBuilder<unknown> =>
    isFolded(field) ? sql`lower(${value})` : value
  return sql<Taking>`
    select r.place, ${keyOf(sql`r.value`)}::text as key, exists (
      select 1 from ${physical.table(object.name)} as t
      where ${keyOf(column)} = ${keyOf(sql`r.value`)} and t.deleted_at is null
    ) as "isTaken"
    from json_to_recordset(${new Slot('rows')}::json) as r (place integer, value ${type})`
}
