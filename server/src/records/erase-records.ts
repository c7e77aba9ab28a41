import type { FieldModel, ObjectModel } from '@trellis/metamodel'
import { sql } from 'kysely'

import type { Context, WriteContext } from '../access/context.ts'
import { ORGANIZATION_SOURCES } from '../access/load-organization.ts'
import { systemContext } from '../access/system-context.ts'
import { type AuditCaller, callerOf, recordAudit } from '../audit/index.ts'
import type { Database } from '../db/index.ts'
import { message, RequestError } from '../errors.ts'
import type { Release } from '../schema/release.ts'
import { eraseSurroundings } from './erase-surroundings.ts'
import { followingRollUps } from './follow-roll-ups.ts'
import { mapConstraint } from './map-constraint.ts'
import { loadForWrite } from './read-rows.ts'
import { referrers } from './referrers.ts'
import { inSaveTransaction } from './save-transaction.ts'
import type { WritingContext } from './touched.ts'
import { eraseRows, writeState } from './write-record.ts'

/**
 * Removes a record from the recycle bin for good, with its details and with all that is kept of it: history, shares,
 * approvals, what imports read of it. The audit log keeps that it was done, by whom and of which id.
 *
 * @throws RequestError forbidden · not_found · conflict if it is not in the recycle bin · in_use
 */
export async function eraseRecord(
  context: Context,
  object: ObjectModel,
  id: string,
): Promise<void> {
  const { rights } = context.actor
  if (!rights.system.has('erase') || !rights.object(object.name).delete) {
    throw new RequestError('forbidden')
  }
  refuseOrganization(object)
  await inSaveTransaction(context, async (inside) => {
    const record = (await loadForWrite(inside, object, [id], 'deleted')).get(id)
    if (record?.canRead === true && record.canDelete) return eraseIn(inside, object, id)
    const live = (await loadForWrite(inside, object, [id])).get(id)
    if (live?.canRead !== true) throw new RequestError('not_found')
    throw new RequestError('conflict', {
      detail: message('Delete this record first', '请先删除该记录'),
    })
  })
}

/** @throws RequestError conflict for users, departments and the like */
export function refuseOrganization({ name }: ObjectModel): void {
  if (!ORGANIZATION_SOURCES.has(name)) return
  throw new RequestError('conflict', {
    detail: message(
      'Who belongs where cannot be erased: others were made or changed by them',
      '组织数据不能清除，其他记录由其创建或修改',
    ),
  })
}

/** Erases a record that is in the recycle bin, and what hangs on it there. */
async function eraseIn(
  context: WriteContext,
  object: ObjectModel,
  id: string,
  caller: AuditCaller = callerOf(context),
): Promise<void> {
  const gone = new Map<string, Set<string>>()
  await followingRollUps(context, (inside) => gather(inside, object, [id], gone), {
    isSystem: true,
  })
  await eraseSurroundings(
    context,
    [...gone.values()].flatMap((ids) => [...ids]),
  )
  // Those gathered last hang on those before them.
  for (const [name, ids] of [...gone].toReversed()) await erase(context, name, [...ids])
  const along = [...gone].map(([name, { size }]) => [name, size - (name === object.name ? 1 : 0)])
  recordAudit(context.tx, {
    ...caller,
    action: 'erase',
    object: object.name,
    record: id,
    details: Object.fromEntries(along.filter(([, count]) => count !== 0)),
  })
}

async function erase(context: WriteContext, name: string, ids: readonly string[]): Promise<void> {
  try {
    await context.tx.savepoint(() => eraseRows(context, name, ids))
  } catch (error) {
    if (mapConstraint(context.release, name, error) === undefined) throw error
    throw new RequestError('in_use', {
      detail: message(
        'Another record, maybe in the recycle bin, still refers to it',
        '仍有其他记录引用它（可能在回收站中）',
      ),
    })
  }
}

