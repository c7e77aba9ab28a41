import {
  type FieldExpressionType,
  type FieldModel,
  type ObjectModel,
  ownFields,
  type RecordAsOf,
  type WireRecord,
} from '@trellis/metamodel'
import { sql } from 'kysely'

import type { Context } from '../access/context.ts'
import { RequestError } from '../errors.ts'
import type { Cells } from './cells.ts'
import { shownFields } from './field-path.ts'
import { getRecord } from './get-record.ts'
import { nameReferences } from './name-references.ts'
import { type PreparedRead, prepareRead, runPrepared } from './prepared-read.ts'
import { releaseCache } from './release-cache.ts'
import { Slot } from './slot.ts'
import { referredBy, toldValue } from './stored-reference.ts'

/** A record as it is asked for at a moment. */
export interface AsOfRequest {
  object: ObjectModel
  id: string
  at: Date
}

/**
 * Tells what a record was at a moment that is past: what it is now, with each field as it was before the first change
 * that came after. Only of fields whose history is kept and that the reader may see; names of references are those of
 * today.
 *
 * @throws RequestError `not_found` if the record is not there or not for the reader
 */
export async function loadAsOf(
  context: Context,
  { object, id, at }: AsOfRequest,
): Promise<RecordAsOf> {
  const shown = ownFields(shownFields(context, object)).filter(isOfPeople)
  const known = shown.filter((field) => isKept(object, field))
  const select = ['created_at', ...known.map(({ name }) => name)]
  const found = await getRecord(context, object, { id, select })
  if (!found) throw new RequestError('not_found')
  const now = JSON.parse(found.json) as WireRecord
  const moment = at.toISOString()
  const unknown = shown.filter((field) => !known.includes(field)).map(({ name }) => name)
  const isMade = Date.parse(String(now['created_at'])) <= at.getTime()
  if (!isMade) return { at: moment, state: 'not_made', record: null, unknown }
  const slots = { id, at: moment, fields: known.map(({ name }) => name) }
  const [changes, [last], erased] = await Promise.all([
    runPrepared(context, changesAfter(context, object), { slots }),
    runPrepared(context, stateAt(context, object), { slots: { id, at: moment } }),
    runPrepared(context, erasedAfter(context, object), { slots: { id, at: moment } }),
  ])
  const was = await oldValues(context, object, changes)
  const gone = new Set(erased.map(([name]) => name))
  const isTold = ({ name }: FieldModel): boolean =>
    !gone.has(name) && (!was.has(name) || was.get(name) !== undefined)
  const told = known.filter(isTold)
  unknown.push(...known.filter((field) => !told.includes(field)).map(({ name }) => name))
  const values = told.map(({ name }) => [name, was.has(name) ? was.get(name) : now[name]])
  const state = last?.[0] === 'deleted' ? 'deleted' : 'there'
  return { at: moment, state, record: { id, ...Object.fromEntries(values) }, unknown }
}

/** What people fill in, or read of a record: not who changed it last, nor its version. */
const isOfPeople = ({ isSystem, name }: FieldModel): boolean =>
  !isSystem || name === 'name' || name === 'owner'

// What is derived follows other records without a line of history.
function isKept({ definition }: ObjectModel, field: FieldModel): boolean {
  const isDerived = field.definition.derive !== undefined
  return definition.features?.history !== false && field.keepsHistory && !isDerived
}

/** Undefined is a value of a type that the field had then, which cannot be told as one of the type that it has now. */
async function oldValues(
  context: Context,
  object: ObjectModel,
  rows: readonly Cells[],
): Promise<Map<string, unknown>> {
  const old = rows.map(([name, json]) => {
    const field = object.fields.get(name ?? '')
    const value = json === null || json === undefined ? null : (JSON.parse(json) as unknown)
    return { field, value: field ? asOfTypeNow(field, value) : value }
  })
  const references = old.flatMap(({ field, value }) => referredBy(field, value))
  const names = await nameReferences(context, references)
  const tell = (field: FieldModel, value: unknown): unknown =>
    value === undefined ? undefined : toldValue(context, field, value, names)
  return new Map(
    old.flatMap(({ field, value }) => (field ? [[field.name, tell(field, value)] as const] : [])),
  )
}

/** How values of a type look on the wire, where that tells types apart. */
const LOOKS: Partial<Record<FieldExpressionType, (value: unknown, field: FieldModel) => boolean>> =
  {
    number: (value) => typeof value === 'number',
    boolean: (value) => typeof value === 'boolean',
    text: (value) => typeof value === 'string',
    list: (value) => Array.isArray(value),
    date: isTaken,
    datetime: isTaken,
    time: isTaken,
  }

function isTaken(value: unknown, { type, options }: FieldModel): boolean {
  return 'value' in type.parse(value, options)
}

/** A value that was written when the field may have been of another type. */
function asOfTypeNow(field: FieldModel, value: unknown): unknown {
  const { type, options } = field
  if (value === null || (LOOKS[type.expressionType]?.(value, field) ?? true)) return value
  if (typeof value === 'object') return undefined
  const parsed = type.parseText(String(value), options)
  return 'value' in parsed ? parsed.value : undefined
}

const changes = releaseCache<PreparedRead>('as-of-changes', 500)
const erasures = releaseCache<PreparedRead>('as-of-erasures', 500)
const states = releaseCache<PreparedRead>('as-of-states', 500)

/** The first change of each field after the moment. */
function changesAfter({ release }: Context, { name }: ObjectModel): PreparedRead {
  return changes(release).get(name, () =>
    prepareRead(sql`select distinct on (field) field, old from ${release.physical.systemTable('_history')}
        where record = ${new Slot('id')}::uuid and object = ${name} and action = 'updated'
          and at > ${new Slot('at')}::timestamptz and field = any(${new Slot('fields')}::text[])
        order by field, at, id`),
  )
}

/** The fields whose values were erased after the moment: nobody knows any more what they were. */
function erasedAfter({ release }: Context, { name }: ObjectModel): PreparedRead {
  return erasures(release).get(name, () =>
    prepareRead(sql`select distinct jsonb_array_elements_text(new) from ${release.physical.systemTable('_history')}
        where record = ${new Slot('id')}::uuid and object = ${name} and action = 'erased'
          and at > ${new Slot('at')}::timestamptz`),
  )
}

/** Whether it was in the recycle bin: what happened last of that. */
function stateAt({ release }: Context, { name }: ObjectModel): PreparedRead {
  return states(release).get(name, () =>
    prepareRead(sql`select action from ${release.physical.systemTable('_history')}
        where record = ${new Slot('id')}::uuid and object = ${name} and action in ('deleted', 'restored')
          and at <= ${new Slot('at')}::timestamptz order by at desc, id desc limit 1`),
  )
}
