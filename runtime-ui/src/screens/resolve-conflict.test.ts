import { describe, expect, it } from 'vitest'

import { diffRecord } from './diff-record.ts'
import { resolveConflict } from './resolve-conflict.ts'

describe('diffRecord', () => {
  it('carries what differs, in written form', () => {
    const before = {
      a: 'x',
      owner: { id: '1', name: 'A' },
      list: ['b'],
      same: { id: '2', name: 'old name' },
    }
    const after = {
      a: '',
      owner: { id: '3', name: 'C' },
      list: [],
      same: { id: '2', name: 'new name' },
      b: undefined,
    }
    expect(diffRecord(before, after, ['a', 'owner', 'list', 'same', 'b'])).toEqual({
      a: null,
      owner: '3',
      list: null,
    })
  })

  it('carries a value whole that only looks like a reference', () => {
    const whole = (_name: string, value: unknown): unknown => value
    const [before, after] = [{ settings: { id: 1, a: 1 } }, { settings: { id: 1, a: 2 } }]
    expect(diffRecord(before, after, ['settings'], whole)).toEqual(after)
    expect(diffRecord(before, before, ['settings'], whole)).toEqual({})
  })
})

describe('resolveConflict', () => {
  const base = { version: 1, a: '1', b: '1', c: '1', d: '1' }

  it('keeps both sides where they do not meet', () => {
    const merged = resolveConflict(
      { base, mine: { ...base, a: 'mine' }, theirs: { ...base, version: 2, b: 'theirs' } },
      ['a', 'b', 'c'],
    )
    expect(merged).toEqual({
      values: { version: 2, a: 'mine', b: 'theirs', c: '1', d: '1' },
      conflicts: [],
      theirsOnly: ['b'],
    })
  })

  it('finds the fields that both changed, not those changed alike', () => {
    const mine = { ...base, a: 'mine', c: 'same' }
    const theirs = { ...base, version: 2, a: 'theirs', c: 'same' }
    const { conflicts, theirsOnly } = resolveConflict({ base, mine, theirs }, ['a', 'b', 'c'])
    expect(conflicts).toEqual([{ field: 'a', base: '1', mine: 'mine', theirs: 'theirs' }])
    expect(theirsOnly).toEqual([])
  })
})
