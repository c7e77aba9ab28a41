import type { DuplicateGroup, DuplicateGroupPage, ObjectModel } from '@trellis/metamodel'
import { type RawBuilder, sql } from 'kysely'

import type { Context } from '../access/context.ts'
import { rowFilter } from '../access/row-filter.ts'
import { openCursor, sealCursor } from './cursor.ts'
import { nameTeller } from './mask-cells.ts'
import { prepareRead, runOnce } from './prepared-read.ts'
import { Slot } from './slot.ts'

/** A page of the groups of a search. */
export interface GroupsRequest {
  search: string
  object: ObjectModel
  limit: number
  cursor: string | undefined
  cursorKey: Buffer
}

const MOST_COUNTED = 1000
const LAST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff'

/**
 * Lists the groups of a search, the most alike first, with those of their records that are there and that the reader
 * may see. A group with fewer than two of them is not there, nor is one that somebody has said are not duplicates.
 */
export async function loadDuplicateGroups(
  context: Context,
  { search, object, limit, cursor, cursorKey }: GroupsRequest,
): Promise<DuplicateGroupPage> {
  const binding = `${context.actor.userId} duplicates ${search}`
  const place = cursor === undefined ? undefined : openCursor(cursor, binding, cursorKey)
  const [score, last] = place ?? ['2', LAST_ID]
  const { physical } = context.release
  const read =
    prepareRead(sql`select g.id, g.score::text, array_to_json(g.agreed)::text, m.members::text
    from ${physical.systemTable('_duplicate_group')} as g cross join lateral (${membersSql(context, object)}) as m
    where g.search = ${new Slot('search')}::uuid and (g.score, g.id) < (${new Slot('score')}::numeric, ${new Slot('last')}::uuid)
      and ${isOpen(context)}
    order by g.score desc, g.id desc limit ${new Slot('limit')}`)
  const slots = { search, score, last: last ?? LAST_ID, limit: limit + 1 }
  const rows = await runOnce(context, read, { slots })
  const shown = rows.slice(0, limit)
  const end = rows.length > limit ? shown.at(-1) : undefined
  const tellName = nameTeller(context, object.name)
  const left = place === undefined ? { left: await countLeft(context, search, object) } : {}
  return {
    ...left,
    groups: shown.map(([id, rating, agreed, members]) => ({
      id: id ?? '',
      score: Number(rating),
      agreed: JSON.parse(agreed ?? '[]') as string[],
      records: (JSON.parse(members ?? '[]') as DuplicateGroup['records']).map((record) => ({
        id: record.id,
        name: tellName(record.name),
      })),
    })),
    next_cursor: end ? sealCursor([end[1] ?? null, end[0] ?? null], binding, cursorKey) : null,
  }
}

/** How many groups the reader has before them, counted up to the most that are told. */
async function countLeft(context: Context, search: string, object: ObjectModel): Promise<number> {
  const { physical } = context.release
  const read = prepareRead(sql`select count(*)::text from (
      select from ${physical.systemTable('_duplicate_group')} as g cross join lateral (${membersSql(context, object)}) as m
      where g.search = ${new Slot('search')}::uuid and ${isOpen(context)} limit ${MOST_COUNTED}) as c`)
  const [row] = await runOnce(context, read, { slots: { search } })
  return Number(row?.[0] ?? 0)
}

/** Whether a group has two records for the reader, of which nobody has said that they are about different things. */
const isOpen = ({ release: { physical } }: Context): RawBuilder<unknown> => sql`
  cardinality(m.ids) > 1 and cardinality(m.ids) * (cardinality(m.ids) - 1) / 2 > (
    select count(*) from ${physical.systemTable('_distinct')} as d where d.one = any(m.ids) and d.other = any(m.ids))`

/** The records of one group that are there and that the reader may see; none if there is no such group. */
export async function loadGroupMembers(
  context: Context,
  { search, group, object }: { search: string; group: string; object: ObjectModel },
): Promise<string[]> {
  const { physical } = context.release
  const read = prepareRead(sql`select array_to_json(m.ids)::text
    from ${physical.systemTable('_duplicate_group')} as g cross join lateral (${membersSql(context, object)}) as m
    where g.search = ${new Slot('search')}::uuid and g.id = ${new Slot('group')}::uuid`)
  const [row] = await runOnce(context, read, { slots: { search, group } })
  return JSON.parse(row?.[0] ?? '[]') as string[]
}

function membersSql(context: Context, object: ObjectModel): RawBuilder<unknown> {
  const { release, actor } = context
  const seen = rowFilter({ release, actor }, { object, right: 'read', alias: 't' }) ?? sql`true`
  return sql`select json_agg(json_build_object('id', t.id, 'name', t.name) order by t.id) as members,
      array_agg(t.id order by t.id) as ids
    from ${release.physical.table(object.name)} as t
    where t.id = any(g.records) and t.deleted_at is null and ${seen}`
}
