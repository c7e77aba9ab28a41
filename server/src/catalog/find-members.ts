import { type RawBuilder, sql } from 'kysely'

import type { Reader } from '../access/reader.ts'
import type { Transaction } from '../db/index.ts'
import type { Release } from '../schema/release.ts'
import { knowsField, sampleRecords, type Samples } from './sample-records.ts'

/** Live users who have a role or a permission set: how many, and some of them that the reader may see. */
export async function findMembers(
  tx: Transaction,
  { model, physical }: Pick<Release, 'model' | 'physical'>,
  { kind, name, reader }: Membership,
): Promise<Samples> {
  const field = kind === 'role' ? 'role' : 'permission_sets'
  if (!model.objects.get('user')?.fields.has(field)) return { count: 0, samples: [] }
  const column = physical.column('user', field, 't')
  const where: RawBuilder<unknown> =
    kind === 'role' ? sql`${column} = ${name}` : sql`${name} = any(${column})`
  const isKnown = knowsField(reader, 'user', field)
  return sampleRecords(tx, { physical, object: 'user', where, reader, isKnown })
}

/** What users have, and who is told of them; undefined for the house. */
export interface Membership {
  kind: 'role' | 'permission_set'
  name: string
  reader: Reader | undefined
}
