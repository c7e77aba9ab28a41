import { type CharacterSet, parsePattern, type PatternNode } from './parse-pattern.ts'

/** The most states that a pattern may have; matching takes that many steps per character at most. */
const MAX_STATES = 1000

/** A regular expression that is matched in linear time, here and in PostgreSQL alike. */
export interface Pattern {
  /** Whether the whole of a text matches. */
  matches(text: string): boolean
  /** The same pattern for PostgreSQL's `~`, whatever the collation: anchored, without shorthands. */
  readonly postgres: string
}

type State =
  | { readonly kind: 'set'; readonly set: CharacterSet; readonly next: number }
  | { readonly kind: 'split'; readonly nexts: number[] }
  | { readonly kind: 'start' | 'end'; readonly next: number }
  | { readonly kind: 'match' }

const READ = new Map<string, Pattern | string>()
const MOST_READ = 200

/**
 * Reads a regular expression: literals, sets, `.`, groups, `|`, counts up to 255, `^`, `$`, `\d`, `\w`, `\s`. What
 * could take more than linear time, or reads differently in other engines, is refused.
 *
 * @returns the pattern, or in English what is wrong with it
 * @example readPattern('[0-9]{6}') // { matches, postgres }
 */
export function readPattern(source: string): Pattern | string {
  const known = READ.get(source)
  if (known !== undefined) return known
  const parsed = parsePattern(source)
  const pattern = typeof parsed === 'string' ? parsed : compile(parsed)
  if (READ.size >= MOST_READ) READ.clear()
  READ.set(source, pattern)
  return pattern
}

function compile(node: PatternNode): Pattern | string {
  const states: State[] = [{ kind: 'match' }]
  const start = build(node, 0, states)
  if (start === undefined) return `it is larger than ${MAX_STATES} steps`
  return {
    matches: (text) => run(states, start, text),
    postgres: `^(?:${write(node)})$`,
  }
}

/** Adds the states of a node before the state `next`; undefined if there would be too many. */
function build(node: PatternNode, next: number, states: State[]): number | undefined {
  if (states.length > MAX_STATES) return undefined
  switch (node.kind) {
    case 'set':
      return states.push({ kind: 'set', set: node.set, next }) - 1
    case 'sequence':
      return node.parts.reduceRight<number | undefined>(
        (after, part) => (after === undefined ? undefined : build(part, after, states)),
        next,
      )
    case 'choice': {
      const nexts = node.branches.map((branch) => build(branch, next, states))
      const found = nexts.filter((one) => one !== undefined)
      return found.length < nexts.length
        ? undefined
        : states.push({ kind: 'split', nexts: found }) - 1
    }
    case 'repeat':
      return buildRepeat(node, next, states)
    default:
      return states.push({ kind: node.kind, next }) - 1
  }
}

type Repeat = Extract<PatternNode, { kind: 'repeat' }>

function buildRepeat({ part, least, most }: Repeat, next: number, states: State[]) {
  let at: number | undefined = next
  if (most === Infinity) at = buildLoop(part, next, states)
  for (let count = most === Infinity ? least : most; count > 0 && at !== undefined; count--) {
    const inner: number | undefined = build(part, at, states)
    if (inner === undefined) return undefined
    at = count > least ? states.push({ kind: 'split', nexts: [inner, next] }) - 1 : inner
  }
  return at
}

function buildLoop(part: PatternNode, next: number, states: State[]): number | undefined {
  const split: State = { kind: 'split', nexts: [next] }
  const at = states.push(split) - 1
  const inner = build(part, at, states)
  if (inner === undefined) return undefined
  split.nexts.push(inner)
  return at
}

/** Walks all ways at once: every character is looked at once for every state. */
function run(states: readonly State[], start: number, text: string): boolean {
  const characters = Array.from(text, (character) => character.codePointAt(0) ?? 0)
  let active = closure(states, [start], { isStart: true, isEnd: characters.length === 0 })
  for (const [index, code] of characters.entries()) {
    const nexts: number[] = []
    for (const at of active) {
      const state = states[at]
      if (state?.kind === 'set' && holds(state.set, code)) nexts.push(state.next)
    }
    if (nexts.length === 0) return false
    active = closure(states, nexts, { isStart: false, isEnd: index === characters.length - 1 })
  }
  return active.has(0)
}

/** All states that can be reached without reading a character. */
function closure(
  states: readonly State[],
  from: readonly number[],
  { isStart, isEnd }: { isStart: boolean; isEnd: boolean },
): ReadonlySet<number> {
  const reached = new Set<number>()
  const waiting = [...from]
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    if (reached.has(at)) continue
    reached.add(at)
    const state = states[at]
    if (state?.kind === 'split') waiting.push(...state.nexts)
    if ((state?.kind === 'start' && isStart) || (state?.kind === 'end' && isEnd)) {
      waiting.push(state.next)
    }
  }
  return reached
}

function holds(set: CharacterSet, code: number): boolean {
  return set.some(([from, to]) => code >= from && code <= to)
}

function write(node: PatternNode): string {
  switch (node.kind) {
    case 'set':
      return `[${node.set.map(([from, to]) => `${escape(from)}-${escape(to)}`).join('')}]`
    case 'sequence':
      return node.parts.map(write).join('')
    case 'choice':
      return `(?:${node.branches.map(write).join('|')})`
    case 'repeat':
      return `(?:${write(node.part)})${counts(node)}`
    default:
      return node.kind === 'start' ? '^' : '$'
  }
}

function counts({ least, most }: Repeat): string {
  return `{${least},${most === Infinity ? '' : most}}`
}

function escape(code: number): string {
  return `\\U${code.toString(16).padStart(8, '0')}`
}
