import type { Deactivation } from '@trellis/metamodel'
import { sql } from 'kysely'

import type { Context } from '../access/context.ts'
import { inSaveTransaction } from '../records/save-transaction.ts'
import { tryAll } from './try-all.ts'

/** Lets those who report to a user report to somebody else; whoever cannot, such as that one themself, stays. */
export async function moveReports(
  context: Context,
  from: string,
  to: string | null,
): Promise<Deactivation['direct_reports']> {
  const { physical, model } = context.release
  if (!model.objects.get('user')?.fields.has('manager')) return { moved: 0, left: 0 }
  return inSaveTransaction(context, async (inside) => {
    const rows = await inside.tx.query<{ id: string }>(sql`
      select id from ${physical.table('user')}
      where ${physical.column('user', 'manager')} = ${from}::uuid and deleted_at is null order by id for no key update`)
    const movable = to === null ? [] : rows.filter(({ id }) => id !== to)
    const outcomes = await tryAll(
      inside,
      movable.map(({ id }) => ({ op: 'update', object: 'user', id, values: { manager: to } })),
    )
    const moved = outcomes.filter((outcome) => !('error' in outcome)).length
    return { moved, left: rows.length - moved }
  })
}
