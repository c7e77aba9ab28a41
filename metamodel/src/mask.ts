/** The ways in which a value can be shown without being told. */
export const MASKS = [
  'full',
  'name',
  'phone',
  'email',
  'id_number',
  'bank_account',
  'amount',
] as const
export type Mask = (typeof MASKS)[number]

/** What stands for the letters that are kept back; its length says nothing about theirs. */
const HIDDEN = '****'

/**
 * What may be shown of a value. A text too short to be told apart from what is hidden of it is hidden as a whole.
 * @example maskText('phone', '13812348000') // '138****8000'
 * @example maskText('email', 'ann@example.com') // 'a****@example.com'
 */
export function maskText(mask: Mask, text: string): string {
  const letters = [...text]
  switch (mask) {
    case 'phone':
      return around(letters, 3, 4)
    case 'id_number':
      return around(letters, 6, 4)
    case 'bank_account':
      return around(letters, 0, 4)
    case 'name':
      return around(letters, 1, 0)
    case 'email':
      return maskEmail(text)
    case 'amount':
    case 'full':
      return HIDDEN
  }
}

// At least as much is hidden as is shown of the shorter end; else the whole could be guessed.
const LEAST_HIDDEN = 2

function around(letters: readonly string[], first: number, last: number): string {
  if (letters.length < first + last + LEAST_HIDDEN && first + last > 1) return HIDDEN
  const end = last === 0 ? '' : letters.slice(-last).join('')
  return `${letters.slice(0, first).join('')}${HIDDEN}${end}`
}

function maskEmail(text: string): string {
  const at = text.lastIndexOf('@')
  if (at < 1) return HIDDEN
  const [first = ''] = text
  return `${at > 1 ? first : ''}${HIDDEN}${text.slice(at)}`
}
