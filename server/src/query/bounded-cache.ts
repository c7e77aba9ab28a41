/** Keeps the entries that were used last, and forgets the others. */
export class BoundedCache<Value> {
  readonly #most: number
  readonly #entries = new Map<string, Value>()

  constructor(most: number) {
    this.#most = most
  }

  /** The value of a key; made by `make` if it is not there. */
  get(key: string, make: () => Value): Value {
    const known = this.#entries.get(key)
    // A map remembers the order of insertion: the first entry is the one that was used longest ago.
    if (known !== undefined) this.#entries.delete(key)
    const value = known ?? make()
    this.#entries.set(key, value)
    if (this.#entries.size > this.#most) this.#forgetOldest()
    return value
  }

  get size(): number {
    return this.#entries.size
  }

  #forgetOldest(): void {
    const [oldest] = this.#entries.keys()
    if (oldest !== undefined) this.#entries.delete(oldest)
  }
}
