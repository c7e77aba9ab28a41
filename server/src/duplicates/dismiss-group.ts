import type { ObjectModel } from '@trellis/metamodel'
import { sql } from 'kysely'

import type { Context } from '../access/context.ts'
import { RequestError } from '../errors.ts'
import { loadGroupMembers } from '../query/load-duplicate-groups.ts'

/**
 * Keeps that the records of a group, as far as the caller sees them, are about different things.
 * @throws RequestError not_found where they see fewer than two
 */
export async function dismissGroup(
  context: Context,
  object: ObjectModel,
  at: { search: string; group: string },
): Promise<void> {
  const ids = await loadGroupMembers(context, { ...at, object })
  if (ids.length < 2) throw new RequestError('not_found')
  const { physical } = context.release
  await context.db.inTransaction((tx) =>
    tx.execute(sql`
      insert into ${physical.systemTable('_distinct')} (one, other, by, at)
      select a.id, b.id, ${context.actor.userId}::uuid, ${context.now.toISOString()}::timestamptz
      from unnest(${ids}::uuid[]) as a (id) join unnest(${ids}::uuid[]) as b (id) on a.id < b.id
      on conflict do nothing`),
  )
}
