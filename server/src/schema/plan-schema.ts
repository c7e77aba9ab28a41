import { message } from '../errors.ts'
import {
  constraintName,
  type ForeignKeyShape,
  type IndexShape,
  type TableShape,
} from './describe-tables.ts'
import type { Filling } from './filling.ts'
import { quoteIdentifier as q } from './physical-map.ts'
import { addCheck, checkSteps } from './plan-checks.ts'
import {
  at,
  columnSql,
  columnSteps,
  fieldOf,
  never,
  type SchemaChange,
  type TablePair,
} from './plan-columns.ts'
import { backfill } from './plan-fills.ts'
import type { SchemaStep } from './schema-step.ts'
import type { Stage } from './stage.ts'

export type { SchemaChange } from './plan-columns.ts'

/**
 * The ordered steps from the tables of one model to those of the next: tables and columns first, then what
 * they must hold, then keys and indexes, last what retires. Nothing is dropped that holds data: a retired
 * column or table stays where it is and only leaves the map. Pure: a preview is the same plan, not applied.
 */
export function planSchema(change: SchemaChange): SchemaStep[] {
  const retired = new Set(change.names.retiredTables)
  const created = [...change.next.values()].filter((table) => !change.before.has(table.name))
  const kept = [...change.next.values()].flatMap((table) => {
    const before = change.before.get(table.name)
    return before ? [{ before, next: table }] : []
  })
  const gone = [...change.before.values()].filter((table) => retired.has(table.name))
  const own = kept.flatMap((pair) => columnSteps(change, pair))
  const columns = [...own, ...refills(change, kept, own)]
  return [
    ...created.map((table) =>
      change.names.restored.has(table.name)
        ? restoreTable(table)
        : createTable(change.schema, table),
    ),
    ...columns.filter(({ kind }) => kind !== 'backfill'),
    ...inTurn(change, columns),
    ...gone.flatMap((table) => retireTable(change.schema, table)),
    ...created.flatMap((table) =>
      [...table.foreignKeys.values()].map((key) => addForeignKey(change, table, key, true)),
    ),
    ...kept.flatMap((pair) => foreignKeySteps(change, pair)),
    ...created.flatMap((table) =>
      [...table.checks.values()].map((check) => addCheck(change, table, check, true)),
    ),
    ...kept.flatMap((pair) => checkSteps(change, pair)),
    ...created.flatMap((table) =>
      [...table.indexes.values()].map((index) => createIndex(change, table, index)),
    ),
    ...kept.flatMap((pair) => indexSteps(change, pair)),
  ]
}

/** What is computed from values that are replaced is computed anew. */
function refills(
  change: SchemaChange,
  kept: readonly TablePair[],
  steps: readonly SchemaStep[],
): SchemaStep[] {
  const replaced = steps.filter(({ kind }) => kind === 'replace_values')
  const isFilled = new Set(
    steps.filter(({ kind }) => kind === 'backfill').map((step) => `${step.table}.${step.field}`),
  )
  const reads = (table: string, { value, sources = [] }: Filling): boolean =>
    replaced.some((step) => {
      const column = change.names.columns.get(`${step.object}.${step.field}`)
      const isNear = step.table === table || sources.some((one) => one.table === step.table)
      return column !== undefined && isNear && value.includes(q(column))
    })
  return kept.flatMap(({ next }) =>
    [...next.columns.values()].flatMap((column) => {
      const { filledBy } = column
      if (!filledBy || isFilled.has(`${next.name}.${column.field}`)) return []
      return reads(next.name, filledBy) ? [backfill(change.schema, next, column, filledBy)] : []
    }),
  )
}

/** Existing rows get their values when all columns are there, each after those that it is made of. */
function inTurn(change: SchemaChange, steps: readonly SchemaStep[]): SchemaStep[] {
  const rankOf = ({ table, field }: SchemaStep): number => {
    const columns = [...(change.next.get(table)?.columns.values() ?? [])]
    return columns.find((column) => column.field === field)?.filledBy?.rank ?? 0
  }
  const fills = steps.filter(({ kind }) => kind === 'backfill')
  return fills.toSorted((a, b) => rankOf(a) - rankOf(b))
}

