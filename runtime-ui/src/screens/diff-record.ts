import type { RecordValues } from './conditions.ts'

/**
 * A value in the form in which it is written and compared: a reference is its id, an empty text and an empty
 * list are null.
 */
export function writtenValue(value: unknown): unknown {
  if (value === undefined || value === null || value === '') return null
  if (Array.isArray(value)) return value.length === 0 ? null : value
  if (typeof value === 'object' && 'id' in value) {
    const { id, object } = value as { id: unknown; object?: unknown }
    return object === undefined ? (id ?? null) : { object, id }
  }
  return value
}

/** Whether two values mean the same when written. */
export function isSameValue(a: unknown, b: unknown): boolean {
  return JSON.stringify(writtenValue(a)) === JSON.stringify(writtenValue(b))
}

/**
 * What a PATCH has to carry: the fields of `after` that differ from `before`, in written form. Whoever knows the fields
 * says how each is written: a JSON value may look like a reference.
 * @example diffRecord({ owner: { id: '1' } }, { owner: { id: '2', name: 'Li' } }, ['owner']) // { owner: '2' }
 */
export function diffRecord(
  before: RecordValues,
  after: RecordValues,
  fields: Iterable<string>,
  written: (name: string, value: unknown) => unknown = (_name, value) => writtenValue(value),
): Record<string, unknown> {
  const patch: Record<string, unknown> = {}
  for (const name of fields) {
    const [old, next] = [written(name, before[name]), written(name, after[name])]
    if (JSON.stringify(old) !== JSON.stringify(next)) patch[name] = next
  }
  return patch
}
