import { computed, type ComputedRef, onBeforeUnmount, ref, type ShallowRef, watch } from 'vue'

/** The rows of a long table that are in the document, and the room that the others take. */
export interface RowsInSight {
  first: ComputedRef<number>
  /** The one after the last. */
  end: ComputedRef<number>
  above: ComputedRef<string>
  below: ComputedRef<string>
  /** Brings a row into sight. */
  show(row: number): void
}

const OVERSCAN = 12
/** Until the frame was measured. */
const USUAL_HEIGHT = 900

/** Keeps only the rows in sight of a table whose rows are all as high as each other. */
export function useRowsInSight(
  frame: Readonly<ShallowRef<HTMLElement | null>>,
  given: { count: () => number; rowHeight: number; head: number },
): RowsInSight {
  const { rowHeight, head } = given
  const top = ref(0)
  const height = ref(USUAL_HEIGHT)
  const measure = (): void => {
    top.value = frame.value?.scrollTop ?? 0
    height.value = frame.value?.clientHeight || USUAL_HEIGHT
  }
  const watcher = new ResizeObserver(measure)
  watch(frame, (element) => {
    watcher.disconnect()
    element?.addEventListener('scroll', measure, { passive: true })
    if (element) watcher.observe(element)
  })
  onBeforeUnmount(() => watcher.disconnect())

  const last = computed(() => Math.ceil((top.value + height.value) / rowHeight) + OVERSCAN)
  const end = computed(() => Math.min(given.count(), last.value))
  const first = computed(() => {
    const wanted = Math.floor(top.value / rowHeight) - OVERSCAN
    return Math.max(0, Math.min(wanted, end.value))
  })
  return {
    first,
    end,
    above: computed(() => `${first.value * rowHeight}px`),
    below: computed(() => `${(given.count() - end.value) * rowHeight}px`),
    show(row) {
      const from = row * rowHeight
      const { value: element } = frame
      if (!element) return
      const room = element.clientHeight - head - rowHeight
      if (from < element.scrollTop) element.scrollTop = from
      else if (from > element.scrollTop + room) element.scrollTop = from - room
      measure()
    },
  }
}
