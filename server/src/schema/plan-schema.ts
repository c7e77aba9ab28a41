import { message } from '../errors.ts'
import type { AssignedNames } from './assign-names.ts'
import type { ColumnShape, ForeignKeyShape, IndexShape, TableShape } from './describe-tables.ts'
import { quoteIdentifier as q } from './physical-map.ts'
import type { SchemaStep } from './schema-step.ts'

/** The tables of the release in force and those of the one to come. */
export interface SchemaChange {
  schema: string
  before: ReadonlyMap<string, TableShape>
  next: ReadonlyMap<string, TableShape>
  names: AssignedNames
}

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
  return [
    ...created.map((table) =>
      change.names.restored.has(table.name)
        ? restoreTable(table)
        : createTable(change.schema, table),
    ),
    ...kept.flatMap((pair) => columnSteps(change, pair)),
    ...gone.flatMap((table) => retireTable(change.schema, table)),
    ...created.flatMap((table) =>
      [...table.foreignKeys.values()].map((key) => addForeignKey(change, table, key, true)),
    ),
    ...kept.flatMap((pair) => foreignKeySteps(change, pair)),
    ...created.flatMap((table) =>
      [...table.indexes.values()].map((index) => createIndex(change, table, index)),
    ),
    ...kept.flatMap((pair) => indexSteps(change, pair)),
  ]
}

interface TablePair {
  before: TableShape
  next: TableShape
}

const at = (schema: string, table: string): string => `${q(schema)}.${q(table)}`
const never = message('Undone by rolling back', '回到旧版本即可恢复')

function columnSql(column: ColumnShape): string {
  return `${q(column.name)} ${column.type}${column.default === undefined ? '' : ` DEFAULT ${column.default}`}${column.isNotNull ? ' NOT NULL' : ''}`
}

