import {
  type AccessScope,
  type FieldAccess,
  isTold,
  type Model,
  type ObjectAccess,
  type Rights,
  type Scopes,
} from '@trellis/metamodel'

import type { WriteContext } from '../access/context.ts'
import { rightsOf } from '../access/load-actor.ts'
import type { RecordChange } from '../effects/record-change.ts'
import { message, refuse, type RequestError } from '../errors.ts'

/**
 * Nobody gives what they do not have: the permission sets that a user newly gets allow nothing that the caller may
 * not do; who may change all data and all rights is not asked. Sets that are gone give nothing. What the house itself writes is not asked.
 */
export function refuseWiderSets(
  { actor, release }: WriteContext,
  change: RecordChange,
): RequestError | undefined {
  if (change.object.name !== 'user' || change.isSystem || givesAll(actor.rights)) return undefined
  const had = namesOf(change.before?.values['permission_sets'])
  const beyond = namesOf(change.after['permission_sets'])
    .filter((name) => !had.includes(name))
    .find((name) => {
      const given = rightsOf(release, [name])
      return !actor.rights.parts.every((own) => coversRights(release.model, own, given))
    })
  if (beyond === undefined) return undefined
  return refuse(
    'forbidden',
    'permission_sets',
    message(
      `The permission set "${beyond}" allows more than you may do yourself`,
      `权限集“${beyond}”包含您自己没有的权限`,
    ),
  )
}

/** Whoever may change all data and all rights could give themself what is missing. */
function givesAll({ system }: Rights): boolean {
  return system.has('modify_all_data') && system.has('manage_users')
}

function namesOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : []
}

/** Whether everything that some rights allow is allowed by others. */
export function coversRights(model: Model, own: Rights, given: Rights): boolean {
  const isWithin =
    isSubset(given.system, own.system) &&
    isSubset(given.custom, own.custom) &&
    [...model.objects.values()].every((object) =>
      coversObject(own.object(object.name), given.object(object.name)),
    )
  return isWithin && coversFields(model, own, given)
}

function coversFields(model: Model, own: Rights, given: Rights): boolean {
  return [...model.objects.values()].every((object) =>
    [...object.fields.values()].every((field) => {
      const access = own.field(field)
      const mayReveal = !given.reveal(field) || own.reveal(field) || isTold(access)
      return mayReveal && WIDTH[given.field(field)] <= WIDTH[access]
    }),
  )
}

const WIDTH: Readonly<Record<FieldAccess, number>> = { none: 0, masked: 1, read: 2, edit: 3 }
const RIGHTS = ['create', 'read', 'edit', 'delete', 'transfer', 'export'] as const
const RECORD_RIGHTS = ['read', 'edit', 'delete', 'transfer'] as const

function coversObject(own: ObjectAccess, given: ObjectAccess): boolean {
  return (
    RIGHTS.every((right) => own[right] || !given[right]) &&
    coversTypes(own.recordTypes, given.recordTypes) &&
    RECORD_RIGHTS.every(
      (right) => !given[right] || coversScopes(own.scopes[right], given.scopes[right]),
    )
  )
}

function coversTypes(
  own: ObjectAccess['recordTypes'],
  given: ObjectAccess['recordTypes'],
): boolean {
  return own === null || (given !== null && isSubset(given, own))
}

/** The scopes that contain each scope; every scope contains `own`. */
const WITHIN: Readonly<Record<AccessScope, readonly AccessScope[]>> = {
  own: ['own', 'own_and_subordinates', 'department', 'department_and_below', 'all'],
  own_and_subordinates: ['own_and_subordinates', 'all'],
  department: ['department', 'department_and_below', 'all'],
  department_and_below: ['department_and_below', 'all'],
  all: ['all'],
}

function coversScopes(own: Scopes, given: Scopes): boolean {
  return [...given].every((scope) => WITHIN[scope].some((wider) => own.has(wider)))
}

function isSubset<Item>(part: ReadonlySet<Item>, whole: ReadonlySet<Item>): boolean {
  return [...part].every((item) => whole.has(item))
}
