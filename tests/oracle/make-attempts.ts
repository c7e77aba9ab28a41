import { type Attempt, savingOf, urlOf } from './attempt.ts'
import { call } from './check.ts'
import { isComputed } from './computed-values.ts'
import { decide } from './make-decisions.ts'
import { endShare, reveal, share } from './make-gifts.ts'
import { dismiss, erase, merge, remove, restore } from './make-removals.ts'
import { transferMany, transferOne } from './make-transfers.ts'
import { likenTwins, relink, unlessTwin } from './make-twins.ts'
import { plainValue } from './make-values.ts'
import type { Random } from './random.ts'
import type { Verdict } from './saving.ts'
import type { View } from './view.ts'
import { fieldOf, masterFields, targetsOf } from './world-parts.ts'
import type { Value, WorldField, WorldObject, WorldRecord } from './world.ts'

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
    ...masked(view, random),
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

/** Values behind masks, where there are some. */
function masked(view: View, random: Random): Attempt[] {
  const fields = view.world.objects.flatMap(({ name, isPlatform }) =>
    isPlatform ? [] : view.fieldsOf(name).map((field) => ({ object: name, field: field.name })),
  )
  const hidden = fields.filter(
    ({ object, field }) => view.rules.access(view.actor, object, field) === 'masked',
  )
  const { object } = random.maybe(hidden, 0.9) ?? {}
  const record = random.maybe(object === undefined ? [] : view.recordsOf(object), 1)
  return record === null ? [] : [reveal(view, record, random)].filter((one) => one !== undefined)
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

function makeChange(
  view: View,
  object: WorldObject,
  record: WorldRecord,
  random: Random,
): [string, Value] | undefined {
  const plain = object.fields.filter((field) => !isComputed(field))
  const name =
    object.master === undefined && random.chance(0.35) ? 'owner' : random.pick(plain).name
  const field = fieldOf(view.world, object.name, name)
  const value = field && newValue(view, field, random)
  const known = name === 'owner' ? record.owner : record.values[name]
  const isSame = value !== undefined && led(view, value) === known
  const isTaken = value === null && field?.type === 'master_detail'
  return value === undefined || isSame || isTaken ? undefined : [name, value]
}

function newValue(view: View, field: WorldField, random: Random): Value | undefined {
  if (field.type === 'user') {
    return random.chance(0.3) ? view.actor.user.id : random.pick(view.world.users).id
  }
  if (field.type === 'file') {
    const loose = view.world.files.filter((file) => file.value === null)
    return random.maybe(random.chance(0.5) ? loose : view.world.files, 0.8)?.id ?? null
  }
  const objects = targetsOf(field)
  if (objects.length === 0) return plainValue(random, field)
  const targets = view.recordsOf(random.pick(objects))
  return targets.length === 0 ? undefined : random.pick(targets).id
}

/** A value as it is written: of a lookup of several objects also which one it is. */
function onTheWire(view: View, { fields }: WorldObject, name: string, value: Value): unknown {
  const isOfSeveral = fields.some((field) => field.name === name && field.targets !== undefined)
  if (!isOfSeveral || value === null) return value
  return { object: view.rules.record(String(value))?.object, id: value }
}

/** The record as it is to be; the id of one that was merged comes to what is left of it. */
function changed(view: View, record: WorldRecord, name: string, asked: Value): WorldRecord {
  const value = led(view, asked)
  if (name === 'owner') return { ...record, owner: String(value) }
  return { ...record, values: { ...record.values, [name]: value } }
}

function create(view: View, object: WorldObject, random: Random): Attempt {
  const { rules, actor } = view
  const usual = object.fields.filter(
    (field) => !isComputed(field) && rules.access(actor, object.name, field.name) === 'edit',
  )
  const chosen = random.some(random.chance(0.8) ? usual : object.fields, 0.4)
  const master = masterFields(object)
  const entries = [...new Set([...chosen, ...master])]
    .filter((field) => !isComputed(field))
    .flatMap((field): [string, Value][] => {
      const value = newValue(view, field, random)
      return value === undefined ? [] : [[field.name, value]]
    })
  const values: Record<string, Value> = {
    name: `${random.token()} new`,
    ...Object.fromEntries(entries),
    ...twinOf(view, object, random),
  }
  const isOwned = object.master === undefined
  const owner = isOwned && random.chance(0.3) ? random.pick(view.world.users).id : actor.user.id
  const record: WorldRecord = {
    id: random.id(),
    object: object.name,
    owner: isOwned ? owner : null,
    isDeleted: false,
    isLocked: false,
    values: Object.fromEntries(
      Object.entries(values).map(([name, value]) => [name, led(view, value)]),
    ),
  }
  const written = Object.entries(values).map(([name, value]) => [
    name,
    onTheWire(view, object, name, value),
  ])
  const body: object = {
    ...Object.fromEntries(written),
    ...(isOwned && owner !== actor.user.id ? { owner } : {}),
  }
  return {
    surface: 'create',
    call: call('POST', `/api/v1/records/${object.name}`, body),
    next: record,
    verdict: unlessTwin(
      view,
      savingOf(view).create(actor, withDefaults(object, record), Object.keys(values)),
      record,
    ),
  }
}

function led(view: View, value: Value): Value {
  return (typeof value === 'string' ? view.survivorOf(value)?.id : undefined) ?? value
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

/** What is left out is empty, a checkbox not checked. */
function withDefaults(object: WorldObject, record: WorldRecord): WorldRecord {
  const checkboxes = object.fields.filter((field) => field.type === 'checkbox')
  const unchecked = Object.fromEntries(checkboxes.map((field) => [field.name, false]))
  return { ...record, values: { ...unchecked, ...record.values } }
}
