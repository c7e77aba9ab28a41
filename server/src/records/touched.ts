import type { WriteContext } from '../access/context.ts'
import type { RecordChange } from '../effects/record-change.ts'

/** Records that went into the recycle bin or out of it, or lost a reference. */
export interface TouchedState {
  object: string
  ids: readonly string[]
  /** The reference that was emptied, and to what it led. */
  emptied?: { field: string; old: string }
  /** Done by the house itself. */
  isSystem: boolean
}

/** Records that were written. */
export interface TouchedRecords {
  readonly changes: readonly RecordChange[]
  readonly states: readonly TouchedState[]
}

/** What was written and computed values do not know of yet. */
export class Touched {
  #changes: RecordChange[] = []
  #states: TouchedState[] = []
  #release = 0

  /** The release that was in force when it was written, which may be newer than that of the request. */
  get release(): number {
    return this.#release
  }

  /** The names of the objects of which records were written. */
  get objects(): ReadonlySet<string> {
    return new Set([
      ...this.#changes.map(({ object }) => object.name),
      ...this.#states.map(({ object }) => object),
    ])
  }

  /** Takes note of the release that a statement found in force. */
  sawRelease(number: number): void {
    this.#release = Math.max(this.#release, number)
  }

  addChanges(changes: readonly RecordChange[]): void {
    this.#changes.push(...changes)
  }

  addState(state: TouchedState): void {
    this.#states.push(state)
  }

  /** What is there, to be followed now; it is forgotten here. */
  take(): TouchedRecords {
    const [changes, states] = [this.#changes, this.#states]
    this.#changes = []
    this.#states = []
    return { changes, states }
  }
}

/** A context in which records are written: whoever opened it sees to what follows from that. */
export interface WritingContext extends WriteContext {
  touched: Touched
  isSystem: boolean
}
