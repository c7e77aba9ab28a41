import type { WriteContext } from '../access/context.ts'
import type { RecordChange } from '../effects/record-change.ts'

/** Records that went into the recycle bin or out of it, or lost a reference. */
export interface TouchedState {
  object: string
  ids: readonly string[]
  /** The reference that was emptied, and to what it led. */
  emptied?: { field: string; old: string }
}

/** What a unit of work has written so far: what roll-ups are to be made of anew. */
export class Touched {
  readonly changes: RecordChange[] = []
  readonly states: TouchedState[] = []
  /** The release that was in force when it was written, which may be newer than that of the request. */
  release = 0

  /** Takes note of the release that a statement found in force. */
  sawRelease(number: number): void {
    this.release = Math.max(this.release, number)
  }
}

/** A context in which records are written: whoever opened it sees to what follows from that. */
export interface WritingContext extends WriteContext {
  touched: Touched
}
