/**
 * Numbers that look random and are the same in every run: a seed gives one sequence (mulberry32).
 * Each part of the demo data has its own, so that a change in one leaves the others as they were.
 * @example new Random('accounts').pick(['A', 'B', 'C'])
 */
export class Random {
  #state: number

  constructor(seed: string) {
    this.#state = hash(seed)
  }

  /** At least 0, less than 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }

  /** A whole number from `least` to `most`, both included. */
  integer(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1))
  }

  /** True in this share of the cases. */
  chance(share: number): boolean {
    return this.next() < share
  }

  /** One of the list. @throws RangeError if it is empty. */
  pick<T>(list: readonly T[]): T {
    const [chosen] = list.slice(Math.floor(this.next() * list.length))
    if (chosen === undefined) throw new RangeError('Nothing to pick from')
    return chosen
  }

  /** One of the words, each as often as its weight says. */
  weighted<W extends string>(weights: Readonly<Record<W, number>>): W {
    const entries = Object.entries(weights) as [W, number][]
    let left = this.next() * entries.reduce((sum, [, weight]) => sum + weight, 0)
    for (const [word, weight] of entries) {
      left -= weight
      if (left < 0) return word
    }
    return this.pick(entries)[0]
  }

  /** The same members in another order. */
  shuffle<T>(list: readonly T[]): T[] {
    return list
      .map((member) => ({ member, at: this.next() }))
      .toSorted((a, b) => a.at - b.at)
      .map(({ member }) => member)
  }
}

/** FNV-1a: seeds that differ in one letter give unrelated sequences. */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (const character of text) {
    value = Math.imul(value ^ (character.codePointAt(0) ?? 0), 0x01000193)
  }
  return value
}
