import type { WireModelChange } from '@trellis/metamodel'

/** The changes that somebody made; what only follows a new name is none of its own. */
export function ownChanges(changes: readonly WireModelChange[]): WireModelChange[] {
  return changes.filter(({ follows }) => !follows)
}
