import type { DescribedApps } from '@trellis/metamodel'
import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'

import { loadApps } from '../api/index.ts'
import { language } from '../ui/language.ts'
import { useModel } from './model.ts'

/** One entry of the menu. */
export interface MenuItem {
  key: string
  label: string
  icon: string
  to: string
}

/** The entries of one app. */
export interface MenuGroup {
  name: string
  label: string
  items: MenuItem[]
}

/** A record that was opened lately. */
export interface RecentRecord {
  object: string
  id: string
  name: string
}

const COLLAPSED_KEY = 'trellis.sidebar'
const RECENT_KEY = 'trellis.recent'
const MOST_RECENT = 12

/** The menu of the caller's apps, and where they have been. */
export const useNavigation = defineStore('navigation', () => {
  const model = useModel()
  const described = shallowRef<DescribedApps>({ apps: [], dashboards: [] })
  const isCollapsed = ref(localStorage.getItem(COLLAPSED_KEY) === 'collapsed')
  const recent = ref<RecentRecord[]>(readRecent())
  /** Approvals that wait for the caller. */
  const waiting = ref(0)

  const dashboards = computed(() => described.value.dashboards)
  const groups = computed<MenuGroup[]>(() =>
    described.value.apps
      .map(({ name, label, navigation }) => ({ name, label, items: navigation.flatMap(itemOf) }))
      .filter(({ items: entries }) => entries.length > 0),
  )
  const items = computed(() => groups.value.flatMap((group) => group.items))
  /** The first dashboard, else the first object: where the day begins. */
  const home = computed(
    () => (items.value.find(({ key }) => key.startsWith('dashboard:')) ?? items.value[0])?.to,
  )

  function itemOf(entry: { object: string } | { dashboard: string }): MenuItem[] {
    if ('object' in entry) {
      const object = model.object(entry.object)
      if (object === undefined) return []
      return [
        {
          key: `object:${object.name}`,
          label: object.plural,
          icon: object.icon,
          to: `/o/${object.name}`,
        },
      ]
    }
    const dashboard = dashboards.value.find(({ name }) => name === entry.dashboard)
    if (dashboard === undefined) return []
    const { name, label } = dashboard
    return [
      { key: `dashboard:${name}`, label, icon: 'layout-dashboard', to: `/dashboards/${name}` },
    ]
  }

  async function load(): Promise<void> {
    const asked = language.value
    const apps = await loadApps()
    if (asked === language.value) described.value = apps
  }

  function toggleSidebar(): void {
    isCollapsed.value = !isCollapsed.value
    localStorage.setItem(COLLAPSED_KEY, isCollapsed.value ? 'collapsed' : 'open')
  }

  /** Remembers that a record was opened, for the search box. */
  function remember(record: RecentRecord): void {
    const others = recent.value.filter(({ id }) => id !== record.id)
    recent.value = [record, ...others].slice(0, MOST_RECENT)
    localStorage.setItem(RECENT_KEY, JSON.stringify(recent.value))
  }

  /** Forgets a record that is gone, or everything when another person signs in. */
  function forget(id?: string): void {
    recent.value = id === undefined ? [] : recent.value.filter((record) => record.id !== id)
    localStorage.setItem(RECENT_KEY, JSON.stringify(recent.value))
  }

  return {
    dashboards,
    groups,
    items,
    home,
    isCollapsed,
    recent,
    waiting,
    load,
    toggleSidebar,
    remember,
    forget,
  }
})

function readRecent(): RecentRecord[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(RECENT_KEY) ?? '[]')
    return Array.isArray(kept) ? (kept as RecentRecord[]) : []
  } catch {
    return []
  }
}
