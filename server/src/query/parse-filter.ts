import {
  type Expression,
  FILTER_OPERATORS,
  type FilterOperator,
  isPeriod,
  isRecordId,
  nearest,
  type ObjectModel,
  parseMoment,
  periodEdges,
} from '@trellis/metamodel'

import type { Reader } from '../access/row-filter.ts'
import { type Failure, failure, message } from '../errors.ts'
import { type FieldPath, isFailure, resolveReadable } from './field-path.ts'
import type { Asked } from './plan-condition.ts'

/** A filter parameter: `filter[amount][gte]=1000`. */
export interface FilterParameter {
  /** The parameter as it was given, `filter[amount][gte]`. */
  place: string
  path: string
  operator: string | undefined
  values: readonly string[]
}

/** Whose filter it is, and when: relative days are those of the reader's calendar. */
export interface Asker extends Reader {
  now: Date
}

/** A filter on a field that is there. */
interface Filter {
  asker: Asker
  place: string
  field: FieldPath
  variable: Expression
  operator: FilterOperator
  values: readonly string[]
}

type Outcome = Expression | Failure

/** Makes the condition that a filter parameter means; its values are read by the type of the field. */
export function parseFilter(
  asker: Asker,
  object: ObjectModel,
  parameter: FilterParameter,
): Asked | Failure {
  const { place, path, values } = parameter
  const field = resolveReadable(asker, { object, place }, path)
  if (isFailure(field)) return field
  const operator = operatorOf(parameter, field)
  if (typeof operator !== 'string') return operator
  const expression = BUILDERS[operator]({
    asker,
    place,
    field,
    variable: { var: path },
    operator,
    values,
  })
  return isRefused(expression) ? expression : { place, expression }
}

function isRefused(outcome: Outcome): outcome is Failure {
  return typeof outcome === 'object' && outcome !== null && isFailure(outcome)
}

function operatorOf(
  { place, operator }: FilterParameter,
  { field, text }: FieldPath,
): FilterOperator | Failure {
  const allowed = field.type.operators
  if (operator === undefined) return allowed.includes('eq') ? 'eq' : (allowed[0] ?? 'is_null')
  const known = FILTER_OPERATORS.find((one) => one === operator)
  if (known !== undefined && allowed.includes(known)) return known
  const suggestion = nearest(operator.slice(0, 63), allowed)
  const list = allowed.join(', ')
  return failure(
    place,
    'invalid_filter',
    known === undefined
      ? message(
          `Unknown operator "${operator.slice(0, 63)}"; "${text}" has: ${list}`,
          `未知的运算符“${operator.slice(0, 63)}”，“${text}”可用：${list}`,
        )
      : message(
          `"${text}" has no operator "${known}"; it has: ${list}`,
          `“${text}”不支持运算符“${known}”，可用：${list}`,
        ),
    suggestion === undefined ? {} : { suggestion },
  )
}

const BUILDERS: Readonly<Record<FilterOperator, (filter: Filter) => Outcome>> = {
  eq: (filter) => equal(filter),
  ne: (filter) => negate(filter, '!='),
  gt: (filter) => compare(filter, '>'),
  gte: (filter) => compare(filter, '>='),
  lt: (filter) => compare(filter, '<'),
  lte: (filter) => compare(filter, '<='),
  in: (filter) => membership(filter, 'in'),
  not_in: (filter) => membership(filter, 'not_in'),
  contains: (filter) => search(filter),
  starts_with: (filter) => search(filter),
  ends_with: (filter) => search(filter),
  is_null: (filter) => isNull(filter),
  between: (filter) => between(filter),
  includes: (filter) => membership(filter, 'includes'),
  excludes: (filter) => membership(filter, 'excludes'),
  within: (filter) => within(filter),
}

function equal(filter: Filter): Outcome {
  const text = single(filter)
  if (typeof text !== 'string') return text
  return isDay(filter, text) ? { in_period: [filter.variable, text] } : compare(filter, '==')
}

function negate(filter: Filter, operator: '!='): Outcome {
  const text = single(filter)
  if (typeof text !== 'string') return text
  return isDay(filter, text)
    ? { '!': [{ in_period: [filter.variable, text] }] }
    : compare(filter, operator)
}

type Comparison = '==' | '!=' | '>' | '>=' | '<' | '<='

function compare(filter: Filter, operator: Comparison): Outcome {
  const text = single(filter)
  return typeof text === 'string' ? compareTo(filter, operator, text) : text
}

function compareTo(filter: Filter, operator: Comparison, text: string): Outcome {
  if (isDay(filter, text)) return compareToPeriod(filter, operator, text)
  const value = isNow(filter, text) ? { now: [] } : literal(filter, text)
  return isRefused(value) ? value : { [operator]: [filter.variable, value] }
}

