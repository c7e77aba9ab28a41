import { setImmediate as others } from 'node:timers/promises'

import {
  type Compiled,
  compileInTurns,
  type FieldTypes,
  type RawComponent,
  type Turns,
} from '@trellis/metamodel'

import { digestComponents } from './digest-components.ts'

/** The release in force, the one that is being published, and what somebody tries meanwhile. */
const MOST_KEPT = 4

const kept = new WeakMap<FieldTypes, Map<string, Promise<Compiled>>>()

/**
 * The model of these components. The last few are kept: between the plan of a publish and the first request under its
 * release the same components are compiled several times.
 */
export function compileOnce(
  components: readonly RawComponent[],
  fieldTypes: FieldTypes,
): Promise<Compiled> {
  const known = kept.get(fieldTypes) ?? new Map<string, Promise<Compiled>>()
  kept.set(fieldTypes, known)
  const key = digestComponents(components)
  const compiled = known.get(key) ?? compileBeside(components, fieldTypes)
  // Moved to the end, so that the first one is always the least recently used.
  known.delete(key)
  known.set(key, compiled)
  const [oldest] = known.keys()
  if (known.size > MOST_KEPT && oldest !== undefined) known.delete(oldest)
  return compiled
}

/** Compiles what is not worth keeping, while requests are answered. */
export function compileBeside(
  components: readonly RawComponent[],
  fieldTypes: FieldTypes,
): Promise<Compiled> {
  return beside(compileInTurns(components, fieldTypes))
}

/** So long it goes on before others get their turn. */
const MOST_MS = 5

async function beside<Result>(turns: Turns<Result>): Promise<Result> {
  for (let began = performance.now(); ;) {
    const turn = turns.next()
    if (turn.done === true) return turn.value
    if (performance.now() - began < MOST_MS) continue
    await others()
    began = performance.now()
  }
}
