import { address } from './address.ts'
import { autoNumber } from './auto-number.ts'
import { checkbox } from './checkbox.ts'
import { email, phone, url } from './contact-texts.ts'
import { date } from './date.ts'
import { datetime } from './datetime.ts'
import { encryptedText } from './encrypted-text.ts'
import type { FieldType } from './field-type.ts'
import { file, image } from './file.ts'
import { formula } from './formula.ts'
import { geolocation } from './geolocation.ts'
import { json } from './json.ts'
import { longText } from './long-text.ts'
import { department, lookup, masterDetail, polymorphicLookup, user } from './lookup.ts'
import { currency, number, percent } from './number.ts'
import { multiPicklist, picklist } from './picklist.ts'
import { richText } from './rich-text.ts'
import { rollUp } from './roll-up.ts'
import { text } from './text.ts'
import { time } from './time.ts'

export type FieldTypes = ReadonlyMap<string, FieldType>

const BUILT_IN: readonly FieldType[] = [
  text,
  longText,
  richText,
  number,
  currency,
  percent,
  checkbox,
  date,
  datetime,
  time,
  email,
  phone,
  url,
  picklist,
  multiPicklist,
  autoNumber,
  lookup,
  masterDetail,
  polymorphicLookup,
  user,
  department,
  address,
  geolocation,
  json,
  encryptedText,
  file,
  image,
  formula,
  rollUp,
]

/** The types whose values take the whole width of a form. */
export const WIDE_TYPES: ReadonlySet<string> = new Set([
  'long_text',
  'rich_text',
  'json',
  'address',
])

/**
 * The table of field types: those built in and those that plugins bring.
 * @throws Error if two types share a name; a plugin's type must begin with the plugin's prefix.
 */
export function createFieldTypes(fromPlugins: readonly FieldType[] = []): FieldTypes {
  const table = new Map<string, FieldType>()
  for (const type of [...BUILT_IN, ...fromPlugins]) {
    if (table.has(type.name)) throw new Error(`Field type "${type.name}" is defined twice`)
    table.set(type.name, type)
  }
  return table
}

export {
  formatNumber,
  NUMBERING_RESETS,
  numberingPeriod,
  type NumberingReset,
  parseNumberingFormat,
  showsPeriod,
} from './auto-number.ts'
export type { NumberingPart } from './auto-number.ts'
export { isEmail, isPhone, isUrl } from './contact-texts.ts'
export { daysInMonth, isDate } from './date.ts'
export { parseMoment } from './datetime.ts'
export { EQUALITY, fault, FILTER_OPERATORS, resultType, TEXT_SEARCH } from './field-type.ts'
export type * from './field-type.ts'
export { FILE_SORTS, judgeFile, MAX_FILE_MEGABYTES, MEGABYTE, RASTER_TYPES } from './file.ts'
export type { FileFacts, FileLimits } from './file-limits.ts'
export { FORMULA_RESULTS } from './formula.ts'
export { isRecordId } from './lookup.ts'
export { MAX_DIGITS, scaleOf } from './number.ts'
export {
  ControlledBy,
  controlledCodes,
  PALETTE,
  PicklistValue,
  picklistValues,
} from './picklist.ts'
export { ROLL_UP_FUNCTIONS, rollUp, rollUpAs } from './roll-up.ts'
export type { RollUpFunction } from './roll-up.ts'
export { parseLimitedText } from './text.ts'
