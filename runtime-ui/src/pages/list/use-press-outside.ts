import { onBeforeUnmount, onMounted } from 'vue'

/** The pickers of Element Plus hang in the body, though they belong to what opened them. */
const FLOATING = '.el-popper, .el-dialog, .el-overlay, .notice-stack'

/** Calls `leave` for a press outside of these elements and of everything that floats above the page. */
export function usePressOutside(inside: string, leave: () => void): void {
  function onPress(event: PointerEvent): void {
    if (
      event.target instanceof Element &&
      event.target.closest(`${inside}, ${FLOATING}`) === null
    ) {
      leave()
    }
  }
  onMounted(() => document.addEventListener('pointerdown', onPress, true))
  onBeforeUnmount(() => document.removeEventListener('pointerdown', onPress, true))
}
