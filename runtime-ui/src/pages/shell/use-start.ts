import { defineStore } from 'pinia'
import { ref, shallowRef } from 'vue'

import { isApiError } from '../../api/index.ts'
import { useModel } from '../../stores/model.ts'
import { useNavigation } from '../../stores/navigation.ts'
import { useSession } from '../../stores/session.ts'

const DOOR_CODES: ReadonlySet<string> = new Set([
  'password_change_required',
  'second_step_setup_required',
])

/** Bringing up what every page needs: who is here, what they may use, their menu. Once, before the first page. */
export const useStart = defineStore('start', () => {
  const session = useSession()
  const model = useModel()
  const navigation = useNavigation()
  const isReady = ref(false)
  /** Why the product cannot be used at all; the page offers to try again. */
  const failure = shallowRef<unknown>()
  /** The language of the labels; whose it is to be is known only when it is known who is here. */
  let loadedIn = session.locale

  /** Whether somebody is signed in, with a password of their own, and everything is there. A failure is kept, not thrown. */
  async function ensure(): Promise<boolean> {
    if (isReady.value) return true
    try {
      failure.value = undefined
      // All three at once: a visitor who is not signed in is the rare case.
      const [signedIn] = await Promise.all([session.resume(), reload()])
      while (loadedIn !== session.locale) await reload()
      isReady.value = signedIn
      return signedIn
    } catch (error) {
      if (isApiError(error, 401)) return false
      if (isApiError(error, 403) && DOOR_CODES.has(error.code)) {
        await session.resume()
        return false
      }
      failure.value = error
      return true
    }
  }

  /** Reads labels and menus anew: another language, another release, another person. */
  async function reload(): Promise<void> {
    loadedIn = session.locale
    await Promise.all([model.load(), navigation.load()])
  }

  function reset(): void {
    isReady.value = false
  }

  return { isReady, failure, ensure, reload, reset }
})
