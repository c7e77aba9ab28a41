import { diffProperties } from '@trellis/metamodel'

import type { Edit, Edits, Released } from './draft.ts'
import { isSameJson, setAt } from './json.ts'

/** The edits on what is live now, and what they no longer need or now overwrite. */
export interface Rebased {
  edits: Edits
  /** Keys of edited components that somebody else has changed meanwhile. */
  touched: readonly string[]
}

/**
 * Moves edits from one release to the next, property by property: what only the others changed is taken, what was
 * edited here stays. Lists and expressions are one property. An edit that says what is live now is none any more.
 */
export function rebaseEdits(edits: Edits, from: Released, to: Released): Rebased {
  const next = new Map<string, Edit>()
  const touched: string[] = []
  for (const [key, edit] of edits) {
    const old = from.get(key)?.definition
    const live = to.get(key)?.definition
    if (!isSameJson(old, live)) touched.push(key)
    const rebased = rebaseEdit(edit, old, live)
    if (rebased) next.set(key, rebased)
  }
  return { edits: next, touched }
}

function rebaseEdit(edit: Edit, old: unknown, live: unknown): Edit | undefined {
  if (edit.op === 'delete') return live === undefined ? undefined : edit
  const isMerge = old !== undefined && live !== undefined && !isSameJson(old, live)
  const definition = isMerge ? applyChanges(old, edit.definition, live) : edit.definition
  return isSameJson(definition, live) ? undefined : { op: 'put', definition }
}

function applyChanges(old: unknown, mine: unknown, live: unknown): unknown {
  return diffProperties(old, mine).reduce(
    (definition, change) => setAt(definition, change.path, change.new),
    live,
  )
}
