import { Decimal } from 'decimal.js'

const DIGITS = '零壹贰叁肆伍陆柒捌玖'
const PLACES = ['', '拾', '佰', '仟']
const GROUPS = ['', '万', '亿']
const LIMIT = new Decimal('1e12')

/**
 * An amount in Chinese capitals, as cheques and contracts have it, to the fen (half up).
 *
 * @example
 * rmbCapitals('1680.32') // 壹仟陆佰捌拾元零叁角贰分
 * rmbCapitals(107000.53) // 壹拾万柒仟元零伍角叁分
 * rmbCapitals(0) // 零元整
 * @returns undefined for what is no number, or from 1,0000 亿 on
 */
export function rmbCapitals(amount: string | number): string | undefined {
  const exact = toDecimal(amount)
  if (exact === undefined) return undefined
  const rounded = exact.abs().toDecimalPlaces(2, Decimal.ROUND_HALF_UP)
  if (rounded.gte(LIMIT)) return undefined
  const [whole = '0', cents = '00'] = rounded.toFixed(2).split('.')
  const yuan = wholeInWords(whole)
  const text = yuan === '' ? centsInWords(cents, '') : `${yuan}元${centsInWords(cents, whole)}`
  if (yuan === '' && cents === '00') return '零元整'
  return exact.isNegative() ? `负${text}` : text
}

function toDecimal(amount: string | number): Decimal | undefined {
  try {
    const exact = new Decimal(amount)
    return exact.isFinite() ? exact : undefined
  } catch {
    return undefined
  }
}

/** The yuan by groups of four digits; a gap of zeros within or between groups is said once. */
function wholeInWords(whole: string): string {
  const padded = whole.padStart(12, '0')
  const groups = [padded.slice(0, 4), padded.slice(4, 8), padded.slice(8)]
  let words = ''
  let isGap = false
  groups.forEach((group, index) => {
    if (Number(group) === 0) {
      isGap = words !== ''
      return
    }
    const needsZero = words !== '' && (isGap || group.startsWith('0'))
    words += `${needsZero ? '零' : ''}${groupInWords(group)}${GROUPS[2 - index]}`
    isGap = false
  })
  return words
}

function groupInWords(group: string): string {
  let words = ''
  let isGap = false
  for (const [index, digit] of [...group].entries()) {
    if (digit === '0') {
      isGap = words !== ''
      continue
    }
    words += `${isGap ? '零' : ''}${DIGITS[Number(digit)]}${PLACES[3 - index]}`
    isGap = false
  }
  return words
}

/** Jiao and fen. After yuan, a missing jiao is said as zero, and so is a missing digit of yuan before a jiao. */
function centsInWords(cents: string, whole: string): string {
  const [jiao = '0', fen = '0'] = cents
  if (cents === '00') return '整'
  const fenWords = fen === '0' ? '整' : `${DIGITS[Number(fen)]}分`
  if (jiao === '0') return `${whole === '' ? '' : '零'}${fenWords}`
  const zero = whole !== '' && whole.endsWith('0') ? '零' : ''
  return `${zero}${DIGITS[Number(jiao)]}角${fenWords}`
}
