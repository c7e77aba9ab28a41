import type { ObjectModel } from '@trellis/metamodel'

import type { WriteContext } from '../access/context.ts'
import { ORGANIZATION_SOURCES } from '../access/load-organization.ts'
import { callerOf, recordAudit } from '../audit/index.ts'
import { changedFields, type RecordChange } from '../effects/record-change.ts'
import type { RecordRequest } from '../effects/record-request.ts'

/** What of a user decides what they may do. */
const RIGHTS_OF_USER = new Set([
  'permission_sets',
  'role',
  'active',
  'manager',
  'department',
  'email',
  'type',
])

/** Tells the audit log what rights somebody has got or lost by these changes, old and new. */
export function auditRights(context: WriteContext, changes: readonly RecordChange[]): void {
  const caller = callerOf(context)
  recordAudit(
    context.tx,
    ...changes.flatMap((change) => {
      if (!ORGANIZATION_SOURCES.has(change.object.name)) return []
      const names = changedFields(change).filter((name) => isRight(change.object, name))
      if (names.length === 0) return []
      const { active } = change.after
      const isEnded = change.before?.values['active'] === true && active === false
      return [
        {
          ...caller,
          action: isEnded ? ('deactivate' as const) : ('permission_changed' as const),
          object: change.object.name,
          record: change.id,
          details: { change: change.op, rights: oldAndNew(change, names) },
        },
      ]
    }),
  )
}

/** Tells the audit log that somebody made others the owner of records: who of which, or how many if they are many. */
export function auditTransfers(context: WriteContext, given: readonly RecordChange[]): void {
  const caller = callerOf(context)
  if (given.length >= MANY) {
    const details = { count: given.length }
    recordAudit(context.tx, {
      ...caller,
      action: 'transfer',
      object: given[0]?.object.name,
      details,
    })
    return
  }
  recordAudit(
    context.tx,
    ...given.map((change) => ({
      ...caller,
      action: 'transfer' as const,
      object: change.object.name,
      record: change.id,
      details: { owner: { old: change.before?.values['owner'], new: change.after['owner'] } },
    })),
  )
}

/** Tells the audit log that records that say who belongs where go into the recycle bin, or come out of it. */
export function auditState(
  context: WriteContext,
  { object, ids, action }: { object: string; ids: readonly string[]; action: string },
): void {
  if (!ORGANIZATION_SOURCES.has(object)) return
  const caller = callerOf(context)
  recordAudit(
    context.tx,
    ...ids.map((record) => ({
      ...caller,
      action: 'permission_changed' as const,
      object,
      record,
      details: { change: action },
    })),
  )
}

/** From so many changes on, a batch is one line in the audit log. */
const MANY = 50

/** Tells the audit log that a person changed many records at once, before it is known what becomes of each. */
export function auditMany(context: WriteContext, requests: readonly RecordRequest[]): void {
  if (requests.length < MANY || (context.cause !== 'user' && context.cause !== 'api_key')) return
  const objects = [...new Set(requests.map(({ object }) => object))]
  const operations = Map.groupBy(requests, ({ op }) => op)
  recordAudit(context.tx, {
    ...callerOf(context),
    action: 'mass_change',
    ...(objects.length === 1 ? { object: objects[0] } : {}),
    details: {
      ...Object.fromEntries(Array.from(operations, ([op, { length }]) => [op, length])),
      ...(objects.length === 1 ? {} : { objects }),
    },
  })
}

function isRight(object: ObjectModel, name: string): boolean {
  if (object.name === 'user') return RIGHTS_OF_USER.has(name)
  const field = object.fields.get(name)
  return field !== undefined && (!field.isSystem || name === 'name')
}

function oldAndNew(
  { before, after }: RecordChange,
  names: readonly string[],
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    names.map((name) => [name, { old: before?.values[name] ?? null, new: after[name] ?? null }]),
  )
}
