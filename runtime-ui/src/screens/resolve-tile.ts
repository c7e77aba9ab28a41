import type {
  AggregateQuery,
  DashboardTile,
  DescribedField,
  DescribedObject,
  Expression,
  Localized,
} from '@trellis/metamodel'

import { bucketEnd, bucketsBetween } from './bucket.ts'
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
  /** Null where there is nothing to measure: an average of no records. */
  value: number | null
  /** The records behind this mark. */
  where: Expression | undefined
}

/** What has to be known to turn a bucket of days into criteria. */
export interface TileDays {
  /** The field type at a path. */
  typeOf: (path: string) => string | undefined
  /** The moment at which a day begins for the reader. */
  startOf: (day: string) => string
}

/** Under which name the aggregate call answers a tile's measure. */
export const TILE_VALUE = 'tile_value'

/** What the aggregate call is asked for a tile. */
export function tileQuery(
  tile: Tile,
  where: Expression | undefined = asExpression(tile.where),
): AggregateQuery {
  const { fn, field } = tile.measure
  const groups = tile.group_by ?? []
  return {
    ...(where === undefined ? {} : { where }),
    ...(groups.length === 0 ? {} : { group_by: groups.map(groupKey) }),
    measures: [{ fn, as: TILE_VALUE, ...(field === undefined ? {} : { field }) }],
    ...(groups.length === 0 ? {} : { sort: [sortOf(tile, groups)] }),
    ...(tile.limit === undefined || groups.length === 0 ? {} : { limit: tile.limit }),
  }
}

function groupKey({
  field,
  bucket,
}: TileGroup): string | { field: string; bucket: NonNullable<TileGroup['bucket']> } {
  return bucket === undefined ? field : { field, bucket }
}

function sortOf(tile: Tile, groups: readonly TileGroup[]): string {
  if (tile.sort === 'measure_asc') return TILE_VALUE
  const byMeasure =
    tile.sort === 'measure_desc' || (tile.sort === undefined && tile.type === 'ranking')
  return byMeasure ? `-${TILE_VALUE}` : (groups[0]?.field ?? TILE_VALUE)
}

/** Criteria in metadata are of unknown shape to the type system; the server has checked them. */
function asExpression(criteria: unknown): Expression | undefined {
  return criteria === undefined || criteria === null ? undefined : (criteria as Expression)
}

/**
 * The marks of a tile, each with the criteria of the records behind it, so that opening one gives exactly the
 * number that it shows.
 */
export function resolveMarks(
  tile: Tile,
  groups: readonly Record<string, unknown>[],
  days: TileDays,
): TileMark[] {
  const [first, second] = tile.group_by ?? []
  return withEmptyBuckets(tile, groups).map((group) => ({
    group: first ? (group[first.field] ?? null) : null,
    series: second ? (group[second.field] ?? null) : null,
    value:
      group[TILE_VALUE] === null || group[TILE_VALUE] === undefined
        ? null
        : Number(group[TILE_VALUE]),
    where: allOf(
      asExpression(tile.where),
      groupIs(first, group, days),
      groupIs(second, group, days),
    ),
  }))
}

/** Beyond this a chart of days would be a wall. */
const MOST_BUCKETS = 400

/** A month without records is a zero on a line of months, not a gap that closes up. */
function withEmptyBuckets(
  tile: Tile,
  groups: readonly Record<string, unknown>[],
): readonly Record<string, unknown>[] {
  const [by, second] = tile.group_by ?? []
  const isAdding = tile.measure.fn === 'sum' || tile.measure.fn === 'count'
  if (!by?.bucket || second || !isAdding || !isInGroupOrder(tile)) return groups
  const known = new Map(groups.map((group) => [String(group[by.field] ?? ''), group]))
  const days = [...known.keys()].filter((day) => day !== '').toSorted()
  const every = bucketsBetween(days, by.bucket)
  if (every.length > MOST_BUCKETS) return groups
  const none = groups.filter((group) => group[by.field] === null)
  return [...none, ...every.map((day) => known.get(day) ?? { [by.field]: day, [TILE_VALUE]: 0 })]
}

function isInGroupOrder({ sort, type }: Tile): boolean {
  return sort === 'group' || (sort === undefined && type !== 'ranking')
}

function groupIs(
  by: TileGroup | undefined,
  group: Record<string, unknown>,
  days: TileDays,
): Expression | undefined {
  if (!by) return undefined
  const value = group[by.field] ?? null
  if (by.bucket === undefined || value === null) return fieldIs(by.field, value)
  const [from, to] = [String(value), bucketEnd(String(value), by.bucket)].map((day) =>
    days.typeOf(by.field) === 'datetime' ? days.startOf(day) : day,
  )
  return {
    and: [{ '>=': [{ var: by.field }, from ?? ''] }, { '<': [{ var: by.field }, to ?? ''] }],
  }
}

/**
 * The field at a path of an object, also one step to a parent: `account.industry`.
 * @param describe finds the object of the parent
 */
export function fieldAt(
  object: DescribedObject,
  path: string,
  describe?: (object: string) => DescribedObject | undefined,
): DescribedField | undefined {
  const [first, second] = path.split('.')
  const field = object.fields.find(({ name }) => name === first)
  if (second === undefined || !field) return field
  const parent = field.target === undefined ? undefined : describe?.(field.target)
  return parent && fieldAt(parent, second, describe)
}

/**
 * Whether a measure is made of amounts that may be in several currencies: then the server converts each by the rate of its
 * day.
 * @param describe finds the object of the parent
 */
export function isConverted(
  object: DescribedObject | undefined,
  { fn, field }: Tile['measure'],
  describe?: (object: string) => DescribedObject | undefined,
): boolean {
  if (!object || field === undefined || fn === 'count') return false
  return fieldAt(object, field, describe)?.own_currency !== undefined
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
