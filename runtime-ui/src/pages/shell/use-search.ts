import type { SearchResponse } from '@trellis/metamodel'
import { computed, type ComputedRef, onScopeDispose, ref, type Ref, shallowRef, watch } from 'vue'
import { useI18n } from 'vue-i18n'
import { useRouter } from 'vue-router'

import { searchRecords } from '../../api/index.ts'
import { useModel } from '../../stores/model.ts'
import { useNavigation } from '../../stores/navigation.ts'
import { entryOf, narrowGroup, recordGroups, type SearchGroup } from './resolve-search-entries.ts'
import { useAccountActions } from './use-account-actions.ts'
import { useNewItems } from './use-new-items.ts'

const NOTHING: SearchResponse = { groups: [] }
const WAIT_MS = 120

export interface Search {
  typed: Ref<string>
  groups: ComputedRef<SearchGroup[]>
  isBusy: Ref<boolean>
  hasFailed: Ref<boolean>
}

/** Everything that the search box can reach: records by what is typed, recent ones before, pages and actions. */
export function useSearch(leave: () => void): Search {
  const { t } = useI18n()
  const typed = ref('')
  const { found, isBusy, hasFailed } = useFoundRecords(typed)
  const { openRecord, goGroup, actionGroup } = useDestinations(leave)
  const navigation = useNavigation()
  const model = useModel()

  const recentGroup = computed<SearchGroup>(() => ({
    name: 'recent',
    label: t('shell.search_recent'),
    entries: navigation.recent.map(({ object, id, name }) => ({
      key: `recent/${id}`,
      icon: model.object(object)?.icon ?? 'box',
      label: name,
      detail: '',
      run: () => openRecord(object, id, name),
    })),
  }))

  const groups = computed(() => {
    const words = typed.value.trim()
    const records =
      words === ''
        ? [narrowGroup(recentGroup.value, '', 6)]
        : recordGroups(found.value, model.object, openRecord)
    const rest = [
      narrowGroup(goGroup.value, words, 6),
      narrowGroup(actionGroup.value, words, words === '' ? 4 : 8),
    ]
    return [...records, ...rest].filter(({ entries }) => entries.length > 0)
  })

  return { typed, groups, isBusy, hasFailed }
}

function useFoundRecords(typed: Ref<string>): {
  found: Ref<SearchResponse>
  isBusy: Ref<boolean>
  hasFailed: Ref<boolean>
} {
  const found = shallowRef<SearchResponse>(NOTHING)
  const isBusy = ref(false)
  const hasFailed = ref(false)
  let timer: ReturnType<typeof setTimeout> | undefined
  let running: AbortController | undefined

  async function load(text: string): Promise<void> {
    const mine = (running = new AbortController())
    try {
      const response = await searchRecords(text, undefined, mine.signal)
      if (running === mine) [found.value, hasFailed.value] = [response, false]
    } catch {
      if (!mine.signal.aborted) [found.value, hasFailed.value] = [NOTHING, true]
    } finally {
      if (running === mine) isBusy.value = false
    }
  }

  function stop(): void {
    clearTimeout(timer)
    running?.abort()
  }

  watch(typed, (text) => {
    stop()
    const words = text.trim()
    isBusy.value = words !== ''
    if (words === '') found.value = NOTHING
    else timer = setTimeout(() => void load(words), WAIT_MS)
  })
  onScopeDispose(stop)
  return { found, isBusy, hasFailed }
}

interface Destinations {
  openRecord: (object: string, id: string, name: string) => void
  goGroup: ComputedRef<SearchGroup>
  actionGroup: ComputedRef<SearchGroup>
}

/** The pages and the actions that the box offers beside records. */
function useDestinations(leave: () => void): Destinations {
  const { t } = useI18n()
  const router = useRouter()
  const navigation = useNavigation()

  function go(to: string): void {
    leave()
    void router.push(to)
  }

  const goGroup = computed<SearchGroup>(() => ({
    name: 'go',
    label: t('shell.search_go'),
    entries: [
      ...navigation.items.map(({ key, icon, label, to }) =>
        entryOf({ key, icon, label }, () => go(to)),
      ),
      entryOf({ key: 'approvals', icon: 'stamp', label: t('shell.approvals') }, () =>
        go('/approvals'),
      ),
    ],
  }))

  return {
    openRecord: (object, id, name) => {
      navigation.remember({ object, id, name })
      go(`/o/${object}/${id}`)
    },
    goGroup,
    actionGroup: useActionGroup(go, leave),
  }
}

function useActionGroup(go: (to: string) => void, leave: () => void): ComputedRef<SearchGroup> {
  const { t } = useI18n()
  const newItems = useNewItems()
  const { languages, setLanguage, signOut } = useAccountActions()

  const creations = computed(() =>
    newItems.value.map(({ key, label, to }) =>
      entryOf(
        { key: `new/${key}`, icon: 'plus', label: t('common.create_named', { name: label }) },
        () => go(to),
      ),
    ),
  )
  const translations = computed(() =>
    languages.value
      .filter(({ isChosen }) => !isChosen)
      .map(({ value }) => {
        const label = t(value === 'zh-CN' ? 'shell.switch_to_chinese' : 'shell.switch_to_english')
        return entryOf({ key: `language/${value}`, icon: 'languages', label }, () => {
          leave()
          setLanguage(value)
        })
      }),
  )
  const departure = computed(() =>
    entryOf({ key: 'sign-out', icon: 'log-out', label: t('shell.sign_out') }, () => {
      leave()
      void signOut()
    }),
  )

  return computed(() => ({
    name: 'actions',
    label: t('shell.search_actions'),
    entries: [...creations.value, ...translations.value, departure.value],
  }))
}
