import { type FieldModel, isRecordId, type ObjectModel } from '@trellis/metamodel'
import { sql } from 'kysely'

import type { WriteContext } from '../access/context.ts'
import { message, RequestError } from '../errors.ts'
import type { LoadedRecord } from './read-rows.ts'

/** The references of a detail to its masters: one, or two of what joins two records. */
export function masterFields(object: ObjectModel): FieldModel[] {
  return [...object.fields.values()].filter(({ type }) => type.name === 'master_detail')
}

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

/** The refusal because a master of a detail is locked. */
export function masterLocked(): RequestError {
  return new RequestError('locked', {
    detail: message('The master record is locked by an approval', '主记录正在审批，已锁定'),
  })
}
