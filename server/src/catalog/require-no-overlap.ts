import type { ModelChange } from '@trellis/metamodel'
import { sql } from 'kysely'

import type { Transaction } from '../db/index.ts'
import { failure, message, RequestError } from '../errors.ts'
import { systemTable } from '../schema/physical-map.ts'
import type { Head } from './component-store.ts'

/** What was published since a release. */
async function changesSince(
  tx: Transaction,
  schema: string,
  release: number,
): Promise<ModelChange[]> {
  const rows = await tx.query<{ changes: ModelChange[] }>(sql`
    select changes from ${systemTable(schema, '_release')} where number > ${release} order by number`)
  return rows.flatMap((row) => row.changes)
}

/** Refuses edits of what somebody else published since the release that they began with. @throws RequestError stale_release */
export async function requireNoOverlap(
  tx: Transaction,
  schema: string,
  asked: { head: Head; base: number; edits: readonly { kind: string; name: string }[] },
): Promise<void> {
  if (asked.head.release === asked.base) return
  const moved = await changesSince(tx, schema, asked.base)
  const mine = new Set(asked.edits.map((edit) => `${edit.kind} ${edit.name}`))
  const touched = moved.flatMap(({ kind, name, from = name }) => [
    `${kind} ${name}`,
    `${kind} ${from}`,
  ])
  const overlap = [...new Set(touched)].filter((key) => mine.has(key))
  if (overlap.length === 0) return
  throw new RequestError('stale_release', {
    failures: overlap.map((key) =>
      failure(
        key,
        'stale_release',
        message(`${key} was published by somebody else meanwhile`, `${key} 已被他人发布新版本`),
      ),
    ),
  })
}
