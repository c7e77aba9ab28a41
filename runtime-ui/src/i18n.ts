import { createI18n } from 'vue-i18n'

import { runtimeMessages } from './locales/index.ts'
import { language } from './ui/language.ts'

/** The texts of the runtime in the language that is chosen now. */
export const i18n = createI18n({
  legacy: false,
  locale: language.value,
  fallbackLocale: 'en-US',
  messages: runtimeMessages,
})
