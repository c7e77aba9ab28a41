import { constraintName } from './describe-tables.ts'
import { quoteIdentifier as q } from './physical-map.ts'
import type { Stage } from './stage.ts'

/** Which rows of a table, as SQL, and for which column they are looked for. Names as they are, not quoted. */
interface Rows {
  schema: string
  table: string
  column: string
  where: string
}

/** An index of some rows of a table, by which they are found at once; built while rows are written. */
export function partialIndex(
  { schema, table, column, where }: Rows,
  which: string,
): Omit<Extract<Stage, { does: 'index' }>, 'phase'> {
  const name = constraintName(table, column, which)
  return {
    does: 'index',
    name,
    sql: `CREATE INDEX CONCURRENTLY ${q(name)} ON ${q(schema)}.${q(table)} ("id") WHERE ${where}`,
    undo: [`DROP INDEX IF EXISTS ${q(schema)}.${q(name)}`],
  }
}
