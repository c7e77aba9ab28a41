import type { Kind } from '@trellis/metamodel'

import { type Edits, partsOf } from './draft.ts'
import { isSameJson } from './json.ts'

/** One call that brings the change set on the server nearer to the draft. */
export type SyncCall =
  | { call: 'put'; kind: Kind; name: string; definition: unknown }
  | { call: 'delete'; kind: Kind; name: string }
  | { call: 'drop'; kind: Kind; name: string }

/** The calls that turn the edits which the server has into those which the draft has. */
export function diffEdits(saved: Edits, present: Edits): SyncCall[] {
  const calls: SyncCall[] = []
  for (const [key, edit] of present) {
    const old = saved.get(key)
    if (old !== undefined && isSameJson(old, edit)) continue
    const { kind, name } = partsOf(key)
    if (edit.op === 'put') calls.push({ call: 'put', kind, name, definition: edit.definition })
    else calls.push({ call: 'delete', kind, name })
  }
  for (const key of saved.keys()) {
    if (!present.has(key)) calls.push({ call: 'drop', ...partsOf(key) })
  }
  return calls.toSorted((a, b) => rank(a) - rank(b))
}

/** Objects are put before what belongs to them. */
function rank(call: SyncCall): number {
  if (call.kind === 'object') return call.call === 'put' ? 0 : 3
  return call.kind === 'field' ? 1 : 2
}
