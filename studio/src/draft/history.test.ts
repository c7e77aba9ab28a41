import { describe, expect, it } from 'vitest'

import type { Edits } from './draft.ts'
import { redo, startHistory, takeStep, undo } from './history.ts'

const edits = (...names: string[]): Edits =>
  new Map(names.map((name) => [`field ${name}`, { op: 'delete' as const }]))

describe('history', () => {
  it('goes back and forth by named steps', () => {
    const one = takeStep(startHistory(edits()), edits('a'), { label: 'A' })
    const two = takeStep(one, edits('a', 'b'), { label: 'B' })
    const back = undo(two)
    expect(back.present).toEqual(edits('a'))
    expect(back.past.at(-1)?.label).toBe('A')
    expect(back.future.at(-1)?.label).toBe('B')
    expect(redo(back).present).toEqual(edits('a', 'b'))
    expect(undo(undo(back)).present).toEqual(edits())
  })

  it('counts what is typed into one input as one step', () => {
    const typed = ['H', 'He', 'Hel'].reduce(
      (history, text) => takeStep(history, edits(text), { label: 'Label', mark: 'label' }),
      startHistory(edits()),
    )
    expect(typed.past).toHaveLength(1)
    expect(undo(typed).present).toEqual(edits())
  })

  it('does not go on with a step that was undone', () => {
    const first = takeStep(startHistory(edits()), edits('a'), { label: 'A', mark: 'm' })
    const after = takeStep(undo(first), edits('b'), { label: 'B', mark: 'm' })
    expect(after.future).toEqual([])
    expect(undo(after).present).toEqual(edits())
  })

  it('stands still at its ends', () => {
    const history = startHistory(edits('a'))
    expect(undo(history)).toBe(history)
    expect(redo(history)).toBe(history)
  })

  it('remembers a hundred steps', () => {
    let history = startHistory(edits())
    for (let step = 0; step < 130; step++) {
      history = takeStep(history, edits(String(step)), { label: String(step) })
    }
    expect(history.past).toHaveLength(100)
    expect(history.past[0]?.label).toBe('30')
  })
})
