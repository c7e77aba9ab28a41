import type {
  AggregateQuery, DashboardTile, DescribedField, DescribedObject, Expression, Localized,
} from '@trellis/metamodel'

import { bucketEnd } from './bucket.ts'
import { allOf, fieldIs } from './list-link.ts'

/** A tile with its words in the reader's language. */
export type Tile = Localized<DashboardTile>
export type TileGroup = NonNullable<DashboardTile['group_by']>[number]

/** One mark of a chart: a bar, a point, a slice. */
export interface TileMark {
  /** The value grouped by, as it came. */
  group: unknown
  /** The second value grouped by, if there are two. */
  series: unknown
  value: number
  /** The records behind this mark. */
  where: Expression | undefined
}

const VALUE = 'value'

/** What the aggregate call is asked for a tile. Picklists are put in their own order afterwards. */
export function tileQuery(tile: Tile, where: Expression | undefined = asExpression(tile.where)): AggregateQuery {
  const { fn, field } = tile.measure
  const groups = tile.group_by ?? []
  return {
    ...(where === undefined ? {} : { where }),
    ...(groups.length === 0 ? {} : { group_by: groups.map(groupKey) }),
    measures: [{ fn, as: VALUE, ...(field === undefined ? {} : { field }) }],
    ...(groups.length === 0 ? {} : { sort: [sortOf(tile, groups)] }),
    ...(tile.limit === undefined || groups.length === 0 ? {} : { limit: tile.limit }),
  }
}

function groupKey({ field, bucket }: TileGroup): string | { field: string; bucket: NonNullable<TileGroup['bucket']> } {
  return bucket === undefined ? field : { field, bucket }
}

function sortOf(tile: Tile, groups: readonly TileGroup[]): string {
  if (tile.sort === 'measure_asc') return VALUE
  const byMeasure = tile.sort === 'measure_desc' || (tile.sort === undefined && tile.type === 'ranking')
  return byMeasure ? `-${VALUE}` : (groups[0]?.field ?? VALUE)
}

/** Criteria in metadata are of unknown shape to the type system; the server has checked them. */
function asExpression(criteria: unknown): Expression | undefined {
  return criteria === undefined || criteria === null ? undefined : (criteria as Expression)
}

/**
 * The marks of a tile, each with the criteria of the records behind it, so that opening one gives exactly the
 * number that it shows. Groups of a picklist come in the order of its values unless sorted by measure.
 */
export function resolveMarks(
  tile: Tile,
  object: DescribedObject,
  groups: readonly Record<string, unknown>[],
): TileMark[] {
  const [first, second] = tile.group_by ?? []
  const marks = groups.map((group) => ({
    group: first ? (group[first.field] ?? null) : null,
    series: second ? (group[second.field] ?? null) : null,
    value: Number(group[VALUE] ?? 0),
    where: allOf(asExpression(tile.where), groupIs(first, group, object), groupIs(second, group, object)),
  }))
  const isByMeasure = tile.sort === 'measure_asc' || tile.sort === 'measure_desc' || tile.type === 'ranking'
  return isByMeasure ? marks : inValueOrder(marks, first && fieldOf(object, first.field))
}

/** The field of an object itself; paths to parents have none here. */
export function fieldOf(object: DescribedObject, path: string): DescribedField | undefined {
  return object.fields.find((field) => field.name === path)
}

function groupIs(by: TileGroup | undefined, group: Record<string, unknown>, object: DescribedObject): Expression | undefined {
  if (!by) return undefined
  const value = group[by.field] ?? null
  if (by.bucket === undefined || value === null) return fieldIs(by.field, value)
  const isMoment = fieldOf(object, by.field)?.type === 'datetime'
  const start = isMoment ? String(value) : String(value).slice(0, 10)
  return { and: [{ '>=': [{ var: by.field }, start] }, { '<': [{ var: by.field }, bucketEnd(start, by.bucket)] }] }
}

function inValueOrder(marks: TileMark[], field: DescribedField | undefined): TileMark[] {
  const order = new Map(field?.values?.map((value, index) => [value.code, index]))
  if (order.size === 0) return marks
  const place = (mark: TileMark): number => order.get(String(mark.group)) ?? order.size
  return marks.toSorted((a, b) => place(a) - place(b))
}

const PERIOD_BEFORE: Readonly<Record<string, string>> = {
  today: 'yesterday',
  this_week: 'last_week',
  this_month: 'last_month',
  this_quarter: 'last_quarter',
  this_year: 'last_year',
}

/**
 * The same criteria for the period before, where they name a current period; undefined if they name none, and
 * then there is nothing to compare with.
 */
export function periodBefore(where: unknown): Expression | undefined {
  const before = JSON.parse(JSON.stringify(where ?? null), (key, value: unknown) => {
    if (key !== 'in_period' || !Array.isArray(value)) return value
    const [subject, period] = value as [unknown, unknown]
    return [subject, PERIOD_BEFORE[String(period)] ?? period]
  }) as Expression
  return JSON.stringify(before) === JSON.stringify(where ?? null) ? undefined : before
}