function createTable(schema: string, table: TableShape): SchemaStep {
  const columns = [...table.columns.values()].map((column) => `  ${columnSql(column)}`)
  const key = `  CONSTRAINT ${q(`${table.name.slice(0, 58)}_pkey`)} PRIMARY KEY ("id")`
  const sql = [`CREATE TABLE ${at(schema, table.name)} (\n${[...columns, key].join(',\n')}\n)`]
  const undo = [`DROP TABLE IF EXISTS ${at(schema, table.name)} CASCADE`]
  return {
    kind: 'create_table',
    object: table.object,
    table: table.name,
    title: message(`Create table ${table.name}`, `新建数据表 ${table.name}`),
    sql,
    stages: [{ does: 'run', phase: 'expand', sql, undo }],
    lock: 'none',
    class: 'instant',
    isReversible: true,
    undo: never,
  }
}

function restoreTable(table: TableShape): SchemaStep {
  return {
    kind: 'restore_table',
    object: table.object,
    table: table.name,
    title: message(
      `Take table ${table.name} into use again with its rows`,
      `重新启用数据表 ${table.name} 及其数据`,
    ),
    sql: [],
    lock: 'none',
    class: 'instant',
    isReversible: true,
    undo: never,
  }
}

function retireTable(schema: string, table: TableShape): SchemaStep[] {
  const drops = [...table.foreignKeys.values()].map(
    (key) => `ALTER TABLE ${at(schema, table.name)} DROP CONSTRAINT IF EXISTS ${q(key.name)}`,
  )
  return [
    {
      kind: 'retire_table',
      object: table.object,
      table: table.name,
      title: message(
        `Take table ${table.name} out of use; its rows stay`,
        `停用数据表 ${table.name}，数据保留`,
      ),
      sql: drops,
      lock: 'access_exclusive',
      class: 'instant',
      isReversible: true,
      undo: never,
    },
  ]
}

function foreignKeySteps(change: SchemaChange, { before, next }: TablePair): SchemaStep[] {
  const dropped = [...before.foreignKeys.values()].filter(
    (key) => next.foreignKeys.get(key.name)?.target !== key.target,
  )
  const added = [...next.foreignKeys.values()].filter(
    (key) => before.foreignKeys.get(key.name)?.target !== key.target,
  )
  return [
    ...dropped.map((key): SchemaStep => ({
      kind: 'drop_foreign_key',
      object: next.object,
      table: next.name,
      field: key.field,
      title: message(`Drop the foreign key ${key.name}`, `删除外键 ${key.name}`),
      sql: [`ALTER TABLE ${at(change.schema, next.name)} DROP CONSTRAINT IF EXISTS ${q(key.name)}`],
      lock: 'access_exclusive',
      class: 'instant',
      isReversible: true,
      undo: never,
    })),
    ...added.map((key) => addForeignKey(change, next, key, !before.columns.has(key.column))),
  ]
}

function addForeignKey(
  change: SchemaChange,
  table: TableShape,
  key: ForeignKeyShape,
  isEmpty: boolean,
): SchemaStep {
  const alter = `ALTER TABLE ${at(change.schema, table.name)}`
  const add = `${alter} ADD CONSTRAINT ${q(key.name)} FOREIGN KEY (${q(key.column)}) REFERENCES ${at(change.schema, key.target)} ("id")`
  return {
    kind: 'add_foreign_key',
    object: table.object,
    table: table.name,
    field: key.field,
    title: message(
      `Let ${table.name}.${key.column} refer to ${key.target} only`,
      `${table.name}.${key.column} 只能引用 ${key.target}`,
    ),
    sql: [add],
    stages: keyStages(alter, key, add),
    lock: 'share_row_exclusive',
    class: isEmpty ? 'instant' : 'scan',
    isReversible: true,
    undo: never,
  }
}

