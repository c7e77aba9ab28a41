import type { Release } from '../schema/release.ts'
import type { Actor } from './actor.ts'

/** Whose view of the rows it is, under which release. Every `Context` is one. */
export interface Reader {
  release: Release
  actor: Actor
  /** The moment at which is read; the present one if left out. */
  now?: Date
}
