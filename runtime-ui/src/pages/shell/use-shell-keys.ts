import { onBeforeUnmount, onMounted } from 'vue'

import { hasCommandKey, isComposing, isTyping } from '../../ui/index.ts'

/** The keys that work on every page: Ctrl/⌘ K and `/` open the search. */
export function useShellKeys(actions: { search: () => void }): void {
  function onKey(event: KeyboardEvent): void {
    if (isComposing(event)) return
    const isCommandK = hasCommandKey(event) && event.key.toLowerCase() === 'k'
    const isSlash = event.key === '/' && !hasCommandKey(event) && !isTyping(event)
    if (!isCommandK && !isSlash) return
    event.preventDefault()
    actions.search()
  }
  onMounted(() => window.addEventListener('keydown', onKey))
  onBeforeUnmount(() => window.removeEventListener('keydown', onKey))
}
