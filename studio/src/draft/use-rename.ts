import type { Kind } from '@trellis/metamodel'
import { type Ref, ref, type ShallowRef, shallowRef } from 'vue'

import { renameComponent } from '../api/metadata-api.ts'
import { useDraft } from './draft-store.ts'
import { useSession } from './session-store.ts'

/** Gives a component another name in the draft, with all that refers to it: the server knows what does. */
export function useRename(): {
  /** @returns whether it was done; if not, `failure` says why */
  rename: (of: { kind: Kind; name: string }, to: string) => Promise<boolean>
  isRenaming: Ref<boolean>
  failure: ShallowRef<unknown>
} {
  const draft = useDraft()
  const session = useSession()
  const isRenaming = ref(false)
  const failure = shallowRef<unknown>()

  async function rename(of: { kind: Kind; name: string }, to: string): Promise<boolean> {
    if (!session.me || isRenaming.value) return false
    isRenaming.value = true
    failure.value = undefined
    try {
      await renameComponent(await draft.requireChangeSet(), of, to)
      await draft.takeSaved(session.me)
      return true
    } catch (problem) {
      failure.value = problem
      return false
    } finally {
      isRenaming.value = false
    }
  }

  return { rename, isRenaming, failure }
}
