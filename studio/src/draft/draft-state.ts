import type { FieldTypes } from '@trellis/metamodel'
import { computed, type ComputedRef, ref, type Ref, type ShallowRef, shallowRef, watch } from 'vue'

import { ChangeSetSync } from './change-set-sync.ts'
import type { Draft, Released } from './draft.ts'
import { type History, startHistory } from './history.ts'
import { keepHistory } from './kept-history.ts'
import { knownTypes } from './known-types.ts'

/** What the store of the draft holds; its lifecycle and its commands work on it. */
export interface DraftState {
  fieldTypes: ShallowRef<FieldTypes>
  /** The release that is live. */
  release: Ref<number>
  released: ShallowRef<Released>
  history: ShallowRef<History>
  isLoaded: Ref<boolean>
  draft: ComputedRef<Draft>
  sync: ChangeSetSync
}

export function createDraftState(): DraftState {
  const released = shallowRef<Released>(new Map())
  const history = shallowRef<History>(startHistory(new Map()))
  const sync = new ChangeSetSync(() => history.value.present)
  // The first step is taken before there is a change set to keep it under.
  watch(sync.changeSet, (changeSet) => changeSet && keepHistory(changeSet.id, history.value))
  return {
    fieldTypes: shallowRef(knownTypes(new Map())),
    release: ref(0),
    released,
    history,
    isLoaded: ref(false),
    draft: computed(() => ({ released: released.value, edits: history.value.present })),
    sync,
  }
}

/** Takes a step, or one back or forth: keeps it in the browser, and saves soon. */
export function setHistory({ history, sync }: DraftState, next: History): void {
  if (next === history.value) return
  history.value = next
  const id = sync.changeSet.value?.id
  if (id !== undefined) keepHistory(id, next)
  sync.schedule()
}
