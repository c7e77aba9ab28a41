import { onBeforeUnmount, onMounted } from 'vue'

import { hasCommandKey, isComposing } from '../../ui/index.ts'

/** Ctrl/⌘ S saves wherever the cursor is on the page; inside of the form the form takes it itself. */
export function useSaveKey(save: () => void): void {
  function onKey(event: KeyboardEvent): void {
    if (
      event.defaultPrevented ||
      isComposing(event) ||
      !hasCommandKey(event) ||
      event.key.toLowerCase() !== 's'
    ) {
      return
    }
    event.preventDefault()
    save()
  }
  onMounted(() => window.addEventListener('keydown', onKey))
  onBeforeUnmount(() => window.removeEventListener('keydown', onKey))
}
