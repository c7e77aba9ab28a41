const KEY = 'trellis.reloaded_at'
const PAUSE_MS = 60_000
let isUnderWay = false

/** Whether the page is being loaded anew: what fails meanwhile need not be said. */
export const isReloading = (): boolean => isUnderWay

/**
 * Loads the page anew when a part of it cannot be fetched because the server was upgraded under an open page: the
 * old parts are gone. At most once a minute, so that a server that is really broken is not asked for ever.
 *
 * @param whereTo the address that the reader is on the way to, if any; else the present one is loaded
 */
export function followUpgrades(whereTo: () => string | undefined = () => undefined): void {
  window.addEventListener('vite:preloadError', (event) => {
    const last = Number(sessionStorage.getItem(KEY) ?? 0)
    if (Date.now() - last < PAUSE_MS) return
    sessionStorage.setItem(KEY, String(Date.now()))
    event.preventDefault()
    isUnderWay = true
    window.location.assign(whereTo() ?? window.location.href)
  })
}
