import type { Edits } from './draft.ts'

/** One thing that was done: how the edits were before it, and what it is called. */
export interface HistoryStep {
  label: string
  before: Edits
  /** Steps with the same mark follow each other as one (typing in one input). */
  mark?: string
}

/** The edits now, and the way to where they were and back. A value. */
export interface History {
  past: readonly HistoryStep[]
  present: Edits
  /** The step that redo would take again is the last. */
  future: readonly HistoryStep[]
}

const MOST_STEPS = 100

export function startHistory(present: Edits): History {
  return { past: [], present, future: [] }
}

/** The edits become `next`; what was undone before can no longer be done again. */
export function takeStep(
  history: History,
  next: Edits,
  step: { label: string; mark?: string },
): History {
  const last = history.past.at(-1)
  const isSame = step.mark !== undefined && last?.mark === step.mark && history.future.length === 0
  if (isSame) return { ...history, present: next }
  const past = [...history.past, { ...step, before: history.present }].slice(-MOST_STEPS)
  return { past, present: next, future: [] }
}

/** Back by one step; the same history if there is none. */
export function undo(history: History): History {
  const last = history.past.at(-1)
  if (!last) return history
  const undone = { label: last.label, before: history.present }
  return {
    past: history.past.slice(0, -1),
    present: last.before,
    future: [...history.future, undone],
  }
}

/** Forward again by one step; the same history if there is none. */
export function redo(history: History): History {
  const next = history.future.at(-1)
  if (!next) return history
  const done = { label: next.label, before: history.present }
  return {
    past: [...history.past, done],
    present: next.before,
    future: history.future.slice(0, -1),
  }
}

/** The same steps with all edits moved, e.g. onto another release. */
export function mapHistory(history: History, move: (edits: Edits) => Edits): History {
  const step = (one: HistoryStep): HistoryStep => ({ ...one, before: move(one.before) })
  return {
    past: history.past.map(step),
    present: move(history.present),
    future: history.future.map(step),
  }
}
