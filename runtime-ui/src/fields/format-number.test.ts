import { describe, expect, it } from 'vitest'

import {
  formatMoney,
  formatNumber,
  formatShort,
  formatShortMoney,
  parseTypedNumber,
} from './format-number.ts'

const chinese = { locale: 'zh-CN', timeZone: 'Asia/Shanghai', currency: 'CNY' } as const
const english = { ...chinese, locale: 'en-US' } as const

describe('a number as people type it', () => {
  it.each([
    ['1280000', 1_280_000],
    ['1,280,000.50', 1_280_000.5],
    ['¥1,280', 1280],
    ['１２．５', 12.5],
    ['1.5万', 15_000],
    ['2.3亿', 230_000_000],
    ['12.5%', 12.5],
    ['-3k', -3000],
    ['.5', 0.5],
    ['1.1万', 11_000],
  ])('%s is %d', (text, value) => {
    expect(parseTypedNumber(text)).toBe(value)
  })

  it.each(['', 'abc', '1,28', '1.2.3', '--1', '¥', '万'])('"%s" is none', (text) => {
    expect(parseTypedNumber(text)).toBeUndefined()
  })
})

describe('a number as it is written', () => {
  it('has thousands and the decimals of its field', () => {
    expect(formatNumber(1_280_000.5, 'zh-CN', 2)).toBe('1,280,000.50')
    expect(formatMoney(1_280_000, chinese)).toBe('¥1,280,000.00')
    expect(formatMoney(-12.5, chinese)).toBe('-¥12.50')
  })

  it('leaves the decimals of a whole amount out in a cell', () => {
    expect(formatMoney(1280, chinese, { short: true })).toBe('¥1,280')
    expect(formatMoney(1280.5, chinese, { short: true })).toBe('¥1,280.50')
  })

  it('is short by the words of the language', () => {
    expect(formatShort(48_200_000, 'zh-CN')).toBe('4,820万')
    expect(formatShort(48_200_000, 'en-US')).toBe('48.2M')
    expect(formatShortMoney(25_750_000, chinese)).toBe('¥2,575万')
    expect(formatShortMoney(25_750_000, chinese, 3)).toBe('¥2,580万')
    expect(formatShortMoney(230_000_000, chinese)).toBe('¥2.3亿')
    expect(formatShortMoney(310_000, english)).toBe('¥310K')
  })
})
