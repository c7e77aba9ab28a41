import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { RequestError } from '../errors.ts'
import { isCarriedExactly } from './json-text.ts'
import { parseJson } from './parse-json.ts'

function refusal(text: string): { path: string; message: string } {
  try {
    parseJson(text)
  } catch (error) {
    if (!(error instanceof RequestError) || error.code !== 'malformed') throw error
    const [first] = error.details.failures ?? []
    return { path: first?.path ?? '', message: first?.message['en-US'] ?? '' }
  }
  throw new Error(`Not refused: ${text}`)
}

function nested(depth: number): string {
  return '['.repeat(depth) + ']'.repeat(depth)
}

describe('parseJson', () => {
  it('reads what JSON.parse reads', () => {
    const text = '{"a":[1,-2.50,"x\\"}:{",{"b":null}],"c":true,"d":"\\u00e9","e":{}}'
    expect(parseJson(text)).toEqual(JSON.parse(text))
  })

  it('refuses an empty body and what is not JSON', () => {
    expect(refusal('').message).toContain('empty')
    expect(refusal(' \n').message).toContain('empty')
    expect(refusal('{"a":1,}').message).toContain('not JSON')
    expect(refusal("{'a':1}").message).toContain('not JSON')
    expect(refusal('NaN').message).toContain('not JSON')
  })

  it('names a key that is given twice, however it is spelled', () => {
    expect(refusal('{"a":1,"b":2,"a":3}').path).toBe('a')
    expect(refusal('{"x":[{"k":1},{"k":1,"\\u006b":2}]}').path).toBe('x.1.k')
    expect(parseJson('[{"a":1},{"a":2}]')).toEqual([{ a: 1 }, { a: 2 }])
    expect(parseJson('{"a":{"a":{"a":"a"}}}')).toEqual({ a: { a: { a: 'a' } } })
  })

  it('names a number that a double cannot carry', () => {
    expect(refusal('{"n":9007199254740993}')).toMatchObject({ path: 'n' })
    expect(refusal('{"a":[0,{"n":0.1234567890123456789}]}').path).toBe('a.1.n')
    expect(refusal('[1e400]').message).toContain('1e400')
    expect(refusal('[1e-400]').message).toContain('1e-400')
    expect(refusal('12345678901234567890').path).toBe('')
  })

  it('takes every number of at most 15 digits, and longer ones that survive', () => {
    for (const text of [
      '0',
      '-0',
      '-0.0',
      '123456789012345',
      '0.100000000000000',
      '1E3',
      '-2.5e-7',
    ]) {
      expect(parseJson(text)).toBe(Number(text))
    }
    expect(parseJson('9007199254740992')).toBe(9007199254740992)
    expect(parseJson('10000000000000000000')).toBe(1e19)
    fc.assert(
      fc.property(fc.bigInt(-(10n ** 15n) + 1n, 10n ** 15n - 1n), fc.nat(15), (digits, scale) => {
        const sign = digits < 0n ? '-' : ''
        const plain = String(digits < 0n ? -digits : digits).padStart(scale + 1, '0')
        const at = plain.length - scale
        const literal =
          scale === 0 ? sign + plain : `${sign}${plain.slice(0, at)}.${plain.slice(at)}`
        expect(isCarriedExactly(literal)).toBe(true)
      }),
    )
  })

  it('agrees with what the double prints back', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(isCarriedExactly(String(value))).toBe(true)
        expect(isCarriedExactly(value.toExponential())).toBe(true)
      }),
    )
  })

  it('refuses NUL, half characters and __proto__, in keys and in values', () => {
    expect(refusal('{"a":["x\\u0000"]}')).toMatchObject({ path: 'a.0' })
    expect(refusal('{"a\\u0000":1}').message).toContain('NUL')
    expect(refusal('{"a":"\\ud800"}').message).toContain('half')
    expect(refusal('{"a":{"__proto__":{"b":1}}}').path).toBe('a.__proto__')
    expect(parseJson('{"a":"\\ud83d\\ude00"}')).toEqual({ a: '😀' })
  })

  it('refuses nesting deeper than 32 levels without exhausting the stack', () => {
    expect(parseJson(nested(32))).toBeInstanceOf(Array)
    expect(refusal(nested(33)).message).toContain('32')
    expect(refusal(nested(200_000)).message).toContain('32')
    expect(refusal(`${'{"a":'.repeat(40)}1${'}'.repeat(40)}`).message).toContain('32')
  })

  it('takes any JSON that has no fault, unchanged', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6, noUnicodeString: false }), (value) => {
        const text = JSON.stringify(value)
        if (/\\u0000|\\ud[89a-f]|__proto__/i.test(text)) return
        expect(parseJson(text)).toEqual(JSON.parse(text))
      }),
    )
  })
})
