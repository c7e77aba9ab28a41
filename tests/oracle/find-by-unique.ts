import type { View } from './view.ts'
import { fieldOf, objectOf } from './world-parts.ts'
import type { WorldRecord } from './world.ts'

/** Whether somebody finds records by a field: it is unique, and they may know it. */
export function findsBy(view: View, object: string, field: string): boolean {
  return fieldOf(view.world, object, field)?.unique === true && view.isTold(object, field)
}

/** The record with a unique value that somebody sees; in whatever case it is written. */
export function findByUnique(
  view: View,
  object: string,
  field: string,
  value: string,
): WorldRecord | undefined {
  return view.readable(object).find((one) => isSame(one.values[field], value))
}

/**
 * Whether a unique value of a record as it is to be belongs to another that is there, be it out of sight: that it is
 * taken can be hidden from nobody who may give it.
 */
export function isTaken(view: View, next: WorldRecord): boolean {
  const unique = objectOf(view.world, next.object).fields.filter((field) => field.unique === true)
  return unique.some(({ name }) => {
    const value = next.values[name]
    return view
      .recordsOf(next.object)
      .some((one) => one.id !== next.id && !one.isDeleted && isSame(one.values[name], value))
  })
}

function isSame(known: unknown, value: unknown): boolean {
  if (typeof known !== 'string' || typeof value !== 'string') return false
  return known.toLowerCase() === value.toLowerCase()
}
