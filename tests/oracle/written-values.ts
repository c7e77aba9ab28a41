import { isComputed } from './computed-values.ts'
import { plainValue } from './make-values.ts'
import type { Random } from './random.ts'
import type { View } from './view.ts'
import { fieldOf, masterFields, targetsOf } from './world-parts.ts'
import type { Value, WorldField, WorldObject, WorldRecord } from './world.ts'

/** A change of one field of a record; undefined where none comes to mind. */
export function makeChange(
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

/** What somebody may give a field; undefined where there is nothing to refer to. */
export function newValue(view: View, field: WorldField, random: Random): Value | undefined {
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
export function onTheWire(
  view: View,
  { fields }: WorldObject,
  name: string,
  value: Value,
): unknown {
  const isOfSeveral = fields.some((field) => field.name === name && field.targets !== undefined)
  if (!isOfSeveral || value === null) return value
  return { object: view.rules.record(String(value))?.object, id: value }
}

/** The record as it is to be; the id of one that was merged comes to what is left of it. */
export function changed(view: View, record: WorldRecord, name: string, asked: Value): WorldRecord {
  const value = led(view, asked)
  if (name === 'owner') return { ...record, owner: String(value) }
  return { ...record, values: { ...record.values, [name]: value } }
}

/** The id of a record that was merged comes to what is left of it. */
export function led(view: View, value: Value): Value {
  return (typeof value === 'string' ? view.survivorOf(value)?.id : undefined) ?? value
}

/** A record that somebody makes, and how they write it. */
export interface NewRecord {
  readonly record: WorldRecord
  /** The fields that they give. */
  readonly given: readonly string[]
  readonly body: object
}

/** A record with values for some of its fields, and for those in `more`. */
export function newRecord(
  view: View,
  object: WorldObject,
  random: Random,
  more: Readonly<Record<string, Value>> = {},
): NewRecord {
  const { rules, actor } = view
  const usual = object.fields.filter(
    (field) => !isComputed(field) && rules.access(actor, object.name, field.name) === 'edit',
  )
  const chosen = random.some(random.chance(0.8) ? usual : object.fields, 0.4)
  const entries = [...new Set([...chosen, ...masterFields(object)])]
    .filter((field) => !isComputed(field))
    .flatMap((field): [string, Value][] => {
      const value = newValue(view, field, random)
      return value === undefined ? [] : [[field.name, value]]
    })
  const values: Record<string, Value> = {
    name: `${random.token()} new`,
    ...Object.fromEntries(entries),
    ...more,
  }
  const isOwned = object.master === undefined
  const owner = isOwned && random.chance(0.3) ? random.pick(view.world.users).id : actor.user.id
  const written = Object.entries(values).map(([name, value]) => [
    name,
    onTheWire(view, object, name, value),
  ])
  return {
    given: Object.keys(values),
    record: recordOf(view, object, { id: random.id(), owner, values }),
    body: {
      ...Object.fromEntries(written),
      ...(isOwned && owner !== actor.user.id ? { owner } : {}),
    },
  }
}

/** A new record with the values that it is given; what is left out is empty, a checkbox not checked. */
export function recordOf(
  view: View,
  object: WorldObject,
  {
    id,
    owner,
    values,
  }: { id: string; owner: string | null; values: Readonly<Record<string, Value>> },
): WorldRecord {
  const checkboxes = object.fields.filter((field) => field.type === 'checkbox')
  const unchecked = checkboxes.map((field): [string, Value] => [field.name, false])
  const given = Object.entries(values).map(([name, value]) => [name, led(view, value)] as const)
  return {
    id,
    object: object.name,
    owner: object.master === undefined ? owner : null,
    isDeleted: false,
    isLocked: false,
    values: Object.fromEntries([...unchecked, ...given]),
  }
}
