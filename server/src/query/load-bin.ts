import {
  type BinPage,
  masterFields,
  type ObjectModel,
  type WireReference,
} from '@trellis/metamodel'
import { type RawBuilder, sql } from 'kysely'

import type { Context } from '../access/context.ts'
import { rowFilter } from '../access/row-filter.ts'
import { type Cells, toMoment } from './cells.ts'
import { openCursor, sealCursor } from './cursor.ts'
import { nameTeller } from './mask-cells.ts'
import { nameReferences } from './name-references.ts'
import { type PreparedRead, prepareRead, runPrepared } from './prepared-read.ts'
import { releaseCache } from './release-cache.ts'
import { Slot } from './slot.ts'
import { userName } from './user-name.ts'

/** A page of the recycle bin of an object. */
export interface BinRequest {
  object: ObjectModel
  limit: number
  cursor: string | undefined
  cursorKey: Buffer
}

const bins = releaseCache<PreparedRead>('bins', 500)
const LAST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff'

/**
 * Lists records of an object in the recycle bin, those deleted last first: what the reader could see and delete if it
 * were there. Details whose master is in the bin come back with it and are not listed.
 */
export async function loadBin(context: Context, request: BinRequest): Promise<BinPage> {
  const { object, limit, cursor, cursorKey } = request
  const binding = `${context.actor.userId} bin ${object.name}`
  const place = cursor === undefined ? undefined : openCursor(cursor, binding, cursorKey)
  const [at, last] = place ?? ['infinity', LAST_ID]
  const { release, actor } = context
  const read = bins(release).get(`${actor.accessSignature}|${object.name}`, () =>
    prepareRead(binSql({ release, actor }, object)),
  )
  const rows = await runPrepared(context, read, {
    slots: { at, last: last ?? LAST_ID, limit: limit + 1 },
  })
  const shown = rows.slice(0, limit)
  const end = rows.length > limit ? shown.at(-1) : undefined
  const survivors = shown.flatMap((row) =>
    row[5] === null || row[5] === undefined ? [] : [{ object: object.name, id: row[5] }],
  )
  const names = await nameReferences(context, survivors)
  const [tellName, tellUser] = [nameTeller(context, object.name), nameTeller(context, 'user')]
  return {
    records: shown.map(([id = '', name, deletedAt, by, byName, survivor]) => ({
      id: id ?? '',
      name: tellName(name),
      deleted_at: toMoment(deletedAt ?? ''),
      deleted_by: reference(by, tellUser(byName)),
      merged_into: reference(survivor, names(object.name, survivor ?? '')),
    })),
    next_cursor: end ? sealCursor([end[2] ?? null, end[0] ?? null], binding, cursorKey) : null,
  }
}

function reference(id: Cells[number] | undefined, name: string | null): WireReference | null {
  return id === null || id === undefined ? null : { id, name }
}

function binSql(
  reader: Pick<Context, 'release' | 'actor'>,
  object: ObjectModel,
): RawBuilder<unknown> {
  const { physical } = reader.release
  const user = userName(reader, sql`t.updated_by`, 'u')
  const may = (['read', 'delete'] as const).map(
    (right) =>
      sql`and ${rowFilter(reader, { object, right, alias: 't', isOfBin: true }) ?? sql`true`}`,
  )
  const isOfLive = masterFields(object).map(
    ({ name, target = '' }) => sql`and exists (select from ${physical.table(target)} as m
        where m.id = ${physical.column(object.name, name, 't')} and m.deleted_at is null)`,
  )
  return sql`select t.id, t.name, t.deleted_at, t.updated_by, ${user.name}, merge.survivor
    from ${physical.table(object.name)} as t ${user.join}
    left join ${physical.systemTable('_merge')} as merge on merge.merged = t.id
    where t.deleted_at is not null ${sql.join([...may, ...isOfLive], sql` `)}
      and (t.deleted_at, t.id) < (${new Slot('at')}::timestamptz, ${new Slot('last')}::uuid)
    order by t.deleted_at desc, t.id desc limit ${new Slot('limit')}`
}
