import type { ObjectModel } from '@trellis/metamodel'
import { sql } from 'kysely'

import type { Context, WriteContext } from '../access/context.ts'
import { type Reader, rowFilter } from '../access/row-filter.ts'
import { shareFilter } from '../access/share-filter.ts'
import type { Queryable } from '../db/index.ts'
import { RequestError } from '../errors.ts'

/** A record of which sharing is asked, and what the caller may do with it. */
export interface RecordToShare {
  id: string
  object: string
  /** Null for details, which have none. */
  owner: string | null
  canEdit: boolean
  canShare: boolean
}

/** @throws RequestError not_found if the record is not there or not for the reader */
export function readRecordToShare(
  context: Context,
  object: ObjectModel,
  id: string,
): Promise<RecordToShare> {
  return load(context.db, context, { object, id, isLocking: false })
}

/** The same, kept from changing until the transaction ends. @throws RequestError not_found */
export function lockRecordToShare(
  context: WriteContext,
  object: ObjectModel,
  id: string,
): Promise<RecordToShare> {
  return load(context.tx, context, { object, id, isLocking: true })
}

async function load(
  db: Queryable,
  reader: Reader,
  asked: { object: ObjectModel; id: string; isLocking: boolean },
): Promise<RecordToShare> {
  const { object, id, isLocking } = asked
  const { physical } = reader.release
  const at = { object, alias: 't' } as const
  const may = (right: 'read' | 'edit') => rowFilter(reader, { ...at, right }) ?? sql`true`
  const owner = object.master ? sql`null` : physical.column(object.name, 'owner', 't')
  const locking = isLocking ? sql`for no key update of t` : sql``
  const [found] = await db.query<RecordToShare>(sql<RecordToShare>`
    select t.id, ${object.name} as object, ${owner}::text as owner, (${may('edit')}) as "canEdit",
      (${shareFilter(reader, at)}) as "canShare"
    from ${physical.table(object.name)} as t
    where t.id = ${id}::uuid and t.deleted_at is null and ${may('read')} ${locking}`)
  if (!found) throw new RequestError('not_found')
  return found
}
