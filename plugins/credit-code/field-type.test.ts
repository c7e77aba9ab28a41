import { describe, expect, it } from 'vitest'

import { codeBlocks } from './code-blocks.ts'
import { describeEntry, normalizeEntry } from './describe-entry.ts'
import { checkCharacter, creditCode, isCreditCode } from './field-type.ts'

const CHARACTERS = '0123456789ABCDEFGHJKLMNPQRTUWXY'
const VALID = ['91350100M000100Y43', '91110108551385082Q', '91440300708461136T']
const INVALID = ['91350100M000100Y4Z', '91310115MA1H8R7C6D']

/** Codes from a fixed sequence, each completed with its check character. */
function makeCodes(count: number): string[] {
  let state = 20_261_122
  const next = (): number => {
    state = (state * 48_271) % 2_147_483_647
    return state
  }
  return Array.from({ length: count }, () => {
    const body = Array.from({ length: 17 }, () => CHARACTERS[next() % 31]).join('')
    return `${body}${checkCharacter(body)}`
  })
}

function* singleChanges(code: string): Generator<string> {
  for (let at = 0; at < code.length; at++) {
    for (const character of CHARACTERS) {
      if (character !== code[at]) yield `${code.slice(0, at)}${character}${code.slice(at + 1)}`
    }
  }
}

describe('credit codes', () => {
  it('hold as GB 32100-2015 has them', () => {
    expect(VALID.filter((code) => !isCreditCode(code))).toEqual([])
    expect(INVALID.filter(isCreditCode)).toEqual([])
  })

  it('are read with spaces, hyphens, small letters and full-width characters', () => {
    expect(creditCode.parseText(' 91350100-m000100y43 ', {})).toEqual({ value: VALID[0] })
    expect(creditCode.parse('９１３５０１００Ｍ０００１００Ｙ４３', {})).toEqual({
      value: VALID[0],
    })
    expect(creditCode.parse(null, {})).toEqual({ value: null })
    expect(creditCode.parse('', {})).toEqual({ value: null })
  })

  it('are refused with the reason', () => {
    const code = (text: unknown): string => {
      const parsed = creditCode.parse(text, {})
      return 'fault' in parsed ? parsed.fault.code : 'none'
    }
    expect(code('9135')).toBe('wrong_length')
    expect(code('91350100M000100Y4Z')).toBe('wrong_check_character')
    expect(code('9135O100M000100Y43')).toBe('wrong_character')
    expect(code(91)).toBe('wrong_type')
  })

  it('show every change of a single character', () => {
    for (const code of [...VALID, ...makeCodes(200)]) {
      expect(isCreditCode(code)).toBe(true)
      expect([...singleChanges(code)].filter(isCreditCode)).toEqual([])
    }
  })

  it('are shown in blocks that make up the code', () => {
    expect(codeBlocks('91350100M000100Y43')).toEqual(['91', '350100', 'M000100Y4', '3'])
    for (const text of ['', '9', '913501', ...makeCodes(20), '91350100M000100Y43XX']) {
      expect(codeBlocks(text).join('')).toBe(text)
    }
  })

  it('are judged while they are typed, and not before there is a reason', () => {
    expect(normalizeEntry(' 9135-0100 m')).toBe('91350100M')
    expect(describeEntry('', 'en-US')).toBeUndefined()
    expect(describeEntry('9135', 'en-US')).toEqual({ tone: 'neutral', text: '4 / 18' })
    expect(describeEntry('9135O', 'en-US')?.tone).toBe('wrong')
    expect(describeEntry('91350100M000100Y43', 'zh-CN')).toEqual({ tone: 'good', text: '校验通过' })
    expect(describeEntry('91350100M000100Y4X', 'en-US')?.tone).toBe('wrong')
    expect(describeEntry('91350100M000100Y431', 'en-US')?.tone).toBe('wrong')
  })
})
