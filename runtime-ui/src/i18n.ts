import type { Locale } from '@trellis/metamodel'
import { createI18n } from 'vue-i18n'

import { runtimeMessages } from './locales/index.ts'

/** The texts of the runtime in the language that is chosen now. */
export const i18n = createI18n({
  legacy: false,
  locale: 'zh-CN' as Locale,
  fallbackLocale: 'en-US',
  messages: runtimeMessages,
})
