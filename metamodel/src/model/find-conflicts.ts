import { canonicalJson } from '../json-value.ts'
import type { RawComponent } from '../kinds/index.ts'
import type { Patch } from './overlay-patches.ts'

/** A property that the vendor and the customer have both changed since the customer's change was made. */
export interface PatchConflict {
  kind: string
  name: string
  /** Dotted property path. */
  path: string
  /** Whether the vendor has taken away the whole component. */
  isGone: boolean
  /** What the vendor had when the customer changed it; undefined where there was nothing. */
  base: unknown
  /** What the vendor has now; undefined where there is nothing any more. */
  theirs: unknown
  /** What the customer has; undefined where they took it away. */
  mine: unknown
}

/**
 * Merges three ways: what only the vendor changed is the vendor's, what only the customer changed is the customer's,
 * and what both changed differently is told here, once for each property. Until somebody decides, the customer's is in
 * force. What a customer hides stays hidden, however the vendor changes it.
 */
export function findConflicts(
  packaged: readonly RawComponent[],
  patches: readonly Patch[],
): PatchConflict[] {
  const components = new Map(packaged.map((one) => [`${one.kind} ${one.name}`, one]))
  return patches.flatMap((patch): PatchConflict[] => {
    const { kind, name, path, value } = patch
    if (path === '') return []
    const component = components.get(`${kind} ${name}`)
    const theirs = component && valueAt(component.definition, path.split('.'))
    const isGone = component === undefined
    const now = canonicalJson(theirs)
    if (!isGone && (now === patch.base || now === canonicalJson(value))) return []
    return [{ kind, name, path, isGone, base: parsed(patch.base), theirs, mine: value }]
  })
}

function parsed(base: string): unknown {
  return base === '' ? undefined : (JSON.parse(base) as unknown)
}

/** The value at a path of a definition; undefined where there is none. */
export function valueAt(target: unknown, path: readonly string[]): unknown {
  const [key, ...rest] = path
  if (key === undefined) return target
  if (typeof target !== 'object' || target === null || Array.isArray(target)) return undefined
  return valueAt((target as Record<string, unknown>)[key], rest)
}
