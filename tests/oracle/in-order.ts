import type { View } from './view.ts'
import { targetsOf } from './world-parts.ts'
import type { WorldField, WorldRecord } from './world.ts'

export type Direction = 'asc' | 'desc'

/** By what a list is ordered, for one who reads it; undefined where the rules do not say what a value is. */
export function keysOf(
  view: View,
  records: readonly WorldRecord[],
  field: WorldField,
): ReadonlyMap<string, string | number | null> | undefined {
  const keys = new Map<string, string | number | null>()
  for (const record of records) {
    const value = view.valueOf(record, field.name)
    if (view.isUnclear(field, value)) return undefined
    keys.set(record.id, keyOf(view, field, value))
  }
  return keys
}

/** A reference goes by the name that it shows, a choice by its place among the others. */
function keyOf(view: View, field: WorldField, value: unknown): string | number | null {
  if (value === null) return null
  if (targetsOf(field).length > 0) {
    const label = view.labelOf(String(value))
    return label === null ? null : String(label)
  }
  if (field.codes !== undefined) return field.codes.indexOf(String(value))
  return typeof value === 'string' ? value : Number(value)
}

/** The order of a list: empty values last, and the ids of what is equal in the same direction. */
export function inOrder(
  keys: ReadonlyMap<string, string | number | null>,
  direction: Direction,
): string[] {
  const sign = direction === 'asc' ? 1 : -1
  return [...keys]
    .toSorted(([id, key], [otherId, other]) => {
      if (key === other) return id < otherId ? -sign : sign
      if (key === null) return 1
      if (other === null) return -1
      return key < other ? -sign : sign
    })
    .map(([id]) => id)
}
