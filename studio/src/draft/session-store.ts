import type { Me } from '@trellis/metamodel'
import { loadMe } from '@trellis/runtime-ui/api'
import { chooseLanguage, language, takeOwnLanguage } from '@trellis/runtime-ui/ui'
import { defineStore } from 'pinia'
import { computed, ref, watch } from 'vue'

/** Who is here, and how the studio speaks to them. */
export const useSession = defineStore('session', () => {
  const me = ref<Me>()
  watch(() => me.value?.locale, takeOwnLanguage, { flush: 'sync' })

  async function load(): Promise<Me> {
    me.value = await loadMe()
    return me.value
  }

  return {
    me,
    locale: language,
    timeZone: computed(() => me.value?.time_zone ?? 'Asia/Shanghai'),
    currency: computed(() => me.value?.currency ?? 'CNY'),
    mayCustomize: computed(() => me.value?.permissions.system.includes('customize') ?? false),
    mayManageUsers: computed(() => me.value?.permissions.system.includes('manage_users') ?? false),
    load,
    setLocale: chooseLanguage,
  }
})
