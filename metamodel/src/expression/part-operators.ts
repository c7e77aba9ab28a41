import { isJsonObject } from '../json-value.ts'
import { plainText } from '../rich-text.ts'
import { Exact, isDecimal, type Operand } from './operand.ts'
import {
  isText,
  NUMBER,
  ofTexts,
  type Operator,
  phrase,
  positions,
  TEXT,
  value,
} from './operator.ts'

const OF_STRUCTURES = {
  arity: [2, 2],
  parameter: positions(value(['structure']), value(TEXT)),
  text: phrase('{1} of {0}', '{0}的{1}'),
} satisfies Partial<Operator>

function partOf(structure: string, name: string): unknown {
  const given: unknown = JSON.parse(structure)
  return isJsonObject(given) && Object.hasOwn(given, name) ? given[name] : null
}

/** The mean diameter of the earth in kilometres. */
const DIAMETER_KM = 12_742.0176
const RADIANS = Math.PI / 180
const FARTHEST_KM = 1_000_000

const isLatitude = (degrees: unknown): degrees is number =>
  typeof degrees === 'number' && Math.abs(degrees) <= 90
const isLongitude = (degrees: unknown): degrees is number =>
  typeof degrees === 'number' && Math.abs(degrees) <= 180

/** The way along the surface between two places (haversine). The server's SQL takes the same steps. */
function kilometresBetween(
  [latitude, longitude]: readonly [number, number],
  [a, b]: readonly [number, number],
): number {
  const north = Math.sin(((latitude - a) * RADIANS) / 2)
  const east = Math.sin(((longitude - b) * RADIANS) / 2)
  const along = Math.cos(a * RADIANS) * Math.cos(latitude * RADIANS) * east * east
  return DIAMETER_KM * Math.asin(Math.min(1, Math.sqrt(north * north + along)))
}

function isWithin([place = null, ...numbers]: readonly Operand[]): Operand {
  if (!isText(place) || !numbers.every(isDecimal)) return null
  const [a, b, most = -1] = numbers.map(Number)
  const given: unknown = JSON.parse(place)
  if (!isJsonObject(given) || !isLatitude(a) || !isLongitude(b)) return null
  const { latitude, longitude } = given
  if (!isLatitude(latitude) || !isLongitude(longitude)) return null
  if (most < 0 || most > FARTHEST_KM) return null
  return kilometresBetween([latitude, longitude], [a, b]) <= most
}

/** The operators that read what is inside a value: a part of a structure, the text of a rich text. */
export const PART_OPERATORS = {
  part: {
    ...OF_STRUCTURES,
    result: 'text',
    evaluate: ofTexts((structure, name) => {
      const found = partOf(structure, name)
      return typeof found === 'string' ? found : null
    }),
  },
  part_number: {
    ...OF_STRUCTURES,
    result: 'number',
    evaluate: ofTexts((structure, name): Operand => {
      const found = partOf(structure, name)
      return typeof found === 'number' ? new Exact(found) : null
    }),
  },
  within_km: {
    arity: [4, 4],
    parameter: positions(value(['structure']), value(NUMBER)),
    result: 'boolean',
    evaluate: isWithin,
    text: {
      as: 'predicate',
      words: {
        verb: 'is',
        rest: { 'en-US': 'within {3} km of {1}, {2}', 'zh-CN': '距 {1}, {2} 不超过 {3} 公里' },
      },
      negated: {
        verb: 'is',
        rest: { 'en-US': 'not within {3} km of {1}, {2}', 'zh-CN': '距 {1}, {2} 超过 {3} 公里' },
      },
    },
  },
  plain_text: {
    arity: [1, 1],
    parameter: positions(value(TEXT)),
    result: 'text',
    evaluate: ofTexts(plainText),
    text: phrase('{0}', '{0}'),
  },
} satisfies Record<string, Operator>
