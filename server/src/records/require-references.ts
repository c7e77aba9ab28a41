import { type FieldModel, isRecordId } from '@trellis/metamodel'
import { sql } from 'kysely'

import type { WriteContext } from '../access/context.ts'
import { rowFilter } from '../access/row-filter.ts'
import { changedFields, type RecordChange } from '../effects/record-change.ts'
import { failure, message } from '../errors.ts'
import { findSurvivors } from '../query/find-survivors.ts'
import { Slot } from '../query/slot.ts'
import { shownName } from './apply-values.ts'
import { MASTER_LOCKED } from './approval-locks.ts'
import type { PreparedChange } from './prepared-change.ts'
import { runWrite } from './prepared-write.ts'

/** What a caller may do with a record that is referred to. */
interface Referred {
  canRead: boolean
  canEdit: boolean
  isLocked: boolean
}

/**
 * Records that are newly referred to exist and are seen by the caller; what they may not see answers as what does
 * not exist, and the id of one that was merged leads to what is left of it. A detail may be put under a master only by
 * who may edit the master, and not while it is locked. They are held against a merge, which leads references on.
 */
export async function requireReferences(
  context: WriteContext,
  prepared: readonly PreparedChange[],
): Promise<void> {
  const wanted = prepared.flatMap((one) => {
    const change = one.change
    if (!change) return []
    const changed = new Set(changedFields(change))
    return (
      [...change.object.fields.values()]
        .filter(
          (field) => field.target !== undefined && !(field.isSystem && field.name !== 'owner'),
        )
        // Whoever acts is there; and the first user of all owns themself.
        .filter((field) => field.name !== 'owner' || change.after['owner'] !== context.actor.userId)
        .filter(
          (field) =>
            !(change.isSystem && change.op === 'create' && change.after[field.name] === change.id),
        )
        .filter(
          (field) =>
            typeof change.after[field.name] === 'string' &&
            (changed.has(field.name) || field.type.name === 'master_detail'),
        )
        .map((field) => ({
          one,
          change,
          field,
          id: String(change.after[field.name]),
          isChanged: changed.has(field.name),
        }))
    )
  })
  const groups = Map.groupBy(wanted, ({ field }) => field.target ?? '')
  for (const [target, group] of groups) {
    const found = await loadReferred(context, target, [...new Set(group.map(({ id }) => id))])
    const survivors = await findLed(context, target, found, group)
    for (const { one, change, field, id, isChanged } of group) {
      const survivor = survivors.get(id)
      if (survivor) change.after[field.name] = survivor.id
      judge(one, change, { field, referred: found.get(id) ?? survivor, isChanged })
    }
  }
}

/** Of records that were merged, those that their ids lead to; unless the caller may not see these. */
async function findLed(
  context: WriteContext,
  target: string,
  found: ReadonlyMap<string, Referred>,
  wanted: readonly { id: string; change: RecordChange }[],
): Promise<Map<string, Referred & { id: string }>> {
  const missing = wanted.flatMap(({ id }) => (found.has(id) || !isRecordId(id) ? [] : [id]))
  const led = await findSurvivors(context.tx, context.release, { name: target }, missing)
  const records =
    led.size === 0 ? undefined : await loadReferred(context, target, [...led.values()])
  return new Map(
    [...led].flatMap(([id, survivor]) => {
      const record = records?.get(survivor)
      return record?.canRead === true ? [[id, { ...record, id: survivor }] as const] : []
    }),
  )
}

async function loadReferred(
  context: WriteContext,
  target: string,
  ids: string[],
): Promise<Map<string, Referred>> {
  const object = context.release.model.objects.get(target)
  if (!object) return new Map()
  const { physical } = context.release
  const right = (name: 'read' | 'edit') =>
    rowFilter(context, { object, right: name, alias: 't' }) ?? sql`true`
  const key = `referred ${target} ${context.actor.accessSignature}`
  const rows = await runWrite(
    context,
    { key, slots: { ids } },
    () => sql<{ id: string } & Referred>`
    select t.id, t.locked as "isLocked", ${right('read')} as "canRead", ${right('edit')} as "canEdit"
    from ${physical.table(target)} as t where t.id = any(${new Slot('ids')}::uuid[]) and t.deleted_at is null
    for key share of t`,
  )
  return new Map(rows.map((row) => [row.id, row]))
}

function judge(
  one: PreparedChange,
  change: RecordChange,
  at: { field: FieldModel; referred: Referred | undefined; isChanged: boolean },
): void {
  const { field, referred, isChanged } = at
  const isMaster = field.type.name === 'master_detail'
  const isHeld = isMaster && !change.isSystem && referred?.isLocked === true
  // Of two masters one may be out of sight; the detail stays as it is while that one is locked, too.
  if (isHeld && (referred?.canRead === true || !isChanged)) {
    one.stop('locked', field.name, MASTER_LOCKED)
    return
  }
  if (!referred || (!change.isSystem && !referred.canRead)) {
    if (isChanged) {
      one.failures.push(
        failure(
          shownName(field),
          'unknown_reference',
          message('There is no such record', '引用的记录不存在'),
        ),
      )
    }
    return
  }
  if (!isMaster || change.isSystem) return
  if (!referred.canEdit) {
    one.stop(
      'forbidden',
      field.name,
      message('You may not edit the master record', '您没有编辑主记录的权限'),
    )
  } else if (isChanged && change.before && field.definition.reparentable !== true) {
    one.failures.push(
      failure(
        field.name,
        'not_reparentable',
        message('A detail cannot move to another master', '明细不能更换主记录'),
      ),
    )
  }
}
