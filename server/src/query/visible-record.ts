import type { ObjectModel } from '@trellis/metamodel'
import { sql } from 'kysely'

import type { Context } from '../access/context.ts'
import { FromClause } from './from-clause.ts'
import { type PreparedRead, prepareRead, runPrepared } from './prepared-read.ts'
import { releaseCache } from './release-cache.ts'
import { Slot } from './slot.ts'

const looks = releaseCache<PreparedRead>('looks', 500)

/** Whether there is a record of an id that the reader may see. */
export async function isVisible(
  context: Context,
  object: ObjectModel,
  id: string,
): Promise<boolean> {
  const { release, actor } = context
  const read = looks(release).get(`${actor.accessSignature}|${object.name}`, () => {
    const from = new FromClause(context, object)
    const own = release.physical.column(object.name, 'id', from.alias)
    return prepareRead(
      sql`select 1 from ${from.toSql()} where ${own} = ${new Slot('id')} and ${from.visibleRows()}`,
    )
  })
  const rows = await runPrepared(context, read, { slots: { id } })
  return rows.length > 0
}
