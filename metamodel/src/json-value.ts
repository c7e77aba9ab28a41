/** Whatever JSON can say. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue }

/** Whether a value is an object with keys. */
export function isJsonObject(value: unknown): value is { readonly [key: string]: JsonValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A JSON value with its keys sorted: equal values have equal texts, and a git diff reads well. Nothing is an empty text. */
export function canonicalJson(value: unknown, indent = 0): string {
  return value === undefined ? '' : JSON.stringify(sortKeys(value), null, indent)
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).filter(([, item]) => item !== undefined)
  return Object.fromEntries(
    entries.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([key, item]) => [key, sortKeys(item)]),
  )
}

/** Whether two values say the same, in whatever order their keys stand. */
export function isSameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true
  const isPlain = typeof a !== 'object' || typeof b !== 'object' || a === null || b === null
  return !isPlain && canonicalJson(a) === canonicalJson(b)
}

/** A value frozen with all that is in it: whoever knows it by its identity knows it for good. Returns the value itself. */
export function freezeJson<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  for (const item of Object.values(value)) freezeJson(item)
  return Object.freeze(value)
}

/** Whether a value is known by its identity: an object or a list that nobody changes any more. */
export function isFrozenJson(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Object.isFrozen(value)
}
