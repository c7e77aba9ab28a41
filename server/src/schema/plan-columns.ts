import { message } from '../errors.ts'
import type { AssignedNames } from './assign-names.ts'
import { type ColumnShape, constraintName, type TableShape } from './describe-tables.ts'
import { partialIndex } from './partial-index.ts'
import { quoteIdentifier as q } from './physical-map.ts'
import { backfill, convertColumn, replaceValues } from './plan-fills.ts'
import type { SchemaStep } from './schema-step.ts'
import type { Stage } from './stage.ts'

/** The tables of the release in force and those of the one to come. */
export interface SchemaChange {
  schema: string
  before: ReadonlyMap<string, TableShape>
  next: ReadonlyMap<string, TableShape>
  names: AssignedNames
}

/** A table that was there and stays. */
export interface TablePair {
  before: TableShape
  next: TableShape
}

/** A table of a schema, quoted. */
export const at = (schema: string, table: string): string => `${q(schema)}.${q(table)}`

export const never = message('Undone by rolling back', '回到旧版本即可恢复')

/** A column as `CREATE TABLE` and `ADD COLUMN` take it. */
export function columnSql(column: ColumnShape): string {
  return `${q(column.name)} ${column.type}${column.default === undefined ? '' : ` DEFAULT ${column.default}`}${column.isNotNull ? ' NOT NULL' : ''}`
}

/** The field that a column or an index belongs to, as a step has it. */
export function fieldOf(from: { field?: string }): { field?: string } {
  return from.field === undefined ? {} : { field: from.field }
}

/** What happens to the columns of a table that stays. */
export function columnSteps(change: SchemaChange, pair: TablePair): SchemaStep[] {
  const { before, next } = pair
  const retired = change.names.retiredColumns
    .filter(({ table }) => table === next.name)
    .map(({ column }) => column)
  const table = at(change.schema, next.name)
  return [
    ...[...next.columns.values()].flatMap((column) => {
      const was = before.columns.get(column.name)
      if (!was) return newColumn(change, pair, column)
      return [
        ...changeColumn(change.schema, next, was, column),
        ...replaceValues(change.schema, next, was, column),
        ...(column.filledBy && column.filledBy.value !== was.filledBy?.value
          ? [backfill(change.schema, next, column, column.filledBy)]
          : []),
      ]
    }),
    ...retired.flatMap((name) => retireColumn(before, table, name)),
  ]
}

function newColumn(
  change: SchemaChange,
  { before, next }: TablePair,
  column: ColumnShape,
): SchemaStep[] {
  const table = at(change.schema, next.name)
  const isRestored = change.names.restored.has(`${next.name}.${column.name}`)
  const was = [...before.columns.values()].find(
    ({ name, field }) => field !== undefined && field === column.field && !next.columns.has(name),
  )
  const required = column.isNotNull ? [setNotNull(change.schema, next, column)] : []
  if (isRestored) return [restoreColumn(next, column), ...required]
  if (was && !column.filledBy) {
    return [
      convertColumn({ schema: change.schema, table: next.name, from: was, to: column }, next),
      ...required,
    ]
  }
  const added = addColumn(next, table, column)
  return column.filledBy ? [added, backfill(change.schema, next, column, column.filledBy)] : [added]
}

function addColumn(shape: TableShape, table: string, column: ColumnShape): SchemaStep {
  // A constant default is kept once in the catalogue, not written into every row. It stays: requests that began under
  // the release before know nothing of the column, and later ones always say what is in it.
  const filled = column.fill === undefined ? column : { ...column, default: column.fill }
  const sql = [`ALTER TABLE ${table} ADD COLUMN ${columnSql(filled)}`]
  const undo = [`ALTER TABLE ${table} DROP COLUMN IF EXISTS ${q(column.name)}`]
  return {
    kind: 'add_column',
    object: shape.object,
    table: shape.name,
    ...fieldOf(column),
    title: message(
      `Add column ${shape.name}.${column.name}`,
      `新增列 ${shape.name}.${column.name}`,
    ),
    sql,
    stages: [{ does: 'run', phase: 'expand', sql, undo }],
    lock: 'access_exclusive',
    class: 'instant',
    isReversible: true,
    undo: never,
  }
}

