import { isComputed, withComputed } from './computed-values.ts'
import { namesIn, takesPart } from './deciding.ts'
import { plainValue } from './make-values.ts'
import type { Random } from './random.ts'
import { Rules } from './rules.ts'
import { View } from './view.ts'
import { objectOf, targetsOf } from './world-parts.ts'
import type { Asker, World, WorldField, WorldRecord } from './world.ts'

/** Another world that looks the same to one asker. */
export interface UnseenChange {
  readonly world: World
  /** The same asker's view of it. */
  readonly view: View
  /** The records that are other than they were. */
  readonly changed: readonly WorldRecord[]
  /** The records that were not there. */
  readonly added: readonly WorldRecord[]
}

/**
 * Changes what an asker cannot see: values, owners, existence, locks of records that they may not read, and fields
 * of which they are told nothing. Undefined if, by the rules, the asker would see something of it.
 */
export function makeUnseenChange(
  view: View,
  asker: Asker,
  random: Random,
): UnseenChange | undefined {
  const { world } = view
  const own = world.records.filter((record) => !objectOf(world, record.object).isPlatform)
  const hidden = own.filter((record) => !view.rules.canRead(view.actor, record))
  const seen = own.filter((record) => view.rules.canRead(view.actor, record))
  const referred = new Set(own.flatMap((record) => Object.values(record.values)))
  const turned = [
    ...pickSome(random, hidden, 4).map((record) =>
      changeHidden(view, record, { random, isReferred: referred.has(record.id) }),
    ),
    ...pickSome(random, seen, 3).flatMap((record) => changeUntold(view, record, random) ?? []),
  ]
  const more = pickSome(random, hidden, 2).map((record) => {
    const changed = changeHidden(view, record, { random, isReferred: true })
    const fresh = uniqueValues(view, record, random)
    return { ...changed, id: random.id(), values: { ...changed.values, ...fresh } }
  })
  if (turned.length + more.length === 0) return undefined
  const instead = new Map(turned.map((record) => [record.id, record]))
  const draft = [...world.records.map((record) => instead.get(record.id) ?? record), ...more]
  const records = withComputed(world.objects, draft)
  const changed = records.slice(0, world.records.length).filter(differsFrom(world.records))
  const added = records.slice(world.records.length)
  const next: World = { ...world, records }
  const after = new View(next, new Rules(next), asker)
  return looksSame(view, after) ? { world: next, view: after, changed, added } : undefined
}

/** Also what was computed anew of other records may differ. */
function differsFrom(before: readonly WorldRecord[]): (record: WorldRecord, at: number) => boolean {
  return (record, at) => JSON.stringify(record) !== JSON.stringify(before[at])
}

function pickSome<One>(random: Random, all: readonly One[], most: number): One[] {
  if (all.length === 0) return []
  const picked = Array.from({ length: random.between(0, most) }, () => random.pick(all))
  return [...new Set(picked)]
}

function changeHidden(
  view: View,
  record: WorldRecord,
  { random, isReferred }: { readonly random: Random; readonly isReferred: boolean },
): WorldRecord {
  const { fields, master } = objectOf(view.world, record.object)
  const entries = random
    .some(fields, 0.6)
    .filter((field) => isFree(field))
    .map((field) => [field.name, newValue(view, record, field, random)] as const)
  const values: WorldRecord['values'] = {
    ...record.values,
    ...(random.chance(0.6) ? { name: `${random.token()} other` } : {}),
    ...Object.fromEntries(entries),
  }
  const isMasterDeleted = view.rules.records.mastersOf(record).some((one) => one.isDeleted)
  const isMoved = master === undefined && random.chance(0.4)
  const isTurned = !isReferred && random.chance(0.4)
  return {
    ...record,
    values,
    owner: isMoved ? random.pick(view.world.users).id : record.owner,
    isDeleted: isMasterDeleted || (isTurned ? !record.isDeleted : record.isDeleted),
    isLocked: random.chance(0.2) ? !record.isLocked : record.isLocked,
  }
}

/** What no two records have alike. */
function uniqueValues(
  view: View,
  { object }: WorldRecord,
  random: Random,
): Record<string, WorldRecord['values'][string]> {
  const unique = objectOf(view.world, object).fields.filter((field) => field.unique === true)
  return Object.fromEntries(unique.map((field) => [field.name, plainValue(random, field)]))
}

/** Details stay with their masters, and computed values follow. */
function isFree(field: WorldField): boolean {
  return field.type !== 'master_detail' && !isComputed(field)
}

function newValue(
  view: View,
  record: WorldRecord,
  field: WorldField,
  random: Random,
): WorldRecord['values'][string] {
  const objects = targetsOf(field)
  if (objects.length === 0) return plainValue(random, field)
  const targets = view
    .recordsOf(random.pick(objects))
    .filter((target) => !target.isDeleted && target.id !== record.id)
  return random.maybe(targets, 0.8)?.id ?? null
}

/** Other values in the fields that the asker knows nothing of. */
function changeUntold(view: View, record: WorldRecord, random: Random): WorldRecord | undefined {
  const { fields } = objectOf(view.world, record.object)
  const untold = fields.filter(
    (field) => isFree(field) && view.rules.access(view.actor, record.object, field.name) === 'none',
  )
  if (untold.length === 0) return undefined
  const entries = untold.map(
    (field) => [field.name, newValue(view, record, field, random)] as const,
  )
  const values = { ...record.values, ...Object.fromEntries(entries) }
  return { ...record, values }
}

const looks = new WeakMap<View, string>()

/** Whether two worlds are the same to one who asks: the same records, values, names and rights. */
function looksSame(before: View, after: View): boolean {
  const known = looks.get(before) ?? looksOf(before)
  looks.set(before, known)
  return known === looksOf(after)
}

function looksOf(view: View): string {
  const { rules, actor, world } = view
  const seen = world.objects.flatMap(({ name: object }) =>
    view.readable(object).map((record) => [
      record.id,
      record.isLocked,
      rules.can('edit', actor, record),
      rules.can('delete', actor, record),
      rules.can('transfer', actor, record),
      ...view.fieldsOf(object).map((field) => {
        const access = rules.access(actor, object, field.name)
        const value = view.valueOf(record, field.name)
        if (access === 'none') return null
        const label = targetsOf(field).length > 0 && typeof value === 'string'
        return label ? [value, view.labelOf(value)] : value
      }),
    ]),
  )
  const deleted = world.records.filter(({ isDeleted }) => isDeleted)
  const approved = world.approvals.filter((one) => takesPart(view, one))
  const told = approved.map((one) => namesIn(view, one))
  return JSON.stringify([seen, deleted.map(gone(view)).filter(Boolean), twinsOf(view), told])
}

/** What is told of a record that is not there any more: by the recycle bin, and by what has taken it in. */
function gone(view: View): (record: WorldRecord) => unknown {
  const { rules, actor } = view
  return (record) => {
    const isTold = rules.isInBin(actor, record) || rules.couldRead(actor, record)
    return isTold ? [record.id, rules.isInBin(actor, record), record.values['name']] : null
  }
}

/** What is there twice, where a rule tells that it exists. */
function twinsOf({ world }: View): unknown {
  const telling = world.duplicateRules.filter(({ definition }) => definition.tells === 'existence')
  return telling.map(({ object, definition }) =>
    world.records
      .filter((record) => record.object === object && !record.isDeleted)
      .map(({ values }) => definition.match.map(({ field }) => String(values[field])).join())
      .toSorted(),
  )
}
