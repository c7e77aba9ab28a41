import {
  expressionShape,
  type ListQuery,
  type ListViewDefinition,
  type Named,
  nearest,
  type ObjectModel,
  resultType,
  type TypedExpression,
} from '@trellis/metamodel'

import type { Reader } from '../access/row-filter.ts'
import { type Failure, failure, message } from '../errors.ts'
import { isFailure, resolveShown } from './field-path.ts'
import type { AskedList } from './parse-list-parameters.ts'
import { type Asked, isTyped, planCondition } from './plan-condition.ts'
import { checkSearchText } from './plan-search.ts'
import { planSelect, showAll, type Shown } from './plan-select.ts'
import { canSort, planSort, type SortKey, sortSpec } from './plan-sort.ts'
import { refuseQuery } from './refuse-query.ts'
import { releaseCache } from './release-cache.ts'

/** A list, resolved against the model and what the reader may see. */
export interface ListPlan {
  object: ObjectModel
  shown: readonly Shown[]
  sort: readonly SortKey[]
  /** All of them must hold. */
  conditions: readonly TypedExpression[]
  /** A text to look for; undefined if there is none. */
  search: string | undefined
  limit: number
  count: 'none' | 'estimate' | 'exact'
  cursor: string | undefined
  /** What was asked, without its values: equal shapes compile to the same statement for equal rights. */
  shape: string
  /** What was asked, with its values and without the page: a cursor is good for this alone. */
  binding: string
}

const USUAL_LIMIT = 50
const MOST_RECORDS = 1000

/**
 * Resolves a list: names are found, a list view is applied, values are held against their fields, field
 * access is applied. Pure.
 * @throws RequestError with everything that is wrong with what was asked.
 */
export function planList(reader: Reader, object: ObjectModel, asked: AskedList): ListPlan {
  const { query } = asked
  const frame = frameOf(reader, object, query)
  const conditions: TypedExpression[] = [...frame.conditions]
  const failures = [...asked.failures, ...frame.failures]
  for (const condition of askedConditions(asked)) {
    const typed = planCondition(reader, object, condition)
    if (isTyped(typed)) conditions.push(typed)
    else failures.push(...typed)
  }
  const limit = query.limit ?? USUAL_LIMIT
  if (limit > MOST_RECORDS || limit < 0 || !Number.isInteger(limit)) failures.push(limitFailure())
  const search = query.q?.trim() ?? ''
  failures.push(...[checkSearchText(search)].filter((one) => one !== undefined))
  if (failures.length > 0) throw refuseQuery(failures)
  return {
    object,
    shown: frame.shown,
    sort: frame.sort,
    conditions,
    search: search === '' ? undefined : search,
    limit,
    count: query.count ?? 'none',
    cursor: query.cursor,
    shape: [frame.key, search === '' ? '' : 'q', ...conditions.map(expressionShape)].join('|'),
    binding: JSON.stringify([
      object.name,
      frame.order,
      query.view,
      search,
      query.where,
      asked.filters,
    ]),
  }
}

function askedConditions({ query, filters }: AskedList): Asked[] {
  const { where } = query
  return where === undefined ? [...filters] : [{ place: 'where', expression: where }, ...filters]
}

function limitFailure(): Failure {
  return failure(
    'limit',
    'malformed',
    message(`Must be a whole number from 0 to ${MOST_RECORDS}`, `应为 0 到 ${MOST_RECORDS} 的整数`),
  )
}

/** What of a list does not depend on values: what is shown, the order, and what a list view adds. */
interface Frame {
  key: string
  shown: readonly Shown[]
  sort: readonly SortKey[]
  /** The order, as cursors are bound to it. */
  order: string
  conditions: readonly TypedExpression[]
  failures: readonly Failure[]
}

const frames = releaseCache<Frame>('list frames', 1000)

function frameOf(reader: Reader, object: ObjectModel, { select, sort, view }: ListQuery): Frame {
  const key = JSON.stringify([object.name, select, sort, view])
  const known = frames(reader.release).find(`${reader.actor.accessSignature} ${key}`)
  if (known) return known
  const frame = planFrame(reader, object, { key, select, sort, view })
  // What failed is not asked again, and may be as long as a request allows.
  return frame.failures.length > 0
    ? frame
    : frames(reader.release).keep(`${reader.actor.accessSignature} ${key}`, frame)
}

type FrameAsked = { key: string } & { [K in 'select' | 'sort' | 'view']: ListQuery[K] }

function planFrame(
  reader: Reader,
  object: ObjectModel,
  { key, select, sort, view: name }: FrameAsked,
): Frame {
  const view = name === undefined ? undefined : object.listViews.find((one) => one.name === name)
  const failures = name !== undefined && !view ? [unknownView(object, name)] : []
  const selected = planShown(reader, object, select ?? viewColumns(reader, object, view))
  const specs = (sort ?? viewSort(reader, object, view)).map(sortSpec)
  const sorted = planSort(reader, object, specs)
  const scoped = viewConditions(reader, object, view).map((asked) =>
    planCondition(reader, object, asked),
  )
  return {
    key,
    shown: selected.shown,
    sort: sorted.keys,
    order: sorted.keys
      .map(({ path, direction }) => `${direction} ${path.text} ${resultType(path.field.type)}`)
      .join(),
    conditions: scoped.filter(isTyped),
    failures: [
      ...failures,
      ...selected.failures,
      ...sorted.failures,
      ...scoped.flatMap((one) => (isTyped(one) ? [] : one)),
    ],
  }
}

type View = Named<ListViewDefinition> | undefined

function planShown(
  reader: Reader,
  object: ObjectModel,
  paths: readonly string[] | undefined,
): { shown: readonly Shown[]; failures: Failure[] } {
  return paths === undefined
    ? { shown: showAll(reader, object), failures: [] }
    : planSelect(reader, object, paths)
}

// A view is made for many: what a reader may not see of it is left out, as it was not they who asked for it.
function viewColumns(reader: Reader, object: ObjectModel, view: View): string[] | undefined {
  return view?.definition.columns.filter(
    (path) => !isFailure(resolveShown(reader, { object, place: 'view' }, path)),
  )
}

function viewSort(reader: Reader, object: ObjectModel, view: View): NonNullable<ListQuery['sort']> {
  const specs = (view?.definition.sort ?? []).map(sortSpec)
  return specs.filter(({ field }) => canSort(reader, object, field))
}

// The condition of a view stays as it is: a list without it would show what the view leaves out.
function viewConditions({ release }: Reader, object: ObjectModel, view: View): Asked[] {
  if (!view) return []
  const { where, scope } = view.definition
  const isMine: Asked[] =
    scope === 'mine'
      ? [
          {
            place: 'view',
            expression: { '==': [{ var: ownerPath(release, object) }, { var: '$user.id' }] },
          },
        ]
      : []
  return where === undefined
    ? isMine
    : [...isMine, { place: 'view', expression: where as Asked['expression'] }]
}

/** Where the owner of a record is found: details have that of their master. */
function ownerPath(release: Reader['release'], object: ObjectModel): string {
  const { master } = object
  const above = master && release.model.objects.get(master.target ?? '')
  return above ? `${master.name}.${ownerPath(release, above)}` : 'owner'
}

function unknownView(object: ObjectModel, name: string): Failure {
  const shown = name.slice(0, 63)
  const suggestion = nearest(
    shown,
    object.listViews.map((view) => view.name),
  )
  const text = message(
    `${object.name} has no list view "${shown}"`,
    `${object.name} 没有列表视图“${shown}”`,
  )
  return failure('view', 'unknown_view', text, suggestion === undefined ? {} : { suggestion })
}
