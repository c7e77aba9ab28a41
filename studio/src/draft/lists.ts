/** Copies of a list with one thing done to it. */

export function insertAt<T>(list: readonly T[], index: number, item: T): T[] {
  return [...list.slice(0, index), item, ...list.slice(index)]
}

export function removeAt<T>(list: readonly T[], index: number): T[] {
  return list.filter((_, at) => at !== index)
}

export function replaceAt<T>(list: readonly T[], index: number, item: T): T[] {
  return list.map((old, at) => (at === index ? item : old))
}

/** The item at `from` stands at `to` afterwards; a place outside of the list is the nearest inside. */
export function moveTo<T>(list: readonly T[], from: number, to: number): T[] {
  const item = list[from]
  if (item === undefined) return [...list]
  const place = Math.max(0, Math.min(list.length - 1, to))
  return insertAt(removeAt(list, from), place, item)
}
