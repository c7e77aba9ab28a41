import { type Locale, type Me, pickLocale } from '@trellis/metamodel'
import { loadMe } from '@trellis/runtime-ui/api'
import { defineStore } from 'pinia'
import { computed, ref, watch } from 'vue'

/** The runtime keeps its choice under the same key: one language for both front ends. */
const LOCALE_KEY = 'trellis.locale'

/** Who is here, and how the studio speaks to them. */
export const useSession = defineStore('session', () => {
  const me = ref<Me>()
  const kept = localStorage.getItem(LOCALE_KEY)
  const chosen = ref<Locale | null>(kept === null ? null : pickLocale(kept))
  const locale = computed<Locale>(
    () => chosen.value ?? me.value?.locale ?? pickLocale(navigator.language),
  )

  watch(locale, (value) => (document.documentElement.lang = value), { immediate: true })

  async function load(): Promise<Me> {
    me.value = await loadMe()
    return me.value
  }

  function setLocale(value: Locale): void {
    chosen.value = value
    localStorage.setItem(LOCALE_KEY, value)
  }

  return {
    me,
    locale,
    timeZone: computed(() => me.value?.time_zone ?? 'Asia/Shanghai'),
    currency: computed(() => me.value?.currency ?? 'CNY'),
    mayCustomize: computed(() => me.value?.permissions.system.includes('customize') ?? false),
    mayManageUsers: computed(() => me.value?.permissions.system.includes('manage_users') ?? false),
    load,
    setLocale,
  }
})
