import { isApiError, loadMe } from '@trellis/runtime-ui/api'

const POLL_MS = 3_000

/**
 * Watches which release is live, every three seconds while the page is visible.
 * @param onRelease called with each new release; the first look only takes note of it
 * @returns how to stop
 */
export function followReleases(
  known: () => number,
  onRelease: (release: number) => Promise<void>,
): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  let isStopped = false

  async function look(): Promise<void> {
    if (document.visibilityState === 'visible') {
      try {
        const { release } = await loadMe()
        if (release !== known()) await onRelease(release)
      } catch (error) {
        if (!isApiError(error)) throw error
      }
    }
    if (!isStopped) timer = setTimeout(() => void look(), POLL_MS)
  }

  timer = setTimeout(() => void look(), POLL_MS)
  return () => {
    isStopped = true
    clearTimeout(timer)
  }
}
