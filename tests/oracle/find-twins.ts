import type { View } from './view.ts'
import type { WorldRecord } from './world.ts'

/**
 * Whether a record as it is to be is like another one, so that a duplicate rule warns its saver: by docs/duplicates.md
 * only of what they may know and, unless the rule tells of existence, only of records that they see.
 */
export function hasTwin(view: View, next: WorldRecord, before?: WorldRecord): boolean {
  const { rules, actor, world } = view
  return world.duplicateRules
    .filter(({ object }) => object === next.object)
    .some(({ definition }) => {
      const names = definition.match.map(({ field }) => field)
      const isSame = (one: WorldRecord | undefined): boolean =>
        names.every((name) => one?.values[name] === next.values[name])
      if (before !== undefined && isSame(before)) return false
      if (names.some((name) => (next.values[name] ?? null) === null)) return false
      if (!names.every((name) => rules.isTold(actor, next.object, name))) return false
      return view
        .recordsOf(next.object)
        .filter((one) => !one.isDeleted && one.id !== next.id && isSame(one))
        .some((one) => definition.tells === 'existence' || rules.canRead(actor, one))
    })
}
