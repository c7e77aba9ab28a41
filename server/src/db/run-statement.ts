import type { ClientBase, QueryResult } from 'pg'

import { mapError } from './database-error.ts'
import { mayPrepare } from './pooler.ts'
import { type Statement, toSqlText } from './statement.ts'

/** What a statement did. */
export interface StatementResult<Row> {
  readonly rows: Row[]
  readonly rowCount: number
  /** The command PostgreSQL reports, such as `UPDATE`. */
  readonly command: string
}

/** Runs one statement on one connection; of several statements in one text, the last one counts. */
export async function runStatement<Row = Record<string, unknown>>(
  client: ClientBase,
  statement: Statement<Row>,
  values?: readonly unknown[],
): Promise<StatementResult<Row>> {
  const compiled = toSqlText(statement, values)
  try {
    const { name, text } = compiled
    const bound = [...compiled.values]
    const answer: unknown = await (name === undefined || !mayPrepare(client)
      ? client.query(text, bound)
      : client.query({ name, text, values: bound }))
    const result = (Array.isArray(answer) ? answer.at(-1) : answer) as QueryResult
    return { rows: result.rows as Row[], rowCount: result.rowCount ?? 0, command: result.command }
  } catch (error) {
    throw mapError(error)
  }
}
