import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { rmbCapitals } from './rmb-capitals.ts'

const DIGITS = '零壹贰叁肆伍陆柒捌玖'
const UNITS: Readonly<Record<string, number>> = { 拾: 10, 佰: 100, 仟: 1000 }

/** Reads capitals back into fen: the digits and their units alone, zeros say nothing. */
function readFen(text: string): number {
  const [, sign, yuan = '', rest = ''] = /^(负?)(?:(.*)元)?(.*)$/.exec(text) ?? []
  const fenOf = (unit: string): number => {
    const at = rest.indexOf(unit)
    return at > 0 ? DIGITS.indexOf(rest[at - 1] ?? '') : 0
  }
  const fen = readWhole(yuan) * 100 + fenOf('角') * 10 + fenOf('分')
  return sign === '负' ? -fen : fen
}

function readWhole(text: string): number {
  let total = 0
  let group = 0
  let digit = 0
  for (const character of text) {
    if (character === '亿' || character === '万') {
      total += (group + digit) * (character === '亿' ? 1e8 : 1e4)
      group = 0
      digit = 0
    } else if (character in UNITS) {
      group += digit * (UNITS[character] ?? 0)
      digit = 0
    } else digit = DIGITS.indexOf(character)
  }
  return total + group + digit
}

describe('an amount in capitals', () => {
  it.each([
    [0, '零元整'],
    [-0.001, '零元整'],
    [1, '壹元整'],
    [10, '壹拾元整'],
    [0.5, '伍角整'],
    [0.05, '伍分'],
    [0.55, '伍角伍分'],
    [1409.5, '壹仟肆佰零玖元伍角整'],
    [6007.14, '陆仟零柒元壹角肆分'],
    [1680.32, '壹仟陆佰捌拾元零叁角贰分'],
    [107000.53, '壹拾万柒仟元零伍角叁分'],
    [16409.02, '壹万陆仟肆佰零玖元零贰分'],
    [325.04, '叁佰贰拾伍元零肆分'],
    [100_000_001, '壹亿零壹元整'],
    [1_000_010_000, '壹拾亿零壹万元整'],
    [20_000_000, '贰仟万元整'],
    [10_010, '壹万零壹拾元整'],
    [-12.3, '负壹拾贰元叁角整'],
    ['999999999999.99', '玖仟玖佰玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分'],
    ['0.005', '壹分'],
  ])('%s is %s', (amount, words) => {
    expect(rmbCapitals(amount)).toBe(words)
  })

  it('is not made up for what is none', () => {
    expect([
      rmbCapitals('1e12'),
      rmbCapitals('999999999999.995'),
      rmbCapitals('x'),
      rmbCapitals(Number.NaN),
      rmbCapitals(Infinity),
    ]).toEqual([undefined, undefined, undefined, undefined, undefined])
  })

  it('says the amount and nothing else, whatever the amount', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -99_999_999_999_999n, max: 99_999_999_999_999n }), (fen) => {
        const text = fen.toString().replace('-', '').padStart(3, '0')
        const amount = `${fen < 0n ? '-' : ''}${text.slice(0, -2)}.${text.slice(-2)}`
        expect(readFen(rmbCapitals(amount) ?? '')).toBe(Number(fen))
      }),
    )
  })

  it('never has two zeros side by side, nor one at the end', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2_000_000_000 }),
        fc.integer({ min: 0, max: 99 }),
        (yuan, cents) => {
          const words = rmbCapitals(`${yuan}.${String(cents).padStart(2, '0')}`) ?? ''
          expect(words).not.toMatch(/零零|零元|零万|零亿|零整/)
          expect(words.startsWith('零')).toBe(false)
        },
      ),
    )
  })
})
