import { QueryClient, VueQueryPlugin } from '@tanstack/vue-query'
import { createPinia } from 'pinia'
import { installPlugins } from 'virtual:trellis-plugins'
import { createApp } from 'vue'

import { isApiError } from './api/index.ts'
import App from './App.vue'
import { registerFieldLook } from './fields/index.ts'
import { i18n } from './i18n.ts'
import { router, whereTo } from './router.ts'
import { followUpgrades, guardMarkup, startTheme } from './ui/index.ts'

const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      refetchOnWindowFocus: false,
      // Only what may pass by itself is tried again: no connection, an overloaded server.
      retry: (count, error) =>
        count < 2 && isApiError(error) && [0, 502, 503, 504].includes(error.status),
    },
  },
})

guardMarkup()
startTheme()
followUpgrades(whereTo)
installPlugins(registerFieldLook)
createApp(App)
  .use(createPinia())
  .use(i18n)
  .use(VueQueryPlugin, { queryClient })
  .use(router)
  .mount('#app')
