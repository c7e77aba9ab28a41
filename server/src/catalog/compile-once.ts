import { compileModel, type FieldTypes, type RawComponent } from '@trellis/metamodel'

import { digestComponents } from './digest-components.ts'

type Compiled = ReturnType<typeof compileModel>

/** The release in force, the one that is being published, and what somebody tries meanwhile. */
const MOST_KEPT = 4

const kept = new WeakMap<FieldTypes, Map<string, Compiled>>()

/**
 * The model of these components. The last few are kept: between the plan of a publish and the first request under its
 * release the same components are compiled several times, and requests wait while it is done.
 */
export function compileOnce(components: readonly RawComponent[], fieldTypes: FieldTypes): Compiled {
  const known = kept.get(fieldTypes) ?? new Map<string, Compiled>()
  kept.set(fieldTypes, known)
  const key = digestComponents(components)
  const compiled = known.get(key) ?? compileModel(components, fieldTypes)
  // Moved to the end, so that the first one is always the least recently used.
  known.delete(key)
  known.set(key, compiled)
  const [oldest] = known.keys()
  if (known.size > MOST_KEPT && oldest !== undefined) known.delete(oldest)
  return compiled
}
