import { USER_PREFIX } from './expression.ts'

/**
 * Where an evaluation finds values: a function from a path to the value, or an object with values
 * by path (`{'account.industry': 'media'}`) or by key (`{account: {industry: 'media'}}`). A to-many
 * relationship's name yields an array of such sources. What is not there is null.
 */
export type RecordSource = ((path: string) => unknown) | Readonly<Record<string, unknown>>

/** A value that an expression needs has not been read; taking it for empty would let a rule pass. */
export class NotLoaded extends Error {
  readonly code = 'not_loaded'

  constructor(path: string) {
    super(`"${path}" has not been loaded`)
    this.name = 'NotLoaded'
  }
}

/** The value at a path; undefined if the record has none. Only a record's own keys are followed. */
export function readPath(source: RecordSource, path: string): unknown {
  if (typeof source === 'function') return source(path)
  if (Object.hasOwn(source, path)) return source[path]
  let at: unknown = source
  for (const key of path.split('.')) {
    if (at === null || at === undefined) return undefined
    // A parent of which only the id is there: its fields are not empty, they are unknown.
    if (typeof at !== 'object') throw new NotLoaded(path)
    at = Object.hasOwn(at, key) ? Reflect.get(at, key) : undefined
  }
  return at
}

/** The related records of a to-many relationship. */
export function readRelated(source: RecordSource, relationship: string): readonly RecordSource[] {
  const records = readPath(source, relationship)
  if (!Array.isArray(records)) throw new NotLoaded(relationship)
  return records
}

/** A value of the user: `$user.role` is the user's `role`. */
export function readUser(user: RecordSource | undefined, path: string): unknown {
  return user === undefined ? undefined : readPath(user, path.slice(USER_PREFIX.length))
}
