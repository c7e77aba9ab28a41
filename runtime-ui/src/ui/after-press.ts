let isPressed = false
const UPS = ['pointerup', 'pointercancel'] as const

window.addEventListener('pointerdown', () => (isPressed = true), true)
for (const up of UPS) window.addEventListener(up, () => (isPressed = false), true)

/**
 * Does what moves things on the page at once, or, while the pointer is down, when it is up again and its click has
 * arrived: what moves away under a pressed pointer is not clicked.
 */
export function afterPress(work: () => void): void {
  if (!isPressed) return work()
  const done = new AbortController()
  const finish = (): void => {
    done.abort()
    setTimeout(work)
  }
  for (const up of UPS) window.addEventListener(up, finish, { signal: done.signal })
}
