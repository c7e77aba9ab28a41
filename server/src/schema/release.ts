import type { Model } from '@trellis/metamodel'

import type { PhysicalMap } from './physical-map.ts'

/** One release in force: the frozen model, where it rests, and everything that was compiled from it. */
export interface Release {
  /** Number of the release; grows by one with every publish. */
  number: number
  model: Model
  physical: PhysicalMap
  /** What rooms derive from this release (plans, rights, schemas); gone with it. Keyed by the room's own symbol. */
  derived: Map<symbol, unknown>
}
