import type { Call } from '../support/test-server.ts'
import { type Attempt, savingOf, urlOf } from './attempt.ts'
import { membersSeen, seesSearch } from './check-duplicates.ts'
import { call } from './check.ts'
import { isComputed } from './computed-values.ts'
import type { Random } from './random.ts'
import type { Verdict } from './saving.ts'
import type { View } from './view.ts'
import { objectOf, targetsOf } from './world-parts.ts'
import type { WorldField, WorldRecord } from './world.ts'

/** An attempt on the id of a record that was merged is led on to what is left of it. */
function unlessLed(view: View, { id }: WorldRecord, verdict: Verdict): Attempt['verdict'] {
  return verdict !== 'done' && view.survivorOf(id) ? 'led' : verdict
}

export function erase(view: View, record: WorldRecord, random: Random): Attempt {
  return {
    surface: 'erase',
    call: call('POST', `${urlOf(record)}/erase`, {}),
    twin: call('POST', `${urlOf({ ...record, id: random.id() })}/erase`, {}),
    next: { ...record, isDeleted: true },
    verdict: unlessLed(view, record, savingOf(view).erase(view.actor, record)),
  }
}

/** Two records or three become one, which takes a value of the others. */
export function merge(view: View, survivor: WorldRecord, random: Random): Attempt | undefined {
  const { world, rules, actor } = view
  const merged = new Set(world.merges.map((one) => one.merged))
  const free = view
    .recordsOf(survivor.object)
    .filter((one) => one.id !== survivor.id && !merged.has(one.id))
  const near = free.filter((one) => rules.can('edit', actor, one))
  const others = Array.from({ length: random.between(1, 2) }, () =>
    random.maybe(random.chance(0.8) ? near : free, 1),
  ).filter((one) => one !== null)
  const [from] = others
  if (from === undefined || new Set(others).size < others.length) return undefined
  const { fields } = objectOf(world, survivor.object)
  const field = random.maybe(
    fields.filter((one) => isTakeable(one)),
    0.5,
  )
  const taken = field ? { [field.name]: from.values[field.name] ?? null } : {}
  const hidden = new Set(
    [survivor, ...others].filter((one) => !rules.canRead(actor, one)).map(({ id }) => id),
  )
  const asked = (idOf: (record: WorldRecord) => string): Call =>
    call('POST', `${urlOf({ ...survivor, id: idOf(survivor) })}/merge`, {
      merge: others.map((one) => ({ id: idOf(one) })),
      ...(field ? { fields: { [field.name]: idOf(from) } } : {}),
    })
  const unknown = new Map([...hidden].map((id) => [id, random.id()]))
  return {
    surface: 'merge',
    call: asked(({ id }) => id),
    twin: asked(({ id }) => unknown.get(id) ?? id),
    next: { ...survivor, values: { ...survivor.values, ...taken } },
    verdict: savingOf(view).merge(actor, [survivor, ...others], taken),
  }
}

/** References that lead among the records themselves become others when they are one. */
function isTakeable(field: WorldField): boolean {
  return !isComputed(field) && targetsOf(field).length === 0 && field.type !== 'file'
}

/** Says that the records of a group are no duplicates. */
export function dismiss(view: View, random: Random): Attempt | undefined {
  const { searches } = view.world
  const own = searches.filter((one) => seesSearch(view, one))
  const search = random.maybe(own.length > 0 && random.chance(0.7) ? own : searches, 1)
  const group = random.maybe(search?.groups ?? [], 1)
  if (!search || !group) return undefined
  const isSeen = seesSearch(view, search) && membersSeen(view, group.records).length > 1
  const url = (id: string): string => `/api/v1/duplicate-searches/${search.id}/groups/${id}/dismiss`
  return {
    surface: 'dismiss',
    call: call('POST', url(group.id), {}),
    twin: call('POST', url(random.id()), {}),
    next: { id: group.id, object: '', owner: null, isDeleted: true, isLocked: false, values: {} },
    verdict: isSeen ? 'done' : 'absent',
  }
}

export function remove(view: View, record: WorldRecord, random: Random): Attempt {
  return {
    surface: 'delete',
    call: call('DELETE', urlOf(record)),
    twin: call('DELETE', urlOf({ ...record, id: random.id() })),
    next: { ...record, isDeleted: true },
    verdict: savingOf(view).remove(view.actor, record),
  }
}

export function restore(view: View, record: WorldRecord, random: Random): Attempt {
  return {
    surface: 'restore',
    call: call('POST', `${urlOf(record)}/restore`, {}),
    twin: call('POST', `${urlOf({ ...record, id: random.id() })}/restore`, {}),
    next: { ...record, isDeleted: false },
    verdict: unlessLed(view, record, savingOf(view).restore(view.actor, record)),
  }
}
