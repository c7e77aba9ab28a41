import { isRecordId } from '@trellis/metamodel'
import { sql } from 'kysely'

import type { WriteContext } from '../access/context.ts'
import type { RecordRequest } from '../effects/record-request.ts'
import { referrers } from './referrers.ts'
import { rollUpsOver } from './roll-ups-touched.ts'

/**
 * Locks the records that many requests name, deleted ones too, in the order of their objects and ids: whoever writes
 * the same records in another order waits, and does not hold what these wait for.
 */
export async function holdInOrder(
  context: WriteContext,
  requests: readonly RecordRequest[],
): Promise<void> {
  const named = requests.flatMap((request) =>
    'id' in request && isRecordId(request.id) && request.op !== 'create'
      ? [{ object: request.object, id: request.id.toLowerCase(), op: request.op }]
      : [],
  )
  const byObject = Map.groupBy(named, ({ object }) => object)
  for (const [object, records] of [...byObject].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const ids = records.map(({ id }) => id)
    const isDeleting = records.some(({ op }) => op === 'delete')
    if (!context.release.model.objects.has(object)) continue
    await (isDeleting ? holdAgainstReferences : hold)(context, object, ids)
  }
}

/**
 * Locks records so that nobody begins to refer to them: whoever is about to holds them (`for key share`) until that is
 * saved, and is seen after this; whoever comes later waits, and finds what has become of them.
 */
export async function holdAgainstReferences(
  { tx, release }: WriteContext,
  object: string,
  ids: readonly string[],
): Promise<void> {
  await tx.execute(sql`
    select 1 from ${release.physical.table(object)} where id = any(${[...ids]}::uuid[]) order by id for update`)
}

/**
 * Locks the records below one that is to be deleted, from the bottom up, where a save of theirs would lock what is
 * above them.
 */
export async function holdBelow(
  context: WriteContext,
  object: string,
  ids: readonly string[],
): Promise<void> {
  const seen = new Set(ids)
  const below = async (above: string, parents: readonly string[]): Promise<void> => {
    for (const field of referrers(context, above)) {
      if (rollUpsOver(context.release, field.object).length === 0) continue
      const { physical } = context.release
      const rows = await context.tx.query<{ id: string }>(sql`
        select id from ${physical.table(field.object)}
        where ${physical.column(field.object, field.name)} = any(${[...parents]}::uuid[]) and deleted_at is null`)
      const fresh = rows.map(({ id }) => id).filter((id) => !seen.has(id))
      for (const id of fresh) seen.add(id)
      if (fresh.length === 0) continue
      const isFalling = field.onDelete === 'cascade'
      if (isFalling) await below(field.object, fresh)
      await (isFalling ? holdAgainstReferences : hold)(context, field.object, fresh)
    }
  }
  await below(object, ids)
}

async function hold(context: WriteContext, object: string, ids: readonly string[]): Promise<void> {
  const table = context.release.physical.table(object)
  await context.tx.execute(
    sql`select 1 from ${table} where id = any(${[...ids]}::uuid[]) order by id for no key update`,
  )
}
