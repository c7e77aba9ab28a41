import { type FieldModel, isRecordId, localize, type ObjectModel } from '@trellis/metamodel'
import { sql } from 'kysely'

import type { WriteContext } from '../access/context.ts'
import type { DeleteRequest, RestoreRequest } from '../effects/record-request.ts'
import { failure, message, RequestError } from '../errors.ts'
import { loadForWrite } from './read-rows.ts'
import { writeState, type Written } from './write-record.ts'

/** Fields of any object that refer to an object. */
function referrers(context: WriteContext, target: string): FieldModel[] {
  return [...context.release.model.objects.values()].flatMap((object) =>
    [...object.fields.values()].filter(
      (field) => field.target === target && (!field.isSystem || field.name === 'owner'),
    ),
  )
}

/**
 * Moves a record into the recycle bin, its details and cascading children with it; references that may be empty
 * are emptied.
 * @throws RequestError not_found · forbidden · stale_version · locked · in_use, naming what still refers to it
 */
export async function deleteRecord(
  context: WriteContext,
  object: ObjectModel,
  request: DeleteRequest,
): Promise<Written> {
  const access = context.actor.rights.object(object.name)
  if (!access.read || (!access.delete && request.as !== 'system')) {
    throw new RequestError('forbidden')
  }
  const id = isRecordId(request.id) ? request.id.toLowerCase() : ''
  const record = id === '' ? undefined : (await loadForWrite(context, object, [id])).get(id)
  if (!record || (!record.canRead && request.as !== 'system')) throw new RequestError('not_found')
  if (!record.canDelete && request.as !== 'system') throw new RequestError('forbidden')
  if (request.version !== undefined && request.version !== record.version) {
    throw new RequestError('stale_version')
  }
  if (record.values['locked'] === true) throw new RequestError('locked')
  await requireUnlockedMaster(context, object, record.values)
  await releaseChildren(context, object, [id], new Set([`${object.name} ${id}`]))
  const [written] = await writeState(context, object.name, [id], { action: 'deleted' })
  if (!written) throw new RequestError('not_found')
  return written
}

async function requireUnlockedMaster(
  context: WriteContext,
  object: ObjectModel,
  values: Readonly<Record<string, unknown>>,
): Promise<void> {
  const master = context.release.model.objects.get(object.master?.target ?? '')
  const id = object.master && values[object.master.name]
  if (!master || typeof id !== 'string') return
  const [row] = await context.tx.query<{ locked: boolean }>(
    sql`select locked from ${context.release.physical.table(master.name)} where id = ${id}::uuid`,
  )
  if (row?.locked) {
    throw new RequestError('locked', {
      detail: message('The master record is locked by an approval', '主记录正在审批，已锁定'),
    })
  }
}

async function releaseChildren(
  context: WriteContext,
  object: ObjectModel,
  ids: readonly string[],
  seen: Set<string>,
): Promise<void> {
  for (const field of referrers(context, object.name)) {
    const child = context.release.model.objects.get(field.object)
    if (!child) continue
    const { physical } = context.release
    const rows = await context.tx.query<{
      id: string
      name: string
      locked: boolean
      target: string
    }>(sql`
      select id, name, locked, ${physical.column(child.name, field.name)}::text as target from ${physical.table(child.name)}
      where ${physical.column(child.name, field.name)} = any(${[...ids]}::uuid[]) and deleted_at is null order by id for no key update`)
    const fresh = rows.filter((row) => !seen.has(`${child.name} ${row.id}`))
    if (fresh.length > 0) await releaseFrom(context, { child, field, rows: fresh }, seen)
  }
}

async function releaseFrom(
  context: WriteContext,
  found: {
    child: ObjectModel
    field: FieldModel
    rows: { id: string; name: string; locked: boolean; target: string }[]
  },
  seen: Set<string>,
): Promise<void> {
  const { child, field, rows } = found
  if (field.onDelete === 'restrict') throw blocked(child, field, rows)
  if (rows.some((row) => row.locked)) {
    throw new RequestError('locked', {
      detail: message(
        `${localize(child.label, 'en-US')} "${rows.find((row) => row.locked)?.name}" is locked by an approval`,
        `${localize(child.label, 'zh-CN')}“${rows.find((row) => row.locked)?.name}”正在审批，已锁定`,
      ),
    })
  }
  if (field.onDelete === 'set_null') {
    for (const [target, group] of Map.groupBy(rows, (row) => row.target)) {
      await writeState(
        context,
        child.name,
        group.map((row) => row.id),
        { action: 'updated', field: { name: field.name, old: target } },
      )
    }
    return
  }
  const ids = rows.map((row) => row.id)
  for (const id of ids) seen.add(`${child.name} ${id}`)
  await releaseChildren(context, child, ids, seen)
  await writeState(context, child.name, ids, { action: 'deleted' })
}

function blocked(
  child: ObjectModel,
  field: FieldModel,
  rows: readonly { name: string }[],
): RequestError {
  const names = rows
    .slice(0, 5)
    .map((row) => row.name)
    .join(', ')
  const more = rows.length > 5 ? ' …' : ''
  return new RequestError('in_use', {
    failures: [
      failure(
        '',
        'in_use',
        message(
          `${rows.length} ${localize(child.plural, 'en-US')} refer to it (${localize(field.label, 'en-US')}): ${names}${more}`,
          `有 ${rows.length} 条${localize(child.label, 'zh-CN')}的“${localize(field.label, 'zh-CN')}”引用了它：${names}${more}`,
        ),
      ),
    ],
  })
}

/**
 * Takes a record out of the recycle bin, with the details that went in with it.
 * @throws RequestError not_found · forbidden · conflict if its master is still deleted
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
  await requireLiveMaster(context, object, record.values)
  await restoreChildren(context, object, [id], String(record.deletedAt))
  const [written] = await writeState(context, object.name, [id], { action: 'restored' })
  if (!written) throw new RequestError('not_found')
  return written
}

async function wasReachable(
  context: WriteContext,
  object: ObjectModel,
  record: { canDelete: boolean; values: Readonly<Record<string, unknown>> },
): Promise<boolean> {
  if (record.canDelete) return true
  // The master may lie in the bin as well: its own row filter leaves it out, and restoring says so with a clear word.
  return (
    object.master !== undefined &&
    context.actor.rights.object(object.master.target ?? '').editScope === 'all'
  )
}

async function requireLiveMaster(
  context: WriteContext,
  object: ObjectModel,
  values: Readonly<Record<string, unknown>>,
): Promise<void> {
  const master = object.master && context.release.model.objects.get(object.master.target ?? '')
  if (!master || !object.master) return
  const [row] = await context.tx.query(sql`
    select 1 from ${context.release.physical.table(master.name)} where id = ${String(values[object.master.name])}::uuid and deleted_at is null`)
  if (!row) {
    throw new RequestError('conflict', {
      detail: message('Restore the master record first', '请先恢复主记录'),
    })
  }
}

async function restoreChildren(
  context: WriteContext,
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
    if (rows.length === 0) continue
    const childIds = rows.map((row) => row.id)
    await writeState(context, child.name, childIds, { action: 'restored' })
    await restoreChildren(context, child, childIds, deletedAt)
  }
}
