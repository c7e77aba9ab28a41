import { Decimal } from 'decimal.js'

import { isNumberText } from './choice-operators.ts'
import {
  CURRENCY_DECIMALS,
  HTML_CODES,
  JS_CODES,
  MAX_MADE_TEXT,
  MAX_WRITTEN_AMOUNT,
} from './function-limits.ts'
import { decimalText, Exact, isDecimal, type Operand } from './operand.ts'
import { BOOLEAN, isText, NUMBER, ofTexts, type Operator, phrase, TEXT, value } from './operator.ts'
import { ofText, shape } from './text-functions.ts'

const text = value(TEXT)
const number = value(NUMBER)

function replaced(pairs: readonly (readonly [string, string])[]): (given: string) => string | null {
  return (given) =>
    isLong(given) ? null : pairs.reduce((all, [old, fresh]) => all.replaceAll(old, fresh), given)
}

function isLong(given: string): boolean {
  return given.length > MAX_MADE_TEXT && Array.from(given).length > MAX_MADE_TEXT
}

function urlEncode(given: string): string | null {
  if (isLong(given)) return null
  return encodeURIComponent(given.toWellFormed())
    .replaceAll(/[!'()~]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+')
}

function asText([operand = null, type]: readonly Operand[]): Operand {
  if (isDecimal(operand)) return decimalText(operand)
  if (!isText(operand)) return null
  return type === 'datetime' ? `${operand.slice(0, 10)} ${operand.slice(11, 19)}Z` : operand
}

function toNumber(given: string): Operand {
  if (!isNumberText(given)) return null
  return new Exact(given.trim().replace(/^\+/, ''))
}

function formatCurrency([code = null, amount = null]: readonly Operand[]): Operand {
  if (!isText(code) || !isDecimal(amount) || amount.abs().gte(MAX_WRITTEN_AMOUNT)) return null
  const decimals = Object.hasOwn(CURRENCY_DECIMALS, code) ? (CURRENCY_DECIMALS[code] ?? 2) : 2
  const digits = amount.toDecimalPlaces(decimals, Decimal.ROUND_HALF_UP)
  const shown = (digits.isZero() ? digits.abs() : digits).toFixed(decimals)
  return `${code} ${shown.replace(/\B(?<!\.\d*)(?=(\d{3})+(?!\d))/g, ',')}`.trim()
}

function formatDuration([seconds = null, withDays = false]: readonly Operand[]): Operand {
  if (!isDecimal(seconds) || withDays === null || seconds.abs().gte(MAX_WRITTEN_AMOUNT)) return null
  const whole = seconds.abs().trunc()
  const part = (unit: number, of?: number): string => {
    const units = whole.div(unit).trunc()
    return decimalText(of === undefined ? units : units.mod(of)).padStart(2, '0')
  }
  const clock = `${part(60, 60)}:${part(1, 60)}`
  if (withDays !== true) return `${part(3600)}:${clock}`
  return `${decimalText(whole.div(86_400).trunc())}:${part(3600, 24)}:${clock}`
}

/** The functions that give values the form of text, and read them from it. */
export const TEXT_FORMS = {
  html_encode: {
    ...ofText(replaced(HTML_CODES), 1, phrase('{0} for HTML', 'HTML 编码的{0}')),
    failure: 'too_long',
  },
  js_encode: {
    ...ofText(replaced(JS_CODES), 1, phrase('{0} for JavaScript', 'JavaScript 编码的{0}')),
    failure: 'too_long',
  },
  url_encode: {
    ...ofText(urlEncode, 1, phrase('{0} for a URL', 'URL 编码的{0}')),
    failure: 'too_long',
  },
  to_text: {
    ...shape('text', value(['text', 'number', 'date', 'datetime', 'time', 'id'])),
    evaluate: asText,
    isTyped: true,
    text: phrase('{0} as text', '{0}的文本'),
  },
  to_number: {
    ...shape('number', text),
    evaluate: ofTexts(toNumber),
    text: phrase('{0} as a number', '{0}的数值'),
    failure: 'not_a_number',
  },
  format_currency: {
    ...shape('text', text, number),
    evaluate: formatCurrency,
    text: phrase('{1} in {0}', '以{0}表示的{1}'),
    failure: 'too_large',
  },
  format_duration: {
    ...shape('text', number, value(BOOLEAN)),
    arity: [1, 2],
    evaluate: formatDuration,
    text: phrase('{0} seconds as a duration', '{0}秒的时长'),
    failure: 'too_large',
  },
} satisfies Record<string, Operator>
