import { isObject, isSameJson } from '../draft/json.ts'

/** What happened to a list: entries are the same if they have the same name. */
export interface ListChanges {
  added: readonly unknown[]
  removed: readonly unknown[]
  changed: readonly { old: unknown; new: unknown }[]
  /** Those that stayed stand in another order. */
  isReordered: boolean
}

const NAMES = [
  'name',
  'code',
  'field',
  'object',
  'dashboard',
  'relationship',
  'type',
  'by',
  'email',
  'role',
]

/** By what an entry of a list is known. */
export function entryName(entry: unknown): string {
  if (!isObject(entry)) return JSON.stringify(entry)
  const key = NAMES.find((name) => typeof entry[name] === 'string')
  return key === undefined ? JSON.stringify(entry) : `${key} ${String(entry[key])}`
}

/** Compares two lists entry by entry, so that adding one value does not look like replacing all. */
export function compareLists(old: readonly unknown[], next: readonly unknown[]): ListChanges {
  const before = new Map(old.map((entry) => [entryName(entry), entry]))
  const after = new Map(next.map((entry) => [entryName(entry), entry]))
  const kept = [...after.keys()].filter((name) => before.has(name))
  const keptBefore = [...before.keys()].filter((name) => after.has(name))
  return {
    added: [...after].filter(([name]) => !before.has(name)).map(([, entry]) => entry),
    removed: [...before].filter(([name]) => !after.has(name)).map(([, entry]) => entry),
    changed: kept.flatMap((name) =>
      isSameJson(before.get(name), after.get(name))
        ? []
        : [{ old: before.get(name), new: after.get(name) }],
    ),
    isReordered: kept.some((name, index) => keptBefore[index] !== name),
  }
}
