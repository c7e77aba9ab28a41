import type { WireReference } from '@trellis/metamodel'
import { shallowReactive } from 'vue'

/** A record that somebody wants to make in a drawer, without leaving the page. */
export interface QuickCreateRequest {
  id: number
  object: string
  /** Values to begin with; references as `{id, name}`. */
  values: Record<string, unknown>
  /** A record that is there already does as well as a new one. */
  mayTake: boolean
  answer: (record: WireReference | null) => void
}

/** The drawers that are open, the newest last; drawn by `QuickCreateHost`. */
export const quickCreates = shallowReactive<QuickCreateRequest[]>([])
let lastId = 0

/**
 * Opens the drawer for a new record; answers what was made, or null if the person thought better of it. With `mayTake` it
 * may be a record that is there already, which a duplicate rule has found and the person has chosen.
 * @example const contact = await quickCreate('contact', { account: { id, name } })
 */
export function quickCreate(
  object: string,
  values: Record<string, unknown> = {},
  { mayTake = false }: { mayTake?: boolean } = {},
): Promise<WireReference | null> {
  return new Promise((resolve) => {
    const request: QuickCreateRequest = {
      id: ++lastId,
      object,
      values,
      mayTake,
      answer: (record) => {
        quickCreates.splice(quickCreates.indexOf(request), 1)
        resolve(record)
      },
    }
    quickCreates.push(request)
  })
}
