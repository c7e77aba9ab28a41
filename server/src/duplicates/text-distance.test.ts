import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { damerauDistance, jaroWinkler } from './text-distance.ts'

const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '中'), maxLength: 9 })

describe('damerauDistance', () => {
  it.each([
    ['', '', 0],
    ['abc', 'abc', 0],
    ['abc', 'acb', 1],
    ['abc', 'ab', 1],
    ['abc', 'abd', 1],
    ['kitten', 'sitting', 3],
    ['ca', 'abc', 3],
  ])('%j and %j are %d apart', (one, other, steps) => {
    expect(damerauDistance(one, other, 9)).toBe(steps)
  })

  it('is the same both ways, nothing only for equals, and never more than the limit and one', () => {
    fc.assert(
      fc.property(word, word, fc.nat(5), (one, other, limit) => {
        const steps = damerauDistance(one, other, limit)
        expect(steps).toBe(damerauDistance(other, one, limit))
        expect(steps === 0).toBe(one === other)
        expect(steps).toBe(Math.min(damerauDistance(one, other, 20), limit + 1))
      }),
    )
  })

  it('counts one for a letter left out or two neighbours exchanged', () => {
    fc.assert(
      fc.property(word, fc.nat(), (text, seed) => {
        fc.pre(text.length > 1)
        const at = seed % (text.length - 1)
        expect(damerauDistance(text, text.slice(0, at) + text.slice(at + 1), 3)).toBe(1)
        const exchanged = text.slice(0, at) + text[at + 1] + text[at] + text.slice(at + 2)
        expect(damerauDistance(text, exchanged, 3)).toBe(exchanged === text ? 0 : 1)
      }),
    )
  })
})

describe('jaroWinkler', () => {
  it.each([
    ['martha', 'marhta', 0.961],
    ['dixon', 'dicksonx', 0.813],
    ['dwayne', 'duane', 0.84],
    ['abc', 'xyz', 0],
    ['', 'a', 0],
  ])('%j and %j are alike by %d', (one, other, likeness) => {
    expect(jaroWinkler(one, other)).toBeCloseTo(likeness, 3)
  })

  it('is the same both ways, between 0 and 1, and 1 for equals', () => {
    fc.assert(
      fc.property(word, word, (one, other) => {
        const likeness = jaroWinkler(one, other)
        expect(likeness).toBeCloseTo(jaroWinkler(other, one), 10)
        expect(likeness).toBeGreaterThanOrEqual(0)
        expect(likeness).toBeLessThanOrEqual(1)
        expect(jaroWinkler(one, one)).toBe(1)
      }),
    )
  })
})
