import type { ObjectDirective } from 'vue'

const watched = new WeakMap<HTMLElement, () => void>()

/**
 * `v-fade-edges` on a row that scrolls sideways: where it goes on, its edge fades out, so that a word cut there does
 * not look broken. The stylesheet draws the fade from `data-more`: `start`, `end`, both or none.
 */
export const vFadeEdges: ObjectDirective<HTMLElement> = {
  mounted(row) {
    const mark = (): void => markEdges(row)
    const sizes = new ResizeObserver(mark)
    const parts = new MutationObserver(() => watchSizes(row, sizes))
    row.addEventListener('scroll', mark, { passive: true })
    parts.observe(row, { childList: true })
    watchSizes(row, sizes)
    watched.set(row, () => {
      sizes.disconnect()
      parts.disconnect()
      row.removeEventListener('scroll', mark)
    })
  },
  unmounted: (row) => watched.get(row)?.(),
}

/** The row itself, and what stands in it: either may make it overflow. */
function watchSizes(row: HTMLElement, sizes: ResizeObserver): void {
  sizes.disconnect()
  for (const element of [row, ...row.children]) sizes.observe(element)
}

function markEdges(row: HTMLElement): void {
  const hidden = row.scrollWidth - row.clientWidth
  const edges = [
    ...(row.scrollLeft > 1 ? ['start'] : []),
    ...(row.scrollLeft < hidden - 1 ? ['end'] : []),
  ]
  row.dataset['more'] = edges.join(' ')
}
