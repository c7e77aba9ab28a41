import { reactive, watch } from 'vue'

import { useSession } from '../../stores/session.ts'

export type FooterFunction = 'sum' | 'avg' | 'min' | 'max'
export type Density = 'compact' | 'usual' | 'comfortable'

/** What a person has arranged for the lists of one object, kept in this browser. */
export interface ListPreferences {
  /** The view that was used last. */
  view?: string
  density: Density
  /** By view. */
  columns: Record<string, string[]>
  /** By path: the same in every view. */
  widths: Record<string, number>
  footers: Record<string, FooterFunction>
}

/** The arrangements of the person who is signed in; every change is kept at once. */
export function useListPreferences(object: string): ListPreferences {
  const key = `trellis.list.${useSession().me?.user.id ?? ''}.${object}`
  const preferences = reactive(readPreferences(key))
  watch(preferences, (value) => localStorage.setItem(key, JSON.stringify(value)))
  return preferences
}

function readPreferences(key: string): ListPreferences {
  const plain: ListPreferences = { density: 'usual', columns: {}, widths: {}, footers: {} }
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(key) ?? '{}')
    return typeof kept === 'object' ? { ...plain, ...kept } : plain
  } catch {
    return plain
  }
}
