import { onBeforeUnmount, onMounted, ref, type Ref } from 'vue'
import { onBeforeRouteLeave, onBeforeRouteUpdate } from 'vue-router'

export interface LeaveGuard {
  /** Whether the question stands. */
  isAsking: Ref<boolean>
  /** The answer: leave, or go on editing. */
  answer(leave: boolean): void
}

/** Asks before a page with unsaved changes is left, by a link, the back button or by closing the window. */
export function useLeaveGuard(isDirty: () => boolean): LeaveGuard {
  const isAsking = ref(false)
  let decide: ((leave: boolean) => void) | undefined

  function ask(): Promise<boolean> | boolean {
    if (!isDirty()) return true
    isAsking.value = true
    return new Promise((resolve) => (decide = resolve))
  }

  function onUnload(event: BeforeUnloadEvent): void {
    if (isDirty()) event.preventDefault()
  }

  onBeforeRouteLeave(ask)
  onBeforeRouteUpdate(ask)
  onMounted(() => window.addEventListener('beforeunload', onUnload))
  onBeforeUnmount(() => window.removeEventListener('beforeunload', onUnload))

  return {
    isAsking,
    answer(leave) {
      isAsking.value = false
      decide?.(leave)
    },
  }
}
