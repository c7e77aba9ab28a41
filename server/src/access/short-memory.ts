interface Remembered<Value> {
  readonly value: Promise<Value>
  readonly until: number
}

/**
 * Remembers what was loaded for a moment, so that many requests of one person ask the database once.
 * What may be revoked must not be remembered for longer than the revocation may take to bite.
 */
export class ShortMemory<Value> {
  readonly #milliseconds: number
  readonly #most: number
  readonly #entries = new Map<string, Remembered<Value>>()

  constructor(milliseconds: number, most: number) {
    this.#milliseconds = milliseconds
    this.#most = most
  }

  /**
   * The remembered value of a key, or what `load` brings; those who ask together load once.
   * @param isNow nothing that another process has done until now may be missed: it is loaded
   */
  get(key: string, load: () => Promise<Value>, isNow = false): Promise<Value> {
    const known = isNow ? undefined : this.#entries.get(key)
    if (known !== undefined && known.until > performance.now()) return known.value
    const entry = { value: load(), until: performance.now() + this.#milliseconds }
    // Put at the end: the first entry is then the oldest.
    this.#entries.delete(key)
    this.#entries.set(key, entry)
    entry.value.catch(() => {
      if (this.#entries.get(key) === entry) this.#entries.delete(key)
    })
    if (this.#entries.size > this.#most) this.#forgetOldest()
    return entry.value
  }

  forget(key: string): void {
    this.#entries.delete(key)
  }

  forgetAll(): void {
    this.#entries.clear()
  }

  #forgetOldest(): void {
    const [oldest] = this.#entries.keys()
    if (oldest !== undefined) this.#entries.delete(oldest)
  }
}
