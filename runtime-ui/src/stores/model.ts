import type { DescribedField, DescribedObject } from '@trellis/metamodel'
import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'

import { isApiError, loadObjects } from '../api/index.ts'
import { language } from '../ui/language.ts'

const POLL_MS = 3_000

/**
 * The objects that the caller may use, as of the release that is in force. It follows publishes by asking with
 * the tag of what it has, only while the page is visible.
 */
export const useModel = defineStore('model', () => {
  const release = ref(0)
  const objects = shallowRef<ReadonlyMap<string, DescribedObject>>(new Map())
  const etag = ref<string | null>(null)
  const list = computed(() => [...objects.value.values()])

  /** Loads everything anew, e.g. in another language or for another person. */
  async function load(): Promise<void> {
    etag.value = null
    await refresh()
  }

  /** Asks whether anything has changed and takes it; true if so. */
  async function refresh(): Promise<boolean> {
    const asked = language.value
    const loaded = await loadObjects(etag.value)
    // An answer that another language has overtaken would leave labels of both.
    if (loaded === undefined || asked !== language.value) return false
    etag.value = loaded.etag
    release.value = loaded.data.release
    objects.value = new Map(loaded.data.objects.map((described) => [described.name, described]))
    return true
  }

  function object(name: string): DescribedObject | undefined {
    return objects.value.get(name)
  }

  /** A field by name or by a path of one step to a parent, `account.industry`. */
  function field(objectName: string, path: string): DescribedField | undefined {
    const [first, second, ...rest] = path.split('.')
    const found = object(objectName)?.fields.find(({ name }) => name === first)
    if (second === undefined) return found
    const part = found?.parts?.find(({ name }) => name === path)
    if (part) return part
    if (found?.target === undefined) return undefined
    return field(found.target, [second, ...rest].join('.'))
  }

  return { release, objects, list, load, refresh, object, field }
})

/**
 * Keeps the model at the release in force; `onChange` runs after each change. Answers how to stop.
 */
export function followReleases(onChange: () => void): () => void {
  const model = useModel()
  let timer: ReturnType<typeof setTimeout> | undefined
  let isStopped = false

  async function look(): Promise<void> {
    if (document.visibilityState === 'visible') {
      try {
        if (await model.refresh()) onChange()
      } catch (error) {
        if (!isApiError(error)) throw error
      }
    }
    if (!isStopped) timer = setTimeout(() => void look(), POLL_MS)
  }

  timer = setTimeout(() => void look(), POLL_MS)
  return () => {
    isStopped = true
    clearTimeout(timer)
  }
}
