import { onScopeDispose } from 'vue'

/** A finger that rests on something, told from one that taps or scrolls. */
export interface Hold {
  begin(event: PointerEvent, id: string): void
  move(event: PointerEvent): void
  end(): void
  /** Whether the finger that is down has been held. */
  isHeld(): boolean
  /** Whether the tap that follows is the end of a hold; asked once. */
  takeHeld(): boolean
}

const HOLD_MS = 450
const STILL_PX = 8

/** Calls `onHold` with what a finger has rested on; a mouse has other ways. */
export function useHold(onHold: (id: string) => void): Hold {
  let timer: ReturnType<typeof setTimeout> | undefined
  let from = { x: 0, y: 0 }
  let isHeld = false
  const end = (): void => clearTimeout(timer)
  onScopeDispose(end)

  return {
    begin({ pointerType, clientX, clientY }, id) {
      end()
      isHeld = false
      if (pointerType === 'mouse') return
      from = { x: clientX, y: clientY }
      timer = setTimeout(() => {
        isHeld = true
        onHold(id)
      }, HOLD_MS)
    },
    move({ clientX, clientY }) {
      if (Math.hypot(clientX - from.x, clientY - from.y) > STILL_PX) end()
    },
    end,
    isHeld: () => isHeld,
    takeHeld() {
      const was = isHeld
      isHeld = false
      return was
    },
  }
}
