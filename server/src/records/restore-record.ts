import {
  type FieldModel,
  isRecordId,
  localize,
  masterFields,
  type ObjectModel,
} from '@trellis/metamodel'
import { sql } from 'kysely'

import type { WriteContext } from '../access/context.ts'
import type { RestoreRequest } from '../effects/record-request.ts'
import { message, RequestError } from '../errors.ts'
import { findSurvivors } from '../query/find-survivors.ts'
import { findUnderLocked, masterLocked } from './approval-locks.ts'
import { isNeeded } from './erase-records.ts'
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
  const written = await followingRollUps(context, async (inside) => {
    const along = await restoreChildren(inside, object, [id], String(record.deletedAt))
    const [own] = await writeState(inside, object.name, [id], { action: 'restored' })
    const emptied: Written[] = []
    for (const one of [...along, { object, ids: [id] }]) {
      emptied.push(...(await forgetDeleted(inside, one)))
    }
    return emptied.findLast((one) => one.id === id) ?? own
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
      select 1 from ${context.release.physical.table(target)} where id = ${String(values[name])}::uuid and deleted_at is null for key share`)
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

/** Records of one object that came back. */
interface Restored {
  object: ObjectModel
  ids: readonly string[]
}

/**
 * What was deleted while records were in the bin: they come back without it, as they would have been left without it.
 * @throws RequestError conflict if one cannot be without it
 */
async function forgetDeleted(
  context: WritingContext,
  { object, ids }: Restored,
): Promise<Written[]> {
  const written: Written[] = []
  for (const field of object.fields.values()) {
    const { name, target, isSystem, type, label } = field
    if (target === undefined || isSystem || type.name === 'master_detail') continue
    const rows = await findDeleted(context, object, { name, target }, ids)
    if (rows.length > 0 && isNeeded(object, field)) {
      throw new RequestError('conflict', {
        detail: message(
          `Restore first what it refers to (${localize(label, 'en-US')})`,
          `请先恢复它所引用的记录（${localize(label, 'zh-CN')}）`,
        ),
      })
    }
    for (const [old, group] of Map.groupBy(rows, (row) => row.target)) {
      const change = { action: 'updated', field: { name, old } } as const
      const left = group.map(({ id }) => id)
      written.push(...(await writeState(context, object.name, left, change)))
    }
  }
  return written
}

/** Which of some records refer by a field to a deleted one. Whoever is about to delete one of those waits. */
async function findDeleted(
  { tx, release: { physical } }: WritingContext,
  object: ObjectModel,
  { name, target }: { name: string; target: string },
  ids: readonly string[],
): Promise<{ id: string; target: string }[]> {
  const column = physical.column(object.name, name, 't')
  return tx.query(sql`
    with held as materialized (
      select m.id, m.deleted_at from ${physical.table(target)} as m
      where m.id in (select ${column} from ${physical.table(object.name)} as t where t.id = any(${[...ids]}::uuid[]))
      order by m.id for key share
    ) select t.id, held.id::text as target from ${physical.table(object.name)} as t join held on held.id = ${column}
    where t.id = any(${[...ids]}::uuid[]) and held.deleted_at is not null order by t.id`)
}

/** @returns what came back along */
async function restoreChildren(
  context: WritingContext,
  object: ObjectModel,
  ids: readonly string[],
  deletedAt: string,
): Promise<Restored[]> {
  const restored: Restored[] = []
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
    restored.push({ object: child, ids: childIds })
    restored.push(...(await restoreChildren(context, child, childIds, deletedAt)))
  }
  return restored
}
