import type { Message } from './localized-text.ts'

/** Something found wrong with metadata. Problems are collected and reported all at once, never thrown. */
export interface Problem {
  /** Stable word for programs, e.g. `unknown_key`, `unknown_field`, `duplicate_name`. */
  code: string
  /** `error` stops a publish, `warning` is shown. */
  severity: 'error' | 'warning'
  /** The component that holds the fault, e.g. kind `field`, name `account.level`. */
  kind: string
  name: string
  /** Where in the definition, as dotted keys, e.g. `values.2.code`; empty for the whole. */
  path: string
  /** Where in the text at `path`, e.g. of a formula: from this character to before that one. */
  range?: { from: number; to: number }
  message: Message
  /** What was probably meant. */
  suggestion?: string
}

/** The known word nearest to a mistyped one, or undefined if none is near. */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  let best: string | undefined
  let bestDistance = Math.max(2, Math.floor(word.length / 3)) + 1
  for (const candidate of known) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase())
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance]
  }
  return best
}

/** Number of single-character edits between two words (Levenshtein, a swap of neighbours counts as one). */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1
      let cost = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + same)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, (beforeLast[j - 2] ?? 0) + 1)
      }
      row.push(cost)
    }
    beforeLast = last
    last = row
  }
  return last[b.length] ?? 0
}
