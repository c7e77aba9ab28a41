import {
  type AggregateQuery,
  BUCKETS,
  type ExpressionType,
  expressionShape,
  isMoney,
  nearest,
  type ObjectModel,
  type TypedExpression,
} from '@trellis/metamodel'

import type { Reader } from '../access/row-filter.ts'
import { type Failure, failure, message } from '../errors.ts'
import type { AggregatePlan, GroupKey, MeasureFunction, PlannedMeasure } from './aggregate-plan.ts'
import { type FieldPath, isFailure, resolveReadable, resolveSummed } from './field-path.ts'
import { isTyped, planCondition } from './plan-condition.ts'
import { planHaving } from './plan-having.ts'
import { sortSpec } from './plan-sort.ts'
import { refuseQuery } from './refuse-query.ts'

const USUAL_LIMIT = 200
const MOST_GROUPS = 2000

/**
 * Resolves an aggregation. Groups are fields, to-one paths and stretches of days; every name is held against
 * the model and the reader's rights. Pure.
 * @throws RequestError with everything that is wrong with what was asked.
 */
export function planAggregate(
  reader: Reader,
  object: ObjectModel,
  query: AggregateQuery,
): AggregatePlan {
  const outcomes = {
    groups: (query.group_by ?? []).map((asked, index) =>
      planGroup(reader, object, { asked, place: `group_by.${index}` }),
    ),
    measures: query.measures.map((asked, index) =>
      planMeasure(reader, object, { asked, place: `measures.${index}` }),
    ),
    conditions:
      query.where === undefined
        ? []
        : [planCondition(reader, object, { place: 'where', expression: query.where })],
  }
  const groups = outcomes.groups.filter(isFound)
  const measures = outcomes.measures.filter(isFound)
  const names = [...groups, ...measures].map((one) => one.name)
  const having = planHaving({ groups, measures }, query.having)
  const sort = (query.sort ?? []).map(sortSpec)
  const limit = query.limit ?? USUAL_LIMIT
  const failures = [
    ...outcomes.groups.filter((one) => isFailure(one)),
    ...outcomes.measures.filter((one) => isFailure(one)),
    ...outcomes.conditions.flatMap((one) => (Array.isArray(one) ? one : [])),
    ...having.failures,
    ...twice(names),
    ...sort.flatMap(({ field }, index) =>
      names.includes(field) ? [] : [unknownName(`sort.${index}`, field, names)],
    ),
    ...(Number.isInteger(limit) && limit >= 1 && limit <= MOST_GROUPS ? [] : [limitFailure()]),
  ]
  if (failures.length > 0) throw refuseQuery(failures)
  const conditions = outcomes.conditions.filter(isTyped)
  return {
    object,
    groups,
    measures,
    conditions,
    having: having.typed,
    sort,
    limit,
    cursor: query.cursor,
    ...keysOf(object, query, [...conditions, ...(having.typed ? [having.typed] : [])]),
  }
}

function isFound<Found extends object>(outcome: Found | Failure): outcome is Found {
  return !isFailure(outcome)
}

function keysOf(
  object: ObjectModel,
  { group_by, measures, sort, where, having }: AggregateQuery,
  typed: readonly TypedExpression[],
): { shape: string; binding: string } {
  const asked = [object.name, group_by, measures, sort]
  return {
    shape: `${JSON.stringify([...asked, where !== undefined])}|${typed.map(expressionShape).join('|')}`,
    binding: JSON.stringify([...asked, where, having]),
  }
}

interface Place<A> {
  asked: A
  place: string
}

function planGroup(
  reader: Reader,
  object: ObjectModel,
  { asked, place }: Place<NonNullable<AggregateQuery['group_by']>[number]>,
): GroupKey | Failure {
  const {
    field: text,
    bucket,
    as,
  } = typeof asked === 'string' ? { field: asked, bucket: undefined, as: undefined } : asked
  const path = resolveReadable(reader, { object, place }, text)
  if (isFailure(path)) return path
  const { type } = path.field
  if (!type.isGroupable) {
    return failure(
      place,
      'not_groupable',
      message(`"${text}" cannot be grouped by`, `不能按“${text}”分组`),
    )
  }
  const isDay = type.expressionType === 'date' || type.expressionType === 'datetime'
  if (bucket !== undefined && !isDay) {
    return failure(
      place,
      'malformed',
      message(
        `Only dates and times have buckets (${BUCKETS.join(', ')}), "${text}" is ${type.name}`,
        `只有日期和时间可按 ${BUCKETS.join('、')} 分组，“${text}”是 ${type.name}`,
      ),
    )
  }
  return { name: as ?? text, path, bucket }
}

const NEEDS_FIELD = new Set<MeasureFunction>(['count_distinct', 'sum', 'avg', 'min', 'max'])
const SUMMED = new Set<MeasureFunction>(['sum', 'avg', 'min', 'max'])
const ORDERED = new Set<ExpressionType>(['number', 'date', 'datetime', 'time', 'text'])

function planMeasure(
  reader: Reader,
  object: ObjectModel,
  { asked, place }: Place<AggregateQuery['measures'][number]>,
): PlannedMeasure | Failure {
  const { fn, field: text, as: name } = asked
  if (text === undefined) {
    if (!NEEDS_FIELD.has(fn)) return { name, fn, path: undefined, type: 'number' }
    return failure(place, 'malformed', message(`"${fn}" needs a field`, `“${fn}”需要字段`))
  }
  const isSummed = SUMMED.has(fn)
  const path = (isSummed ? resolveSummed : resolveReadable)(reader, { object, place }, text)
  if (isFailure(path)) return path
  const fault = measureFault(fn, path)
  if (fault) return failure(place, 'malformed', fault)
  return {
    name,
    fn,
    path,
    ...(isSummed && isMoney(path.field) ? { isMoney: true } : {}),
    type: fn === 'min' || fn === 'max' ? path.field.type.expressionType : 'number',
  }
}

function measureFault(
  fn: MeasureFunction,
  { field, text }: FieldPath,
): ReturnType<typeof message> | undefined {
  const { expressionType, isGroupable, name } = field.type
  const isFit = {
    count: true,
    count_distinct: isGroupable,
    sum: expressionType === 'number',
    avg: expressionType === 'number',
    min: ORDERED.has(expressionType) && !field.values,
    max: ORDERED.has(expressionType) && !field.values,
  }[fn]
  return isFit
    ? undefined
    : message(
        `"${fn}" does not fit "${text}", which is ${name}`,
        `“${fn}”不适用于 ${name} 类型的“${text}”`,
      )
}

function twice(names: readonly string[]): Failure[] {
  const repeated = new Set(names.filter((name, index) => names.indexOf(name) < index))
  return Array.from(repeated, (name) =>
    failure(
      'measures',
      'malformed',
      message(`"${name}" names two things of a group`, `“${name}”在分组中重名`),
    ),
  )
}

function unknownName(place: string, name: string, known: readonly string[]): Failure {
  const shown = name.slice(0, 120)
  const suggestion = nearest(shown, known)
  const text = message(
    `"${shown}" is neither a group nor a measure`,
    `“${shown}”既不是分组也不是度量`,
  )
  return failure(place, 'unknown_field', text, suggestion === undefined ? {} : { suggestion })
}

function limitFailure(): Failure {
  return failure(
    'limit',
    'malformed',
    message(`Must be a whole number from 1 to ${MOST_GROUPS}`, `应为 1 到 ${MOST_GROUPS} 的整数`),
  )
}
