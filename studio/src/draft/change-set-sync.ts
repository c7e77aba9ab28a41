import type { ChangeSet } from '@trellis/metamodel'
import { isApiError } from '@trellis/runtime-ui/api'
import { ref, shallowRef } from 'vue'

import { createChangeSet, deleteItem, dropItem, putItem } from '../api/metadata-api.ts'
import { diffEdits, type SyncCall } from './diff-edits.ts'
import { type Edit, type Edits, editsOfChangeSet, keyOf } from './draft.ts'

export type SaveState = 'saved' | 'saving' | 'failed'

const DELAY = 500

/** Brings the edits of the draft into the change set on the server, one call after another. */
export class ChangeSetSync {
  /** Undefined until the first edit is saved. */
  readonly changeSet = shallowRef<ChangeSet>()
  readonly state = ref<SaveState>('saved')
  readonly error = shallowRef<unknown>()
  readonly #present: () => Edits
  #saved = new Map<string, Edit>()
  #timer: ReturnType<typeof setTimeout> | undefined
  #running: Promise<void> | undefined

  /** @param present the edits as the draft has them at the moment of asking */
  constructor(present: () => Edits) {
    this.#present = present
  }

  /** Begins with a change set that the server has, or with none. */
  start(changeSet: ChangeSet | undefined): void {
    clearTimeout(this.#timer)
    this.changeSet.value = changeSet
    this.#saved = new Map(changeSet ? editsOfChangeSet(changeSet) : [])
    this.state.value = 'saved'
    this.error.value = undefined
  }

  /** Saves soon; further edits within the delay go along. */
  schedule(): void {
    clearTimeout(this.#timer)
    if (diffEdits(this.#saved, this.#present()).length === 0) return
    this.state.value = 'saving'
    this.#timer = setTimeout(() => void this.flush().catch(() => undefined), DELAY)
  }

  /** Saves now. @throws whatever stands in the way. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer)
    this.state.value = 'saving'
    this.#running ??= this.#saveAll().finally(() => (this.#running = undefined))
    try {
      await this.#running
      this.state.value = 'saved'
      this.error.value = undefined
    } catch (failure) {
      this.state.value = 'failed'
      this.error.value = failure
      throw failure
    }
  }

  /** Saves now and answers the id of the change set; an empty one is made if there is none. */
  async require(): Promise<string> {
    await this.flush()
    this.changeSet.value ??= await createChangeSet()
    return this.changeSet.value.id
  }

  /** A set that was closed elsewhere (published in another window) takes no edits any more: they go into a new one. */
  async #saveAll(): Promise<void> {
    try {
      await this.#sendAll()
    } catch (failure) {
      if (!isApiError(failure, 404) && !isApiError(failure, 409)) throw failure
      this.#saved = new Map()
      this.changeSet.value = undefined
      await this.#sendAll()
    }
  }

  async #sendAll(): Promise<void> {
    for (;;) {
      const [call] = diffEdits(this.#saved, this.#present())
      if (!call) return
      this.changeSet.value ??= await createChangeSet()
      // Another change set may be begun while the call is under way: what was sent is saved in this one only.
      const into = this.#saved
      await send(this.changeSet.value.id, call)
      markSaved(into, call)
    }
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
