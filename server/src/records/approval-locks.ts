import { isRecordId, masterFields, type ObjectModel } from '@trellis/metamodel'
import { sql } from 'kysely'

import type { WriteContext } from '../access/context.ts'
import { message, RequestError } from '../errors.ts'
import type { LoadedRecord } from './read-rows.ts'

/** Those of some records, by their ids, of which an approval has locked a master. */
export async function findUnderLocked(
  { tx, release: { physical } }: WriteContext,
  object: ObjectModel,
  records: readonly LoadedRecord[],
): Promise<Set<string>> {
  const found = new Set<string>()
  for (const { name, target = '' } of records.length === 0 ? [] : masterFields(object)) {
    const masters = new Set(records.map(({ values }) => values[name]).filter(isRecordId))
    const rows = await tx.query<{ id: string }>(sql`
      select id from ${physical.table(target)} where id = any(${[...masters]}::uuid[]) and locked`)
    const locked = new Set(rows.map(({ id }) => id))
    for (const { id, values } of records) if (locked.has(String(values[name]))) found.add(id)
  }
  return found
}

/** Why nothing may be done with a detail whose master is locked. */
export const MASTER_LOCKED = message(
  'The master record is locked by an approval',
  '主记录正在审批，已锁定',
)

/** The refusal because a master of a detail is locked. */
export function masterLocked(): RequestError {
  return new RequestError('locked', { detail: MASTER_LOCKED })
}

/** @throws RequestError locked if an approval holds one of the records, or a master of one */
export async function requireUnlocked(
  context: WriteContext,
  object: ObjectModel,
  records: readonly LoadedRecord[],
): Promise<void> {
  if (await isUnderApproval(context, object, records)) throw new RequestError('locked')
  if ((await findUnderLocked(context, object, records)).size > 0) throw masterLocked()
}

/** Whether an approval holds one of the records. */
async function isUnderApproval(
  { tx, release }: WriteContext,
  object: ObjectModel,
  records: readonly LoadedRecord[],
): Promise<boolean> {
  if (records.some(({ values }) => values['locked'] === true)) return true
  const found = await tx.query(sql`
    select 1 from ${release.physical.systemTable('_approval')}
    where record = any(${records.map(({ id }) => id)}::uuid[]) and object = ${object.name} and status = 'pending' limit 1`)
  return found.length > 0
}
