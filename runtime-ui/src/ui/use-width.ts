import { onBeforeUnmount, ref, type Ref, watch } from 'vue'

/** The width of an element, kept up to date; 0 until it stands. */
export function useWidth(element: Ref<HTMLElement | undefined>): Ref<number> {
  const width = ref(0)
  const observer = new ResizeObserver(([entry]) => {
    if (entry) width.value = entry.contentRect.width
  })
  watch(
    element,
    (now, before) => {
      if (before) observer.unobserve(before)
      if (!now) return
      width.value = now.clientWidth
      observer.observe(now)
    },
    { immediate: true },
  )
  onBeforeUnmount(() => observer.disconnect())
  return width
}
