import { type ColumnKind, digitsOfDate, inferKind } from './column-kinds.ts'
import { COMPARE, LEVEL } from './compare-values.ts'
import { foldText, normaliseText } from './normalise-text.ts'

/** A column ready to be compared: each value once, and for each row which of them it has. */
export interface MatchColumn {
  readonly name: string
  readonly kind: ColumnKind
  /** For each row the number of its value; -1 where it has none. */
  readonly ids: Int32Array
  /** By number of value; columns of text have their values in common, so that exchanged cells are found. */
  readonly values: readonly string[]
  /** By number of value: how many rows have it in this column. */
  readonly counts: Uint32Array
  /** How many rows have a value at all. */
  readonly filled: number
}

/** Rows to be compared, without those columns that say nothing of who or what a row is about. */
export interface MatchTable {
  readonly rows: number
  readonly columns: readonly MatchColumn[]
  /** Columns left out because every row has a value of its own there. */
  readonly identifiers: readonly string[]
  /** Columns left out because others say the same. */
  readonly composed: readonly string[]
}

/** Reads the cells of columns as values to be compared. `cells` are by column, then by row. */
export function makeMatchTable(
  names: readonly string[],
  cells: readonly (readonly string[])[],
): MatchTable {
  const rows = cells[0]?.length ?? 0
  const shared: Dictionary = { numbers: new Map(), values: [] }
  const drafts: Draft[] = []
  const identifiers: string[] = []
  names.forEach((name, at) => {
    const trimmed = (cells[at] ?? []).map((cell) => cell.trim())
    if (isIdentifier(trimmed)) {
      identifiers.push(name)
      return
    }
    const kind = inferKind(trimmed)
    const into = kind === 'text' ? shared : { numbers: new Map<string, number>(), values: [] }
    const ids = Int32Array.from(trimmed, (cell) => numberOf(normalise(cell, kind), into))
    // A column that says the same of everything, or nothing, tells nothing apart.
    if (new Set(ids).size > 1) drafts.push({ name, kind, ids, values: into.values })
  })
  const composed = drafts.filter((draft) => isComposed(draft, drafts))
  return {
    rows,
    columns: drafts.filter((draft) => !composed.includes(draft)).map(countValues),
    identifiers,
    composed: composed.map(({ name }) => name),
  }
}

/**
 * Whether a column says again what others say: it holds the words of two of them in nearly every row, as a full
 * name does, or it is the copy of one before it. Counted beside them, the same evidence would speak twice.
 */
function isComposed(draft: Draft, drafts: readonly Draft[]): boolean {
  if (draft.kind !== 'text') return isCopy(draft, drafts)
  const parts = drafts.filter((part) => part.kind === 'text' && isWithin(part, draft))
  return parts.length > 1 || isCopy(draft, drafts)
}

/** So great a share of rows makes a habit of a column. */
const NEARLY_ALL = 0.75

function isWithin(part: Draft, whole: Draft): boolean {
  if (part === whole) return false
  return isHabit(
    part,
    whole,
    (some, all) => all.length > some.length && ` ${all} `.includes(` ${some} `),
  )
}

function isCopy(draft: Draft, drafts: readonly Draft[]): boolean {
  return drafts
    .slice(0, drafts.indexOf(draft))
    .some(
      (before) =>
        before.kind === draft.kind && isHabit(before, draft, (one, other) => one === other),
    )
}

/** Whether something holds in nearly all rows where both columns have a value. */
function isHabit(
  one: Draft,
  other: Draft,
  holds: (some: string, others: string) => boolean,
): boolean {
  let [both, held] = [0, 0]
  const step = Math.max(1, Math.floor(one.ids.length / LOOKED_AT))
  for (let row = 0; row < one.ids.length; row += step) {
    const [mine = -1, theirs = -1] = [one.ids[row], other.ids[row]]
    if (mine < 0 || theirs < 0) continue
    both += 1
    if (holds(one.values[mine] ?? '', other.values[theirs] ?? '')) held += 1
  }
  return both > 0 && held >= NEARLY_ALL * both
}

