import { LOCALES, type Locale, pickLocale } from '@trellis/metamodel'
import { computed, ref, watch } from 'vue'

const KEY = 'trellis.locale'
const chosen = ref(readChoice())
const own = ref<Locale>()

function readChoice(): Locale | undefined {
  const kept = localStorage.getItem(KEY)
  return LOCALES.find((locale) => locale === kept)
}

/**
 * The language in which both front ends speak, and in which they ask the server to: the one that was chosen in this
 * browser, else that of the person who is signed in, else the one that the browser asks for.
 */
export const language = computed<Locale>(
  () => chosen.value ?? own.value ?? pickLocale(navigator.languages.join()),
)

/** Chooses a language for this browser, in all of its windows. */
export function chooseLanguage(value: Locale): void {
  chosen.value = value
  localStorage.setItem(KEY, value)
}

/**
 * Takes the language of the person who is signed in; undefined if nobody is. One that takes the place of another was
 * decided last, and what was chosen in this browser before gives way to it.
 */
export function takeOwnLanguage(value: Locale | undefined): void {
  if (value !== undefined && own.value !== undefined && value !== own.value) {
    chosen.value = undefined
    localStorage.removeItem(KEY)
  }
  own.value = value
}

watch(language, (value) => (document.documentElement.lang = value), { immediate: true })
window.addEventListener('storage', ({ key }) => {
  if (key === KEY) chosen.value = readChoice()
})
