import { type ObjectModel, reachesAll } from '@trellis/metamodel'
import { sql } from 'kysely'

import type { WriteContext } from '../access/context.ts'
import { rightsOf } from '../access/load-actor.ts'
import { restrictions, rowFilter } from '../access/row-filter.ts'
import { asJson } from '../db/index.ts'
import { changedFields, type RecordChange } from '../effects/record-change.ts'
import { message } from '../errors.ts'
import { Slot } from '../query/slot.ts'
import type { PreparedChange } from './prepared-change.ts'
import { runWrite } from './prepared-write.ts'
import type { LoadedRecord } from './read-rows.ts'

/**
 * Whether the caller may make somebody the owner: of a record that they own or that is in their edit scope, with the
 * right to transfer; and to somebody who works with such records.
 */
export function checkOwner(
  context: WriteContext,
  one: PreparedChange,
  change: RecordChange,
  before: LoadedRecord | null,
): void {
  const owner = change.after['owner']
  if (change.isSystem || typeof owner !== 'string' || !isHandedOver(change)) return
  const { actor } = context
  const isTaken = actor.reach.owners.own.includes(owner)
  if (before && !before.canTransfer && !isTaken) {
    one.stop(
      'forbidden',
      'owner',
      message('You may not give records to somebody else', '您没有转移负责人的权限'),
    )
    return
  }
  if (isTaken || worksWith(context, change.object, owner)) return
  one.stop(
    'forbidden',
    'owner',
    message(
      `This user may not see any ${change.object.name}, and so not own one`,
      '该用户没有查看此类记录的权限，不能成为负责人',
    ),
  )
}

function isHandedOver({ given, before, after }: RecordChange): boolean {
  return given.has('owner') && (before === null || before.values['owner'] !== after['owner'])
}

// Somebody whom the organization does not know yet was made a moment ago; whether they exist is asked elsewhere.
function worksWith({ actor, release }: WriteContext, object: ObjectModel, owner: string): boolean {
  const user = actor.organization.user(owner)
  if (user === undefined || user.isQueue) return true
  return user.isActive && rightsOf(release, user.permissionSets).object(object.name).read
}

/**
 * A record may not be put out of one's own reach: as it is to be, the caller must be able to read what they create
 * and to edit what they change. Whoever may transfer may give it away, but not past a restriction rule. Details
 * follow their master, which is asked with the reference to it.
 */
export async function requireReach(
  context: WriteContext,
  object: ObjectModel,
  prepared: readonly PreparedChange[],
): Promise<void> {
  if (object.master) return
  const doubtful = prepared.flatMap((one) =>
    one.change && one.error === undefined && isDoubtful(context, one.change)
      ? [{ one, change: one.change }]
      : [],
  )
  for (const op of ['create', 'update'] as const) {
    const group = doubtful.filter(({ change }) => change.op === op)
    const found = await judgeRows(
      context,
      object,
      op,
      group.map(({ change }) => change),
    )
    for (const { one, change } of group) {
      const { isOpen, isRestricted } = found.get(change.id) ?? UNKNOWN
      const isGivenAway = isHandedOver(change) && context.actor.rights.object(object.name).transfer
      if (!isRestricted && (isOpen || isGivenAway)) continue
      one.stop(
        'forbidden',
        isHandedOver(change) ? 'owner' : '',
        message('You could not work with this record any more', '保存后您将无法再访问此记录'),
      )
    }
  }
}

const UNKNOWN = { isOpen: false, isRestricted: true }

/** Whether what is to be may be out of reach: the owner is another, or a rule looks at the values. */
function isDoubtful({ actor }: WriteContext, change: RecordChange): boolean {
  const { object, after, isSystem } = change
  if (isSystem) return false
  const changed = changedFields(change)
  if (object.restrictionRules.length > 0) return changed.length > 0
  if (change.op === 'create') return !actor.reach.owners.own.includes(String(after['owner']))
  return changed.includes('owner') || (object.sharingRules.length > 0 && changed.length > 0)
}

async function judgeRows(
  context: WriteContext,
  object: ObjectModel,
  op: 'create' | 'update',
  changes: readonly RecordChange[],
): Promise<Map<string, { isOpen: boolean; isRestricted: boolean }>> {
  if (changes.length === 0) return new Map()
  const asked = { object, right: op === 'create' ? 'read' : 'edit', alias: 't' } as const
  // Whoever reaches all records reaches them whatever they are to be.
  if (object.restrictionRules.length === 0 && reachesEvery(context, asked)) {
    return new Map(changes.map(({ id }) => [id, { isOpen: true, isRestricted: false }]))
  }
  const { physical } = context.release
  const rows = changes.map((change) => ({ ...columnsOf(context, change), id: change.id }))
  const key = `reach ${object.name} ${op} ${context.actor.accessSignature}`
  const found = await runWrite(context, { key, slots: { rows: asJson(rows) } }, () => {
    const open = rowFilter(context, asked) ?? sql`true`
    const closed = restrictions(context, asked).map(({ when }) => sql`not ${when ?? sql`true`}`)
    const restricted = closed.length === 0 ? sql`false` : sql.join(closed, sql` or `)
    return sql<{ id: string; isOpen: boolean; isRestricted: boolean }>`
      select t.id, ${open} as "isOpen", (${restricted}) as "isRestricted"
      from jsonb_populate_recordset(null::${physical.table(object.name)}, ${new Slot('rows')}::jsonb) as t`
  })
  return new Map(found.map((row) => [row.id, row]))
}

function reachesEvery(
  { actor }: WriteContext,
  { object, right }: { object: ObjectModel; right: 'read' | 'edit' },
): boolean {
  return actor.rights.parts.every((part) => reachesAll(part.object(object.name), right))
}

/** The values to be under the names of their columns. */
function columnsOf({ release }: WriteContext, { object, after }: RecordChange): object {
  return Object.fromEntries(
    Object.entries(after)
      .filter(([name]) => object.fields.has(name))
      .map(([name, value]) => [release.physical.columnName(object.name, name), value]),
  )
}
