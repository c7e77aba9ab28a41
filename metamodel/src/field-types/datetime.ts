import { isDate, parseDateText } from './date.ts'
import { EQUALITY, fault, type FieldType, ORDER, type Parsed, readsText } from './field-type.ts'

const RFC3339 =
  /^(\d{4}-\d{2}-\d{2})T([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,9})?)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/

/** Reads an RFC 3339 moment; answers it in UTC with milliseconds, the one form on the wire. */
export function parseMoment(text: string): string | undefined {
  const match = RFC3339.exec(text.toUpperCase())
  if (!match || !isDate(match[1] ?? '')) return undefined
  const moment = new Date(
    match[3] === undefined ? text.replace(/(Z|[+-]\d\d:\d\d)$/i, ':00$1') : text,
  )
  const year = moment.getUTCFullYear()
  return Number.isNaN(moment.getTime()) || year < 1 || year > 9999
    ? undefined
    : moment.toISOString()
}

function notAMoment(text: string): Parsed {
  const shown = text.slice(0, 40)
  return fault(
    'not_a_datetime',
    `"${shown}" is not a time such as 2026-11-21T08:00:00Z`,
    `“${shown}”不是时间，应如 2026-11-21T08:00:00Z`,
  )
}

/** A moment in time, stored in UTC, shown in the reader's time zone. */
export const datetime: FieldType = {
  name: 'datetime',
  options: {},
  expressionType: 'datetime',
  storage: () => ({ as: 'timestamptz' }),
  operators: [...EQUALITY, ...ORDER],
  isSortable: true,
  isGroupable: true,
  canBeUnique: false,
  parse: readsText(
    ['a time such as "2026-11-21T08:00:00Z"', '时间，如 "2026-11-21T08:00:00Z"'],
    (text) => {
      const moment = parseMoment(text)
      return moment === undefined ? notAMoment(text) : { value: moment }
    },
  ),
  parseText: (cell) => {
    const plain = cell.normalize('NFKC').trim()
    if (plain === '') return { value: null }
    const zoned = parseMoment(plain)
    if (zoned !== undefined) return { value: zoned }
    const [day = '', clock = '00:00', zone = 'Z'] = plain.split(/[ T]+/)
    const parsedDay = parseDateText(day)
    const time = /^\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?$/.test(clock)
      ? clock.padStart(clock.indexOf(':') === 1 ? clock.length + 1 : 0, '0')
      : undefined
    const moment =
      'value' in parsedDay && time !== undefined
        ? parseMoment(`${String(parsedDay.value)}T${time}${zone}`)
        : undefined
    return moment === undefined ? notAMoment(cell) : { value: moment }
  },
}
