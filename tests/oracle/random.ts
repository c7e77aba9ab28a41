/** Random choices that a seed repeats (mulberry32). */
export class Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** A number from 0 to, but not, 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = this.#state
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  /** A whole number between two bounds, both included. */
  between(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1))
  }

  /** True with a probability. */
  chance(probability: number): boolean {
    return this.next() < probability
  }

  pick<One>(all: readonly One[]): One {
    const one = all[this.between(0, all.length - 1)]
    if (one === undefined) throw new Error('There is nothing to pick from')
    return one
  }

  /** Some of them, in their order. */
  some<One>(all: readonly One[], probability: number): One[] {
    return all.filter(() => this.chance(probability))
  }

  /** One of them, or nothing. */
  maybe<One>(all: readonly One[], probability: number): One | null {
    return all.length > 0 && this.chance(probability) ? this.pick(all) : null
  }

  /** A UUID of version 7 with a fixed time. */
  id(): string {
    const hex = Array.from({ length: 18 }, () => this.between(0, 15).toString(16)).join('')
    const variant = this.pick(['8', '9', 'a', 'b'])
    return `01980000-0000-7${hex.slice(0, 3)}-${variant}${hex.slice(3, 6)}-${hex.slice(6)}`
  }

  /** A word that nothing else contains. */
  token(): string {
    return `zq${Array.from({ length: 9 }, () => this.pick([...'abcdefghijkmnp23456789'])).join('')}`
  }
}
