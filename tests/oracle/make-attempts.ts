import { type Attempt, savingOf, urlOf } from './attempt.ts'
import { call } from './check.ts'
import { decide, decideOnOwn } from './make-decisions.ts'
import { endShare, overshare, reveal, share } from './make-gifts.ts'
import { deactivate } from './make-hand-over.ts'
import { dismiss, erase, merge, remove, restore } from './make-removals.ts'
import { goAlong, transferMany, transferOne } from './make-transfers.ts'
import { likenTwins, relink, unlessTwin } from './make-twins.ts'
import { upsert } from './make-upserts.ts'
import type { Random } from './random.ts'
import type { Verdict } from './saving.ts'
import type { View } from './view.ts'
import type { Value, WorldObject, WorldRecord } from './world.ts'
import { changed, makeChange, newRecord, onTheWire } from './written-values.ts'

/** How likely an object is asked for a record by a unique value. */
const UPSERTS = 0.35

/** Random attempts to write, in every way that there is. */
export function makeAttempts(view: View, random: Random, count: number): Attempt[] {
  const objects = view.world.objects.filter((object) => !object.isPlatform)
  const some = Array.from({ length: count }).flatMap(() => {
    const object = random.pick(objects)
    const records = view.recordsOf(object.name)
    if (records.length === 0) return []
    return attemptOn(view, object, random.pick(records), random) ?? []
  })
  return [
    ...some,
    ...likenTwins(view, random),
    ...objects.flatMap((object) => relink(view, object, random)),
    ...random.some(objects, UPSERTS).flatMap((object) => upsert(view, object, random) ?? []),
    ...masked(view, random),
    ...[overshare, goAlong, decideOnOwn, deactivate].flatMap((one) => one(view, random) ?? []),
  ]
}

function attemptOn(
  view: View,
  object: WorldObject,
  record: WorldRecord,
  random: Random,
): Attempt | undefined {
  if (random.chance(0.06)) return dismiss(view, random)
  if (random.chance(0.12)) return decide(view, record, random)
  if (random.chance(0.2)) return giving(view, record, random)
  if (random.chance(record.isDeleted ? 0.4 : 0.05)) return erase(view, record, random)
  if (record.isDeleted) return restore(view, record, random)
  const kind = random.between(0, 11)
  if (kind < 5) return update(view, object, record, random)
  if (kind < 7) return create(view, object, random)
  if (kind < 9) return remove(view, record, random)
  return kind < 11 ? merge(view, record, random) : preview(view, object, record, random)
}

/** Hands records over, and tells others of them. */
function giving(view: View, record: WorldRecord, random: Random): Attempt | undefined {
  const kind = random.between(0, 5)
  if (kind === 0) return endShare(view, random)
  if (kind < 3) return share(view, record, random)
  return kind < 5 ? transferMany(view, record.object, random) : transferOne(view, record, random)
}

/** Values behind masks, where there are some; rather those that are made of others. */
function masked(view: View, random: Random): Attempt[] {
  const fields = view.world.objects.flatMap(({ name, isPlatform }) =>
    isPlatform ? [] : view.fieldsOf(name).map((field) => ({ object: name, field })),
  )
  const hidden = fields.filter(
    ({ object, field }) => view.rules.access(view.actor, object, field.name) === 'masked',
  )
  const made = hidden.filter(({ field }) => field.madeOf !== undefined)
  return [random.maybe(made, 0.9), random.maybe(hidden, 0.7)].flatMap((one) => {
    const record = random.maybe(one === null ? [] : view.readable(one.object), 1)
    return (one && record && reveal(view, record, random, one.field)) ?? []
  })
}

/** A change of one field: of a value, the owner, a reference or the master. */
function update(
  view: View,
  object: WorldObject,
  record: WorldRecord,
  random: Random,
): Attempt | undefined {
  const change = makeChange(view, object, record, random)
  if (change === undefined) return undefined
  const [name, value] = change
  const next = changed(view, record, name, value)
  const body = { [name]: onTheWire(view, object, name, value) }
  const verdict = unlessTwin(view, savingOf(view).update(view.actor, record, next), next, record)
  const surface = name === 'owner' ? 'transfer' : 'update'
  if (random.chance(0.15)) return asBatch(next, body, verdict)
  return {
    surface,
    call: call('PATCH', urlOf(record), body),
    twin: call('PATCH', urlOf({ ...record, id: random.id() }), body),
    next,
    verdict,
  }
}

function asBatch(next: WorldRecord, body: object, verdict: Verdict): Attempt {
  const { object, id } = next
  const operations = [{ op: 'update', id, record: body }]
  const url = `/api/v1/records/${object}/batch`
  return { surface: 'batch', call: call('POST', url, { operations }), verdict, next }
}

function preview(
  view: View,
  object: WorldObject,
  record: WorldRecord,
  random: Random,
): Attempt | undefined {
  const change = makeChange(view, object, record, random)
  if (change === undefined) return undefined
  const [name, value] = change
  const next = changed(view, record, name, value)
  const body = { [name]: onTheWire(view, object, name, value) }
  return {
    surface: 'preview',
    call: call('POST', `${urlOf(record)}/preview`, body),
    twin: call('POST', `${urlOf({ ...record, id: random.id() })}/preview`, body),
    next,
    verdict: unlessTwin(view, savingOf(view).update(view.actor, record, next), next, record),
  }
}

function create(view: View, object: WorldObject, random: Random): Attempt {
  const { record, given, body } = newRecord(view, object, random, twinOf(view, object, random))
  const verdict = savingOf(view).create(view.actor, record, given)
  return {
    surface: 'create',
    call: call('POST', `/api/v1/records/${object.name}`, body),
    next: record,
    verdict: unlessTwin(view, verdict, record),
  }
}

/** Sometimes the values by which a duplicate rule finds another record, seen or not. */
function twinOf(view: View, { name }: WorldObject, random: Random): Record<string, Value> {
  const rule = view.world.duplicateRules.find(({ object }) => object === name)
  const hidden = view.recordsOf(name).filter((one) => !view.rules.canRead(view.actor, one))
  const other = rule && random.maybe(random.chance(0.5) ? hidden : view.recordsOf(name), 0.5)
  const fields = rule?.definition.match.map(({ field }) => field) ?? []
  const mayWrite = fields.every((field) => view.rules.access(view.actor, name, field) === 'edit')
  if (!other || !mayWrite) return {}
  return Object.fromEntries(fields.map((field) => [field, other.values[field] ?? null]))
}