function createTable(schema: string, table: TableShape): SchemaStep {
  const columns = [...table.columns.values()].map((column) => `  ${columnSql(column)}`)
  const key = `  CONSTRAINT ${q(`${table.name.slice(0, 58)}_pkey`)} PRIMARY KEY ("id")`
  return {
    kind: 'create_table',
    object: table.object,
    table: table.name,
    title: message(`Create table ${table.name}`, `新建数据表 ${table.name}`),
    sql: [`CREATE TABLE ${at(schema, table.name)} (\n${[...columns, key].join(',\n')}\n)`],
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

function columnSteps(change: SchemaChange, { before, next }: TablePair): SchemaStep[] {
  const retired = change.names.retiredColumns
    .filter(({ table }) => table === next.name)
    .map(({ column }) => column)
  const table = at(change.schema, next.name)
  return [
    ...[...next.columns.values()].flatMap((column) => {
      const was = before.columns.get(column.name)
      if (was) return changeColumn(next, table, was, column)
      return [
        change.names.restored.has(`${next.name}.${column.name}`)
          ? restoreColumn(next, table, column)
          : addColumn(next, table, column),
      ]
    }),
    ...retired.flatMap((name) => retireColumn(before, table, name)),
  ]
}

function addColumn(shape: TableShape, table: string, column: ColumnShape): SchemaStep {
  return {
    kind: 'add_column',
    object: shape.object,
    table: shape.name,
    ...fieldOf(column),
    title: message(
      `Add column ${shape.name}.${column.name}`,
      `新增列 ${shape.name}.${column.name}`,
    ),
    sql: addColumnSql(table, column),
    lock: 'access_exclusive',
    class: 'instant',
    isReversible: true,
    undo: never,
  }
}

function restoreColumn(shape: TableShape, table: string, column: ColumnShape): SchemaStep {
  return {
    kind: 'restore_column',
    object: shape.object,
    table: shape.name,
    ...fieldOf(column),
    title: message(
      `Take column ${shape.name}.${column.name} into use again with its values`,
      `重新启用列 ${shape.name}.${column.name} 及其数据`,
    ),
    sql: column.isNotNull
      ? [`ALTER TABLE ${table} ALTER COLUMN ${q(column.name)} SET NOT NULL`]
      : [],
    lock: column.isNotNull ? 'access_exclusive' : 'none',
    class: column.isNotNull ? 'scan' : 'instant',
    isReversible: true,
    undo: never,
  }
}

// A constant default is kept once in the catalogue, not written into every row; it is taken away at once,
// since later records get their default from the metadata.
function addColumnSql(table: string, column: ColumnShape): string[] {
  if (column.fill === undefined) return [`ALTER TABLE ${table} ADD COLUMN ${columnSql(column)}`]
  return [
    `ALTER TABLE ${table} ADD COLUMN ${columnSql({ ...column, default: column.fill })}`,
    `ALTER TABLE ${table} ALTER COLUMN ${q(column.name)} DROP DEFAULT`,
  ]
}

function retireColumn(before: TableShape, table: string, name: string): SchemaStep[] {
  const column = before.columns.get(name)
  if (!column) return []
  return [
    {
      kind: 'retire_column',
      object: before.object,
      table: before.name,
      ...fieldOf(column),
      title: message(
        `Take column ${before.name}.${name} out of use; its values stay`,
        `停用列 ${before.name}.${name}，数据保留`,
      ),
      sql: column.isNotNull ? [`ALTER TABLE ${table} ALTER COLUMN ${q(name)} DROP NOT NULL`] : [],
      lock: column.isNotNull ? 'access_exclusive' : 'none',
      class: 'instant',
      isReversible: true,
      undo: never,
    },
  ]
}

function changeColumn(
  shape: TableShape,
  table: string,
  was: ColumnShape,
  column: ColumnShape,
): SchemaStep[] {
  const steps: SchemaStep[] = []
  const common = {
    object: shape.object,
    table: shape.name,
    ...fieldOf(column),
    lock: 'access_exclusive' as const,
    isReversible: true,
    undo: never,
  }
  const alter = `ALTER TABLE ${table} ALTER COLUMN ${q(column.name)}`
  if (was.type !== column.type) {
    steps.push({
      ...common,
      kind: 'change_type',
      class: 'rewrite',
      title: message(
        `Change ${shape.name}.${column.name} from ${was.type} to ${column.type}`,
        `将 ${shape.name}.${column.name} 由 ${was.type} 改为 ${column.type}`,
      ),
      sql: [`${alter} TYPE ${column.type}`],
    })
  }
  if (was.default !== column.default) {
    steps.push({
      ...common,
      kind: 'set_default',
      class: 'instant',
      title: message(
        `Change the default of ${shape.name}.${column.name}`,
        `修改 ${shape.name}.${column.name} 的默认值`,
      ),
      sql: [
        column.default === undefined
          ? `${alter} DROP DEFAULT`
          : `${alter} SET DEFAULT ${column.default}`,
      ],
    })
  }
  if (was.isNotNull !== column.isNotNull) {
    steps.push({
      ...common,
      kind: column.isNotNull ? 'set_not_null' : 'drop_not_null',
      class: column.isNotNull ? 'scan' : 'instant',
      title: column.isNotNull
        ? message(
            `Require a value in ${shape.name}.${column.name}`,
            `要求 ${shape.name}.${column.name} 必须有值`,
          )
        : message(
            `Allow ${shape.name}.${column.name} to be empty`,
            `允许 ${shape.name}.${column.name} 为空`,
          ),
      sql: [`${alter} ${column.isNotNull ? 'SET' : 'DROP'} NOT NULL`],
    })
  }
  return steps
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
  return {
    kind: 'add_foreign_key',
    object: table.object,
    table: table.name,
    field: key.field,
    title: message(
      `Let ${table.name}.${key.column} refer to ${key.target} only`,
      `${table.name}.${key.column} 只能引用 ${key.target}`,
    ),
    sql: [
      `ALTER TABLE ${at(change.schema, table.name)} ADD CONSTRAINT ${q(key.name)} FOREIGN KEY (${q(key.column)}) REFERENCES ${at(change.schema, key.target)} ("id")`,
    ],
    lock: 'share_row_exclusive',
    class: isEmpty ? 'instant' : 'scan',
    isReversible: true,
    undo: never,
  }
}

function indexSteps(change: SchemaChange, { before, next }: TablePair): SchemaStep[] {
  const differs = (index: IndexShape, other: IndexShape | undefined): boolean =>
    other?.definition !== index.definition || other.isUnique !== index.isUnique
  const dropped = [...before.indexes.values()].filter((index) =>
    differs(index, next.indexes.get(index.name)),
  )
  const added = [...next.indexes.values()].filter((index) =>
    differs(index, before.indexes.get(index.name)),
  )
  return [
    ...dropped.map((index): SchemaStep => ({
      kind: 'drop_index',
      object: next.object,
      table: next.name,
      ...fieldOf(index),
      title: message(`Drop the index ${index.name}`, `删除索引 ${index.name}`),
      sql: [`DROP INDEX IF EXISTS ${at(change.schema, index.name)}`],
      lock: 'access_exclusive',
      class: 'instant',
      isReversible: true,
      undo: never,
    })),
    ...added.map((index) => createIndex(change, next, index)),
  ]
}

function createIndex(change: SchemaChange, table: TableShape, index: IndexShape): SchemaStep {
  const what = index.isUnique
    ? message(`Keep values of ${index.name} unique`, `保证 ${index.name} 的值唯一`)
    : message(`Build the index ${index.name}`, `建立索引 ${index.name}`)
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
      `CREATE ${index.isUnique ? 'UNIQUE ' : ''}INDEX ${q(index.name)} ON ${at(change.schema, table.name)} ${index.definition}`,
    ],
    lock: 'share',
    class: 'build',
    isReversible: true,
    undo: never,
  }
}

function fieldOf(from: { field?: string }): { field?: string } {
  return from.field === undefined ? {} : { field: from.field }
}
