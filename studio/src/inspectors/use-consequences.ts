import type { Kind } from '@trellis/metamodel'
import { computed, type ComputedRef } from 'vue'

import { compileDraft } from '../draft/compile-draft.ts'
import { diffEdits } from '../draft/diff-edits.ts'
import { useDraft } from '../draft/draft-store.ts'
import { type Draft, partsOf } from '../draft/draft.ts'

/** Something that is about to be done to the draft. */
export interface Intent {
  command: (draft: Draft) => Draft
  /** What it is done to. */
  about: { kind: Kind; name: string }
}

/** A component that an intent touches, and at how many places. */
export interface TouchedComponent {
  kind: Kind
  name: string
  count: number
}

/** What would change along with something, and what would not make sense any more, before it is done. */
export function useConsequences(intent: () => Intent | undefined): {
  along: ComputedRef<readonly TouchedComponent[]>
  broken: ComputedRef<readonly TouchedComponent[]>
} {
  const draft = useDraft()
  const after = computed(() => intent()?.command(draft.draft))
  const along = computed(() => {
    const { value: next } = after
    const about = intent()?.about
    if (!next || !about) return []
    return diffEdits(draft.draft.edits, next.edits)
      .filter(({ kind, name }) => kind !== about.kind || name !== about.name)
      .map(({ kind, name }) => ({ kind, name, count: 1 }))
  })
  const broken = computed(() => {
    if (!after.value) return []
    const place = (one: { kind: string; name: string; path: string; code: string }): string =>
      `${one.kind} ${one.name} ${one.path} ${one.code}`
    const known = new Set(draft.problems.map(place))
    const news = compileDraft(after.value, draft.fieldTypes).problems.filter(
      (one) => !known.has(place(one)),
    )
    return [...Map.groupBy(news, (one) => `${one.kind} ${one.name}`)].map(([key, problems]) => ({
      ...partsOf(key),
      count: problems.length,
    }))
  })
  return { along, broken }
}
