import { canonicalJson } from '@trellis/metamodel'

/** A JSON object as the draft handles it: replaced, never changed. */
export type Json = Record<string, unknown>

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Whether two JSON values say the same; the order of keys and absent keys do not count. */
export function isSameJson(a: unknown, b: unknown): boolean {
  return canonicalJson(a) === canonicalJson(b)
}

/** The value at a dotted path, e.g. `sections.0.label`. */
export function getAt(value: unknown, path: string): unknown {
  let current = value
  for (const key of splitPath(path)) {
    if (Array.isArray(current)) current = current[Number(key)]
    else if (isObject(current)) current = current[key]
    else return undefined
  }
  return current
}

/**
 * A copy with one value replaced at a dotted path; objects on the way are made. `undefined` takes a key away,
 * so that no defaults are written out.
 * @example setAt({ sections: [{ columns: 2 }] }, 'sections.0.columns', 1) // { sections: [{ columns: 1 }] }
 */
export function setAt<T>(value: T, path: string, next: unknown): T {
  return setIn(value, splitPath(path), next) as T
}

function setIn(value: unknown, keys: readonly string[], next: unknown): unknown {
  const [key, ...rest] = keys
  if (key === undefined) return next
  if (Array.isArray(value)) {
    return value.map((item: unknown, index) =>
      String(index) === key ? setIn(item, rest, next) : item,
    )
  }
  const object = isObject(value) ? value : {}
  const inner = setIn(object[key], rest, next)
  if (inner !== undefined) return { ...object, [key]: inner }
  return Object.fromEntries(Object.entries(object).filter(([name]) => name !== key))
}

function splitPath(path: string): string[] {
  return path === '' ? [] : path.split('.')
}

/** A copy without keys that are undefined, empty texts, and empty lists or objects below the first level. */
export function withoutEmpty<T>(value: T): T {
  if (Array.isArray(value)) return value.map((item: unknown) => withoutEmpty(item)) as T
  if (!isObject(value)) return value
  const kept = Object.entries(value).filter(([, item]) => item !== undefined && item !== '')
  return Object.fromEntries(kept.map(([key, item]) => [key, withoutEmpty(item)])) as T
}
