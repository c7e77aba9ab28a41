import {
  type ChangeSet,
  type Component,
  type Definitions,
  type Kind,
  type Locale,
  localize,
  type LocalizedText,
  type Me,
} from '@trellis/metamodel'
import { defineStore } from 'pinia'
import { computed } from 'vue'

import { compileDraft } from './compile-draft.ts'
import { diffEdits } from './diff-edits.ts'
import {
  discardDraft,
  loadDraft,
  rebaseDraft,
  takeChangeSet,
  takePublished,
  takeRelease,
  takeSaved,
} from './draft-lifecycle.ts'
import { createDraftState, setHistory } from './draft-state.ts'
import {
  componentsOf,
  definitionOf,
  type Draft,
  putComponent,
  removeComponent,
  revertComponent,
} from './draft.ts'
import { redo, takeStep, undo } from './history.ts'
import { listEdits } from './list-edits.ts'
import { settled } from './settled.ts'

/** What a step is called in the list of steps, and with which steps it is one. */
export interface StepName {
  label: string
  mark?: string
}

const COMPILE_DELAY = 150

/** The one draft of the studio: what is live, the open change set on top, and the way back. */
export const useDraft = defineStore('draft', () => {
  const state = createDraftState()
  const { draft, history, sync } = state
  /** Compiling all takes some tens of milliseconds: while a text is typed it waits for a rest. */
  const compiled = settled(
    () => draft.value,
    (given) => compileDraft(given, state.fieldTypes.value),
    {
      delay: COMPILE_DELAY,
      atOnce: () => `${state.release.value} ${[...draft.value.edits.keys()].join()}`,
    },
  )

  const changes = computed(() => listEdits(draft.value, state.fieldTypes.value))

  /** Does something to the draft; what changes nothing is no step. */
  function apply(step: StepName, command: (draft: Draft) => Draft): void {
    const next = command(draft.value)
    if (diffEdits(draft.value.edits, next.edits).length > 0) {
      setHistory(state, takeStep(history.value, next.edits, step))
    }
  }

  return {
    fieldTypes: state.fieldTypes,
    release: state.release,
    draft,
    components: computed(() => componentsOf(draft.value)),
    isLoaded: state.isLoaded,
    model: computed(() => compiled.value.model),
    problems: computed(() => compiled.value.problems),
    changeSet: sync.changeSet,
    saveState: sync.state,
    saveError: sync.error,
    changes,
    changeCount: computed(
      () => changes.value.filter(({ follows }) => !follows).length || draft.value.edits.size,
    ),
    nextUndo: computed(() => history.value.past.at(-1)?.label),
    nextRedo: computed(() => history.value.future.at(-1)?.label),
    load: (me: Me) => loadDraft(state, me),
    takeSaved: (me: Me) => takeSaved(state, me),
    takeChangeSet: (changeSet: ChangeSet) => takeChangeSet(state, changeSet),
    takeRelease: (next: number) => takeRelease(state, next),
    takePublished: (next: number) => takePublished(state, next),
    rebase: (next: number) => rebaseDraft(state, next),
    discard: () => discardDraft(state),
    flush: () => sync.flush(),
    requireChangeSet: () => sync.require(),
    apply,
    put: (component: Component, step: StepName) =>
      apply(step, (one) => putComponent(one, component)),
    remove: (kind: Kind, name: string, step: StepName) =>
      apply(step, (one) => removeComponent(one, kind, name)),
    revert: (kind: Kind, name: string, step: StepName) =>
      apply(step, (one) => revertComponent(one, kind, name)),
    undo: () => setHistory(state, undo(history.value)),
    redo: () => setHistory(state, redo(history.value)),
    definition: <K extends Kind>(kind: K, name: string): Definitions[K] | undefined =>
      definitionOf(draft.value, kind, name),
  }
})

/** What everybody has who made none of their own is seldom given a label. */
const DEFAULT_LABEL = { 'zh-CN': '默认', 'en-US': 'Default' }

/** The label of a component in one language; of a rule without one what it says, otherwise its own name. */
export function labelOf(component: Component, locale: Locale): string {
  const { label, message } = component.definition as {
    label?: LocalizedText
    message?: LocalizedText
  }
  const own = component.name.slice(component.name.indexOf('.') + 1)
  return localize(label ?? message ?? (own === 'default' ? DEFAULT_LABEL : undefined), locale, own)
}
