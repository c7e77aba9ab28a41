import { message } from '../errors.ts'
import { convertField, lostWhere } from './convert-column.ts'
import { type ColumnShape, constraintName, type TableShape } from './describe-tables.ts'
import { fillSql } from './fill-sql.ts'
import type { Filling } from './filling.ts'
import { partialIndex } from './partial-index.ts'
import { quoteIdentifier as q, quoteLiteral } from './physical-map.ts'
import type { SchemaStep } from './schema-step.ts'
import type { Fill, Stage } from './stage.ts'
import { type ColumnPair, endSyncSql, isFilling, syncSql } from './sync-columns.ts'

/** So long after a release is live all processes know of it, and the requests that began before it have ended. */
const LAST_REQUESTS_MS = 5000

const undone = message('Undone by rolling back', '回到旧版本即可恢复')

/**
 * A field whose values become values of another type: a second column, which a trigger keeps like the first from the
 * moment it is there. The first stays as it is, up to date, for as long as the change can be undone.
 */
export function convertColumn(pair: ColumnPair, shape: TableShape): SchemaStep {
  const { schema, from, to } = pair
  const table = `${q(schema)}.${q(shape.name)}`
  const add = [
    ...endSyncSql(schema, shape.name, from.name),
    `ALTER TABLE ${table} ADD COLUMN ${q(to.name)} ${to.type}`,
  ]
  const fill: Fill = {
    table,
    set: `${q(to.name)} = ${convertField(q(from.name), from, to)}`,
    where: `${q(from.name)} IS NOT NULL`,
  }
  const undo = [
    ...endSyncSql(schema, shape.name, to.name),
    `ALTER TABLE ${table} DROP COLUMN IF EXISTS ${q(to.name)}`,
  ]
  return {
    kind: 'convert_column',
    object: shape.object,
    table: shape.name,
    ...(to.field === undefined ? {} : { field: to.field }),
    title: message(
      `Convert ${shape.name}.${from.name} (${from.type}) to ${to.name} (${to.type})`,
      `将 ${shape.name}.${from.name}（${from.type}）转换为 ${to.name}（${to.type}）`,
    ),
    sql: [...add, fillSql(fill), ...syncSql(pair)],
    stages: [
      { does: 'run', phase: 'expand', sql: [...add, ...syncSql(pair)], undo },
      { does: 'fill', phase: 'backfill', fill, undo: [] },
      ...lostStages(pair, table),
    ],
    lock: 'access_exclusive',
    class: 'rewrite',
    isReversible: true,
    undo: message(
      'Undone by rolling back: the old column stays up to date for a week',
      '回到旧版本即可恢复：旧列在一周内保持同步',
    ),
  }
}

// Values that were saved while the others were converted, and do not convert: an index of them answers at once.
function lostStages({ schema, table: name, from, to }: ColumnPair, table: string): Stage[] {
  if (to.isEmptied === true) return []
  const lost = lostWhere(from, to, q(to.name))
  const index = partialIndex({ schema, table: name, column: to.name, where: lost }, 'lost')
  return [
    { ...index, phase: 'prove' },
    {
      does: 'activate',
      phase: 'activate',
      locks: [`LOCK TABLE ${table} IN SHARE MODE`],
      sql: [],
      checks: [
        {
          sql: `SELECT count(*)::int AS total FROM ${table} WHERE ${lost}`,
          message: message(
            `Values of ${name}.${from.name} that cannot become ${to.type} were saved meanwhile`,
            `期间保存了无法转换为 ${to.type} 的 ${name}.${from.name} 值`,
          ),
        },
      ],
    },
    { does: 'run', phase: 'contract', sql: index.undo, undo: [] },
  ]
}

/** Existing rows get the value of a computed column. */
export function backfill(
  schema: string,
  shape: TableShape,
  column: ColumnShape,
  filling: Filling,
): SchemaStep {
  const table = `${q(schema)}.${q(shape.name)}`
  const fill: Fill = { table, set: `${q(column.name)} = ${filling.value}` }
  return {
    kind: 'backfill',
    object: shape.object,
    table: shape.name,
    reads: (filling.sources ?? []).map((source) => source.table),
    ...(column.field === undefined ? {} : { field: column.field }),
    title: message(
      `Compute ${shape.name}.${column.name} of existing records`,
      `计算现有记录的 ${shape.name}.${column.name}`,
    ),
    sql: [fillSql(fill)],
    stages: followedFill({ schema, table: shape.name, column: column.name, filling }, fill),
    lock: 'none',
    class: 'rewrite',
    isReversible: true,
    undo: undone,
  }
}

