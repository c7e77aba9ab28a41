import type { ObjectModel, SortKey as AuthoredSortKey, SortSpec } from '@trellis/metamodel'

import type { Reader } from '../access/row-filter.ts'
import { type Failure, failure, message } from '../errors.ts'
import { type FieldPath, isFailure, resolveReadable } from './field-path.ts'

/** One key of an order. Empty values come last in both directions. */
export interface SortKey {
  path: FieldPath
  direction: 'asc' | 'desc'
  /** The codes of a picklist in their order, which is the order of its values. */
  codes?: readonly string[]
  /** Whether a record may have no value there. */
  isNullable: boolean
}

const MOST_KEYS = 5
const NEVER_NULL = new Set(['id', 'name', 'owner', 'created_at', 'updated_at', 'version', 'locked'])

/** A sort parameter taken apart: `-amount` is `amount`, descending. */
export function sortSpec(sort: string | SortSpec | AuthoredSortKey): SortSpec {
  if (typeof sort !== 'string') return { field: sort.field, direction: sort.direction ?? 'asc' }
  return sort.startsWith('-')
    ? { field: sort.slice(1), direction: 'desc' }
    : { field: sort, direction: 'asc' }
}

/**
 * Resolves an order; newest first if none is asked for. It is always completed by the id, so that no two
 * records share a place. A reference is ordered by the name of the record it leads to.
 */
export function planSort(
  reader: Reader,
  object: ObjectModel,
  specs: readonly SortSpec[],
): { keys: SortKey[]; failures: Failure[] } {
  const failures: Failure[] = specs.length > MOST_KEYS ? [tooMany()] : []
  const keys: SortKey[] = []
  for (const [index, spec] of specs.slice(0, MOST_KEYS).entries()) {
    const key = planKey(reader, { object, place: `sort.${index}` }, spec)
    if (isFailure(key)) failures.push(key)
    else keys.push(key)
  }
  return { keys: complete(object, keys.length > 0 ? keys : newestFirst(object)), failures }
}

function planKey(
  reader: Reader,
  at: { object: ObjectModel; place: string },
  { field: text, direction }: SortSpec,
): SortKey | Failure {
  const path = resolveReadable(reader, at, text)
  if (isFailure(path)) return path
  const { field } = path
  if (!field.type.isSortable) {
    return failure(
      at.place,
      'not_sortable',
      message(`"${text}" cannot be sorted by`, `不能按“${text}”排序`),
    )
  }
  if (field.target !== undefined) return planKey(reader, at, { field: `${text}.name`, direction })
  const codes = field.values?.map((value) => value.code)
  return { path, direction, isNullable: canBeNull(path), ...(codes ? { codes } : {}) }
}

/** Whether a list may be ordered by a path for this reader. */
export function canSort(reader: Reader, object: ObjectModel, path: string): boolean {
  return !isFailure(planKey(reader, { object, place: '' }, { field: path, direction: 'asc' }))
}

/** Whether a record may have no value at a path; what lies behind a reference may always be missing. */
export function canBeNull({ hops, field }: FieldPath): boolean {
  if (hops.length > 0 || field.values) return true
  return !(NEVER_NULL.has(field.name) || field.isRequired || field.type.name === 'checkbox')
}

function newestFirst(object: ObjectModel): SortKey[] {
  return ownKey(object, 'created_at', 'desc')
}

// The id goes the way of the first key, so that a page can be found by comparing whole rows.
function complete(object: ObjectModel, keys: SortKey[]): SortKey[] {
  if (keys.some(({ path }) => path.text === 'id')) return keys
  return [...keys, ...ownKey(object, 'id', keys[0]?.direction ?? 'asc')]
}

function ownKey(object: ObjectModel, name: string, direction: SortKey['direction']): SortKey[] {
  const field = object.fields.get(name)
  return field ? [{ path: { text: name, hops: [], field }, direction, isNullable: false }] : []
}

function tooMany(): Failure {
  return failure(
    'sort',
    'malformed',
    message(`At most ${MOST_KEYS} sort keys`, `最多 ${MOST_KEYS} 个排序字段`),
  )
}
