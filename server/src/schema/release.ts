import type { Model } from '@trellis/metamodel'

import type { PhysicalMap } from './physical-map.ts'

/** Seals texts under the name of the column in which they rest. */
export interface ValueSeal {
  seal(text: string, column: string): Buffer
  /** @throws Error when it was sealed for another column or with a key that is gone, or was changed */
  open(sealed: Buffer, column: string): string
  /** The same value under the newest key; undefined if that one has sealed it already. */
  reseal(sealed: Buffer, column: string): Buffer | undefined
}

/** One release in force: the frozen model, where it rests, and everything that was compiled from it. */
export interface Release {
  /** Number of the release; grows by one with every publish. */
  number: number
  model: Model
  physical: PhysicalMap
  /** Seals and opens the values of encrypted fields; only what reads or writes none goes without. */
  seal?: ValueSeal
  /** What rooms derive from this release (plans, rights, schemas); gone with it. Keyed by the room's own symbol. */
  derived: Map<symbol, unknown>
}
