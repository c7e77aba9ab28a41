import { QueryClient, VueQueryPlugin } from '@tanstack/vue-query'
import { registerFieldLook } from '@trellis/runtime-ui/renderer'
import { followUpgrades, guardMarkup, startTheme } from '@trellis/runtime-ui/ui'
import { createPinia } from 'pinia'
import { installPlugins } from 'virtual:trellis-plugins'
import { createApp } from 'vue'

import App from './App.vue'
import { i18n } from './i18n.ts'
import { router } from './router.ts'
import './studio.css'

guardMarkup()
startTheme()
followUpgrades()
installPlugins(registerFieldLook)
createApp(App)
  .use(createPinia())
  .use(i18n)
  .use(VueQueryPlugin, {
    queryClient: new QueryClient({
      defaultOptions: { queries: { retry: 1, refetchOnWindowFocus: false } },
    }),
  })
  .use(router)
  .mount('#app')
