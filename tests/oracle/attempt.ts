import type { Answer, Call } from '../support/test-server.ts'
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
  /** Whatever becomes of it, its twin has to answer alike. */
  readonly isBlind?: boolean
  /** A text that this tells, if it is done. */
  readonly tells?: unknown
  /** What is wrong with the answer, if it is done. */
  readonly judge?: (answer: Answer) => string[]
  /** What is wrong with the answer, whatever becomes of it; instead of the verdict. */
  readonly judgeAll?: (answer: Answer) => string[]
  /** The record as it is when this is done. */
  readonly next: WorldRecord
}

export function savingOf({ world, rules }: View): Saving {
  return new Saving(world, rules)
}

export function urlOf({ object, id }: WorldRecord): string {
  return `/api/v1/records/${object}/${id}`
}
