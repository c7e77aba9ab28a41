import type { Call } from '../support/test-server.ts'
import { Saving, type Verdict } from './saving.ts'
import type { View } from './view.ts'
import type { WorldRecord } from './world.ts'

/** A write that somebody tries, and what the rules say to it. */
export interface Attempt {
  readonly surface: string
  readonly call: Call
  readonly verdict: Verdict | 'led'
  /** The same of a record that nobody knows: what is not seen has to answer alike. */
  readonly twin?: Call
  /** The record as it is when this is done. */
  readonly next: WorldRecord
}

export function savingOf({ world, rules }: View): Saving {
  return new Saving(world, rules)
}

export function urlOf({ object, id }: WorldRecord): string {
  return `/api/v1/records/${object}/${id}`
}
