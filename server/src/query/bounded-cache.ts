/** Keeps the entries that were used last, and forgets the others. */
export class BoundedCache<Value> {
  readonly #most: number
  readonly #entries = new Map<string, Value>()

  constructor(most: number) {
    this.#most = most
  }

  /** The value of a key; made by `make` if it is not there. */
  get(key: string, make: () => Value): Value {
    return this.find(key) ?? this.keep(key, make())
  }

  /** The value of a key, if it is there. */
  find(key: string): Value | undefined {
    const value = this.#entries.get(key)
    if (value === undefined) return undefined
    // A map remembers the order of insertion: the first entry is the one that was used longest ago.
    this.#entries.delete(key)
    this.#entries.set(key, value)
    return value
  }

  /** Keeps a value under a key. */
  keep(key: string, value: Value): Value {
    this.#entries.set(key, value)
    const [oldest] = this.#entries.keys()
    if (this.#entries.size > this.#most && oldest !== undefined) this.#entries.delete(oldest)
    return value
  }

  get size(): number {
    return this.#entries.size
  }
}
