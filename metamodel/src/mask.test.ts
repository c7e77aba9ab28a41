import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { MASKS, maskText } from './mask.ts'

describe('maskText', () => {
  it.each([
    ['phone', '13812348000', '138****8000'],
    ['phone', '021-5566', '****'],
    ['phone', '123456789', '123****6789'],
    ['id_number', '310101199001011234', '310101****1234'],
    ['id_number', '31010119900', '****'],
    ['bank_account', '6222020200112233', '****2233'],
    ['bank_account', '12345', '****'],
    ['name', '王小明', '王****'],
    ['name', '王', '王****'],
    ['name', '😀x', '😀****'],
    ['email', 'ann@example.com', 'a****@example.com'],
    ['email', 'a@example.com', '****@example.com'],
    ['email', 'no address', '****'],
    ['email', '@example.com', '****'],
    ['amount', '12345.67', '****'],
    ['full', 'anything', '****'],
    ['full', '', '****'],
  ] as const)('%s of %s is %s', (mask, text, shown) => {
    expect(maskText(mask, text)).toBe(shown)
  })

  it('never tells the whole, and never how long it is', () => {
    fc.assert(
      fc.property(fc.constantFrom(...MASKS), fc.string({ unit: 'grapheme' }), (mask, text) => {
        const shown = maskText(mask, text)
        expect(shown).toContain('****')
        expect(shown).not.toBe(text === '****' ? undefined : text)
        const kept = [...shown.replace('****', '')].length
        expect(kept).toBeLessThanOrEqual(Math.max([...text].length - (mask === 'name' ? 0 : 1), 1))
      }),
    )
  })
})
