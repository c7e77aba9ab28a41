import { language, runtimeMessages } from '@trellis/runtime-ui/ui'
import { createI18n } from 'vue-i18n'

import { studioMessages } from './locales/index.ts'

/** The texts of the studio, and those of the parts of the runtime that it shows. */
export const i18n = createI18n({
  legacy: false,
  locale: language.value,
  fallbackLocale: 'en-US',
  messages: {
    'zh-CN': { ...runtimeMessages['zh-CN'], ...studioMessages['zh-CN'] },
    'en-US': { ...runtimeMessages['en-US'], ...studioMessages['en-US'] },
  },
})
