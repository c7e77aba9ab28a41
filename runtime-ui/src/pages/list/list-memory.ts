import type { WireRecord } from '@trellis/metamodel'

const REMEMBERED = 8

/** Rows that were shown, and where the reader was. */
export interface KeptList {
  records: readonly WireRecord[]
  cursor: string | null
  count: number | undefined
  isEstimate: boolean
  scrollTop: number
}

/** The lists that were shown last, so that coming back finds the rows and the place at once. */
const kept = new Map<string, KeptList>()

export function recallList(key: string): KeptList | undefined {
  return kept.get(key)
}

export function keepList(key: string, list: KeptList): void {
  kept.delete(key)
  kept.set(key, list)
  for (const oldest of [...kept.keys()].slice(0, -REMEMBERED)) kept.delete(oldest)
}

/** Forgets every list: another person has signed in. */
export function forgetLists(): void {
  kept.clear()
}
