import type { Answer } from '../support/test-server.ts'
import { type Attempt, savingOf, urlOf } from './attempt.ts'
import { call } from './check.ts'
import type { Random } from './random.ts'
import type { Verdict } from './saving.ts'
import type { View } from './view.ts'
import type { WorldField, WorldRecord, WorldShare } from './world.ts'

/** Asks for the value behind a mask. */
export function reveal(
  view: View,
  record: WorldRecord,
  random: Random,
  asked?: WorldField,
): Attempt | undefined {
  const { rules, actor } = view
  const { object } = record
  if (view.survivorOf(record.id)) return undefined
  const fields = view.fieldsOf(object)
  const masked = fields.filter(({ name }) => rules.access(actor, object, name) === 'masked')
  const field = asked ?? random.maybe(random.chance(0.9) ? masked : fields, 1)
  if (field === null) return undefined
  const value = view.valueOf(record, field.name)
  if (view.isUnclear(field, value)) return undefined
  const url = (id: string): string => `${urlOf({ ...record, id })}/actions/reveal`
  const body = { field: field.name }
  const isRight = ({ body: answer }: Answer): boolean => view.isShown(field, answer.value, value)
  return {
    surface: 'reveal',
    call: call('POST', url(record.id), body),
    twin: call('POST', url(random.id()), body),
    next: record,
    verdict: revealing(view, record, field.name),
    tells: value,
    judge: (answer) => (isRight(answer) ? [] : [`${field.name} is ${answer.text}`]),
  }
}

function revealing({ rules, actor }: View, record: WorldRecord, field: string): Verdict {
  const { object } = record
  if (!rules.may(actor, 'read', object)) return 'forbidden'
  if (rules.access(actor, object, field) !== 'masked') return 'refused'
  if (!rules.mayReveal(actor, object, field)) return 'forbidden'
  return rules.canRead(actor, record) ? 'done' : 'absent'
}

/**
 * Shares what somebody may share and not edit for editing; or shares with somebody who is out of sight or gone what
 * they may share.
 */
export function overshare(view: View, random: Random): Attempt | undefined {
  const { rules, actor, world } = view
  const may = world.objects.flatMap(({ name, isPlatform, master }) =>
    isPlatform || master !== undefined
      ? []
      : view.readable(name).filter((one) => savingOf(view).mayShare(actor, one)),
  )
  const onlyRead = may.filter((one) => !rules.can('edit', actor, one))
  const kinds = ['user', 'department', 'group'] as const
  const all = kinds.flatMap((type) => peopleOf(view, type).map((id) => [type, id] as const))
  const [seen, unseen] = [true, false].map((is) =>
    all.filter(([type, id]) => isPrincipal(view, type, id) === is),
  )
  const record = random.maybe(onlyRead, 0.6)
  const principal = record && random.maybe(seen ?? [], 1)
  if (record && principal) return shareWith(view, record, random, { principal, access: 'edit' })
  const [other, nobody] = [random.maybe(may, 0.8), random.maybe(unseen ?? [], 1)]
  return other && nobody
    ? shareWith(view, other, random, { principal: nobody, access: 'read' })
    : undefined
}

/** Shares a record by hand with somebody, who may be out of sight or gone. */
export function share(view: View, record: WorldRecord, random: Random): Attempt {
  const principal = pickPrincipal(view, random)
  const access = random.pick(['read', 'edit', 'edit'] as const)
  return shareWith(view, record, random, { principal, access })
}

interface Gift {
  readonly principal: readonly [string, string]
  readonly access: 'read' | 'edit'
}

function shareWith(
  view: View,
  record: WorldRecord,
  random: Random,
  { principal: [type, id], access }: Gift,
): Attempt {
  const body = { principal: { type, id }, access, cause: 'manual' }
  const principal = `${type}:${id}`
  const verdict = savingOf(view).share(view.actor, record, { access, principal })
  const isLed = verdict === 'absent' && view.survivorOf(record.id) !== undefined
  const usual = verdict === 'done' && !isPrincipal(view, type, id) ? 'refused' : verdict
  return {
    surface: 'share',
    call: call('POST', `${urlOf(record)}/shares`, body),
    twin: call('POST', `${urlOf({ ...record, id: random.id() })}/shares`, body),
    next: record,
    verdict: isLed ? 'led' : usual,
  }
}

const PRINCIPALS = ['user', 'user', 'role', 'role_and_below', 'department', 'group'] as const

function pickPrincipal(view: View, random: Random): [string, string] {
  const type = random.pick(PRINCIPALS)
  return [type, random.pick(peopleOf(view, type))]
}

function peopleOf({ world }: View, type: (typeof PRINCIPALS)[number]): string[] {
  if (type.startsWith('role')) return world.roles.map(({ name }) => name)
  if (type === 'user') return world.users.map(({ id }) => id)
  return (type === 'group' ? world.groups : world.departments).map(({ id }) => id)
}

/** Whether something can be shared with somebody: a person who can sign in, and whoever it is, the sharer sees them. */
function isPrincipal({ rules, actor, world }: View, type: string, id: string): boolean {
  if (type.startsWith('role')) return true
  const user = world.users.find((one) => one.id === id)
  if (user?.isQueue === true || user?.isActive === false) return false
  // Groups are no records of a world: nobody there sees them without all data.
  const record = rules.record(id)
  if (type === 'group') {
    const isThere = world.groups.some((one) => one.id === id && !one.isDeleted)
    return isThere && rules.may(actor, 'read', 'user_group')
  }
  return record !== undefined && rules.canRead(actor, record)
}

/** Ends a share, which may be of a record that is out of sight. */
export function endShare(view: View, random: Random): Attempt | undefined {
  const shared = random.maybe(view.world.shares, 1)
  const record = view.rules.record(shared?.record ?? '')
  if (!shared || !record || view.survivorOf(record.id)) return undefined
  return {
    surface: 'share',
    call: call('DELETE', `${urlOf(record)}/shares/${shared.id}`),
    next: record,
    verdict: ending(view, record, shared),
  }
}

/** Whoever may share ends it; a member leaves a team; what an approval needs stays. */
function ending(view: View, record: WorldRecord, { cause, principal }: WorldShare): Verdict {
  const { rules, actor } = view
  if (!rules.may(actor, 'read', record.object)) return 'forbidden'
  if (!rules.canRead(actor, record)) return 'absent'
  const isOwn = principal === `user:${actor.user.id}` && actor.parts.length === 1
  const mayEnd = (cause === 'team' && isOwn) || savingOf(view).mayShare(actor, record)
  return mayEnd && cause !== 'approval' ? 'done' : 'forbidden'
}
