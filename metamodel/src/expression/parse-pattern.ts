/** Characters as ranges of code points, in order, without overlaps. */
export type CharacterSet = readonly (readonly [from: number, to: number])[]

/** A part of a regular expression. */
export type PatternNode =
  | { readonly kind: 'set'; readonly set: CharacterSet }
  | { readonly kind: 'sequence'; readonly parts: readonly PatternNode[] }
  | { readonly kind: 'choice'; readonly branches: readonly PatternNode[] }
  | {
      readonly kind: 'repeat'
      readonly part: PatternNode
      readonly least: number
      readonly most: number
    }
  | { readonly kind: 'start' | 'end' }

/** PostgreSQL's own limit for a count. */
const MAX_COUNT = 255
const MAX_NESTING = 50

class Refused extends Error {}

/** Where in a pattern the reading is. */
interface Reader {
  readonly characters: readonly string[]
  at: number
  nesting: number
}

/** Reads a regular expression into its parts; answers in English what is wrong with it. */
export function parsePattern(source: string): PatternNode | string {
  const reader = { characters: Array.from(source), at: 0, nesting: 0 }
  try {
    const node = readChoice(reader)
    if (reader.at < reader.characters.length) return 'a closing bracket without an opening one'
    return node
  } catch (error) {
    if (error instanceof Refused) return error.message
    throw error
  }
}

function peek({ characters, at }: Reader): string | undefined {
  return characters[at]
}

function take(reader: Reader): string {
  const character = reader.characters[reader.at]
  if (character === undefined) throw new Refused('it ends too early')
  reader.at++
  return character
}

function readChoice(reader: Reader): PatternNode {
  const branches = [readSequence(reader)]
  while (peek(reader) === '|') {
    reader.at++
    branches.push(readSequence(reader))
  }
  const [only] = branches
  return branches.length === 1 && only !== undefined ? only : { kind: 'choice', branches }
}

function readSequence(reader: Reader): PatternNode {
  const parts: PatternNode[] = []
  for (let next = peek(reader); next !== undefined; next = peek(reader)) {
    if (next === '|' || next === ')') break
    parts.push(readRepeat(reader))
  }
  return { kind: 'sequence', parts }
}

function readRepeat(reader: Reader): PatternNode {
  const part = readAtom(reader)
  const count = readCount(reader)
  if (count === undefined) return part
  if (part.kind === 'start' || part.kind === 'end') throw new Refused('an anchor is not repeated')
  // Reluctant counts find the same, as the whole text must match.
  if (peek(reader) === '?') reader.at++
  if (['*', '+', '?', '{'].includes(peek(reader) ?? '')) {
    throw new Refused('a count stands behind a count')
  }
  return { kind: 'repeat', part, ...count }
}

function readCount(reader: Reader): { least: number; most: number } | undefined {
  switch (peek(reader)) {
    case '*':
      reader.at++
      return { least: 0, most: Infinity }
    case '+':
      reader.at++
      return { least: 1, most: Infinity }
    case '?':
      reader.at++
      return { least: 0, most: 1 }
    case '{':
      return readBraces(reader)
    default:
      return undefined
  }
}

function readBraces(reader: Reader): { least: number; most: number } {
  const rest = reader.characters.slice(reader.at, reader.at + 12).join('')
  const found = /^\{(\d{1,3})(?:(,)(\d{1,3})?)?\}/.exec(rest)
  if (found === null) throw new Refused('"{" begins a count such as {2,5}')
  reader.at += found[0].length
  const least = Number(found[1])
  const open = found[2] === undefined ? least : Infinity
  const most = found[3] === undefined ? open : Number(found[3])
  const largest = most === Infinity ? least : most
  if (largest > MAX_COUNT || most < least) throw new Refused(`a count is at most ${MAX_COUNT}`)
  return { least, most }
}