/** What goes with records: what would have been deleted with them, as far as it is in the recycle bin too. */
async function gather(
  context: WritingContext,
  object: ObjectModel,
  ids: readonly string[],
  into: Map<string, Set<string>>,
): Promise<void> {
  const known = into.get(object.name) ?? new Set<string>()
  const fresh = ids.filter((id) => !known.has(id))
  if (fresh.length === 0) return
  into.set(object.name, known.union(new Set(fresh)))
  for (const field of referrers(context, object.name)) {
    const child = context.release.model.objects.get(field.object)
    if (!child) continue
    if (field.onDelete === 'cascade') {
      await gather(context, child, await inBin(context, field, fresh), into)
    } else if (!isNeeded(child, field)) await emptyInBin(context, field, fresh)
  }
}

/** Whether a record cannot be without a reference, which may be a part of a lookup of several objects. */
export const isNeeded = ({ fields }: ObjectModel, { isRequired, partOf }: FieldModel): boolean =>
  isRequired || fields.get(partOf ?? '')?.isRequired === true

async function inBin(
  { tx, release: { physical } }: WriteContext,
  field: FieldModel,
  ids: readonly string[],
): Promise<string[]> {
  const rows = await tx.query<{ id: string }>(sql`
    select id from ${physical.table(field.object)}
    where ${physical.column(field.object, field.name)} = any(${[...ids]}::uuid[]) and deleted_at is not null
    order by id for update`)
  return rows.map(({ id }) => id)
}

/** A record in the bin that came there before forgets to what it referred. */
async function emptyInBin(
  context: WritingContext,
  { object, name }: FieldModel,
  targets: readonly string[],
): Promise<void> {
  const { physical } = context.release
  const column = physical.column(object, name)
  const rows = await context.tx.query<{ id: string; target: string }>(sql`
    select id, ${column}::text as target from ${physical.table(object)}
    where ${column} = any(${[...targets]}::uuid[]) and deleted_at is not null order by id for update`)
  for (const [old, group] of Map.groupBy(rows, ({ target }) => target)) {
    const ids = group.map(({ id }) => id)
    await writeState(context, object, ids, { action: 'updated', field: { name, old } })
  }
}

/** So many records of an object are erased in one go by the house. */
const MOST_EXPIRED = 500

/**
 * Erases what has been in the recycle bin for longer than its object keeps it (`features.recycle_bin_days`). What cannot
 * go because something refers to it stays.
 *
 * @returns how many were erased
 */
export async function eraseExpired(db: Database, release: Release, now: Date): Promise<number> {
  let erased = 0
  for (const object of release.model.objects.values()) {
    const days = object.definition.features?.recycle_bin_days
    if (days === undefined || ORGANIZATION_SOURCES.has(object.name)) continue
    for (const { id, by } of await loadExpired(db, release, object, { days, now })) {
      if (await eraseOne({ ...systemContext(db, release, by, 'system'), now }, object, id)) {
        erased += 1
      }
    }
  }
  return erased
}

function loadExpired(
  db: Database,
  { physical }: Release,
  object: ObjectModel,
  { days, now }: { days: number; now: Date },
): Promise<{ id: string; by: string }[]> {
  return db.query<{ id: string; by: string }>(sql`
    select id, updated_by as by from ${physical.table(object.name)}
    where deleted_at < ${now.toISOString()}::timestamptz - make_interval(days => ${days})
    order by deleted_at limit ${MOST_EXPIRED}`)
}

async function eraseOne(context: Context, object: ObjectModel, id: string): Promise<boolean> {
  try {
    await inSaveTransaction(context, async (inside) => {
      const record = (await loadForWrite(inside, object, [id], 'deleted')).get(id)
      // Nobody asked for it but the calendar.
      if (record) await eraseIn(inside, object, id, { ...callerOf(context), actor: null })
    })
    return true
  } catch (error) {
    if (error instanceof RequestError) return false
    throw error
  }
}
