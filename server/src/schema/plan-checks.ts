import { message } from '../errors.ts'
import type { CheckShape, TableShape } from './describe-tables.ts'
import { quoteIdentifier as q } from './physical-map.ts'
import { at, never, type SchemaChange, type TablePair } from './plan-columns.ts'
import type { SchemaStep } from './schema-step.ts'
import type { Stage } from './stage.ts'

/** What a table holds its rows to: that one at most of some columns has a value. */
export function checkDefinition({ columns }: Pick<CheckShape, 'columns'>): string {
  return `CHECK (num_nonnulls(${columns.map(q).join(', ')}) <= 1)`
}

/** The checks of a table that stays. */
export function checkSteps(change: SchemaChange, { before, next }: TablePair): SchemaStep[] {
  const dropped = [...before.checks.values()].filter((one) => !isSame(one, next.checks))
  const added = [...next.checks.values()].filter((one) => !isSame(one, before.checks))
  return [
    ...dropped.map((check) => dropCheck(change, next, check)),
    ...added.map((check) =>
      addCheck(
        change,
        next,
        check,
        check.columns.every((column) => !before.columns.has(column)),
      ),
    ),
  ]
}

function isSame(check: CheckShape, others: TableShape['checks']): boolean {
  const other = others.get(check.name)
  return other !== undefined && checkDefinition(other) === checkDefinition(check)
}

function dropCheck(change: SchemaChange, table: TableShape, check: CheckShape): SchemaStep {
  const sql = [dropSql(change, table, check)]
  return {
    kind: 'drop_check',
    object: table.object,
    table: table.name,
    field: check.field,
    title: message(`Drop the check ${check.name}`, `删除检查 ${check.name}`),
    sql,
    lock: 'access_exclusive',
    class: 'instant',
    isReversible: true,
    undo: never,
  }
}

/** The step that makes a check; a table without rows in its columns needs no look at them. */
export function addCheck(
  change: SchemaChange,
  table: TableShape,
  check: CheckShape,
  isEmpty: boolean,
): SchemaStep {
  const alter = `ALTER TABLE ${at(change.schema, table.name)}`
  const add = `${alter} ADD CONSTRAINT ${q(check.name)} ${checkDefinition(check)}`
  const first = [dropSql(change, table, check), ...giveWay(change, table, check)]
  const stages: Stage[] = [
    {
      does: 'activate',
      phase: 'activate',
      locks: [],
      sql: [...first, `${add} NOT VALID`],
      checks: [],
    },
    {
      does: 'validate',
      phase: 'contract',
      sql: `${alter} VALIDATE CONSTRAINT ${q(check.name)}`,
      undo: [],
    },
  ]
  return {
    kind: 'add_check',
    object: table.object,
    table: table.name,
    field: check.field,
    title: message(
      `Let ${table.name} have one value at most in ${check.columns.join(', ')}`,
      `${table.name} 的 ${check.columns.join('、')} 中最多一列有值`,
    ),
    sql: [...first, add],
    stages,
    lock: 'access_exclusive',
    class: isEmpty ? 'instant' : 'scan',
    isReversible: true,
    undo: never,
  }
}

function dropSql({ schema }: SchemaChange, table: TableShape, { name }: CheckShape): string {
  return `ALTER TABLE ${at(schema, table.name)} DROP CONSTRAINT IF EXISTS ${q(name)}`
}

/** A column that comes back into use has the values of before; where another was chosen since, those give way. */
function giveWay({ schema, names }: SchemaChange, table: TableShape, check: CheckShape): string[] {
  const restored = check.columns.filter((column) => names.restored.has(`${table.name}.${column}`))
  const others = check.columns.filter((column) => !restored.includes(column))
  if (restored.length === 0 || others.length === 0) return []
  return [
    `UPDATE ${at(schema, table.name)} SET ${restored.map((one) => `${q(one)} = NULL`).join(', ')} ` +
      `WHERE num_nonnulls(${others.map(q).join(', ')}) > 0 AND num_nonnulls(${restored.map(q).join(', ')}) > 0`,
  ]
}
