import type { ChangeSet } from '@trellis/metamodel'
import { isApiError } from '@trellis/runtime-ui/api'
import { readonly, ref, type Ref, shallowRef } from 'vue'

import { createChangeSet, deleteItem, dropItem, putItem } from '../api/metadata-api.ts'
import { diffEdits, type SyncCall } from './diff-edits.ts'
import { type Edit, type Edits, editsOfChangeSet, keyOf } from './draft.ts'

export type SaveState = 'saved' | 'saving' | 'failed'

/** Brings the edits of the draft into the change set on the server, one call after another. */
export interface ChangeSetSync {
  /** Undefined until the first edit is saved. */
  changeSet: Readonly<Ref<ChangeSet | undefined>>
  state: Readonly<Ref<SaveState>>
  error: Readonly<Ref<unknown>>
  /** Begins with a change set that the server has, or with none. */
  start(changeSet: ChangeSet | undefined): void
  /** Saves soon; further edits within the delay go along. */
  schedule(): void
  /** Saves now. @throws whatever stands in the way. */
  flush(): Promise<void>
  /** Saves now and answers the id of the change set; an empty one is made if there is none. */
  require(): Promise<string>
}

const DELAY = 500

/** @param present the edits as the draft has them at the moment of asking */
export function createChangeSetSync(present: () => Edits): ChangeSetSync {
  const changeSet = shallowRef<ChangeSet>()
  const state = ref<SaveState>('saved')
  const error = shallowRef<unknown>()
  let saved: Map<string, Edit> = new Map()
  let timer: ReturnType<typeof setTimeout> | undefined
  let running: Promise<void> | undefined

  /** A set that was closed elsewhere (published in another window) takes no edits any more: they go into a new one. */
  async function saveAll(): Promise<void> {
    try {
      await sendAll()
    } catch (failure) {
      if (!isApiError(failure, 404) && !isApiError(failure, 409)) throw failure
      saved = new Map()
      changeSet.value = undefined
      await sendAll()
    }
  }

  async function sendAll(): Promise<void> {
    for (let calls = diffEdits(saved, present()); calls[0]; calls = diffEdits(saved, present())) {
      changeSet.value ??= await createChangeSet()
      // Another change set may be begun while the call is under way: what was sent is saved in this one only.
      const into = saved
      await send(changeSet.value.id, calls[0])
      markSaved(into, calls[0])
    }
  }

  async function flush(): Promise<void> {
    clearTimeout(timer)
    state.value = 'saving'
    running ??= saveAll().finally(() => (running = undefined))
    try {
      await running
      state.value = 'saved'
      error.value = undefined
    } catch (failure) {
      state.value = 'failed'
      error.value = failure
      throw failure
    }
  }

  async function requireChangeSet(): Promise<string> {
    await flush()
    changeSet.value ??= await createChangeSet()
    return changeSet.value.id
  }

  function schedule(): void {
    clearTimeout(timer)
    if (diffEdits(saved, present()).length === 0) return
    state.value = 'saving'
    timer = setTimeout(() => void flush().catch(() => undefined), DELAY)
  }

  function start(given: ChangeSet | undefined): void {
    clearTimeout(timer)
    changeSet.value = given
    saved = new Map(given ? editsOfChangeSet(given) : [])
    state.value = 'saved'
    error.value = undefined
  }

  return {
    changeSet: readonly(changeSet) as Ref<ChangeSet | undefined>,
    state: readonly(state),
    error: readonly(error),
    start,
    schedule,
    flush,
    require: requireChangeSet,
  }
}

function markSaved(saved: Map<string, Edit>, call: SyncCall): void {
  const key = keyOf(call.kind, call.name)
  if (call.call === 'put') saved.set(key, { op: 'put', definition: call.definition })
  else if (call.call === 'delete') saved.set(key, { op: 'delete' })
  else saved.delete(key)
}

async function send(changeSet: string, call: SyncCall): Promise<void> {
  const at = { changeSet, kind: call.kind, name: call.name }
  if (call.call === 'put') await putItem(at, call.definition)
  else if (call.call === 'delete') await deleteItem(at)
  else await dropItem(at).catch(ignoreGone)
}

/** What is to be dropped may be gone already. */
function ignoreGone(error: unknown): void {
  if (!isApiError(error, 404)) throw error
}
