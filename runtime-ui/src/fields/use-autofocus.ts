import { nextTick, onMounted } from 'vue'

/**
 * Focuses a control once it stands, where that is wanted. A tick later, because Element Plus listens for the focus
 * only once it is mounted itself.
 * @returns the same `focus`, to be exposed
 */
export function useAutofocus(isWanted: () => boolean, focus: () => void): () => void {
  onMounted(() => nextTick(() => isWanted() && focus()))
  return focus
}
