import { isJsonObject, type JsonValue } from '../json-value.ts'
import { nearest } from '../problem.ts'
import { fault, type FieldPart, type FieldType, type Parsed, wrongType } from './field-type.ts'
import { structured } from './structured.ts'
import { parseLimitedText, text } from './text.ts'

function part(name: string, en: string, zh: string): FieldPart {
  return { name, label: { 'en-US': en, 'zh-CN': zh }, type: text }
}

/** From the largest to the smallest, as Chinese writes them; English begins at the other end. */
const PARTS: readonly FieldPart[] = [
  part('country', 'Country', '国家/地区'),
  part('province', 'Province', '省份'),
  part('city', 'City', '城市'),
  part('district', 'District', '区县'),
  part('street', 'Street', '街道地址'),
  part('postal_code', 'Postal code', '邮编'),
]
const NAMES = PARTS.map(({ name }) => name)
const LONGEST = 255

function unknownPart(name: string): Parsed {
  const shown = name.slice(0, 60)
  const near = nearest(shown, NAMES)
  return fault(
    'unknown_part',
    `An address has no part "${shown}"${near ? `. Did you mean "${near}"?` : `; it has: ${NAMES.join(', ')}`}`,
    `地址没有“${shown}”${near ? `，是否想写“${near}”？` : `，可用：${NAMES.join('、')}`}`,
  )
}

function parseAddress(value: unknown): Parsed {
  if (value === null) return { value: null }
  if (!isJsonObject(value)) {
    return wrongType(value, 'an address such as {"city": "…", "street": "…"}', '地址对象')
  }
  const stranger = Object.keys(value).find((name) => !NAMES.includes(name))
  if (stranger !== undefined) return unknownPart(stranger)
  const address: Record<string, JsonValue> = {}
  for (const name of NAMES) {
    const given = value[name] ?? null
    const parsed = parseLimitedText(typeof given === 'string' ? given.trim() : given, LONGEST)
    if ('fault' in parsed) return parsed
    if (parsed.value !== null) address[name] = parsed.value
  }
  return { value: Object.keys(address).length === 0 ? null : address }
}

/** A cell: the six parts between bars, `中国|上海|上海市|浦东新区|世纪大道1号|200120`, or the object as JSON. */
function parseAddressText(cell: string): Parsed {
  const plain = cell.trim()
  if (plain === '') return { value: null }
  if (plain.startsWith('{')) {
    try {
      return parseAddress(JSON.parse(plain))
    } catch {
      return fault('not_an_address', 'Is not JSON', '不是有效的 JSON')
    }
  }
  const parts = plain.split('|')
  if (parts.length === NAMES.length) {
    return parseAddress(Object.fromEntries(NAMES.map((name, index) => [name, parts[index] ?? ''])))
  }
  return fault(
    'not_an_address',
    'Must have six parts between bars: country|province|city|district|street|postal code',
    '应为以竖线分隔的六段：国家|省份|城市|区县|街道|邮编',
  )
}

function formatAddressText(value: JsonValue): string {
  if (!isJsonObject(value)) return ''
  const parts = NAMES.map((name) => value[name] ?? '')
  const isPlain = parts.every((one) => typeof one === 'string' && !/[|\r\n]/.test(one))
  return isPlain && parts[0] !== '' && !String(parts[0]).startsWith('{')
    ? parts.join('|')
    : JSON.stringify(value, NAMES)
}

/**
 * A postal address with named parts, each a text that can be filtered, sorted and grouped by (`billing_address.city`).
 * What is empty is left out; of nothing but empty parts there is no address.
 */
export const address: FieldType = {
  name: 'address',
  options: {},
  ...structured,
  parts: PARTS,
  parse: parseAddress,
  parseText: parseAddressText,
  formatText: formatAddressText,
}