const LOOKED_AT = 4000

interface Dictionary {
  readonly numbers: Map<string, number>
  readonly values: string[]
}

type Draft = Pick<MatchColumn, 'name' | 'kind' | 'ids' | 'values'>

function countValues(draft: Draft): MatchColumn {
  const counts = new Uint32Array(draft.values.length)
  let filled = 0
  for (const id of draft.ids) {
    if (id < 0) continue
    counts[id] = (counts[id] ?? 0) + 1
    filled += 1
  }
  return { ...draft, counts, filled }
}

function numberOf(value: string, { numbers, values }: Dictionary): number {
  if (value === '') return -1
  const known = numbers.get(value)
  if (known !== undefined) return known
  numbers.set(value, values.length)
  values.push(value)
  return values.length - 1
}

/** A code of its own in every row names the row, not what the row is about. */
function isIdentifier(values: readonly string[]): boolean {
  if (values.length < 2 || new Set(values).size < values.length) return false
  return values.every((value) => CODE.test(value))
}

const CODE = /^(?=[^@]*\d)[^\s@]+$/

function normalise(cell: string, kind: ColumnKind): string {
  switch (kind) {
    case 'email':
      return foldText(cell)
    case 'date':
      return digitsOfDate(cell) ?? cell.replace(/\D/g, '')
    case 'number':
      return foldText(cell).replace(/[^\p{L}\p{N}]+/gu, '')
    case 'text':
      return normaliseText(cell)
  }
}

/** A comparison of two rows in one column: a level. */
export type CompareRows = (one: number, other: number) => number

/** How the rows of a table compare, by column. What is often asked is remembered. */
export function compareRowsOf({ columns }: MatchTable): readonly CompareRows[] {
  const texts = columns.filter(({ kind }) => kind === 'text')
  const compareTexts = remembered(COMPARE.text, texts[0]?.values ?? [])
  return columns.map((column) => {
    const { ids, kind, values } = column
    const others = kind === 'text' ? texts.filter((text) => text !== column) : []
    const compare = kind === 'text' ? compareTexts : remembered(COMPARE[kind], values)
    return (one, other) => {
      const [mine = -1, theirs = -1] = [ids[one], ids[other]]
      if (mine < 0) return LEVEL.blank
      if (mine === theirs) return LEVEL.same
      const level = theirs < 0 ? LEVEL.blank : compare(mine, theirs)
      // Looked for one way only, and not where the other column agrees: a value that the rows share speaks once.
      const isMoved =
        level <= LEVEL.alike &&
        others.some((text) => text.ids[other] === mine && text.ids[one] !== mine)
      return isMoved ? LEVEL.moved : level
    }
  })
}

/** So many comparisons are remembered; one more takes the place of another. A power of two. */
const REMEMBERED = 1 << 20

function remembered(
  compare: (one: string, other: string) => number,
  values: readonly string[],
): CompareRows {
  const size = values.length
  const keys = new Float64Array(Math.min(REMEMBERED, nextPowerOfTwo(size * size)))
  const levels = new Uint8Array(keys.length)
  return (one, other) => {
    const key = one < other ? one * size + other : other * size + one
    const place = Math.imul(one + other, 0x9e3779b1) ^ Math.imul(one * other, 0x85ebca6b)
    const at = (place >>> 7) & (keys.length - 1)
    // Level 0 is of blanks, which never come here: it marks a free place.
    if (keys[at] === key && levels[at] !== 0) return levels[at] ?? 0
    const level = compare(values[one] ?? '', values[other] ?? '')
    keys[at] = key
    levels[at] = level
    return level
  }
}

const nextPowerOfTwo = (number: number): number => 2 ** Math.ceil(Math.log2(Math.max(number, 2)))
