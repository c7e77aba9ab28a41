import {
  type HistoryEntry,
  type HistoryPage,
  isShown,
  type ObjectModel,
  type WireReference,
} from '@trellis/metamodel'
import { type RawBuilder, sql } from 'kysely'

import type { Context } from '../access/context.ts'
import { rowFilter } from '../access/row-filter.ts'
import { RequestError } from '../errors.ts'
import { type Cells, toMoment } from './cells.ts'
import { openCursor, sealCursor } from './cursor.ts'
import { shownFields } from './field-path.ts'
import { nameTeller } from './mask-cells.ts'
import { nameSharesOf } from './name-principals.ts'
import { nameReferences, type ReferenceNames } from './name-references.ts'
import { type PreparedRead, prepareRead, runPrepared } from './prepared-read.ts'
import { releaseCache } from './release-cache.ts'
import { Slot } from './slot.ts'
import { referredBy, toldValue } from './stored-reference.ts'
import { userName } from './user-name.ts'
import { isVisible } from './visible-record.ts'

/** A page of a record's history or timeline to be read. */
export interface StoryRequest {
  object: ObjectModel
  id: string
  limit: number
  cursor: string | undefined
  cursorKey: Buffer
}

const histories = releaseCache<PreparedRead>('histories', 500)

/**
 * Reads who changed which field when, newest first, as far as the reader may see the fields.
 * @throws RequestError `not_found` if the record is not there or not for the reader
 */
export async function loadHistory(context: Context, request: StoryRequest): Promise<HistoryPage> {
  const { object, id, limit, cursor, cursorKey } = request
  const binding = `${context.actor.userId} history ${object.name} ${id}`
  const place = cursor === undefined ? undefined : openCursor(cursor, binding, cursorKey)
  if (!(await isVisible(context, object, id))) throw new RequestError('not_found')
  const fields = shownFields(context, object).map((field) => field.name)
  const [at, last] = place ?? ['infinity', null]
  const rows = await runPrepared(context, historyRead(context, object), {
    slots: {
      id,
      fields,
      at,
      last: last ?? 'ffffffff-ffff-ffff-ffff-ffffffffffff',
      limit: limit + 1,
    },
  })
  const shown = rows.slice(0, limit)
  const end = rows.length > limit ? shown.at(-1) : undefined
  const names = await nameReferences(
    context,
    shown.flatMap((row) => referencesOf(object, row)),
  )
  return {
    entries: await nameSharesOf(
      context,
      shown.map((row) => entryOf(context, object, row, names)),
    ),
    next_cursor: end ? sealCursor([end[1] ?? null, end[0] ?? null], binding, cursorKey) : null,
  }
}

function historyRead({ release, actor }: Context, object: ObjectModel): PreparedRead {
  return histories(release).get(`${actor.accessSignature}|${object.name}`, () =>
    prepareRead(historySql({ release, actor }, object)),
  )
}

function historySql(
  reader: Pick<Context, 'release' | 'actor'>,
  object: ObjectModel,
): RawBuilder<unknown> {
  const user = userName(reader, sql`h.actor`, 'u')
  const { physical } = reader.release
  const asked = { object, right: 'read', alias: 't', isOfBin: true } as const
  const visible = rowFilter(reader, asked) ?? sql`true`
  return sql`select h.id, h.at, h.actor, ${user.name}, h.action, h.cause, h.field, h.old, h.new,
      nullif(h.record, ${new Slot('id')}::uuid), (select t.name from ${physical.table(object.name)} as t
        where t.id = case when h.action = 'merged' then (h.new ->> 'id')::uuid else h.record end and ${visible})
    from ${physical.systemTable('_history')} as h ${user.join}
    where h.record = any(array(${ownAndMerged(reader, object, visible)})) and h.object = ${object.name} and (h.field is null or h.field = any(${new Slot('fields')}::text[]))
      and (h.at, h.id) < (${new Slot('at')}::timestamptz, ${new Slot('last')}::uuid)
    order by h.at desc, h.id desc limit ${new Slot('limit')}`
}

/** The record, and those that it has taken in, as far as the reader could see them if they were there. */
function ownAndMerged(
  { release: { physical } }: Pick<Context, 'release' | 'actor'>,
  object: ObjectModel,
  visible: RawBuilder<unknown>,
): RawBuilder<unknown> {
  return sql`select ${new Slot('id')}::uuid union all
    select t.id from ${physical.systemTable('_merge')} as m join ${physical.table(object.name)} as t on t.id = m.merged
    where m.survivor = ${new Slot('id')}::uuid and ${visible}`
}

function referencesOf(object: ObjectModel, row: Cells): { object: string; id: string }[] {
  const field = object.fields.get(row[6] ?? '')
  return [row[7], row[8]].flatMap((json) => referredBy(field, parsed(json)))
}

function entryOf(
  context: Context,
  object: ObjectModel,
  row: Cells,
  names: ReferenceNames,
): HistoryEntry {
  const [id, at, actor, actorName, action, cause, field] = row
  const [merged, mergedName] = [row[9] ?? null, row[10] ?? null]
  const model = object.fields.get(field ?? '')
  const tellName = nameTeller(context, 'user')
  const tellRecord = nameTeller(context, object.name)
  // A line without a field tells no value of the record, but with whom it was shared, or what it has taken in.
  const told = (json: string | null | undefined): unknown => {
    if (action === 'erased') return shownNames(context, object, parsed(json))
    if (action === 'merged') return referenceTo(parsed(json), tellRecord(mergedName))
    return model ? toldValue(context, model, parsed(json), names) : parsed(json)
  }
  return {
    id: id ?? '',
    at: toMoment(at ?? ''),
    by: actor === null || actor === undefined ? null : { id: actor, name: tellName(actorName) },
    action: action as HistoryEntry['action'],
    cause: cause ?? '',
    field: field ?? null,
    old: told(row[7]),
    new: told(row[8]),
    of: merged === null ? null : { id: merged, name: tellRecord(mergedName) },
  }
}

/** Of the fields whose values were erased, those that the reader may know of. */
function shownNames({ actor }: Context, object: ObjectModel, names: unknown): string[] | null {
  if (!Array.isArray(names)) return null
  return names.filter((name): name is string => {
    const field = object.fields.get(String(name))
    return field !== undefined && isShown(actor.rights.field(field))
  })
}

/** The record that was taken in; its name for those who could see it. */
function referenceTo(kept: unknown, name: string | null): WireReference | null {
  const { id }: { id?: unknown } = Object(kept)
  return typeof id === 'string' ? { id, name } : null
}

function parsed(json: string | null | undefined): unknown {
  return json === null || json === undefined ? null : JSON.parse(json)
}
