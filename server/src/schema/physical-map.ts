import type { MatchCondition } from '@trellis/metamodel'
import { type RawBuilder, sql } from 'kysely'

import { matchKeySql, slipsSql } from './match-key-sql.ts'
import { quoteIdentifier } from './quote.ts'

/** Which table an object rests in and which column a field rests in, as the database has them. */
export interface PhysicalNames {
  schema: string
  /** Object API name → table name. */
  tables: ReadonlyMap<string, string>
  /** `object.field` → column name. */
  columns: ReadonlyMap<string, string>
}

/**
 * The one place where a name of the metadata becomes an SQL identifier. Physical names were fixed when the
 * thing was made and never follow a rename, so this map is read from the database, not computed.
 */
export class PhysicalMap {
  readonly names: PhysicalNames

  constructor(names: PhysicalNames) {
    this.names = names
  }

  /** `"main"."account"`. @throws Error for an object without a table (a fault of ours, never of a caller). */
  table(object: string): RawBuilder<unknown> {
    return sql.table(`${this.names.schema}.${this.tableName(object)}`)
  }

  /** `"t0"."credit_limit"`, or `"credit_limit"` without an alias. */
  column(object: string, field: string, alias?: string): RawBuilder<unknown> {
    const column = this.columnName(object, field)
    return alias === undefined ? sql.ref(column) : sql.ref(`${alias}.${column}`)
  }

  /** A system table of the tenant, e.g. `"main"."_history"`. */
  systemTable(name: SystemTable): RawBuilder<unknown> {
    return systemTable(this.names.schema, name)
  }

  /**
   * What a duplicate rule compares of a column of a table or of a row set, as the indexes have it.
   *
   * @param at alias and column, e.g. `t.name`
   */
  matchKey(condition: Pick<MatchCondition, 'method' | 'blank'>, at: string): RawBuilder<unknown> {
    const value = at.split('.').map(quoteIdentifier).join('.')
    return sql.raw(matchKeySql(condition, value, this.names.schema))
  }

  /** The same of a text that may have one slip of the keyboard: all that it may have been. */
  slips(at: string): RawBuilder<unknown> {
    const value = at.split('.').map(quoteIdentifier).join('.')
    const key = matchKeySql({ method: 'fuzzy_text' }, value, this.names.schema)
    return sql.raw(slipsSql(key, this.names.schema))
  }

  /** A name that our own code made: an alias or an index. */
  identifier(name: string): RawBuilder<unknown> {
    return sql.id(name)
  }

  tableName(object: string): string {
    const table = this.names.tables.get(object)
    if (table === undefined) throw new Error(`Object ${object} has no table`)
    return table
  }

  columnName(object: string, field: string): string {
    if (SYSTEM_COLUMNS.has(field)) return field
    const column = this.names.columns.get(`${object}.${field}`)
    if (column === undefined) throw new Error(`Field ${object}.${field} has no column`)
    return column
  }
}

/** Columns that every object table has, named like their fields; `deleted_at` is no field: deleted rows are out of sight. */
export const SYSTEM_COLUMNS: ReadonlySet<string> = new Set([
  'id',
  'name',
  'owner',
  'created_at',
  'created_by',
  'updated_at',
  'updated_by',
  'version',
  'locked',
  'deleted_at',
])

/** The name of a system table: it begins with an underscore, which no API name does. */
export type SystemTable = `_${string}`

/** A system table of a tenant before its model is known. */
export function systemTable(schema: string, name: SystemTable): RawBuilder<unknown> {
  return sql.table(`${schema}.${name}`)
}

/** A schema, table or column by the name that the database has for it: for what looks at tables whatever they mean. */
export function physicalName(...path: readonly string[]): RawBuilder<unknown> {
  return sql.id(...path)
}

export { quoteIdentifier, quoteLiteral } from './quote.ts'

/** A condition or a value that a plan has made, of quoted names and literals only, as a part of a statement. */
export function plannedSql(text: string): RawBuilder<unknown> {
  return sql.raw(text)
}
