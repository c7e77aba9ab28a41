import { describe, expect, it } from 'vitest'

import { sliceColors } from './slice-colors.ts'

describe('sliceColors', () => {
  const palette = ['blue', 'teal', 'red']

  it('keeps what a value has of its own, and gives a free one to the second of the same', () => {
    expect(sliceColors(['blue', 'blue', 'red'], palette)).toEqual(['blue', 'teal', 'red'])
    expect(sliceColors([undefined, 'blue'], palette)).toEqual(['teal', 'blue'])
  })

  it('comes round again where the palette ends', () => {
    expect(sliceColors([undefined, undefined, undefined, undefined], palette)).toEqual([
      'blue',
      'teal',
      'red',
      'blue',
    ])
  })
})
