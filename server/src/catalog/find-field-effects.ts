import { type FieldModel, type ObjectModel, ownFields, type Rights } from '@trellis/metamodel'

import type { AccessEffect, Compared } from './access-effect.ts'
import { contains, FIELD_REACH } from './access-fact.ts'
import { describeEffect } from './describe-effect.ts'

/** How many of those who read an object before and after see or change more, or less, of its fields. */
export function findFieldEffects(
  people: readonly Compared[],
  object: ObjectModel,
  isMore: boolean,
): AccessEffect[] {
  const readers = people.filter(
    ({ before, after }) =>
      before.actor.rights.object(object.name).read && after.actor.rights.object(object.name).read,
  )
  return [true, false].flatMap((isGain): AccessEffect[] => {
    const fields = new Set<FieldModel>()
    const users = readers.filter(({ before, after }) => {
      const [from, to] = isGain ? [before, after] : [after, before]
      const wider = ownFields(object.fields.values()).filter((field) =>
        isWider(from.actor.rights, to.actor.rights, field),
      )
      wider.forEach((field) => fields.add(field))
      return wider.length > 0
    }).length
    if (users === 0) return []
    const effect = {
      object: object.name,
      right: 'fields' as const,
      isGain,
      users,
      records: null,
      isMore,
    }
    return [{ ...effect, message: describeEffect(effect, object, [...fields]) }]
  })
}

function isWider(from: Rights, to: Rights, field: FieldModel): boolean {
  return !contains(reachOf(from, field), reachOf(to, field))
}

function reachOf(rights: Rights, field: FieldModel): ReadonlySet<string> {
  const own = FIELD_REACH[rights.field(field)]
  return rights.reveal(field) ? new Set([...own, 'reveal']) : own
}
