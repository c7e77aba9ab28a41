import {
  computed,
  type ComputedRef,
  onScopeDispose,
  type Ref,
  ref,
  type ShallowRef,
  shallowRef,
  watch,
} from 'vue'

import { useDraft } from './draft-store.ts'

/** What the server says about something that is being written. */
export interface DraftQuestion<T> {
  /** Of the question as it was last answered; undefined while there is no question. */
  answer: ShallowRef<T | undefined>
  error: ShallowRef<unknown>
  isAsking: Ref<boolean>
  /** Asking needs a change set on the server; only looking at something makes none. */
  mayAsk: ComputedRef<boolean>
  /** Asks now, in a change set that is made if there is none. */
  ask: () => Promise<void>
}

const DELAY = 450

/**
 * Asks the server about the draft while it is written: once it has come to rest, with the edits saved before, and of
 * several questions only the last.
 *
 * @param question equal texts are one question; undefined for none
 */
export function useDraftQuestion<T>(
  question: () => string | undefined,
  send: (changeSet: string, signal: AbortSignal) => Promise<T>,
): DraftQuestion<T> {
  const draft = useDraft()
  const answer = shallowRef<T>()
  const error = shallowRef<unknown>()
  const isAsking = ref(false)
  const mayAsk = computed(() => draft.changeSet !== undefined || draft.changeCount > 0)
  let timer: ReturnType<typeof setTimeout> | undefined
  let running: AbortController | undefined

  function stop(): void {
    clearTimeout(timer)
    running?.abort()
    isAsking.value = false
  }

  watch(
    question,
    (text) => {
      stop()
      if (text === undefined) {
        answer.value = undefined
        error.value = undefined
      } else if (mayAsk.value) {
        isAsking.value = true
        timer = setTimeout(() => void ask(), DELAY)
      }
    },
    { immediate: true },
  )
  onScopeDispose(stop)

  async function ask(): Promise<void> {
    stop()
    const mine = (running = new AbortController())
    isAsking.value = true
    try {
      const id = await draft.requireChangeSet()
      const found = await send(id, mine.signal)
      if (mine.signal.aborted) return
      answer.value = found
      error.value = undefined
    } catch (failure) {
      if (!mine.signal.aborted) error.value = failure
    } finally {
      if (running === mine) isAsking.value = false
    }
  }

  return { answer, error, isAsking, mayAsk, ask }
}
