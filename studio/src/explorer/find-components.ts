import {
  type Component,
  type Locale,
  localize,
  type LocalizedText,
  splitName,
} from '@trellis/metamodel'

import type { DraftComponent } from '../draft/draft.ts'

/** A component that was found, best first. */
export interface Found {
  component: DraftComponent
  label: string
  /** Smaller is better: 0 the whole name, 1 its beginning, 2 somewhere in it. */
  rank: number
}

const MOST = 60

/** Components whose API name or label in any language contains what was typed. */
export function findComponents(
  components: readonly DraftComponent[],
  typed: string,
  locale: Locale,
): Found[] {
  const word = typed.trim().toLowerCase()
  if (word === '') return []
  const found = components.flatMap((component): Found[] => {
    const ranks = spellings(component).map((spelling) => rankOf(spelling.toLowerCase(), word))
    const rank = Math.min(...ranks)
    if (!Number.isFinite(rank)) return []
    const { label } = component.definition as { label?: LocalizedText }
    return [
      {
        component,
        rank,
        label: localize(label, locale, splitName(component.name)[1] || component.name),
      },
    ]
  })
  return found.toSorted((a, b) => a.rank - b.rank || a.label.length - b.label.length).slice(0, MOST)
}

function spellings(component: Component): string[] {
  const [object, own] = splitName(component.name)
  const { label } = component.definition as { label?: LocalizedText }
  const labels = typeof label === 'string' ? [label] : Object.values(label ?? {})
  return [own || object, component.name, ...labels]
}

function rankOf(spelling: string, word: string): number {
  if (spelling === word) return 0
  if (spelling.startsWith(word)) return 1
  return spelling.includes(word) ? 2 : Number.POSITIVE_INFINITY
}