interface Followed {
  schema: string
  table: string
  column: string
  filling: Filling
}

// Rows that change while others are filled are noted by triggers and filled anew: before the release goes live, with
// it, and once more when the last requests of the release before have ended.
function followedFill(followed: Followed, fill: Fill): Stage[] {
  const sources = [
    { table: followed.table, rows: 'SELECT r."id"' },
    ...(followed.filling.sources ?? []),
  ]
  const triggers = sources.map((source, index) => followTrigger(followed, source, index))
  const end = triggers.flatMap(({ drop }) => drop)
  const name = `${followed.table}.${followed.column}`
  const key = quoteLiteral(name)
  const touched = `${q(followed.schema)}."_touched"`
  const refill = [
    isFilling(name),
    `WITH gone AS (DELETE FROM ${touched} WHERE fill = ${key} RETURNING "row") UPDATE ${fill.table} AS t SET ${fill.set} WHERE t."id" IN (SELECT "row" FROM gone)`,
  ]
  const forget = `DELETE FROM ${touched} WHERE fill = ${key}`
  const locks = sources.map(
    ({ table }) => `LOCK TABLE ${q(followed.schema)}.${q(table)} IN SHARE MODE`,
  )
  return [
    {
      does: 'run',
      phase: 'expand',
      sql: triggers.flatMap(({ create }) => create),
      undo: [...end, forget],
    },
    { does: 'fill', phase: 'backfill', fill, undo: [] },
    { does: 'run', phase: 'prove', sql: refill, undo: [] },
    {
      does: 'activate',
      phase: 'activate',
      locks,
      sql: refill,
      checks: [],
    },
    // With the locks: what is written at the same moment keeps these values itself, and must not be written over.
    {
      does: 'run',
      phase: 'contract',
      sql: [...locks, ...refill],
      undo: [],
      afterMs: LAST_REQUESTS_MS,
    },
    { does: 'run', phase: 'contract', sql: [...end, forget], undo: [] },
  ]
}

function followTrigger(
  { schema, table, column }: Followed,
  source: { table: string; rows: string },
  index: number,
): { create: string[]; drop: string[] } {
  const name = q(constraintName(table, `${column}_${index}`, 'follow'))
  const on = `${q(schema)}.${q(source.table)}`
  const note = (row: 'OLD' | 'NEW'): string =>
    `INSERT INTO ${q(schema)}."_touched" (fill, "row") SELECT ${quoteLiteral(`${table}.${column}`)}, s.id FROM (SELECT ${row}.*) r, LATERAL (${source.rows}) s(id) WHERE s.id IS NOT NULL;`
  return {
    create: [
      `CREATE OR REPLACE FUNCTION ${q(schema)}.${name}() RETURNS trigger LANGUAGE plpgsql AS $follow$
BEGIN
  IF current_setting('trellis.filling', true) IN ('on', ${quoteLiteral(`${table}.${column}`)}) THEN RETURN NULL; END IF;
  IF TG_OP <> 'INSERT' THEN ${note('OLD')} END IF;
  IF TG_OP <> 'DELETE' THEN ${note('NEW')} END IF;
  RETURN NULL;
END $follow$`,
      `CREATE TRIGGER ${name} AFTER INSERT OR UPDATE OR DELETE ON ${on} FOR EACH ROW EXECUTE FUNCTION ${q(schema)}.${name}()`,
    ],
    drop: [
      `DROP TRIGGER IF EXISTS ${name} ON ${on}`,
      `DROP FUNCTION IF EXISTS ${q(schema)}.${name}()`,
    ],
  }
}

