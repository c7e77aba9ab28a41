import { describe, expect, it } from 'vitest'

import { compareLists } from './list-changes.ts'

describe('changes of a list', () => {
  it('are told entry by entry', () => {
    const old = [{ code: 'a', label: 'A' }, { code: 'b', label: 'B' }, { code: 'c' }]
    const next = [
      { code: 'a', label: 'A' },
      { code: 'c' },
      { code: 'b', label: 'Bee' },
      { code: 'd' },
    ]
    expect(compareLists(old, next)).toEqual({
      added: [{ code: 'd' }],
      removed: [],
      changed: [{ old: { code: 'b', label: 'B' }, new: { code: 'b', label: 'Bee' } }],
      isReordered: true,
    })
  })

  it('are none where only something is added or taken away at the end', () => {
    expect(compareLists(['name', 'city'], ['name', 'city', 'owner'])).toMatchObject({
      added: ['owner'],
      isReordered: false,
    })
    expect(compareLists(['name', 'city', 'owner'], ['name', 'owner'])).toMatchObject({
      removed: ['city'],
      isReordered: false,
    })
  })
})