function keyStages(alter: string, key: ForeignKeyShape, add: string): Stage[] {
  const validate = `${alter} VALIDATE CONSTRAINT ${q(key.name)}`
  const undo = [`${alter} DROP CONSTRAINT IF EXISTS ${q(key.name)}`]
  return [
    { does: 'run', phase: 'expand', sql: [`${add} NOT VALID`], undo },
    { does: 'validate', phase: 'prove', sql: validate, undo: [] },
  ]
}

function indexSteps(change: SchemaChange, { before, next }: TablePair): SchemaStep[] {
  const differs = (index: IndexShape, other: IndexShape | undefined): boolean =>
    other?.definition !== index.definition || other.isUnique !== index.isUnique
  const added = [...next.indexes.values()].filter((index) =>
    differs(index, before.indexes.get(index.name)),
  )
  const dropped = [...before.indexes.values()].filter((index) =>
    differs(index, next.indexes.get(index.name)),
  )
  return [
    ...dropped.map((index) => dropIndex(change, next, index)),
    ...added.map((index) => createIndex(change, next, index, before.indexes.has(index.name))),
  ]
}

function dropIndex(change: SchemaChange, next: TableShape, index: IndexShape): SchemaStep {
  const sql = [`DROP INDEX IF EXISTS ${at(change.schema, index.name)}`]
  // One that another of its name follows goes as that one takes its place.
  const stages: Stage[] = next.indexes.has(index.name)
    ? []
    : [{ does: 'run', phase: 'contract', sql, undo: [] }]
  return {
    kind: 'drop_index',
    object: next.object,
    table: next.name,
    ...fieldOf(index),
    title: message(`Drop the index ${index.name}`, `删除索引 ${index.name}`),
    sql,
    stages,
    lock: 'access_exclusive',
    class: 'instant',
    isReversible: true,
    undo: never,
  }
}

function createIndex(
  change: SchemaChange,
  table: TableShape,
  index: IndexShape,
  isFollowing = false,
): SchemaStep {
  const what = index.isUnique
    ? message(`Keep values of ${index.name} unique`, `保证 ${index.name} 的值唯一`)
    : message(`Build the index ${index.name}`, `建立索引 ${index.name}`)
  const on = `ON ${at(change.schema, table.name)} ${index.definition}`
  const create = index.isUnique ? 'CREATE UNIQUE INDEX' : 'CREATE INDEX'
  return {
    kind: 'create_index',
    object: table.object,
    table: table.name,
    ...fieldOf(index),
    title: what,
    sql: [
      // What was taken out of use may have kept its index.
      ...(change.names.restored.size > 0
        ? [`DROP INDEX IF EXISTS ${at(change.schema, index.name)}`]
        : []),
      `${create} ${q(index.name)} ${on}`,
    ],
    stages: indexStages(change.schema, index, `${create} CONCURRENTLY`, on, isFollowing),
    lock: 'share',
    class: 'build',
    isReversible: true,
    undo: never,
  }
}

function indexStages(
  schema: string,
  index: IndexShape,
  create: string,
  on: string,
  isFollowing: boolean,
): Stage[] {
  const name = isFollowing ? constraintName(index.name, 'next', 'idx') : index.name
  const drop = `DROP INDEX IF EXISTS ${at(schema, name)}`
  const build: Stage = {
    does: 'index',
    phase: 'prove',
    name,
    sql: `${create} ${q(name)} ${on}`,
    undo: [drop],
  }
  if (!isFollowing) return [build]
  const swap = [
    `DROP INDEX IF EXISTS ${at(schema, index.name)}`,
    `ALTER INDEX ${at(schema, name)} RENAME TO ${q(index.name)}`,
  ]
  return [build, { does: 'run', phase: 'contract', sql: swap, undo: [] }]
}
