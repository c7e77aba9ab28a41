import { createHash, randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'

import { sql } from 'kysely'

import type { Database, Queryable } from '../db/index.ts'
import { message, RequestError } from '../errors.ts'
import { quoteIdentifier, quoteLiteral } from '../schema/quote.ts'
import { isIndex, makeSchema, readSchemaText, type SchemaText } from './schema-text.ts'

/** What is copied, and where. */
export interface ReplicationPlan {
  readonly source: Database
  readonly target: Database
  /** How the target reaches the source. */
  readonly sourceUrl: string
  readonly tenant: string
  readonly schema: string
  /** Ends what waits, with what to end with. */
  readonly signal: AbortSignal
}

const LOOK_EVERY_MS = 25

/** Copies a tenant's schema to another server and follows what is written meanwhile: PostgreSQL's logical replication. */
export class Replication {
  readonly #plan: ReplicationPlan
  readonly #name: string
  #text: SchemaText = []

  constructor(plan: ReplicationPlan) {
    this.#plan = plan
    // A tenant's name may be as long as that of a slot.
    this.#name = `trellis_${createHash('sha256').update(plan.tenant).digest('hex').slice(0, 24)}`
  }

  /** Makes the schema there and begins to copy. @throws RequestError conflict */
  async begin(): Promise<void> {
    const { source, target, schema, tenant, sourceUrl } = this.#plan
    await requireLogical(source)
    this.#text = await readSchemaText(source, schema)
    const bare = this.#text.filter((statement) => !isIndex(statement))
    await target.inTransaction((tx) => makeSchema(tx, bare), { statementTimeoutMs: 0 })
    await this.#publish()
    await target.execute(sql`delete from platform.move_mark where tenant = ${tenant}`)
    await target.executeAlone(
      `create subscription ${this.#name} connection ${quoteLiteral(sourceUrl)} publication ${this.#name}`,
    )
  }

  /** Waits until all rows are there, with indexes and statistics, and only changes are still to come. */
  async untilCopied(): Promise<void> {
    for (;;) {
      const [state] = await this.#plan.target.query<{ missing: number }>(sql`
        select count(*)::int as missing from pg_subscription_rel as r
        join pg_subscription as s on s.oid = r.srsubid
        where s.subname = ${this.#name} and r.srsubstate <> 'r'`)
      if (state?.missing === 0) break
      this.#plan.signal.throwIfAborted()
      await delay(LOOK_EVERY_MS)
    }
    for (const statement of this.#text.filter(isIndex)) {
      this.#plan.signal.throwIfAborted()
      await this.#plan.target.executeAlone(statement)
    }
    await this.#analyze()
  }

  /** Statistics do not come along: without them the first plans there would be bad ones. */
  async #analyze(): Promise<void> {
    const { target, schema } = this.#plan
    const tables = await target.query<{ name: string }>(sql`
      select relname as name from pg_class
      where relnamespace = ${schema}::regnamespace and relkind = 'r'`)
    for (const { name } of tables) {
      await target.executeAlone(`analyze ${quoteIdentifier(schema)}.${quoteIdentifier(name)}`)
    }
  }

  /** Whether the schema is still made as when the copy began; to be asked while nobody can change it. */
  async isUnchanged(source: Queryable): Promise<boolean> {
    const now = await readSchemaText(source, this.#plan.schema)
    return now.join('\n') === this.#text.join('\n')
  }

  /** Whether everything that is committed now has come to the other side within this time. */
  async hasCaughtUp(withinMs: number): Promise<boolean> {
    const { source, target, tenant, signal } = this.#plan
    signal.throwIfAborted()
    const mark = randomUUID()
    await source.execute(sql`
      insert into platform.move_mark (tenant, mark) values (${tenant}, ${mark})
      on conflict (tenant) do update set mark = excluded.mark`)
    for (const deadline = Date.now() + withinMs; Date.now() < deadline;) {
      const come = await target.query(
        sql`select 1 from platform.move_mark where tenant = ${tenant} and mark = ${mark}`,
      )
      if (come.length > 0) return true
      await delay(LOOK_EVERY_MS)
    }
    return false
  }

  /** Ends the following, from whichever state; what was copied stays. */
  async end(): Promise<void> {
    const { source, target } = this.#plan
    const [subscription] = await target.query(
      sql`select 1 from pg_subscription where subname = ${this.#name}`,
    )
    if (subscription) {
      await target.execute(`alter subscription ${this.#name} disable`)
      await target.execute(`alter subscription ${this.#name} set (slot_name = none)`)
      await target.execute(`drop subscription ${this.#name}`)
    }
    await source.execute(`drop publication if exists ${this.#name}`)
    await this.#dropSlots()
  }

  async #publish(): Promise<void> {
    const { source, schema, tenant } = this.#plan
    const tables = await source.query<{ name: string; hasKey: boolean }>(sql`
      select c.relname as name,
        exists (select from pg_index as x where x.indrelid = c.oid and x.indisprimary) as "hasKey"
      from pg_class as c where c.relnamespace = ${schema}::regnamespace
        and c.relkind = 'r' and c.relpersistence = 'p'`)
    const names = tables.map(({ name }) => `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`)
    await source.inTransaction(
      async (tx) => {
        for (const [at, { hasKey }] of tables.entries()) {
          if (!hasKey) await tx.execute(`alter table ${names[at]} replica identity full`)
        }
        await tx.execute(
          `create publication ${this.#name} for table ${names.join(', ')},
            platform.move_mark where (tenant = ${quoteLiteral(tenant)})`,
        )
      },
      { lockTimeoutMs: 2000 },
    )
  }

  /** A slot keeps what it has not sent: left behind it would fill the disk. */
  async #dropSlots(): Promise<void> {
    const { source } = this.#plan
    for (let attempt = 1; attempt <= 100; attempt += 1) {
      const left = await source.query<{ active: boolean }>(sql`
        select active, case when not active then pg_drop_replication_slot(slot_name) end
        from pg_replication_slots where slot_name = ${this.#name}`)
      if (left.every(({ active }) => !active)) return
      // The connection that reads it ends in a moment.
      await source.query(sql`
        select pg_terminate_backend(active_pid) from pg_replication_slots
        where slot_name = ${this.#name} and active`)
      await delay(100)
    }
    throw new Error(`The replication slot ${this.#name} is still in use`)
  }
}

async function requireLogical(source: Queryable): Promise<void> {
  const [setting] = await source.query<{ level: string }>(
    `select current_setting('wal_level') as level`,
  )
  if (setting?.level === 'logical') return
  throw new RequestError('conflict', {
    detail: message(
      'The node that the tenant lives on needs wal_level = logical',
      '租户所在节点需要设置 wal_level = logical',
    ),
  })
}
