import {
  type CompiledQuery,
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type RawBuilder,
} from 'kysely'

/** SQL text with `$1, $2…` and the values bound to them. */
export interface SqlText {
  readonly text: string
  readonly values?: readonly unknown[] | undefined
  /**
   * Prepares the text once per connection under this name. The name must stand for this text and for the release
   * that it was compiled for.
   */
  readonly name?: string | undefined
}

/** A statement as the house writes it: Kysely's `sql` tag, a compiled query, or plain text. */
export type Statement<Row = unknown> = RawBuilder<Row> | CompiledQuery<Row> | SqlText | string

/** A read of the compiled path; with a name it is prepared once per connection. */
export type NamedRead = SqlText

/** Text and values, ready for the wire. */
export interface CompiledText {
  readonly text: string
  readonly values: readonly unknown[]
  readonly name?: string | undefined
}

const compiler = new Kysely<unknown>({
  dialect: {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (kysely) => new PostgresIntrospector(kysely),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  },
})

/**
 * Compiles a statement to the text and values that go over the wire.
 *
 * @example toSqlText(sql`select ${1}::int`) // { text: 'select $1::int', values: [1] }
 * @throws TypeError when a value is `undefined`: bound silently it would become null, and a
 *   condition on a forgotten value would quietly match nothing.
 */
export function toSqlText(statement: Statement, values?: readonly unknown[]): CompiledText {
  const compiled = compileStatement(statement, values)
  const missing = compiled.values.indexOf(undefined)
  if (missing >= 0) {
    throw new TypeError(`Value $${missing + 1} is undefined; bind null when null is meant`)
  }
  return compiled
}

function compileStatement(
  statement: Statement,
  values: readonly unknown[] | undefined,
): CompiledText {
  if (typeof statement === 'string') return { text: statement, values: values ?? [] }
  if ('text' in statement) {
    const { text, name } = statement
    return { text, name, values: values ?? statement.values ?? [] }
  }
  const compiled = 'compile' in statement ? statement.compile(compiler) : statement
  return { text: compiled.sql, values: compiled.parameters }
}

/**
 * A value for a `json` or `jsonb` parameter. Bound bare, an array would be written as a PostgreSQL
 * array: `[]` becomes `{}`, and `[1,2]` is refused.
 *
 * @example sql`insert into t (settings) values (${asJson(settings)}::jsonb)`
 */
export function asJson(value: unknown): string {
  return JSON.stringify(value ?? null)
}
