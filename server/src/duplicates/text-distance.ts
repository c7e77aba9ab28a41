/** How alike two texts are, in the measures that duplicate detection uses. All take texts that are normalised already. */

// Kept between calls, which are many: making them anew took most of the time.
let rows = [0, 1, 2].map(() => new Uint16Array(256)) as [Uint16Array, Uint16Array, Uint16Array]
let taken = new Uint8Array(256)
let found = new Int32Array(256)

/** How many steps lead from one text to another: a letter more, less, other, or two neighbours exchanged. */
export function damerauDistance(first: string, second: string, limit: number): number {
  if (first === second) return 0
  if (Math.abs(first.length - second.length) > limit) return limit + 1
  const [one, other] = withoutCommonEnds(first, second)
  if (one === '' || other === '') return Math.min(one.length + other.length, limit + 1)
  const width = other.length + 1
  if (rows[0].length < width) {
    rows = [0, 1, 2].map(() => new Uint16Array(width * 2)) as typeof rows
  }
  let [before, last, row] = rows
  for (let at = 0; at < width; at += 1) last[at] = at
  for (let at = 1; at <= one.length; at += 1) {
    if (fillRow({ one, other, at }, before, last, row) > limit) return limit + 1
    ;[before, last, row] = [last, row, before]
  }
  return Math.min(last[other.length] ?? 0, limit + 1)
}

function withoutCommonEnds(one: string, other: string): [string, string] {
  const most = Math.min(one.length, other.length)
  let head = 0
  while (head < most && one.charCodeAt(head) === other.charCodeAt(head)) head += 1
  let tail = 0
  while (
    tail < most - head &&
    one.charCodeAt(one.length - 1 - tail) === other.charCodeAt(other.length - 1 - tail)
  ) {
    tail += 1
  }
  return [one.slice(head, one.length - tail), other.slice(head, other.length - tail)]
}

/** Fills a row of the table of distances. @returns the least in it */
function fillRow(
  { one, other, at }: { one: string; other: string; at: number },
  before: Uint16Array,
  last: Uint16Array,
  row: Uint16Array,
): number {
  const letter = one.charCodeAt(at - 1)
  let least = at
  row[0] = at
  for (let to = 1; to <= other.length; to += 1) {
    const cost = letter === other.charCodeAt(to - 1) ? 0 : 1
    let steps = Math.min((last[to] ?? 0) + 1, (row[to - 1] ?? 0) + 1, (last[to - 1] ?? 0) + cost)
    const isExchange =
      at > 1 &&
      to > 1 &&
      letter === other.charCodeAt(to - 2) &&
      one.charCodeAt(at - 2) === other.charCodeAt(to - 1)
    if (isExchange) steps = Math.min(steps, (before[to - 2] ?? 0) + 1)
    row[to] = steps
    if (steps < least) least = steps
  }
  return least
}

/** Jaro's likeness of two texts with Winkler's weight for an equal beginning: 0 to 1. */
export function jaroWinkler(one: string, other: string): number {
  if (one === other) return 1
  if (one === '' || other === '') return 0
  const longer = Math.max(one.length, other.length)
  const reach = Math.max(Math.floor(longer / 2) - 1, 0)
  if (taken.length < longer) {
    taken = new Uint8Array(longer * 2)
    found = new Int32Array(longer * 2)
  }
  taken.fill(0, 0, other.length)
  found.fill(-1, 0, one.length)
  let common = 0
  for (let at = 0; at < one.length; at += 1) {
    const end = Math.min(at + reach + 1, other.length)
    for (let to = Math.max(0, at - reach); to < end; to += 1) {
      if (taken[to] === 1 || one.charCodeAt(at) !== other.charCodeAt(to)) continue
      taken[to] = 1
      found[at] = to
      common += 1
      break
    }
  }
  if (common === 0) return 0
  const moved = countMoved(one, other)
  const jaro = (common / one.length + common / other.length + (common - moved) / common) / 3
  let prefix = 0
  while (prefix < 4 && prefix < one.length && one[prefix] === other[prefix]) prefix += 1
  return jaro + prefix * 0.1 * (1 - jaro)
}

/** Half the number of common letters that stand in another order. */
function countMoved(one: string, other: string): number {
  let to = 0
  let moved = 0
  for (let at = 0; at < one.length; at += 1) {
    if (found[at] === -1) continue
    while (taken[to] !== 1) to += 1
    if (one.charCodeAt(at) !== other.charCodeAt(to)) moved += 1
    to += 1
  }
  return moved / 2
}