function restoreColumn(shape: TableShape, column: ColumnShape): SchemaStep {
  return {
    kind: 'restore_column',
    object: shape.object,
    table: shape.name,
    ...fieldOf(column),
    title: message(
      `Take column ${shape.name}.${column.name} into use again with its values`,
      `重新启用列 ${shape.name}.${column.name} 及其数据`,
    ),
    sql: [],
    lock: 'none',
    class: 'instant',
    isReversible: true,
    undo: never,
  }
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
  schema: string,
  shape: TableShape,
  was: ColumnShape,
  column: ColumnShape,
): SchemaStep[] {
  const alter = `ALTER TABLE ${at(schema, shape.name)} ALTER COLUMN ${q(column.name)}`
  const common = {
    object: shape.object,
    table: shape.name,
    ...fieldOf(column),
    lock: 'access_exclusive' as const,
    class: 'instant' as const,
    isReversible: true,
    undo: never,
  }
  const steps: SchemaStep[] = []
  if (was.default !== column.default) {
    steps.push({
      ...common,
      kind: 'set_default',
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
  if (!was.isNotNull && column.isNotNull) steps.push(setNotNull(schema, shape, column))
  if (was.isNotNull && !column.isNotNull) {
    steps.push({
      ...common,
      kind: 'drop_not_null',
      title: message(
        `Allow ${shape.name}.${column.name} to be empty`,
        `允许 ${shape.name}.${column.name} 为空`,
      ),
      sql: [`${alter} DROP NOT NULL`],
    })
  }
  return steps
}

function setNotNull(schema: string, shape: TableShape, column: ColumnShape): SchemaStep {
  const sql = [`ALTER TABLE ${at(schema, shape.name)} ALTER COLUMN ${q(column.name)} SET NOT NULL`]
  return {
    kind: 'set_not_null',
    object: shape.object,
    table: shape.name,
    ...fieldOf(column),
    title: message(
      `Require a value in ${shape.name}.${column.name}`,
      `要求 ${shape.name}.${column.name} 必须有值`,
    ),
    sql,
    stages: notNullStages(schema, shape, column, sql),
    lock: 'access_exclusive',
    class: 'scan',
    isReversible: true,
    undo: never,
  }
}

// New rows are held to it from the moment the release is live; an index of the empty ones answers at that moment
// whether there are any. Then every row is looked at without blocking anybody.
function notNullStages(
  schema: string,
  shape: TableShape,
  column: ColumnShape,
  sql: string[],
): Stage[] {
  const table = at(schema, shape.name)
  const name = q(column.name)
  const where = `${name} IS NULL`
  const empty = partialIndex({ schema, table: shape.name, column: column.name, where }, 'empty')
  const check = q(constraintName(shape.name, column.name, 'given'))
  return [
    { ...empty, phase: 'prove' },
    {
      does: 'activate',
      phase: 'activate',
      locks: [],
      sql: [`ALTER TABLE ${table} ADD CONSTRAINT ${check} CHECK (${name} IS NOT NULL) NOT VALID`],
      checks: [
        {
          sql: `SELECT count(*)::int AS total FROM ${table} WHERE ${where}`,
          message: message(
            `Records without a value in ${shape.name}.${column.name} were saved meanwhile`,
            `期间保存了 ${shape.name}.${column.name} 为空的记录`,
          ),
        },
      ],
    },
    {
      does: 'validate',
      phase: 'contract',
      sql: `ALTER TABLE ${table} VALIDATE CONSTRAINT ${check}`,
      undo: [],
    },
    {
      does: 'run',
      phase: 'contract',
      sql: [...sql, `ALTER TABLE ${table} DROP CONSTRAINT ${check}`, ...empty.undo],
      undo: [],
    },
  ]
}
