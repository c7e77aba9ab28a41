import { onScopeDispose, shallowRef, type ShallowRef, watch } from 'vue'

/** When something that is costly to work out is worked out anew. */
export interface Settling {
  /** Milliseconds of rest after the last change. */
  delay: number
  /** Changes of this are too great to wait for. */
  atOnce?: () => unknown
}

/**
 * A value that is worked out from others once they have come to rest, so that typing stays light.
 * @example settled(() => text.value, (text) => parse(text), { delay: 150 })
 */
export function settled<S, T>(
  source: () => S,
  work: (source: S) => T,
  { delay, atOnce }: Settling,
): ShallowRef<T> {
  const result = shallowRef(work(source())) as ShallowRef<T>
  let last = atOnce?.()
  let timer: ReturnType<typeof setTimeout> | undefined

  function update(): void {
    clearTimeout(timer)
    result.value = work(source())
  }

  watch(
    source,
    () => {
      const now = atOnce?.()
      clearTimeout(timer)
      if (now !== last) update()
      else timer = setTimeout(update, delay)
      last = now
    },
    { flush: 'sync' },
  )
  onScopeDispose(() => clearTimeout(timer))
  return result
}
