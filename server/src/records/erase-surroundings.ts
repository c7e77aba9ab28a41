import { sql } from 'kysely'

import type { WriteContext } from '../access/context.ts'

/**
 * Removes what the tables of the house keep of records: history, shares, files, approvals with their comments, answers
 * kept for repeats, and what imports read and overwrote. An id that leads to another record goes on leading there.
 */
export async function eraseSurroundings(
  { tx, release: { physical } }: WriteContext,
  records: readonly string[],
): Promise<void> {
  const ids = sql`any(${[...records]}::uuid[])`
  // The bytes of files go with the next sweep, which finds nothing that they belong to.
  for (const table of ['_history', '_share', '_approval', '_file'] as const) {
    await tx.execute(sql`delete from ${physical.systemTable(table)} where record = ${ids}`)
  }
  await tx.execute(sql`delete from ${physical.systemTable('_merge')} where survivor = ${ids}`)
  await tx.execute(
    sql`delete from ${physical.systemTable('_distinct')} where one = ${ids} or other = ${ids}`,
  )
  await tx.execute(sql`
    update ${physical.systemTable('_import_row')} set cells = '[]', before = null, errors = null where record = ${ids}`)
  await tx.execute(sql`
    delete from ${physical.systemTable('_idempotency')}
    where tells -> 'record' ->> 'id' = any(${[...records]}::text[])`)
}
