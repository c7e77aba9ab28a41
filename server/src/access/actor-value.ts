import type { Reader } from './reader.ts'

/**
 * Something of the actor as a parameter: their id, the owners whose records they may see. A compiled statement that
 * is kept for others with the same access signature puts theirs in its place; bound as it is, it is that of the actor
 * for whom it was compiled.
 */
export class ActorValue {
  readonly #reader: Reader
  readonly #of: (reader: Reader) => unknown

  constructor(reader: Reader, of: (reader: Reader) => unknown) {
    this.#reader = reader
    this.#of = of
  }

  /** The value for a reader. */
  valueFor(reader: Reader): unknown {
    return this.#of(reader)
  }

  toPostgres(): unknown {
    return this.#of(this.#reader)
  }
}
