const KEY = 'trellis.reloaded_at'
const PAUSE_MS = 60_000

/**
 * Loads the page anew when a part of it cannot be fetched because the server was upgraded under an open page: the
 * old parts are gone. At most once a minute, so that a server that is really broken is not asked for ever.
 */
export function followUpgrades(): void {
  window.addEventListener('vite:preloadError', (event) => {
    const last = Number(sessionStorage.getItem(KEY) ?? 0)
    if (Date.now() - last < PAUSE_MS) return
    sessionStorage.setItem(KEY, String(Date.now()))
    event.preventDefault()
    window.location.reload()
  })
}
