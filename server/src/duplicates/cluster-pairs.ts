import type { Pairs } from './block-pairs.ts'
import type { Weights } from './estimate-weights.ts'

/** A pair speaks for or against two groups with no more than this. */
const LOUDEST = 12
/** A heap of more rows than these is parted by its strongest pairs alone. */
const LARGEST_HEAP = 400

/**
 * Groups rows that are one. Two groups become one as long as all pairs between them, together, speak for it: one
 * likely pair does not join two groups that otherwise have nothing in common.
 *
 * @returns for each row the number of its group, that of its first row
 */
export function clusterPairs(rows: number, pairs: Pairs, weights: Weights): Uint32Array {
  const groups = Uint32Array.from({ length: rows }, (_, row) => row)
  for (const heap of heapsOf(rows, pairs, weights.ofPairs)) {
    for (const group of partHeap(heap, weights)) {
      for (const row of group) groups[row] = group[0] ?? row
    }
  }
  return groups
}

/** Rows that hang together by likely pairs, however long the way. */
function heapsOf(rows: number, { first, second }: Pairs, weights: Float32Array): number[][] {
  const parents = Uint32Array.from({ length: rows }, (_, row) => row)
  const sizes = new Uint32Array(rows).fill(1)
  const root = (row: number): number => {
    let at = row
    while (parents[at] !== at) {
      parents[at] = parents[parents[at] ?? 0] ?? 0
      at = parents[at] ?? 0
    }
    return at
  }
  const likely = new Uint32Array(weights.length).map((_, at) => at)
  const strongest = likely
    .filter((at) => (weights[at] ?? 0) > 0)
    .toSorted((one, other) => (weights[other] ?? 0) - (weights[one] ?? 0))
  for (const at of strongest) {
    const [one, other] = [root(first[at] ?? 0), root(second[at] ?? 0)]
    const size = (sizes[one] ?? 1) + (sizes[other] ?? 1)
    if (one === other || size > LARGEST_HEAP) continue
    parents[Math.max(one, other)] = Math.min(one, other)
    sizes[Math.min(one, other)] = size
  }
  const heaps = new Map<number, number[]>()
  for (let row = 0; row < rows; row += 1) {
    const of = root(row)
    const heap = heaps.get(of)
    if (heap) heap.push(row)
    else heaps.set(of, [row])
  }
  return [...heaps.values()].filter((heap) => heap.length > 1)
}

/** Joins the rows of a heap, the two groups first that have most in common, until nothing speaks for more. */
function partHeap(heap: readonly number[], weights: Weights): number[][] {
  const size = heap.length
  const between = new Float64Array(size * size)
  for (let one = 0; one < size; one += 1) {
    for (let other = one + 1; other < size; other += 1) {
      const weight = weights.of(heap[one] ?? 0, heap[other] ?? 0)
      const heard = Math.max(-LOUDEST, Math.min(LOUDEST, weight))
      between[one * size + other] = heard
      between[other * size + one] = heard
    }
  }
  const groups: (number[] | undefined)[] = heap.map((row) => [row])
  for (;;) {
    const best = strongestPair(groups, between, size)
    if (!best) break
    join(groups, between, best)
  }
  return groups.filter((group) => group !== undefined)
}

type Groups = (number[] | undefined)[]

function strongestPair(
  groups: Groups,
  between: Float64Array,
  size: number,
): [number, number] | undefined {
  let best: [number, number] | undefined
  let most = 0
  for (let one = 0; one < size; one += 1) {
    const mine = groups[one]?.length
    if (mine === undefined) continue
    for (let other = one + 1; other < size; other += 1) {
      const theirs = groups[other]?.length
      if (theirs === undefined) continue
      const mean = (between[one * size + other] ?? 0) / (mine * theirs)
      if (mean > most) {
        most = mean
        best = [one, other]
      }
    }
  }
  return best
}

/** Makes two groups one; what others have in common with it is the sum of what they had with both. */
function join(groups: Groups, between: Float64Array, [one, other]: [number, number]): void {
  groups[one]?.push(...(groups[other] ?? []))
  groups[other] = undefined
  const size = groups.length
  for (let third = 0; third < size; third += 1) {
    if (groups[third] === undefined || third === one) continue
    const sum = (between[one * size + third] ?? 0) + (between[other * size + third] ?? 0)
    between[one * size + third] = sum
    between[third * size + one] = sum
  }
}
