import type { Database } from '@trellis/server/db'

/** Tables in which every request may leave a trace; what they hold is judged elsewhere. */
const TRACES = /^_(audit|idempotency)/

/** Remembers what the tables of a tenant hold, tells whether they still do, and brings it back. */
export class TableGuard {
  readonly #database: Database
  readonly #tables: readonly string[]
  #checksum = ''
  #marks: ReadonlyMap<string, string> = new Map()

  private constructor(database: Database, tables: readonly string[]) {
    this.#database = database
    this.#tables = tables
  }

  /** Copies the tables aside. */
  static async start(database: Database): Promise<TableGuard> {
    const rows = await database.query<{ name: string }>(
      "select tablename as name from pg_tables where schemaname = 'main' order by 1",
    )
    const names = rows.map(({ name }) => name).filter((name) => !TRACES.test(name))
    const guard = new TableGuard(database, names)
    const copies = names.map((name) => `create table aside."${name}" as table main."${name}";`)
    await database.execute(
      `do $$ begin drop schema if exists aside cascade; create schema aside; ${copies.join(' ')} end $$`,
    )
    guard.#checksum = await guard.#sum()
    guard.#marks = await guard.#mark()
    return guard
  }

  /** Compares a checksum over every row of every table. */
  async isUntouched(): Promise<boolean> {
    return (await this.#sum()) === this.#checksum
  }

  /**
   * The ids of rows that are others than they were, by table; `as told` leaves out when and how often they were
   * written.
   */
  async differing(
    tables: readonly string[],
    which: 'at all' | 'as told' = 'at all',
  ): Promise<Map<string, string[]>> {
    const marks = await this.#mark()
    const written = tables.filter((table) => marks.get(table) !== this.#marks.get(table))
    if (written.length === 0) return new Map()
    const whole = which === 'at all' ? '' : " - '{version,updated_at,updated_by}'::text[]"
    const parts = written.map(
      (
        table,
      ) => `select '${table}' as name, id::text from main."${table}" as n full join aside."${table}" as o using (id)
        where to_jsonb(n)${whole} is distinct from to_jsonb(o)${whole}`,
    )
    const rows = await this.#database.query<{ name: string; id: string }>(parts.join(' union all '))
    const groups = Map.groupBy(rows, ({ name }) => name)
    return new Map([...groups].map(([name, all]) => [name, all.map(({ id }) => id)]))
  }

  /** Brings the tables back that were written to. */
  async restore(): Promise<void> {
    const marks = await this.#mark()
    const written = this.#tables.filter((table) => marks.get(table) !== this.#marks.get(table))
    if (written.length === 0) return
    await this.#database.inTransaction(async (transaction) => {
      await transaction.execute('set local session_replication_role = replica')
      for (const table of written) {
        await transaction.execute(`delete from main."${table}"`)
        await transaction.execute(`insert into main."${table}" table aside."${table}"`)
      }
    })
    this.#marks = await this.#mark()
  }

  /** By table, since PostgreSQL may read them side by side and answer in any order. */
  async #sum(): Promise<string> {
    const sums = this.#tables.map(
      (table) =>
        `select concat('${table} ', count(*), ':', sum(hashtextextended(t::text, 0))) as sum from main."${table}" t`,
    )
    const rows = await this.#database.query<{ sum: string }>(sums.join(' union all '))
    return rows
      .map(({ sum }) => sum)
      .toSorted()
      .join()
  }

  /** Which versions of rows a table holds; whatever is written changes it, also where the content stays the same. */
  async #mark(): Promise<ReadonlyMap<string, string>> {
    const marks = this.#tables.map(
      (table) =>
        `select '${table}' as name, concat(count(*), ':', sum(xmin::text::bigint)) as mark from main."${table}"`,
    )
    const rows = await this.#database.query<{ name: string; mark: string }>(
      marks.join(' union all '),
    )
    return new Map(rows.map(({ name, mark }) => [name, mark]))
  }
}
