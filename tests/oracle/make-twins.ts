import { type Attempt, savingOf, urlOf } from './attempt.ts'
import { call } from './check.ts'
import { hasTwin } from './find-twins.ts'
import type { Random } from './random.ts'
import type { Verdict } from './saving.ts'
import type { View } from './view.ts'
import { masterFields } from './world-parts.ts'
import type { Value, WorldObject, WorldRecord } from './world.ts'

/** What would be done but for a duplicate rule that warns of it. */
export function unlessTwin(
  view: View,
  verdict: Verdict,
  next: WorldRecord,
  before?: WorldRecord,
): Verdict {
  return verdict === 'done' && hasTwin(view, next, before) ? 'refused' : verdict
}

/** Makes records like others, seen or not, by the one of two compared fields in which they differ. */
export function likenTwins(view: View, random: Random): Attempt[] {
  return view.world.duplicateRules.flatMap(({ object, definition }) => {
    const names = definition.match.map(({ field }) => field)
    const records = view.recordsOf(object).filter((one) => !one.isDeleted && !one.isLocked)
    const own = records.filter((one) => view.rules.can('edit', view.actor, one))
    return names.flatMap((name, at) => {
      const other = names[1 - at] ?? name
      if (view.rules.access(view.actor, object, name) !== 'edit') return []
      const pairs = own.flatMap((one) =>
        records.filter(differsIn(one, name, other)).map((twin) => [one, twin] as const),
      )
      const hidden = pairs.filter(([, twin]) => !view.rules.canRead(view.actor, twin))
      const [record, twin] = random.maybe(hidden, 0.6) ?? random.maybe(pairs, 0.8) ?? []
      return record && twin ? [change(view, record, name, twin.values[name] ?? null)] : []
    })
  })
}

function differsIn(one: WorldRecord, name: string, other: string): (twin: WorldRecord) => boolean {
  return ({ values }) =>
    values[other] === one.values[other] &&
    (values[name] ?? null) !== null &&
    values[name] !== one.values[name]
}

/** Puts details under a second master that may be only read. */
export function relink(
  view: View,
  { name: object, ...rest }: WorldObject,
  random: Random,
): Attempt[] {
  const [, second] = masterFields({ name: object, ...rest })
  if (second?.target === undefined) return []
  const masters = view.readable(second.target)
  const onlyRead = masters.filter((one) => !view.rules.can('edit', view.actor, one))
  const own = view.recordsOf(object).filter((one) => view.rules.can('edit', view.actor, one))
  const record = random.maybe(own, 1)
  const master = random.maybe(onlyRead, 0.8) ?? random.maybe(masters, 1)
  if (!record || !master || record.values[second.name] === master.id) return []
  return [change(view, record, second.name, master.id)]
}

function change(view: View, record: WorldRecord, name: string, value: Value): Attempt {
  const next = { ...record, values: { ...record.values, [name]: value } }
  return {
    surface: 'update',
    call: call('PATCH', urlOf(record), { [name]: value }),
    next,
    verdict: unlessTwin(view, savingOf(view).update(view.actor, record, next), next, record),
  }
}
