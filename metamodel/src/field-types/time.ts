import { EQUALITY, fault, type FieldType, ORDER, type Parsed, readsText } from './field-type.ts'

const WIRE = /^([01]\d|2[0-3]):[0-5]\d:[0-5]\d$/

function notATime(text: string): Parsed {
  const shown = text.slice(0, 40)
  return fault(
    'not_a_time',
    `"${shown}" is not a time of day such as 08:30:00`,
    `“${shown}”不是时间，应如 08:30:00`,
  )
}

const CELL =
  /^(上午|下午|早上|晚上|中午)?\s*(\d{1,2})(?:[:时点](\d{1,2}))?分?(?:[:分]?(\d{1,2})秒?)?\s*(am|pm)?$/i
const AFTERNOON = new Set(['下午', '晚上', 'pm'])
const BEFORE_NOON = new Set(['上午', '早上', 'am'])

/** The hour of a clock that counts to twelve, on the one that counts to twenty-four. */
function hourOf(hour: number, half: string): number {
  if (AFTERNOON.has(half)) return hour < 12 ? hour + 12 : hour
  return BEFORE_NOON.has(half) && hour === 12 ? 0 : hour
}

/** Reads `08:30:00`, also `8:30`, `8:30 PM`, `下午3:05`, `8时30分`. */
function parseTimeText(cell: string): Parsed {
  const plain = cell.normalize('NFKC').trim()
  if (plain === '') return { value: null }
  const match = CELL.exec(plain)
  if (!match || (match[3] === undefined && !/[时点]/.test(plain))) return notATime(cell)
  const [, before = '', hour, minute = '0', second = '0', behind = ''] = match
  const shown = [hourOf(Number(hour), before || behind.toLowerCase()), minute, second]
  const time = shown.map((part) => String(part).padStart(2, '0')).join(':')
  return WIRE.test(time) ? { value: time } : notATime(cell)
}

/** A time of day on any clock, to the second: `"08:30:00"`. */
export const time: FieldType = {
  name: 'time',
  options: {},
  expressionType: 'time',
  storage: () => ({ as: 'time' }),
  operators: [...EQUALITY, ...ORDER],
  isSortable: true,
  isGroupable: true,
  canBeUnique: false,
  parse: readsText(['a time of day such as "08:30:00"', '时间，如 "08:30:00"'], (text) =>
    WIRE.test(text) ? { value: text } : notATime(text),
  ),
  parseText: parseTimeText,
}
