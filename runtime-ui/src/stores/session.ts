import type { Locale, Me, SystemPermission } from '@trellis/metamodel'
import { defineStore } from 'pinia'
import { computed, ref, watch } from 'vue'

import { changeMe, isApiError, loadMe, logout } from '../api/index.ts'
import { chooseLanguage, language, takeOwnLanguage } from '../ui/language.ts'
import { openEntrance } from './entrance.ts'

/** Who is signed in, and how the product speaks to them. */
export const useSession = defineStore('session', () => {
  const me = ref<Me>()
  const timeZone = computed(() => me.value?.time_zone ?? 'Asia/Shanghai')
  const currency = computed(() => me.value?.currency ?? 'CNY')
  /** Whether it has been found out who is signed in. */
  const isKnown = ref(false)
  /** Nothing else is open to them before they have chosen a password of their own. */
  const mustChangePassword = computed(() => me.value?.must_change_password ?? false)
  /** Nor before they have set up the second step that is asked of them. */
  const mustSetUpSecondStep = computed(() => me.value?.must_set_up_second_step ?? false)
  /** Whether they have more to do at the door before anything else opens. */
  const isAtTheDoor = computed(() => mustChangePassword.value || mustSetUpSecondStep.value)
  /** The password was right, and a code is asked for. */
  const isHalfway = ref(false)
  /** The session ended on the server while the page was open. */
  const isExpired = ref(false)

  watch(() => me.value?.locale, takeOwnLanguage, { flush: 'sync' })

  const entrance = openEntrance({ me, isHalfway, isExpired, isAtTheDoor })

  /** Finds out who is signed in; false if nobody is. */
  async function resume(): Promise<boolean> {
    try {
      me.value = await loadMe()
      return true
    } catch (error) {
      if (!isApiError(error, 401)) throw error
      me.value = undefined
      return false
    } finally {
      isKnown.value = true
    }
  }

  async function signOut(): Promise<void> {
    await logout()
    me.value = undefined
  }

  /** Changes the own language or time zone, here and wherever one signs in. */
  async function wish(wishes: { locale?: Locale; time_zone?: string }): Promise<void> {
    me.value = await changeMe(wishes)
  }

  /** The session has ended without the person's doing: the page stays and asks them in again. */
  function expire(): void {
    if (me.value !== undefined) isExpired.value = true
  }

  function may(permission: SystemPermission): boolean {
    return me.value?.permissions.system.includes(permission) ?? false
  }

  return {
    me,
    locale: language,
    timeZone,
    currency,
    isKnown,
    mustChangePassword,
    mustSetUpSecondStep,
    isAtTheDoor,
    isHalfway,
    isExpired,
    resume,
    ...entrance,
    signOut,
    wish,
    expire,
    setLocale: chooseLanguage,
    may,
  }
})
