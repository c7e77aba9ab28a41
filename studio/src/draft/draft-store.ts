import {
  type ChangeSet,
  type Component,
  createFieldTypes,
  type Definitions,
  type FieldTypes,
  type Kind,
  KINDS,
  localize,
  type LocalizedText,
  type Locale,
  type Me,
} from '@trellis/metamodel'
import { isApiError } from '@trellis/runtime-ui/api'
import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'

import {
  discardChangeSet,
  listChangeSets,
  loadChangeSet,
  loadComponents,
} from '../api/metadata-api.ts'
import { createChangeSetSync } from './change-set-sync.ts'
import { compileDraft } from './compile-draft.ts'
import { diffEdits } from './diff-edits.ts'
import {
  componentsOf,
  definitionOf,
  type Draft,
  editsOfChangeSet,
  keyOf,
  putComponent,
  type Released,
  removeComponent,
  revertComponent,
} from './draft.ts'
import { type History, mapHistory, redo, startHistory, takeStep, undo } from './history.ts'
import { forgetHistory, keepHistory, recallHistory } from './kept-history.ts'
import { rebaseEdits } from './rebase-edits.ts'
import { strangeTypes } from './strange-types.ts'

/** What a step is called in the list of steps, and with which steps it is one. */
export interface StepName {
  label: string
  mark?: string
}

/** The one draft of the studio: what is live, the open change set on top, and the way back. */
export const useDraft = defineStore('draft', () => {
  const fieldTypes = shallowRef<FieldTypes>(createFieldTypes())
  const release = ref(0)
  const released = shallowRef<Released>(new Map())
  const history = shallowRef<History>(startHistory(new Map()))
  const isLoaded = ref(false)

  const draft = computed<Draft>(() => ({ released: released.value, edits: history.value.present }))
  const components = computed(() => componentsOf(draft.value))
  const compiled = computed(() => compileDraft(draft.value, fieldTypes.value))
  const sync = createChangeSetSync(() => history.value.present)

  /** Loads what is live and the open change set of this user. */
  async function load(me: Me): Promise<void> {
    const [, changeSets] = await Promise.all([takeRelease(me.release), listChangeSets()])
    const mine = changeSets.find(
      (one) => one.status === 'open' && one.created_by?.id === me.user.id,
    )
    begin(mine && (await loadChangeSet(mine.id)))
    isLoaded.value = true
  }

  /** Takes what is live now; the edits stay on top of it. Answers what others changed of what is edited here. */
  async function takeRelease(next: number): Promise<readonly string[]> {
    const live = await loadReleased()
    const before = released.value
    fieldTypes.value = createFieldTypes(strangeTypes(live))
    released.value = live
    release.value = next
    const { touched } = rebaseEdits(history.value.present, before, live)
    if (touched.length > 0) {
      history.value = mapHistory(history.value, (edits) => rebaseEdits(edits, before, live).edits)
      await moveChangeSet()
    }
    return touched
  }

  /** The own change set has become a release: nothing is open any more. */
  async function takePublished(next: number): Promise<void> {
    const id = sync.changeSet.value?.id
    if (id !== undefined) forgetHistory(id)
    begin(undefined)
    await takeRelease(next)
  }

  /** The same edits in a change set that is based on what is live now. */
  async function moveChangeSet(): Promise<void> {
    const old = sync.changeSet.value?.id
    sync.start(undefined)
    await sync.flush()
    if (old === undefined) return
    forgetHistory(old)
    // It may have been published or discarded in another window: then there is nothing to discard.
    await discardChangeSet(old).catch((failure: unknown) => {
      if (!isApiError(failure, 404) && !isApiError(failure, 409)) throw failure
    })
  }

  async function rebase(next: number): Promise<void> {
    const touched = next === release.value ? [] : await takeRelease(next)
    if (touched.length === 0) await moveChangeSet()
  }

  /** Throws every edit away. */
  async function discard(): Promise<void> {
    const id = sync.changeSet.value?.id
    if (id !== undefined) {
      await discardChangeSet(id)
      forgetHistory(id)
    }
    begin(undefined)
  }

  function begin(changeSet: ChangeSet | undefined): void {
    const edits = changeSet ? editsOfChangeSet(changeSet) : new Map()
    sync.start(changeSet)
    const isSame = (a: typeof edits, b: typeof edits): boolean => diffEdits(a, b).length === 0
    history.value = changeSet ? recallHistory(changeSet.id, edits, isSame) : startHistory(edits)
  }

  function setHistory(next: History): void {
    if (next === history.value) return
    history.value = next
    const id = sync.changeSet.value?.id
    if (id !== undefined) keepHistory(id, next)
    sync.schedule()
  }

  function apply(step: StepName, command: (draft: Draft) => Draft): void {
    const next = command(draft.value)
    if (diffEdits(draft.value.edits, next.edits).length > 0) {
      setHistory(takeStep(history.value, next.edits, step))
    }
  }

  return {
    fieldTypes,
    release,
    draft,
    components,
    isLoaded,
    model: computed(() => compiled.value.model),
    problems: computed(() => compiled.value.problems),
    changeSet: sync.changeSet,
    saveState: sync.state,
    saveError: sync.error,
    changeCount: computed(() => draft.value.edits.size),
    nextUndo: computed(() => history.value.past.at(-1)?.label),
    nextRedo: computed(() => history.value.future.at(-1)?.label),
    load,
    takeRelease,
    takePublished,
    rebase,
    discard,
    apply,
    flush: sync.flush,
    requireChangeSet: sync.require,
    put: (component: Component, step: StepName) =>
      apply(step, (one) => putComponent(one, component)),
    remove: (kind: Kind, name: string, step: StepName) =>
      apply(step, (one) => removeComponent(one, kind, name)),
    revert: (kind: Kind, name: string, step: StepName) =>
      apply(step, (one) => revertComponent(one, kind, name)),
    undo: () => setHistory(undo(history.value)),
    redo: () => setHistory(redo(history.value)),
    definition: <K extends Kind>(kind: K, name: string): Definitions[K] | undefined =>
      definitionOf(draft.value, kind, name),
  }
})

async function loadReleased(): Promise<Released> {
  const kinds = Object.keys(KINDS) as Kind[]
  const lists = await Promise.all(kinds.map((kind) => loadComponents(kind)))
  return new Map(
    lists.flat().map((component) => [keyOf(component.kind, component.name), component]),
  )
}

/** The label of a component in one language; its own name where it has none. */
export function labelOf(component: Component, locale: Locale): string {
  const definition = component.definition as { label?: LocalizedText }
  const own = component.name.slice(component.name.indexOf('.') + 1)
  return localize(definition.label, locale, own)
}
