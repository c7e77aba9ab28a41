/** One way of writing: full and half width, case and space do not matter, nor marks over letters. */
export function foldText(text: string): string {
  return text
    .normalize('NFKD')
    .replace(MARKS, '')
    .normalize('NFC')
    .toLowerCase()
    .trim()
    .replace(SPACES, ' ')
}

/** The same, with punctuation gone: what remains are letters, digits and single spaces. */
export function normaliseText(text: string): string {
  return foldText(text).replace(APOSTROPHES, '').replace(PUNCTUATION, ' ').trim()
}

const MARKS = /[\u0300-\u036f]/g
const SPACES = /\s+/g
const APOSTROPHES = /['’‘`´]/g
const PUNCTUATION = /[^\p{L}\p{N}]+/gu
