import type { MatchColumn, MatchTable } from './match-table.ts'

/** So few pairs are all compared. */
const ALL_UP_TO = 1_200_000
/** More rows than these under one key say that the key tells little apart; other keys tell them apart. */
const LARGEST_BLOCK = 60
/** So many pairs for each row, in the mean, are enough. */
const PAIRS_PER_ROW = 240

/** Pairs of rows, first and second at the same place; the first is the less. */
export interface Pairs {
  readonly first: Uint32Array
  readonly second: Uint32Array
}

/**
 * Pairs of rows worth comparing: those that agree in a whole value, or roughly in two columns. Several keys, so
 * that no single typing error hides a pair.
 */
export function blockPairs(table: MatchTable): Pairs {
  const { rows, columns } = table
  if ((rows * (rows - 1)) / 2 <= ALL_UP_TO) return allPairs(rows)
  const codes = columns.flatMap((column) => codesOf(column))
  const passes = [
    ...columns.map(({ ids }) => [ids]),
    ...codes.flatMap((one, at) =>
      codes.slice(at + 1).flatMap((other) => (one.of === other.of ? [] : [[one.ids, other.ids]])),
    ),
  ]
  return collect(rows, passes)
}

function allPairs(rows: number): Pairs {
  const size = (rows * (rows - 1)) / 2
  const [first, second] = [new Uint32Array(size), new Uint32Array(size)]
  let at = 0
  for (let one = 0; one < rows; one += 1) {
    for (let other = one + 1; other < rows; other += 1, at += 1) {
      first[at] = one
      second[at] = other
    }
  }
  return { first, second }
}

type Pass = readonly Int32Array[]

function collect(rows: number, passes: readonly Pass[]): Pairs {
  const costed = passes.map((pass) => ({ pass, cost: costOf(rows, pass) }))
  costed.sort((one, other) => one.cost - other.cost)
  let budget = rows * PAIRS_PER_ROW
  const chosen = costed.filter(({ cost }) => {
    budget -= cost
    return budget >= 0
  })
  const total = chosen.reduce((sum, { cost }) => sum + cost, 0)
  const keys = new Float64Array(total)
  let at = 0
  for (const { pass } of chosen) {
    for (const block of blocksOf(rows, pass)) {
      for (let one = 0; one < block.length; one += 1) {
        for (let other = one + 1; other < block.length; other += 1, at += 1) {
          keys[at] = (block[one] ?? 0) * rows + (block[other] ?? 0)
        }
      }
    }
  }
  // In its place: the sorted copy would take as much memory again.
  // oxlint-disable-next-line unicorn/no-array-sort
  return unique(keys.sort(), rows)
}

function unique(sorted: Float64Array, rows: number): Pairs {
  let size = 0
  for (let at = 0; at < sorted.length; at += 1) if (sorted[at] !== sorted[at - 1]) size += 1
  const [first, second] = [new Uint32Array(size), new Uint32Array(size)]
  let to = 0
  for (let at = 0; at < sorted.length; at += 1) {
    const key = sorted[at] ?? 0
    if (key === sorted[at - 1]) continue
    first[to] = Math.floor(key / rows)
    second[to] = key % rows
    to += 1
  }
  return { first, second }
}

function costOf(rows: number, pass: Pass): number {
  let pairs = 0
  for (const block of blocksOf(rows, pass)) pairs += (block.length * (block.length - 1)) / 2
  return pairs
}

/** The rows under each key that more than one and not too many have, in their order. */
function* blocksOf(rows: number, pass: Pass): Generator<readonly number[]> {
  const blocks = new Map<number, number[]>()
  const [one, other] = pass
  for (let row = 0; row < rows; row += 1) {
    const [mine = -1, theirs = 0] = [one?.[row], other?.[row]]
    if (mine < 0 || theirs < 0) continue
    const key = mine * SECOND_PART + theirs
    const block = blocks.get(key)
    if (block) block.push(row)
    else blocks.set(key, [row])
  }
  for (const block of blocks.values()) {
    if (block.length > 1 && block.length <= LARGEST_BLOCK) yield block
  }
}

/** Greater than any number of a code. */
const SECOND_PART = 2 ** 26

interface Codes {
  readonly of: MatchColumn
  readonly ids: Int32Array
}

/** Rough forms of the values of a column, each kind of form by itself: rows that mean the same often have one in common. */
function codesOf(column: MatchColumn): readonly Codes[] {
  const forms = column.kind === 'text' ? [soundOf, endOf] : [beginOf, endOf]
  return forms.map((form) => {
    const numbers = new Map<string, number>()
    const byValue = column.values.map((value) => {
      const code = form(value)
      const known = numbers.get(code) ?? numbers.size
      numbers.set(code, known)
      return known
    })
    return { of: column, ids: column.ids.map((id) => (id < 0 ? -1 : (byValue[id] ?? -1))) }
  })
}

const beginOf = (value: string): string => value.slice(0, Math.ceil(value.length / 2))
const endOf = (value: string): string => value.slice(-Math.max(3, Math.floor(value.length / 2)))

/** How a text begins to sound: its first letter and the classes of the consonants after it; other scripts as they are. */
function soundOf(value: string): string {
  let code = value.slice(0, 1)
  let last = ''
  for (const letter of value.slice(1)) {
    const sound = SOUNDS[letter] ?? (/[a-z ]/.test(letter) ? '' : letter)
    if (sound !== '' && sound !== last) code += sound
    last = sound
    if (code.length === 4) break
  }
  return code
}

const SOUNDS: Readonly<Record<string, string>> = Object.fromEntries(
  ['bfpv', 'cgjkqsxz', 'dt', 'l', 'mn', 'r'].flatMap((letters, sound) =>
    Array.from(letters, (letter) => [letter, String(sound + 1)]),
  ),
)
