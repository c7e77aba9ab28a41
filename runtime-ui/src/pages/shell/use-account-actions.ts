import { useQueryClient } from '@tanstack/vue-query'
import type { Locale } from '@trellis/metamodel'
import { computed, type ComputedRef } from 'vue'
import { useI18n } from 'vue-i18n'
import { useRouter } from 'vue-router'

import { useNavigation } from '../../stores/navigation.ts'
import { useSession } from '../../stores/session.ts'
import { setTheme, type Theme, theme } from '../../ui/index.ts'
import { forgetLists } from '../list/list-memory.ts'
import { useStart } from './use-start.ts'

export interface Choice<T> {
  value: T
  label: string
  icon?: string
  isChosen: boolean
}

export interface AccountActions {
  languages: ComputedRef<Choice<Locale>[]>
  themes: ComputedRef<Choice<Theme>[]>
  /** Whether the person may open the studio. */
  mayCustomize: ComputedRef<boolean>
  setLanguage: (locale: Locale) => void
  setTheme: (theme: Theme) => void
  signOut: () => Promise<void>
}

/** What the person may change about how the product speaks to them: for the menu and for the phone's sheet. */
export function useAccountActions(): AccountActions {
  const { t } = useI18n()
  const session = useSession()
  const start = useStart()
  const navigation = useNavigation()
  const client = useQueryClient()
  const router = useRouter()

  const languages = computed<Choice<Locale>[]>(() => [
    { value: 'zh-CN', label: '简体中文', isChosen: session.locale === 'zh-CN' },
    { value: 'en-US', label: 'English', isChosen: session.locale === 'en-US' },
  ])
  const themes = computed<Choice<Theme>[]>(() => [
    {
      value: 'light',
      label: t('shell.theme_light'),
      icon: 'sun',
      isChosen: theme.value === 'light',
    },
    { value: 'dark', label: t('shell.theme_dark'), icon: 'moon', isChosen: theme.value === 'dark' },
    {
      value: 'auto',
      label: t('shell.theme_auto'),
      icon: 'monitor',
      isChosen: theme.value === 'auto',
    },
  ])

  async function signOut(): Promise<void> {
    await session.signOut()
    start.reset()
    navigation.forget()
    forgetLists()
    client.clear()
    await router.push('/login')
  }

  return {
    languages,
    themes,
    mayCustomize: computed(() => session.may('customize')),
    setLanguage: (locale) => session.setLocale(locale),
    setTheme,
    signOut,
  }
}
