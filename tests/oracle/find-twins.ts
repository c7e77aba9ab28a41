import type { View } from './view.ts'
import type { WorldRecord } from './world.ts'

/** Whether a record as it is to be is like another one, so that a duplicate rule warns its saver. */
export function hasTwin(view: View, next: WorldRecord, before?: WorldRecord): boolean {
  return twinsOf(view, next, before).length > 0
}

/**
 * The records that a record as it is to be is like: by docs/duplicates.md only by what its saver may know and, unless
 * the rule tells of existence, only those that they see.
 */
export function twinsOf(view: View, next: WorldRecord, before?: WorldRecord): WorldRecord[] {
  const { rules, actor, world } = view
  return world.duplicateRules
    .filter(({ object }) => object === next.object)
    .flatMap(({ definition }) => {
      const names = definition.match.map(({ field }) => field)
      const isSame = (one: WorldRecord | undefined): boolean =>
        names.every((name) => one?.values[name] === next.values[name])
      if (before !== undefined && isSame(before)) return []
      if (names.some((name) => (next.values[name] ?? null) === null)) return []
      if (!names.every((name) => rules.isTold(actor, next.object, name))) return []
      return view
        .recordsOf(next.object)
        .filter((one) => !one.isDeleted && one.id !== next.id && isSame(one))
        .filter((one) => definition.tells === 'existence' || rules.canRead(actor, one))
    })
}
