import { EQUALITY, fault, type FieldType, ORDER, type Parsed, TEXT_SEARCH } from './field-type.ts'
import { parseLimitedText } from './text.ts'

/**
 * RFC 5321 mailbox as people use it: dot-atom local part (RFC 5322, UTF-8 by RFC 6531), at most 64 octets;
 * domain of labels, at most 253 characters and with at least one dot. Quoted local parts, comments and
 * address literals are refused on purpose: no mail provider issues them and they hide typing errors.
 */
const EMAIL_LOCAL = /^[\p{L}\p{N}!#$%&'*+/=?^_`{|}~-]+(\.[\p{L}\p{N}!#$%&'*+/=?^_`{|}~-]+)*$/u
const DOMAIN_LABEL =
  /^(?:[a-z0-9]|[^\0-\x7f\p{Z}\p{Cc}\p{Cf}])(?:(?:[a-z0-9-]|[^\0-\x7f\p{Z}\p{Cc}\p{Cf}])*(?:[a-z0-9]|[^\0-\x7f\p{Z}\p{Cc}\p{Cf}]))?$/iu

function utf8Length(text: string): number {
  let length = 0
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0
    length += 1 + Number(code > 0x7f) + Number(code > 0x7ff) + Number(code > 0xffff)
  }
  return length
}

/** Whether a text is an e-mail address by the rule above. */
export function isEmail(text: string): boolean {
  const at = text.lastIndexOf('@')
  const local = text.slice(0, at)
  const domain = text.slice(at + 1)
  if (at < 1 || utf8Length(local) > 64 || utf8Length(domain) > 253 || utf8Length(text) > 254) {
    return false
  }
  const labels = domain.split('.')
  if (labels.length < 2 || /^\d+$/.test(labels.at(-1) ?? '')) return false
  return (
    EMAIL_LOCAL.test(local) &&
    labels.every((label) => label.length <= 63 && DOMAIN_LABEL.test(label))
  )
}

/** Whether a text could be dialled: an optional `tel:` and +, 3 to 20 digits, usual separators, an optional extension. */
export function isPhone(text: string): boolean {
  const match = /^(?:tel:)?\+?[\d\s().\-/]+(?:\s*(?:#|x|ext\.?|转|分机)\s*\d{1,8})?$/iu.exec(text)
  const digits = text.replace(/(?:#|x|ext\.?|转|分机)\s*\d{1,8}$/iu, '').replace(/\D/g, '')
  return match !== null && digits.length >= 3 && digits.length <= 20
}

/** Host (labels or an IPv6 literal), optional sign-in, optional port, then anything printable without spaces. */
const WEB_ADDRESS =
  /^https?:\/\/(?:[^\s/?#@]*@)?(?:\[[0-9a-f:.]+\]|[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}._-]*[\p{L}\p{M}\p{N}])?)(?::\d{1,5})?(?:[/?#][^\s]*)?$/iu

/** Whether a text is an absolute http(s) address. Other schemes (javascript:, data:, file:) are refused. */
export function isUrl(text: string): boolean {
  return WEB_ADDRESS.test(text)
}

function checkedText(
  name: string,
  limit: number,
  isRight: (text: string) => boolean,
  refusal: Parsed,
): FieldType {
  const parse = (value: unknown): Parsed => {
    const parsed = parseLimitedText(value, limit)
    if ('fault' in parsed || parsed.value === null) return parsed
    return isRight(String(parsed.value)) ? parsed : refusal
  }
  return {
    name,
    options: {},
    expressionType: 'text',
    storage: () => ({ as: 'text' }),
    operators: [...EQUALITY, ...ORDER, ...TEXT_SEARCH],
    isSortable: true,
    isGroupable: true,
    canBeUnique: true,
    parse,
    parseText: (cell) => parse(cell.trim()),
  }
}

export const email = checkedText(
  'email',
  254,
  isEmail,
  fault(
    'not_an_email',
    'Not an e-mail address such as name@example.com',
    '不是邮箱地址，应如 name@example.com',
  ),
)
export const phone = checkedText(
  'phone',
  40,
  isPhone,
  fault('not_a_phone', 'Not a phone number', '不是电话号码'),
)
export const url = checkedText(
  'url',
  2000,
  isUrl,
  fault(
    'not_a_url',
    'Not a web address such as https://example.com',
    '不是网址，应如 https://example.com',
  ),
)
