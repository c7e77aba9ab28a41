import { type ChangeSet, type Kind, KINDS, type Me } from '@trellis/metamodel'
import { isApiError } from '@trellis/runtime-ui/api'

import {
  discardChangeSet,
  listChangeSets,
  loadChangeSet,
  loadComponents,
} from '../api/metadata-api.ts'
import { diffEdits } from './diff-edits.ts'
import type { DraftState } from './draft-state.ts'
import { type Edits, editsOfChangeSet, keyOf, type Released } from './draft.ts'
import { mapHistory, startHistory } from './history.ts'
import { forgetHistory, recallHistory } from './kept-history.ts'
import { knownTypes } from './known-types.ts'
import { rebaseEdits } from './rebase-edits.ts'

/** How a draft begins, follows releases, and ends. */

/** Loads what is live and the open change set of this user. */
export async function loadDraft(state: DraftState, me: Me): Promise<void> {
  const [, mine] = await Promise.all([takeRelease(state, me.release), loadOpenSet(me)])
  begin(state, mine)
  state.isLoaded.value = true
}

/**
 * Takes what the same user has done in another window. What is not saved here stays: it goes to the server next, and
 * with it comes what the other window has.
 */
export async function takeSaved(state: DraftState, me: Me): Promise<void> {
  const { history, sync } = state
  const before = history.value.present
  const isAtRest = (): boolean =>
    sync.state.value === 'saved' && isSame(before, history.value.present)
  if (!isAtRest()) return
  const mine = await loadOpenSet(me)
  const isNews = !isSame(before, mine ? editsOfChangeSet(mine) : new Map())
  if (isNews && isAtRest()) begin(state, mine)
}

/** Takes a change set that was made elsewhere, e.g. of a package, instead of an own one without edits. */
export async function takeChangeSet(state: DraftState, changeSet: ChangeSet): Promise<void> {
  await dropChangeSet(state.sync.changeSet.value?.id)
  begin(state, changeSet)
}

async function loadOpenSet(me: Me): Promise<ChangeSet | undefined> {
  const mine = (await listChangeSets()).find(
    (one) => one.status === 'open' && one.created_by?.id === me.user.id,
  )
  return mine && loadChangeSet(mine.id)
}

function begin({ history, sync }: DraftState, changeSet: ChangeSet | undefined): void {
  sync.start(changeSet)
  const edits = changeSet ? editsOfChangeSet(changeSet) : new Map()
  history.value = changeSet ? recallHistory(changeSet.id, edits, isSame) : startHistory(edits)
}

function isSame(a: Edits, b: Edits): boolean {
  return diffEdits(a, b).length === 0
}

/**
 * Takes what is live now; the edits stay on top of it.
 * @returns the keys of what is edited here and was changed by others
 */
export async function takeRelease(state: DraftState, next: number): Promise<readonly string[]> {
  const live = await loadReleased()
  const before = state.released.value
  state.fieldTypes.value = knownTypes(live)
  state.release.value = next
  state.released.value = live
  const { touched } = rebaseEdits(state.history.value.present, before, live)
  if (touched.length > 0) {
    state.history.value = mapHistory(
      state.history.value,
      (edits) => rebaseEdits(edits, before, live).edits,
    )
    await moveChangeSet(state)
  }
  return touched
}

/** The own change set has become a release: nothing is open any more. */
export async function takePublished(state: DraftState, next: number): Promise<void> {
  const id = state.sync.changeSet.value?.id
  if (id !== undefined) forgetHistory(id)
  begin(state, undefined)
  await takeRelease(state, next)
}

/** Puts the edits on top of a release, in a change set that is based on it. */
export async function rebaseDraft(state: DraftState, next: number): Promise<void> {
  const touched = next === state.release.value ? [] : await takeRelease(state, next)
  if (touched.length === 0) await moveChangeSet(state)
}

/** Throws every edit away. */
export async function discardDraft(state: DraftState): Promise<void> {
  await dropChangeSet(state.sync.changeSet.value?.id)
  begin(state, undefined)
}

/** The same edits in a change set that is based on what is live now. */
async function moveChangeSet({ sync }: DraftState): Promise<void> {
  const old = sync.changeSet.value?.id
  sync.start(undefined)
  await sync.flush()
  await dropChangeSet(old)
}

/** It may have been published or discarded in another window: then there is nothing to discard. */
async function dropChangeSet(id: string | undefined): Promise<void> {
  if (id === undefined) return
  forgetHistory(id)
  await discardChangeSet(id).catch((failure: unknown) => {
    if (!isApiError(failure, 404) && !isApiError(failure, 409)) throw failure
  })
}

async function loadReleased(): Promise<Released> {
  const kinds = Object.keys(KINDS) as Kind[]
  const lists = await Promise.all(kinds.map((kind) => loadComponents(kind)))
  return new Map(
    lists.flat().map((component) => [keyOf(component.kind, component.name), component]),
  )
}
