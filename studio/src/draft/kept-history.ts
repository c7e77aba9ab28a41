import type { Edit, Edits } from './draft.ts'
import { type History, type HistoryStep, startHistory } from './history.ts'

/** The way back and forth of a change set, kept in the browser so that undo survives a reload. */

type KeptEdits = [key: string, edit: Edit][]
interface KeptStep {
  label: string
  before: KeptEdits
}
interface KeptHistory {
  present: KeptEdits
  past: KeptStep[]
  future: KeptStep[]
}

const MOST_KEPT = 30
const keyOfSet = (changeSet: string): string => `trellis.studio.history.${changeSet}`

/** Keeps the last steps; a full storage keeps none, which costs only the undo after a reload. */
export function keepHistory(changeSet: string, history: History): void {
  const kept: KeptHistory = {
    present: [...history.present],
    past: history.past.slice(-MOST_KEPT).map(keptStep),
    future: history.future.slice(-MOST_KEPT).map(keptStep),
  }
  try {
    localStorage.setItem(keyOfSet(changeSet), JSON.stringify(kept))
  } catch {
    forgetHistory(changeSet)
  }
}

export function forgetHistory(changeSet: string): void {
  localStorage.removeItem(keyOfSet(changeSet))
}

/** The history that was kept, if it ends at the edits that the server has; otherwise one that begins there. */
export function recallHistory(
  changeSet: string,
  present: Edits,
  isSame: (a: Edits, b: Edits) => boolean,
): History {
  const text = localStorage.getItem(keyOfSet(changeSet))
  if (text === null) return startHistory(present)
  const kept = JSON.parse(text) as KeptHistory
  if (!isSame(new Map(kept.present), present)) return startHistory(present)
  return { present, past: kept.past.map(stepOf), future: kept.future.map(stepOf) }
}

function keptStep(step: HistoryStep): KeptStep {
  return { label: step.label, before: [...step.before] }
}

function stepOf(step: KeptStep): HistoryStep {
  return { label: step.label, before: new Map(step.before) }
}
