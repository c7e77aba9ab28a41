import { purge, UNDO_DAYS } from '../catalog/index.ts'
import { openFileStore, sweepFiles } from '../files/index.ts'
import type { Installation } from '../installation.ts'

/** Drops for good what has been out of use for so many days, and files that belong to nothing. @returns what to tell of it */
export async function purgeRetired(
  { target, db, config }: Installation,
  days: number,
): Promise<string[]> {
  const { tables, columns } = await purge(target, { syncedDays: UNDO_DAYS, retiredDays: days })
  const store = openFileStore(config)
  const files = await sweepFiles({ db, schema: target.schema, store }, new Date())
  return [
    ...[...tables, ...columns].map((name) => `  ${name}`),
    `${tables.length} tables and ${columns.length} columns are gone for good`,
    `${files} files that belonged to nothing are gone`,
  ]
}
