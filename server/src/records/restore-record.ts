import { type FieldModel, isRecordId, masterFields, type ObjectModel } from '@trellis/metamodel'
import { sql } from 'kysely'

import type { WriteContext } from '../access/context.ts'
import type { RestoreRequest } from '../effects/record-request.ts'
import { message, RequestError } from '../errors.ts'
import { findSurvivors } from '../query/find-survivors.ts'
import { findUnderLocked, masterLocked } from './approval-locks.ts'
import { followingRollUps } from './follow-roll-ups.ts'
import { type LoadedRecord, loadForWrite } from './read-rows.ts'
import { referrers } from './referrers.ts'
import type { WritingContext } from './touched.ts'
import { leaveWithMaster, writeState, type Written } from './write-record.ts'

/**
 * Takes a record out of the recycle bin, with the details that went in with it.
 * @throws RequestError not_found · forbidden · locked · conflict if its master is still deleted, or it was merged
 */
export async function restoreRecord(
  context: WriteContext,
  object: ObjectModel,
  request: RestoreRequest,
): Promise<Written> {
  const access = context.actor.rights.object(object.name)
  if (!access.delete) throw new RequestError('forbidden')
  const id = isRecordId(request.id) ? request.id.toLowerCase() : ''
  const record =
    id === '' ? undefined : (await loadForWrite(context, object, [id], 'deleted')).get(id)
  if (!record || !(await wasReachable(context, object, record))) throw new RequestError('not_found')
  if ((await findSurvivors(context.tx, context.release, object, [id])).size > 0) {
    throw new RequestError('conflict', {
      detail: message(
        'This record was merged into another one and cannot come back',
        '该记录已合并到其他记录，不能恢复',
      ),
    })
  }
  await requireLiveMaster(context, object, record.values)
  if ((await findUnderLocked(context, object, [record])).size > 0) throw masterLocked()
  const [written] = await followingRollUps(context, async (inside) => {
    await restoreChildren(inside, object, [id], String(record.deletedAt))
    return writeState(inside, object.name, [id], { action: 'restored' })
  })
  if (!written) throw new RequestError('not_found')
  return written
}

/** Whether the caller could delete the record if it were there; a master in the bin is judged as one that is not. */
async function wasReachable(
  context: WriteContext,
  object: ObjectModel,
  record: LoadedRecord,
): Promise<boolean> {
  if (record.canRead && record.canDelete) return true
  const master = object.master && context.release.model.objects.get(object.master.target ?? '')
  if (!object.master || !master) return false
  const id = String(record.values[object.master.name])
  const inBin = (await loadForWrite(context, master, [id], 'deleted')).get(id)
  return inBin !== undefined && inBin.canRead && inBin.canEdit
}

/** Every master has to be there: of a junction both. */
async function requireLiveMaster(
  context: WriteContext,
  object: ObjectModel,
  values: Readonly<Record<string, unknown>>,
): Promise<void> {
  for (const { name, target = '' } of masterFields(object)) {
    const [row] = await context.tx.query(sql`
      select 1 from ${context.release.physical.table(target)} where id = ${String(values[name])}::uuid and deleted_at is null`)
    if (row) continue
    throw new RequestError('conflict', {
      detail: message('Restore the master record first', '请先恢复主记录'),
    })
  }
}

/**
 * Leaves details in the recycle bin that have another master there: they come back with that one.
 * @returns the others
 */
async function withoutDeletedMaster(
  context: WritingContext,
  child: ObjectModel,
  field: FieldModel,
  ids: readonly string[],
): Promise<string[]> {
  const left = new Set(ids)
  for (const master of masterFields(child).filter((one) => one !== field)) {
    for (const id of await leaveWithMaster(context, master, [...left])) left.delete(id)
  }
  return [...left]
}

async function restoreChildren(
  context: WritingContext,
  object: ObjectModel,
  ids: readonly string[],
  deletedAt: string,
): Promise<void> {
  for (const field of referrers(context, object.name)) {
    const child = context.release.model.objects.get(field.object)
    if (!child || field.onDelete !== 'cascade') continue
    const { physical } = context.release
    const rows = await context.tx.query<{ id: string }>(sql`
      select id from ${physical.table(child.name)} where ${physical.column(child.name, field.name)} = any(${[...ids]}::uuid[]) and deleted_at = ${deletedAt}::timestamptz`)
    const all = rows.map((row) => row.id)
    const childIds = await withoutDeletedMaster(context, child, field, all)
    if (childIds.length === 0) continue
    await writeState(context, child.name, childIds, { action: 'restored' })
    await restoreChildren(context, child, childIds, deletedAt)
  }
}
