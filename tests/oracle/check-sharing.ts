import type { Answer } from '../support/test-server.ts'
import { savingOf } from './attempt.ts'
import { compareIds } from './check.ts'
import { type Access, isTold } from './object-rights.ts'
import type { Random } from './random.ts'
import type { View, Wire } from './view.ts'
import type { WorldRecord } from './world.ts'

type Judge = (answer: Answer) => string[]

/** With whom a record is shared now, and what may be done about it. */
export function shared(view: View, record: WorldRecord): Judge {
  const { rules, actor, world } = view
  return ({ body }) => {
    const own = world.shares.filter(
      (one) => one.record === record.id && (one.expiresAt === null || one.expiresAt > world.now),
    )
    const mayShare = savingOf(view).mayShare(actor, record)
    const isRight = body.may_share === mayShare && body.may_edit_team === mayShare
    const most = rules.can('edit', actor, record) ? 'edit' : 'read'
    return [
      ...compareIds(
        own.map(({ id }) => id),
        (body.shares as Wire[]).map(({ id }) => id),
      ),
      ...(isRight ? [] : [`may_share is ${String(body.may_share)}`]),
      ...(body.most_access === most ? [] : [`most_access is ${String(body.most_access)}`]),
    ]
  }
}

/** Nobody writes a field that follows from others: read or edit, it is told. One without access is not there. */
function isSame(given: string, access: Access): boolean {
  if (access === 'none') return false
  return given === access || (isTold(access) && isTold(given as Access))
}

/** Why somebody may do something with a record: above all, whether. */
export function explained(
  view: View,
  record: WorldRecord,
  random: Random,
): { rest: string; judge: Judge } {
  const { rules, actor } = view
  const right = random.pick(['read', 'edit', 'delete', 'transfer'] as const)
  const own = new Set(view.fieldsOf(record.object).map(({ name }) => name))
  const judge: Judge = ({ body }) => {
    const [master] = rules.records.mastersOf(record)
    const held = record.isLocked || master?.isLocked === true
    const may = right === 'read' || (rules.can(right, actor, record) && !held)
    const fields = (body.fields as { field: string; access: string }[])
      .filter(({ field }) => own.has(field))
      .filter(({ field, access }) => !isSame(access, rules.access(actor, record.object, field)))
    return [
      ...(body.allowed === may ? [] : [`${right} is said to be ${String(body.allowed)}`]),
      ...fields.map(({ field, access }) => `${field} is said to be ${access}`),
    ]
  }
  return { rest: `/access?right=${right}`, judge }
}