/** Records whose value of a picklist goes get the one that takes its place. */
export function replaceValues(
  schema: string,
  shape: TableShape,
  was: ColumnShape,
  column: ColumnShape,
): SchemaStep[] {
  const fill = replacement(schema, shape, was, column)
  if (!fill?.where) return []
  const rows = { schema, table: shape.name, column: column.name, where: fill.where }
  const going = partialIndex(rows, 'going')
  // Those that were written meanwhile: the first index is still full of what is filled, which would be read under the lock.
  const left = partialIndex(rows, 'left')
  return [
    {
      kind: 'replace_values',
      object: shape.object,
      table: shape.name,
      ...(column.field === undefined ? {} : { field: column.field }),
      title: message(
        `Replace the values of ${shape.name}.${column.name} that go`,
        `替换 ${shape.name}.${column.name} 中将被移除的值`,
      ),
      sql: [fillSql(fill)],
      stages: [
        { ...going, phase: 'expand' },
        { does: 'fill', phase: 'backfill', fill, undo: [] },
        { ...left, phase: 'prove' },
        {
          does: 'activate',
          phase: 'activate',
          locks: [`LOCK TABLE ${fill.table} IN SHARE ROW EXCLUSIVE MODE`],
          sql: [fillSql(fill)],
          checks: [],
        },
        { does: 'fill', phase: 'contract', fill, undo: [], afterMs: LAST_REQUESTS_MS },
        { does: 'run', phase: 'contract', sql: [...going.undo, ...left.undo], undo: [] },
      ],
      lock: 'none',
      class: 'rewrite',
      isReversible: false,
      undo: message('History keeps the old values', '旧值保留在历史记录中'),
    },
  ]
}

function replacement(
  schema: string,
  shape: TableShape,
  was: ColumnShape,
  column: ColumnShape,
): Fill | undefined {
  const { values, replaced = {}, isEmptied } = column
  if (!values || was.type !== column.type) return undefined
  const isGone = (code: string): boolean =>
    !values.includes(code) && (was.values?.includes(code) ?? true)
  const pairs = Object.entries(replaced).filter(([code]) => isGone(code))
  const isNarrower = !was.values || was.values.some((code) => !values.includes(code))
  if (pairs.length === 0 && !(isEmptied === true && isNarrower)) return undefined
  const isList = column.type === 'text[]'
  const kept = list(values)
  const going = isEmptied === true ? undefined : list(pairs.map(([code]) => code))
  const name = q(column.name)
  const next = isList ? nextList(name, values, pairs) : nextCode(name, pairs, isEmptied === true)
  return {
    table: `${q(schema)}.${q(shape.name)}`,
    set: `${name} = ${next}, "version" = "version" + 1`,
    where: isList ? listWhere(name, going, kept) : codeWhere(name, going, kept),
    ...(column.field === undefined
      ? {}
      : {
          history: {
            table: `${q(schema)}."_history"`,
            object: shape.object,
            field: column.field,
            old: name,
            new: next,
          },
        }),
  }
}

type Pairs = readonly [code: string, next: string | null][]

const list = (codes: readonly string[]): string =>
  `ARRAY[${codes.map(quoteLiteral).join(', ')}]::text[]`
const literal = (code: string | null): string => (code === null ? 'NULL' : quoteLiteral(code))

function codeWhere(name: string, going: string | undefined, kept: string): string {
  return going === undefined ? `${name} <> ALL (${kept})` : `${name} = ANY (${going})`
}

function listWhere(name: string, going: string | undefined, kept: string): string {
  return going === undefined ? `NOT ${name} <@ ${kept}` : `${name} && ${going}`
}

function nextCode(name: string, pairs: Pairs, isEmptied: boolean): string {
  const others = isEmptied ? 'NULL' : name
  if (pairs.length === 0) return others
  const cases = pairs.map(([code, next]) => `WHEN ${literal(code)} THEN ${literal(next)}`)
  return `CASE ${name} ${cases.join(' ')} ELSE ${others} END`
}

// Each value once, in the order of the picklist; none is empty.
function nextList(name: string, values: readonly string[], pairs: Pairs): string {
  const next = nextCode('v', pairs, false)
  const inOrder = `array_position(${list(values)}, n)`
  return `(SELECT nullif(array_agg(n ORDER BY ${inOrder}), '{}') FROM (SELECT DISTINCT ${next} AS n FROM unnest(${name}) AS v) AS m WHERE ${inOrder} IS NOT NULL)`
}
