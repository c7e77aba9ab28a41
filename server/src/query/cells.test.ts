import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { BoundedCache } from './bounded-cache.ts'
import { listToJson, quote, toMoment, trimNumber } from './cells.ts'
import { compileEmitter } from './compile-emitter.ts'
import { listOf } from './parse-filter.ts'

describe('cells of text', () => {
  it('become JSON exactly', () => {
    const numbers = [
      '0',
      '-0.50',
      '12.00',
      '100',
      '0.00',
      '9999999999999.99',
      '0.000000010',
      '1000',
    ]
    expect(numbers.map(trimNumber)).toEqual([
      '0',
      '-0.5',
      '12',
      '100',
      '0',
      '9999999999999.99',
      '0.00000001',
      '1000',
    ])
    expect(toMoment('2026-11-21 08:00:00+00')).toBe('2026-11-21T08:00:00.000Z')
    expect(toMoment('2026-11-21 08:00:00.5+00')).toBe('2026-11-21T08:00:00.500Z')
    expect(toMoment('2026-11-21 08:00:00.123999+00')).toBe('2026-11-21T08:00:00.123Z')
    expect(toMoment('0001-01-01 00:00:00+00')).toBe('0001-01-01T00:00:00.000Z')
    expect(listToJson('{}')).toBe('[]')
    expect(listToJson(String.raw`{a,"b c","NULL","q\"u\\o,te"}`)).toBe(
      JSON.stringify(['a', 'b c', 'NULL', 'q"u\\o,te']),
    )
  })

  it('of any text read back as that text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(JSON.parse(quote(text))).toBe(text)
      }),
    )
  })

  it('are written by a compiled emitter', () => {
    const emit = compileEmitter([
      { key: 'id', cell: 0, write: quote },
      {
        key: 'account',
        id: 1,
        name: 2,
        tellName: (name) => name ?? null,
        parts: [{ key: 'employees', cell: 3, write: trimNumber }],
      },
    ])
    expect(emit(['x', null, null, null])).toBe('{"id":"x","account":null}')
    expect(emit(['x', 'y', null, '5.0'])).toBe(
      '{"id":"x","account":{"id":"y","name":null,"employees":5}}',
    )
  })
})

describe('a comma list', () => {
  it('may hold commas and quotes in quotes', () => {
    expect(listOf(['a,b', 'c'])).toEqual(['a', 'b', 'c'])
    expect(listOf(['"a,b",c,"say ""hi"""'])).toEqual(['a,b', 'c', 'say "hi"'])
    expect(listOf(['', 'a,,b'])).toEqual(['a', '', 'b'])
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 2 }), (members) => {
        const text = members.map((member) => `"${member.replaceAll('"', '""')}"`).join()
        expect(listOf([text])).toEqual(members)
      }),
    )
  })
})

describe('a bounded cache', () => {
  it('forgets what was used longest ago', () => {
    const cache = new BoundedCache<number>(2)
    cache.keep('a', 1)
    cache.keep('b', 2)
    expect(cache.find('a')).toBe(1)
    expect(cache.get('c', () => 3)).toBe(3)
    expect([cache.find('b'), cache.find('a'), cache.size]).toEqual([undefined, 1, 2])
  })
})
