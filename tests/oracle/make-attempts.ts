import type { Call } from '../support/test-server.ts'
import { call } from './check.ts'
import { isComputed } from './computed-values.ts'
import { plainValue } from './make-world.ts'
import { fieldOf, objectOf, targetsOf } from './object-rights.ts'
import type { Random } from './random.ts'
import { Saving, type Verdict } from './saving.ts'
import type { View } from './view.ts'
import type { Value, WorldField, WorldObject, WorldRecord } from './world.ts'

/** A write that somebody tries, and what the rules say to it. */
export interface Attempt {
  readonly surface: string
  readonly call: Call
  readonly verdict: Verdict
  /** The same of a record that nobody knows: what is not seen has to answer alike. */
  readonly twin?: Call
  /** The record as it is when this is done. */
  readonly next: WorldRecord
}

/** Random attempts to write, in every way that there is. */
export function makeAttempts(view: View, random: Random, count: number): Attempt[] {
  const objects = view.world.objects.filter((object) => !object.isPlatform)
  return Array.from({ length: count }).flatMap(() => {
    const object = random.pick(objects)
    const record = random.pick(view.recordsOf(object.name))
    // An attempt on a record that hangs together with locked ones asks more than the rules say.
    return isEntangled(view, record) ? [] : (attemptOn(view, object, record, random) ?? [])
  })
}

function attemptOn(
  view: View,
  object: WorldObject,
  record: WorldRecord,
  random: Random,
): Attempt | undefined {
  if (record.isDeleted) return random.chance(0.5) ? restore(view, record, random) : undefined
  const kind = random.between(0, 9)
  if (kind < 5) return update(view, object, record, random)
  if (kind < 7) return create(view, object, random)
  return kind < 9 ? remove(view, record, random) : preview(view, object, record, random)
}

/** Whether a locked record would have to change with this one, or with what belongs to it. */
function isEntangled(view: View, record: WorldRecord): boolean {
  const own = [record, ...detailsOf(view, record)]
  return view.world.records.some(
    (other) =>
      other.isLocked &&
      other.id !== record.id &&
      own.some((one) => one.id === other.id || refersTo(one, other) || refersTo(other, one)),
  )
}

/** The details of a record, and theirs. */
function detailsOf(view: View, record: WorldRecord): WorldRecord[] {
  const details = view.world.records.filter((one) => {
    const { master } = objectOf(view.world, one.object)
    return master !== undefined && one.values[master] === record.id
  })
  return details.flatMap((detail) => [detail, ...detailsOf(view, detail)])
}

function refersTo(one: WorldRecord, other: WorldRecord): boolean {
  return Object.values(one.values).includes(other.id)
}

function savingOf({ world, rules }: View): Saving {
  return new Saving(world, rules)
}

function urlOf({ object, id }: WorldRecord): string {
  return `/api/v1/records/${object}/${id}`
}

function remove(view: View, record: WorldRecord, random: Random): Attempt {
  return {
    surface: 'delete',
    call: call('DELETE', urlOf(record)),
    twin: call('DELETE', urlOf({ ...record, id: random.id() })),
    next: { ...record, isDeleted: true },
    verdict: savingOf(view).remove(view.actor, record),
  }
}

function restore(view: View, record: WorldRecord, random: Random): Attempt {
  return {
    surface: 'restore',
    call: call('POST', `${urlOf(record)}/restore`, {}),
    twin: call('POST', `${urlOf({ ...record, id: random.id() })}/restore`, {}),
    next: { ...record, isDeleted: false },
    verdict: savingOf(view).restore(view.actor, record),
  }
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
  const next = changed(record, name, value)
  const body = { [name]: onTheWire(view, object, name, value) }
  const verdict = savingOf(view).update(view.actor, record, next)
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
  const next = changed(record, name, value)
  const body = { [name]: onTheWire(view, object, name, value) }
  return {
    surface: 'preview',
    call: call('POST', `${urlOf(record)}/preview`, body),
    twin: call('POST', `${urlOf({ ...record, id: random.id() })}/preview`, body),
    next,
    verdict: savingOf(view).update(view.actor, record, next),
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
  const isSame = value === (name === 'owner' ? record.owner : record.values[name])
  if (value === undefined || isSame || (value === null && name === object.master)) return undefined
  return [name, value]
}

function newValue(view: View, field: WorldField, random: Random): Value | undefined {
  if (field.type === 'user') {
    return random.chance(0.3) ? view.actor.user.id : random.pick(view.world.users).id
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

function changed(record: WorldRecord, name: string, value: Value): WorldRecord {
  if (name === 'owner') return { ...record, owner: String(value) }
  return { ...record, values: { ...record.values, [name]: value } }
}

function create(view: View, object: WorldObject, random: Random): Attempt {
  const { rules, actor } = view
  const usual = object.fields.filter(
    (field) => !isComputed(field) && rules.access(actor, object.name, field.name) === 'edit',
  )
  const chosen = random.some(random.chance(0.8) ? usual : object.fields, 0.4)
  const master = object.fields.filter((field) => field.name === object.master)
  const entries = [...new Set([...chosen, ...master])]
    .filter((field) => !isComputed(field))
    .flatMap((field): [string, Value][] => {
      const value = newValue(view, field, random)
      return value === undefined ? [] : [[field.name, value]]
    })
  const values: Record<string, Value> = {
    name: `${random.token()} new`,
    ...Object.fromEntries(entries),
  }
  const isOwned = object.master === undefined
  const owner = isOwned && random.chance(0.3) ? random.pick(view.world.users).id : actor.user.id
  const record: WorldRecord = {
    id: random.id(),
    object: object.name,
    owner: isOwned ? owner : null,
    isDeleted: false,
    isLocked: false,
    values,
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
    verdict: savingOf(view).create(actor, withDefaults(object, record), Object.keys(values)),
  }
}

/** What is left out is empty, a checkbox not checked. */
function withDefaults(object: WorldObject, record: WorldRecord): WorldRecord {
  const checkboxes = object.fields.filter((field) => field.type === 'checkbox')
  const unchecked = Object.fromEntries(checkboxes.map((field) => [field.name, false]))
  return { ...record, values: { ...unchecked, ...record.values } }
}
