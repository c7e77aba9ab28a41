import { readonly, ref } from 'vue'

export type Theme = 'light' | 'dark' | 'auto'

const KEY = 'trellis.theme'
const dark = window.matchMedia('(prefers-color-scheme: dark)')
const chosen = ref<Theme>(readTheme())

function readTheme(): Theme {
  const kept = localStorage.getItem(KEY)
  return kept === 'light' || kept === 'dark' ? kept : 'auto'
}

function apply(): void {
  const isDark = chosen.value === 'dark' || (chosen.value === 'auto' && dark.matches)
  document.documentElement.dataset['theme'] = isDark ? 'dark' : 'light'
  document.documentElement.classList.toggle('dark', isDark)
}

/** The theme that was chosen; `auto` follows the system. */
export const theme = readonly(chosen)

/** Chooses a theme for this browser. */
export function setTheme(value: Theme): void {
  chosen.value = value
  localStorage.setItem(KEY, value)
  apply()
}

/** Puts the theme on the document and follows the system; called once when a front end starts. */
export function startTheme(): void {
  apply()
  dark.addEventListener('change', apply)
}