/** Before a period is before its first moment, up to it is before the moment at which it is over. */
function compareToPeriod(filter: Filter, operator: Comparison, period: string): Outcome {
  const { now, actor } = filter.asker
  const type = filter.field.field.type.expressionType === 'date' ? 'date' : 'datetime'
  const { from, to } = periodEdges(period, type, {
    now: now.toISOString(),
    timeZone: actor.timeZone,
  })
  const edge = operator === '<' || operator === '>=' ? from : to
  if (edge === null) {
    return refused(filter, `"${period}" lies outside the calendar`, `“${period}”超出日历范围`)
  }
  return { [operator.startsWith('<') ? '<' : '>=']: [filter.variable, edge] }
}

function between(filter: Filter): Outcome {
  const [low, high, ...others] = listOf(filter.values)
  if (low === undefined || high === undefined || others.length > 0) {
    return refused(filter, 'Two values are needed: between=1,5', '需要两个值，如 between=1,5')
  }
  const [atLeast, atMost] = [compareTo(filter, '>=', low), compareTo(filter, '<=', high)]
  if (isRefused(atLeast)) return atLeast
  return isRefused(atMost) ? atMost : { and: [atLeast, atMost] }
}

function membership(filter: Filter, operator: 'in' | 'not_in' | 'includes' | 'excludes'): Outcome {
  const members: (string | number | boolean)[] = []
  for (const text of listOf(filter.values)) {
    const value = literal(filter, text)
    if (isRefused(value)) return value
    members.push(value)
  }
  return { [operator]: [filter.variable, members] }
}

/** `31.23,121.47,5`: no farther than five kilometres from there. */
function within(filter: Filter): Outcome {
  const numbers = listOf(filter.values).map((text) =>
    /^-?\d{1,7}(\.\d{1,15})?$/.test(text) ? Number(text) : Number.NaN,
  )
  const [latitude = Number.NaN, longitude = Number.NaN, most = Number.NaN, ...others] = numbers
  const isPlace = Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180
  if (!isPlace || !(most >= 0) || others.length > 0) {
    return refused(
      filter,
      'Latitude, longitude and kilometres are needed: within=31.23,121.47,5',
      '需要纬度、经度和公里数，如 within=31.23,121.47,5',
    )
  }
  return { within_km: [filter.variable, latitude, longitude, most] }
}

function search(filter: Filter): Outcome {
  const text = single(filter)
  return typeof text === 'string' ? { [filter.operator]: [filter.variable, text] } : text
}

function isNull(filter: Filter): Outcome {
  const [text] = filter.values
  if (text === 'true') return { is_blank: [filter.variable] }
  if (text === 'false') return { '!': [{ is_blank: [filter.variable] }] }
  return refused(filter, 'Must be true or false', '应为 true 或 false')
}

/** Whether a value names a stretch of days rather than one value: `this_month` of a day or moment. */
function isDay({ field }: Filter, text: string): boolean {
  const { expressionType } = field.field.type
  return (expressionType === 'date' || expressionType === 'datetime') && isPeriod(text)
}

function isNow({ field }: Filter, text: string): boolean {
  return field.field.type.expressionType === 'datetime' && text === 'now'
}

function literal(filter: Filter, text: string): string | number | boolean | Failure {
  const { expressionType } = filter.field.field.type
  const shown = text.slice(0, 60)
  switch (expressionType) {
    case 'number':
      return /^-?\d{1,30}(\.\d{1,30})?$/.test(text)
        ? Number(text)
        : refused(filter, `"${shown}" is not a number`, `“${shown}”不是数字`)
    case 'boolean':
      return text === 'true' || text === 'false'
        ? text === 'true'
        : refused(filter, 'Must be true or false', '应为 true 或 false')
    case 'id':
      return isRecordId(text)
        ? text
        : refused(filter, `"${shown}" is not a record id`, `“${shown}”不是记录 id`)
    case 'datetime':
      return (
        parseMoment(text) ??
        refused(
          filter,
          `"${shown}" is not a time such as 2026-11-21T08:00:00Z`,
          `“${shown}”不是时间，应如 2026-11-21T08:00:00Z`,
        )
      )
    default:
      return text
  }
}

function single(filter: Filter): string | Failure {
  const [text, ...others] = filter.values
  return text !== undefined && others.length === 0
    ? text
    : refused(filter, 'Given more than once', '重复给出')
}

/**
 * The members of a comma list; one that holds a comma stands in quotes.
 * @example listOf(['a,"b,c"']) // ['a', 'b,c']
 */
export function listOf(values: readonly string[]): string[] {
  return values.flatMap((value) => {
    if (value === '') return []
    const members = value.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"(?=,|$)|([^,]*))/g)
    return Array.from(members, ([, quoted, bare = '']) => quoted?.replaceAll('""', '"') ?? bare)
  })
}

function refused({ place }: Filter, en: string, zh: string): Failure {
  return failure(place, 'invalid_filter', message(en, zh))
}
