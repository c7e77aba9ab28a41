import { Decimal } from 'decimal.js'

import { isJsonObject, type JsonValue } from '../json-value.ts'
import { fault, type FieldPart, type FieldType, type Parsed, wrongType } from './field-type.ts'
import { MAX_DIGITS, number } from './number.ts'
import { structured } from './structured.ts'

/** A millionth of a degree is a tenth of a metre. */
const DECIMALS = 6

const PARTS: readonly FieldPart[] = [
  {
    name: 'latitude',
    label: { 'en-US': 'Latitude', 'zh-CN': '纬度' },
    type: number,
    options: { scale: DECIMALS },
  },
  {
    name: 'longitude',
    label: { 'en-US': 'Longitude', 'zh-CN': '经度' },
    type: number,
    options: { scale: DECIMALS },
  },
]
const LIMITS: Readonly<Record<string, number>> = { latitude: 90, longitude: 180 }

const NAMES: Readonly<Record<string, { en: string; zh: string }>> = {
  latitude: { en: 'latitude', zh: '纬度' },
  longitude: { en: 'longitude', zh: '经度' },
}

function nameOf(part: string): { en: string; zh: string } {
  return NAMES[part] ?? { en: part, zh: part }
}

function missing(part: string): Parsed {
  const { en, zh } = nameOf(part)
  return fault('missing_part', `The ${en} is missing`, `缺少${zh}`)
}

function parseDegrees(name: string, value: unknown): Parsed {
  const { en, zh } = nameOf(name)
  if (value === undefined || value === null) return missing(name)
  if (typeof value !== 'number' || !Number.isFinite(value)) {
    return wrongType(value, `a number (${en})`, `数字（${zh}）`)
  }
  const limit = LIMITS[name] ?? 0
  if (Math.abs(value) > limit) {
    return fault(
      'out_of_range',
      `The ${en} must be from -${limit} to ${limit}, not ${value}`,
      `${zh}应在 -${limit} 到 ${limit} 之间，而不是 ${value}`,
    )
  }
  if (new Decimal(value).precision() > MAX_DIGITS + 2) {
    return fault('too_many_decimals', `The ${en} has too many decimals`, `${zh}的小数位过多`)
  }
  const kept = new Decimal(value).toDecimalPlaces(DECIMALS).toNumber()
  return { value: Object.is(kept, -0) ? 0 : kept }
}

function parseGeolocation(value: unknown): Parsed {
  if (value === null) return { value: null }
  if (typeof value === 'string') {
    // A text is never a place here; what people have typed and cannot be read is told as what it lacks.
    const read = parseGeolocationText(value)
    if ('fault' in read) return read
  }
  if (!isJsonObject(value)) {
    return wrongType(value, 'a place such as {"latitude": 31.2, "longitude": 121.5}', '位置对象')
  }
  const stranger = Object.keys(value).find((name) => !(name in LIMITS))
  if (stranger !== undefined) {
    const shown = stranger.slice(0, 60)
    return fault(
      'unknown_part',
      `A place has no part "${shown}"; it has: latitude, longitude`,
      `位置没有“${shown}”，可用：latitude、longitude`,
    )
  }
  const latitude = parseDegrees('latitude', value['latitude'])
  if ('fault' in latitude) return latitude
  const longitude = parseDegrees('longitude', value['longitude'])
  if ('fault' in longitude) return longitude
  return { value: { latitude: latitude.value, longitude: longitude.value } }
}

const NUMBER = /^[+-]?\d+(?:\.\d+)?$/

/** Reads `31.239692, 121.499755`: latitude first, as maps write it. */
function parseGeolocationText(cell: string): Parsed {
  const plain = cell
    .normalize('NFKC')
    .trim()
    .replace(/^\(([^()]*)\)$/, '$1')
  const words = plain.split(/\s*[,;]\s*|\s+/).filter((word) => word !== '')
  if (words.length === 0 && plain === '') return { value: null }
  const [latitude, longitude] = words
  if (words.length > 2) {
    const shown = cell.slice(0, 40)
    return fault(
      'not_a_place',
      `"${shown}" is more than latitude and longitude such as 31.239692, 121.499755`,
      `“${shown}”不止纬度和经度，应如 31.239692, 121.499755`,
    )
  }
  const parts = { latitude, longitude }
  for (const [name, word] of Object.entries(parts)) {
    if (word === undefined) return missing(name)
    if (!NUMBER.test(word)) return notDegrees(name, word)
  }
  return parseGeolocation({ latitude: Number(latitude), longitude: Number(longitude) })
}

function notDegrees(part: string, word: string): Parsed {
  const { en, zh } = nameOf(part)
  const shown = word.slice(0, 40)
  return fault(
    'not_a_number',
    `The ${en} "${shown}" is not degrees such as 31.239692`,
    `${zh}“${shown}”不是度数，应如 31.239692`,
  )
}

function formatGeolocationText(value: JsonValue): string {
  if (!isJsonObject(value)) return ''
  return ['latitude', 'longitude']
    .map((name) => new Decimal(Number(value[name])).toFixed())
    .join(', ')
}

/** A place on earth in degrees (WGS 84), to the sixth decimal. */
export const geolocation: FieldType = {
  name: 'geolocation',
  options: {},
  ...structured,
  operators: ['is_null', 'within'],
  parts: PARTS,
  parse: parseGeolocation,
  parseText: parseGeolocationText,
  formatText: formatGeolocationText,
}
