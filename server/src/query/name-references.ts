import { sql } from 'kysely'

import type { Context } from '../access/context.ts'
import { isShowable } from './field-path.ts'
import { FromClause } from './from-clause.ts'
import { nameTeller } from './mask-cells.ts'
import { type PreparedRead, prepareRead, runPrepared } from './prepared-read.ts'
import { releaseCache } from './release-cache.ts'
import { Slot } from './slot.ts'

const reads = releaseCache<PreparedRead>('names', 500)

/** Stands for the object of an id that is a file's; no object is called so. */
export const FILES = '_file'

/** The name of a record, if the reader may see it. */
export type ReferenceNames = (object: string, id: string) => string | null

/** Finds the names of records of several objects, as far as the reader may see them. */
export async function nameReferences(
  context: Context,
  references: readonly { object: string; id: string }[],
): Promise<ReferenceNames> {
  const byObject = Map.groupBy(references, (one) => one.object)
  const found = await Promise.all(
    Array.from(byObject, ([object, list]) =>
      loadNames(context, object, [...new Set(list.map((one) => one.id))]),
    ),
  )
  const names = new Map(found.flat())
  return (object, id) => names.get(`${object} ${id}`) ?? null
}

async function loadNames(
  context: Context,
  name: string,
  ids: readonly string[],
): Promise<[string, string | null][]> {
  if (name === FILES) return loadFileNames(context, ids)
  const object = context.release.model.objects.get(name)
  const field = object?.fields.get('name')
  if (!object || !field || !isShowable(context, field)) return []
  const { release, actor } = context
  const read = reads(release).get(`${actor.accessSignature}|${name}`, () => {
    const from = new FromClause(context, object)
    const id = release.physical.column(name, 'id', from.alias)
    return prepareRead(sql`
      select ${id}, ${from.shownColumn({ hops: [], field })} from ${from.toSql()} where ${id} = any(${new Slot('ids')}::uuid[]) and ${from.visibleRows()}`)
  })
  const rows = await runPrepared(context, read, { slots: { ids } })
  const tellName = nameTeller(context, name)
  return rows.map(([key, text]) => [`${name} ${key}`, tellName(text)])
}

/** Whoever may see the field may know what files it had; the names of those that are gone are kept for that. */
async function loadFileNames(
  { db, release }: Context,
  ids: readonly string[],
): Promise<[string, string | null][]> {
  const rows = await db.query<{ id: string; name: string }>(sql`
    select id, name from ${release.physical.systemTable('_file')} where id = any(${[...ids]}::uuid[])`)
  return rows.map(({ id, name }) => [`${FILES} ${id}`, name])
}
