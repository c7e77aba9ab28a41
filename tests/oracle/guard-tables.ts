import type { Database } from '@trellis/server/db'

/** Tables in which every request may leave a trace; what they hold is judged elsewhere. */
const TRACES = /^_(audit|idempotency)/

/** Remembers what the tables of a tenant hold, tells whether they still do, and brings it back. */
export class TableGuard {
  readonly #database: Database
  readonly #tables: readonly string[]
  #checksum = ''

  private constructor(database: Database, tables: readonly string[]) {
    this.#database = database
    this.#tables = tables
  }

  /** Copies the tables aside. */
  static async start(database: Database): Promise<TableGuard> {
    const rows = await database.query<{ name: string }>(
      "select tablename as name from pg_tables where schemaname = 'main' order by 1",
    )
    const guard = new TableGuard(
      database,
      rows.map(({ name }) => name).filter((name) => !TRACES.test(name)),
    )
    await database.execute('drop schema if exists aside cascade')
    await database.execute('create schema aside')
    for (const table of guard.#tables) {
      await database.execute(`create table aside."${table}" as table main."${table}"`)
    }
    guard.#checksum = await guard.#sum()
    return guard
  }

  async isUntouched(): Promise<boolean> {
    return (await this.#sum()) === this.#checksum
  }

  /** Brings the tables back that are not what they were. */
  async restore(): Promise<void> {
    const names = await this.#changed()
    await this.#database.inTransaction(async (transaction) => {
      await transaction.execute('set local session_replication_role = replica')
      for (const table of names) {
        await transaction.execute(`delete from main."${table}"`)
        await transaction.execute(`insert into main."${table}" table aside."${table}"`)
      }
    })
  }

  async #sum(): Promise<string> {
    const sums = this.#tables.map((table) => `select ${sumOf('main', table)} as sum`)
    const rows = await this.#database.query<{ sum: string }>(sums.join(' union all '))
    return rows.map(({ sum }) => sum).join()
  }

  async #changed(): Promise<string[]> {
    const parts = this.#tables.map(
      (table) =>
        `select '${table}' as name where ${sumOf('main', table)} <> ${sumOf('aside', table)}`,
    )
    const rows = await this.#database.query<{ name: string }>(parts.join(' union all '))
    return rows.map(({ name }) => name)
  }
}

function sumOf(schema: string, table: string): string {
  return `(select md5(coalesce(string_agg(t::text, '|' order by t::text), '')) from ${schema}."${table}" t)`
}