function readAtom(reader: Reader): PatternNode {
  const character = take(reader)
  switch (character) {
    case '(':
      return readGroup(reader)
    case '[':
      return { kind: 'set', set: readSet(reader) }
    case '.':
      return { kind: 'set', set: complement(LINE_ENDS) }
    case '^':
      return { kind: 'start' }
    case '$':
      return { kind: 'end' }
    case '\\':
      return { kind: 'set', set: readEscape(reader) }
    case '*':
    case '+':
    case '?':
    case '{':
      throw new Refused(`nothing stands before "${character}"`)
    default:
      return { kind: 'set', set: single(character) }
  }
}

function readGroup(reader: Reader): PatternNode {
  reader.nesting++
  if (reader.nesting > MAX_NESTING) throw new Refused('its groups are nested too deeply')
  if (peek(reader) === '?') {
    reader.at++
    if (take(reader) !== ':') throw new Refused('"(?" begins only plain groups "(?:"')
  }
  const inner = readChoice(reader)
  if (peek(reader) !== ')') throw new Refused('a group is not closed')
  reader.at++
  reader.nesting--
  return inner
}

function readSet(reader: Reader): CharacterSet {
  const isNegated = peek(reader) === '^'
  if (isNegated) reader.at++
  const ranges: (readonly [number, number])[] = []
  while (peek(reader) !== ']') ranges.push(...readMember(reader))
  reader.at++
  if (ranges.length === 0) throw new Refused('a set is empty')
  const set = merge(ranges)
  const found = isNegated ? complement(set) : set
  if (found.length === 0) throw new Refused('a set is empty')
  return found
}

function readMember(reader: Reader): CharacterSet {
  const first = readOne(reader)
  const [[from, to] = [0, 0], ...others] = first
  const isRange = peek(reader) === '-' && reader.characters[reader.at + 1] !== ']'
  if (!isRange) return first
  reader.at++
  const [[last, end] = [0, 0], ...more] = readOne(reader)
  if (from !== to || last !== end || others.length + more.length > 0 || last < from) {
    throw new Refused('a range goes from one character to a later one')
  }
  return [[from, last]]
}

function readOne(reader: Reader): CharacterSet {
  const character = take(reader)
  if (character === '[' || (character === '&' && peek(reader) === '&')) {
    throw new Refused(`"${character}" in a set is written "\\${character}"`)
  }
  return character === '\\' ? readEscape(reader) : single(character)
}

function readEscape(reader: Reader): CharacterSet {
  const character = take(reader)
  const shorthand = SHORTHANDS.get(character.toLowerCase())
  if (shorthand !== undefined) {
    return character === character.toLowerCase() ? shorthand : complement(shorthand)
  }
  const control = CONTROLS.get(character)
  if (control !== undefined) return single(control)
  if (/[A-Za-z0-9]/.test(character)) throw new Refused(`"\\${character}" is not supported`)
  return single(character)
}

function single(character: string): CharacterSet {
  const code = character.codePointAt(0) ?? 0
  return [[code, code]]
}

const FIRST = 1
const LAST = 0x10ffff

function complement(set: CharacterSet): CharacterSet {
  const ranges: (readonly [number, number])[] = []
  let from = FIRST
  for (const [start, end] of set) {
    if (start > from) ranges.push([from, start - 1])
    from = end + 1
  }
  return from > LAST ? ranges : [...ranges, [from, LAST]]
}

function merge(ranges: CharacterSet): CharacterSet {
  const merged: [number, number][] = []
  for (const [from, to] of ranges.toSorted(([a], [b]) => a - b)) {
    const last = merged.at(-1)
    if (last !== undefined && from <= last[1] + 1) last[1] = Math.max(last[1], to)
    else merged.push([from, to])
  }
  return merged
}

const SHORTHANDS: ReadonlyMap<string, CharacterSet> = new Map([
  ['d', [[48, 57]]],
  [
    'w',
    [
      [48, 57],
      [65, 90],
      [95, 95],
      [97, 122],
    ],
  ],
  [
    's',
    [
      [9, 13],
      [32, 32],
    ],
  ],
])

const CONTROLS = new Map([
  ['t', '\t'],
  ['n', '\n'],
  ['r', '\r'],
  ['f', '\f'],
])

const LINE_ENDS: CharacterSet = [
  [10, 10],
  [13, 13],
  [0x85, 0x85],
  [0x2028, 0x2029],
]
