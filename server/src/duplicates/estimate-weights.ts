import type { Pairs } from './block-pairs.ts'
import { LEVEL, LEVELS } from './compare-values.ts'
import { type CompareRows, compareRowsOf, type MatchTable } from './match-table.ts'

/** How much the comparison of two rows speaks for their being one: the natural logarithm of the odds. */
export interface Weights {
  /** By pair. */
  readonly ofPairs: Float32Array
  of(one: number, other: number): number
}

const TURNS = 40
const SAMPLED_PAIRS = 600_000
/** Counts are never quite nothing: what was not seen may still be. */
const SMOOTHING = 0.5

/**
 * Learns the weights of a table from itself, as Fellegi and Sunter have it: how often rows that are one and rows
 * that are not agree in each column, by expectation and maximisation, without any example. Agreement in a rare
 * value speaks louder. Pairs that were not proposed count as different.
 */
export function estimateWeights(table: MatchTable, pairs: Pairs): Weights {
  const { rows } = table
  const total = (rows * (rows - 1)) / 2
  const reader = new EvidenceReader(table)
  const proposed = reader.readAll(pairs)
  const sample =
    pairs.first.length === total ? proposed : reader.readAll(samplePairs(rows, SAMPLED_PAIRS))
  const model = new AgreementModel(table.columns.length, total)
  for (let turn = 0; turn < TURNS; turn += 1) if (!model.learn(proposed, sample)) break
  return {
    ofPairs: model.weighAll(proposed),
    of: (one, other) => {
      const evidence = reader.readAll({
        first: Uint32Array.of(one),
        second: Uint32Array.of(other),
      })
      return model.weighAll(evidence)[0] ?? 0
    },
  }
}

/** What speaks for and against pairs. */
interface Evidence {
  readonly size: number
  /** By pair, then by column. */
  readonly levels: Uint8Array
  /** By pair: how rare the values are in which the two agree. */
  readonly rarity: Float32Array
}

class EvidenceReader {
  readonly #compare: readonly CompareRows[]
  readonly #rarity: readonly Float32Array[]

  constructor(table: MatchTable) {
    this.#compare = compareRowsOf(table)
    this.#rarity = rarityByRow(table)
  }

  readAll({ first, second }: Pairs): Evidence {
    const width = this.#compare.length
    const size = first.length
    const levels = new Uint8Array(size * width)
    const rarity = new Float32Array(size)
    for (let at = 0; at < size; at += 1) {
      const [one = 0, other = 0] = [first[at], second[at]]
      for (let column = 0; column < width; column += 1) {
        const level = this.#compare[column]?.(one, other) ?? LEVEL.blank
        levels[at * width + column] = level
        if (level < LEVEL.moved) continue
        rarity[at] = (rarity[at] ?? 0) + (this.#rarity[column]?.[one] ?? 0)
      }
    }
    return { size, levels, rarity }
  }
}

/** By column and row: how unlikely it is that another thing has the same value, as a logarithm. */
function rarityByRow({ columns }: MatchTable): readonly Float32Array[] {
  return columns.map(({ ids, counts, filled }) =>
    // The two that agree do not count among the others that have the value.
    Float32Array.from(ids, (id) =>
      id < 0 ? 0 : -Math.log((Math.max((counts[id] ?? 0) - 2, 0) + 1) / filled),
    ),
  )
}

function samplePairs(rows: number, size: number): Pairs {
  const random = randomNumbers()
  const first = new Uint32Array(size).map(() => random(rows))
  return { first, second: first.map((row) => (row + 1 + random(rows - 1)) % rows) }
}

/** The same numbers every time, so that the same file has the same answer. */
function randomNumbers(): (below: number) => number {
  let state = 0x2545f491
  return (below) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}

/** How often rows that are one, and rows that are not, compare at each level of each column. */
class AgreementModel {
  readonly #width: number
  /** The number of all pairs of rows. */
  readonly #total: number
  /** By column and level: the weight it adds. */
  readonly #weights: Float64Array
  #prior: number

  constructor(width: number, total: number) {
    this.#width = width
    this.#total = total
    this.#weights = new Float64Array(width * LEVELS)
    this.#prior = Math.log(1 / Math.sqrt(2 * total))
    const [same, others] = [new Float64Array(width * LEVELS), new Float64Array(width * LEVELS)]
    for (let column = 0; column < width; column += 1) {
      same.set(SAME_AT_FIRST, column * LEVELS)
      others.set(OTHERS_AT_FIRST, column * LEVELS)
    }
    this.#settle(same, others)
  }

  weighAll({ size, levels, rarity }: Evidence): Float32Array {
    const weights = new Float32Array(size)
    for (let at = 0; at < size; at += 1) {
      let weight = this.#prior + (rarity[at] ?? 0)
      for (let column = 0; column < this.#width; column += 1) {
        weight += this.#weights[column * LEVELS + (levels[at * this.#width + column] ?? 0)] ?? 0
      }
      weights[at] = weight
    }
    return weights
  }

  /** Learns from what it expects of the pairs now. @returns whether it has learned anything new */
  learn(proposed: Evidence, sample: Evidence): boolean {
    const same = this.#count(proposed, (weight) => 1 / (1 + Math.exp(-weight)))
    const others = this.#count(sample, (weight) => 1 / (1 + Math.exp(weight)))
    const before = this.#prior
    this.#prior = Math.log((same.total + 1) / (this.#total - same.total + 1))
    this.#settle(same.counts, others.counts)
    return Math.abs(this.#prior - before) > STILL
  }

  /** Counts the levels of pairs, each as far as it counts. */
  #count(
    evidence: Evidence,
    share: (weight: number) => number,
  ): { counts: Float64Array; total: number } {
    const weights = this.weighAll(evidence)
    const counts = new Float64Array(this.#width * LEVELS)
    let total = 0
    for (let at = 0; at < evidence.size; at += 1) {
      const part = share(weights[at] ?? 0)
      if (part < NOTHING) continue
      total += part
      for (let column = 0; column < this.#width; column += 1) {
        const place = column * LEVELS + (evidence.levels[at * this.#width + column] ?? 0)
        counts[place] = (counts[place] ?? 0) + part
      }
    }
    return { counts, total }
  }

  /** Turns counts of levels, among rows that are one and among others, into weights. */
  #settle(same: Float64Array, others: Float64Array): void {
    for (let column = 0; column < this.#width; column += 1) {
      const from = column * LEVELS + LEVEL.different
      const among = shares(same.subarray(from, (column + 1) * LEVELS))
      const besides = shares(others.subarray(from, (column + 1) * LEVELS))
      among.forEach((share, at) => {
        // How telling the same value is depends on the value: its rarity is added for each pair.
        const isEqual = at + LEVEL.different >= LEVEL.moved
        this.#weights[from + at] = Math.log(isEqual ? share : share / (besides[at] ?? 1))
      })
    }
  }
}

function shares(counts: Float64Array): Float64Array {
  const total = counts.reduce((sum, count) => sum + count + SMOOTHING, 0)
  return counts.map((count) => (count + SMOOTHING) / total)
}

/** Rows that are one agree for the most part, others seldom; from blank to the same. */
const SAME_AT_FIRST = [0, 10, 4, 5, 8, 3, 70]
const OTHERS_AT_FIRST = [0, 900, 50, 30, 10, 5, 5]
const NOTHING = 1e-5
const STILL = 1e-4
