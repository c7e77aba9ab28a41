import { type Expression, type ListQuery, nearest, type ObjectModel } from '@trellis/metamodel'

import { type Failure, failure, message } from '../errors.ts'
import { isFailure } from './field-path.ts'
import { type Asker, listOf, parseFilter } from './parse-filter.ts'
import type { Asked } from './plan-condition.ts'

/** Parameters of a URL: each a text, a list of texts if it was given several times, or a number. */
export type Parameters = Readonly<Record<string, unknown>>

/** A list as it was asked for: as the body of a query, by parameters, or both ways at once. */
export interface AskedList {
  query: ListQuery
  /** Conditions besides `query.where`. */
  filters: readonly Asked[]
  /** What was wrong already. */
  failures: readonly Failure[]
}

const FILTER = /^filter\[([^[\]]+)\](?:\[([^[\]]+)\])?$/
const NAMES = [
  'select',
  'where',
  'view',
  'q',
  'sort',
  'limit',
  'cursor',
  'count',
  'filter[field]',
] as const
const COUNTS = ['none', 'estimate', 'exact'] as const

/** Reads the parameters of `GET /records/{object}`: the same list as a body asks for, its values typed by their fields. */
export function parseListParameters(
  asker: Asker,
  object: ObjectModel,
  parameters: Parameters,
): AskedList {
  const query: ListQuery = {}
  const filters: Asked[] = []
  const failures: Failure[] = []
  for (const [name, given] of Object.entries(parameters)) {
    const values = textsOf(given)
    const filter = FILTER.exec(name)
    if (filter) {
      const [, path = '', operator] = filter
      const asked = parseFilter(asker, object, { place: name, path, operator, values })
      if (isFailure(asked)) failures.push(asked)
      else filters.push(asked)
    } else {
      failures.push(...parseNamed(query, name, values))
    }
  }
  return { query, filters, failures }
}

function textsOf(given: unknown): string[] {
  return (Array.isArray(given) ? given : [given]).map(String)
}

function parseNamed(query: ListQuery, name: string, values: readonly string[]): Failure[] {
  const parse = Object.hasOwn(PARSERS, name) ? PARSERS[name] : undefined
  if (!parse) return [unknownParameter(name)]
  const [text = '', ...others] = values
  if (others.length > 0) {
    return [failure(name, 'malformed', message('Given more than once', '重复给出'))]
  }
  const parsed = parse(text, name)
  if (isFailure(parsed)) return [parsed]
  Object.assign(query, parsed)
  return []
}

const PARSERS: Readonly<
  Record<string, (text: string, name: string) => Partial<ListQuery> | Failure>
> = {
  select: (text) => ({ select: listOf([text]) }),
  sort: (text) => ({ sort: listOf([text]) }),
  view: (view) => ({ view }),
  q: (q) => ({ q }),
  cursor: (cursor) => ({ cursor }),
  where: parseWhere,
  limit: parseLimit,
  count: parseCount,
}

function parseWhere(text: string, name: string): Partial<ListQuery> | Failure {
  try {
    return { where: JSON.parse(text) as Expression }
  } catch {
    return failure(name, 'invalid_filter', message('Not valid JSON', '不是有效的 JSON'))
  }
}

function parseLimit(text: string, name: string): Partial<ListQuery> | Failure {
  return /^\d{1,9}$/.test(text)
    ? { limit: Number(text) }
    : failure(name, 'malformed', message('Must be a whole number', '应为整数'))
}

function parseCount(text: string, name: string): Partial<ListQuery> | Failure {
  const count = COUNTS.find((word) => word === text)
  return count
    ? { count }
    : failure(
        name,
        'malformed',
        message(`Must be one of ${COUNTS.join(', ')}`, `应为 ${COUNTS.join('、')} 之一`),
      )
}

function unknownParameter(name: string): Failure {
  const shown = name.slice(0, 100)
  const suggestion = nearest(shown, NAMES)
  return failure(
    shown,
    'unknown_parameter',
    message(`Unknown parameter "${shown}"`, `未知的参数“${shown}”`),
    suggestion === undefined ? {} : { suggestion },
  )
}
