import type { ObjectModel } from '@trellis/metamodel'

import type { Transaction } from '../db/index.ts'
import type { Release } from '../schema/release.ts'
import type { AccessEffect, Compared } from './access-effect.ts'
import { countReach } from './count-reach.ts'
import { describeEffect } from './describe-effect.ts'
import type { AccessChange } from './diff-access.ts'
import { findFieldEffects } from './find-field-effects.ts'
import { actAs, loadOrganizationUnder, loadPeople } from './load-people.ts'

const MOST_PEOPLE = 2000
/** All counting together ends after this; what is left is told as not counted. */
const BUDGET_MS = 8000
const RECORD_RIGHTS = ['read', 'edit', 'delete', 'transfer'] as const

/**
 * Who gains and who loses what by a plan, counted on live data with the conditions that enforce it, under the release
 * in force and under the one to come. The work is bounded: so many people, so long for each count and for all.
 */
export async function countAccessEffects(
  tx: Transaction,
  { current, next }: { current: Release; next: Release },
  changes: readonly AccessChange[],
): Promise<AccessEffect[]> {
  const objects = touchedObjects(changes, current, next)
  if (objects.length === 0) return []
  const { people, isMore } = await comparePeople(tx, current, next)
  const deadline = performance.now() + BUDGET_MS
  const effects: AccessEffect[] = []
  for (const object of objects) {
    for (const right of RECORD_RIGHTS) {
      const asked = { current, object, right, deadline, isMore }
      effects.push(...(await countReach(tx, people, asked)))
    }
    effects.push(...findGeneralEffects(people, object, isMore))
    effects.push(...findFieldEffects(people, object, isMore))
  }
  return effects
}

async function comparePeople(
  tx: Transaction,
  current: Release,
  next: Release,
): Promise<{ people: Compared[]; isMore: boolean }> {
  const found = await loadPeople(tx, current, MOST_PEOPLE + 1)
  const before = await loadOrganizationUnder(tx, current, current.model)
  const after = await loadOrganizationUnder(tx, current, next.model)
  const people = found.slice(0, MOST_PEOPLE).map((person): Compared => ({
    before: { release: current, actor: actAs(person, current, before) },
    after: { release: next, actor: actAs(person, next, after) },
  }))
  return { people, isMore: found.length > MOST_PEOPLE }
}

/** The objects in both models that changes are about, with those whose records follow theirs. */
function touchedObjects(
  changes: readonly AccessChange[],
  current: Release,
  next: Release,
): ObjectModel[] {
  const touched = new Set(changes.flatMap((change) => change.touches))
  const all = [...next.model.objects.values()]
  // What is added on the way is looked at too: a set goes on to what it is given.
  for (const name of touched) {
    all.filter((one) => follows(one, name, next)).forEach((one) => touched.add(one.name))
  }
  return [...touched].toSorted().flatMap((name) => {
    const object = next.model.objects.get(name)
    return object && current.model.objects.has(name) ? [object] : []
  })
}

/** Whether records of an object are seen because of records of another: of their master, or of one that refers to them. */
function follows(object: ObjectModel, name: string, { model }: Release): boolean {
  if (object.master?.target === name) return true
  return [...object.relationships.values()].some(
    (one) =>
      one.object === name &&
      model.objects.get(name)?.fields.get(one.field)?.definition.shares_parent === true,
  )
}

/** Rights that are not about single records. */
function findGeneralEffects(
  people: readonly Compared[],
  object: ObjectModel,
  isMore: boolean,
): AccessEffect[] {
  return (['create', 'export'] as const).flatMap((right) =>
    [true, false].flatMap((isGain): AccessEffect[] => {
      const users = people.filter(({ before, after }) => {
        const has = after.actor.rights.object(object.name)[right]
        return has === isGain && before.actor.rights.object(object.name)[right] !== has
      }).length
      if (users === 0) return []
      const effect = { object: object.name, right, isGain, users, records: null, isMore }
      return [{ ...effect, message: describeEffect(effect, object) }]
    }),
  )
}
