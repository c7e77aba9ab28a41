import type { Locale } from '../localized-text.ts'

/** Puts texts into the places `{0}`, `{1}`, `{all}` of a template; a number that was left out is 0. */
export function fill(template: string, texts: readonly string[], locale: Locale): string {
  const pieces = template.split(/\{(\d|all)\}/).map((piece, index) => {
    if (index % 2 === 0) return piece
    return piece === 'all' ? (texts[0] ?? '') : (texts[Number(piece)] ?? '0')
  })
  return locale === 'en-US' ? pieces.join('') : glue(pieces, locale)
}

const LATIN = /[A-Za-z0-9+\-.%]/
const HAN = /\p{Script=Han}/u

/** Joins words: with spaces in English; in Chinese only between Chinese characters and other writing. */
export function glue(pieces: readonly string[], locale: Locale): string {
  const words = pieces.filter((piece) => piece !== '')
  if (locale === 'en-US') return words.join(' ')
  return words.reduce((text, word) => {
    const [left, right] = [text.at(-1) ?? '', word.at(0) ?? '']
    const isBoundary =
      (LATIN.test(left) && HAN.test(right)) || (HAN.test(left) && LATIN.test(right))
    return isBoundary ? `${text} ${word}` : text + word
  }, '')
}

/** "a, b and c", or "a, b, c" with a comma as the last separator; in Chinese "a、b、c". */
export function enumerate(texts: readonly string[], locale: Locale, last: ' and ' | ', '): string {
  if (locale === 'zh-CN') return texts.join('、')
  const end = texts.at(-1)
  if (texts.length < 2 || end === undefined) return texts.join('')
  return `${texts.slice(0, -1).join(', ')}${last}${end}`
}

/** A value of a checkbox in words. */
export function yesOrNo(value: boolean, locale: Locale): string {
  if (locale === 'en-US') return value ? 'yes' : 'no'
  return value ? '是' : '否'
}
