import type { FieldTypes } from '@trellis/metamodel'
import { sql } from 'kysely'

import { loadHead, loadRelease } from '../catalog/index.ts'
import { loadPhysicalNames } from '../catalog/physical-store.ts'
import type { Database, Transaction } from '../db/index.ts'
import {
  describeTables,
  hasTrigram,
  physicalName,
  planSchema,
  type SchemaStep,
} from '../schema/index.ts'

/**
 * The tables of the house that go along, each after those that it refers to. The others are of the tenant itself: what
 * it has still to send, its audit log, its imports, its publishes under way.
 */
const GOES_ALONG = [
  '_head',
  '_release',
  '_component',
  '_patch',
  '_physical_object',
  '_physical_field',
  '_organization',
  '_counter',
  '_history',
  '_merge',
  '_distinct',
  '_approval',
  '_work_item',
  '_approval_event',
  '_share',
  '_delegation',
  '_file',
] as const

/** Tables in which what is out of use stays behind: a copy begins with what is in use. */
const WITH_RETIRED: ReadonlySet<string> = new Set(['_physical_object', '_physical_field'])

/**
 * Fills a tenant that was just made with what another holds at one moment: metadata with its releases, records with
 * their history, approvals, shares, and the people with their passwords (second steps are set up anew). Both go on as
 * usual meanwhile; what is sent to others, and the audit log, stays with the one. All or nothing.
 */
export async function copyTenant(
  db: Database,
  fieldTypes: FieldTypes,
  { from, to }: { from: string; to: string },
): Promise<void> {
  await db.inTransaction(
    async (tx) => {
      for (const table of GOES_ALONG) await copySystemTable(tx, table, { from, to })
      const steps = await planTables(tx, fieldTypes, to)
      const [tables, rest] = partition(steps, ({ kind }) => kind === 'create_table')
      for (const statement of tables.flatMap((step) => step.sql)) await tx.execute(statement)
      for (const { table } of tables) await copyRows(tx, table, { from, to })
      for (const statement of rest.flatMap((step) => step.sql)) await tx.execute(statement)
      await tx.execute(sql`
        insert into platform.sign_in (id, email, tenant, user_id, password_hash, must_change_password, password_changed_at, is_active)
        select gen_random_uuid(), email, ${to}, user_id, password_hash, must_change_password, password_changed_at, is_active
        from platform.sign_in where tenant = ${from}`)
    },
    { isolation: 'repeatable read', statementTimeoutMs: 0 },
  )
}

interface Way {
  from: string
  to: string
}

async function copySystemTable(tx: Transaction, table: string, way: Way): Promise<void> {
  await tx.execute(sql`delete from ${physicalName(way.to, table)}`)
  await copyRows(tx, table, way)
  if (!WITH_RETIRED.has(table)) return
  await tx.execute(sql`delete from ${physicalName(way.to, table)} where retired_at is not null`)
}

async function copyRows(tx: Transaction, table: string, { from, to }: Way): Promise<void> {
  const columns = await tx.query<{ name: string }>(sql`
    select a.attname as name from pg_attribute as a
    join pg_class as c on c.oid = a.attrelid join pg_namespace as n on n.oid = c.relnamespace
    where n.nspname = ${to} and c.relname = ${table} and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''`)
  const names = sql.join(columns.map(({ name }) => physicalName(name)))
  await tx.execute(sql`
    insert into ${physicalName(to, table)} (${names}) overriding system value
    select ${names} from ${physicalName(from, table)}`)
}

/** The steps that make the tables of the release in force in an empty schema. */
async function planTables(
  tx: Transaction,
  fieldTypes: FieldTypes,
  schema: string,
): Promise<SchemaStep[]> {
  const head = await loadHead(tx, schema)
  const { model } = await loadRelease(tx, schema, head, fieldTypes)
  const names = await loadPhysicalNames(tx, schema)
  const next = describeTables(model, names, { hasTrigram: await hasTrigram(tx) })
  const assigned = {
    ...names,
    newTables: [],
    newColumns: [],
    retiredTables: [],
    retiredColumns: [],
    restored: new Set<string>(),
    synced: [],
  }
  return planSchema({ schema, before: new Map(), next, names: assigned })
}

function partition<Item>(
  items: readonly Item[],
  isFirst: (item: Item) => boolean,
): [Item[], Item[]] {
  return [items.filter(isFirst), items.filter((item) => !isFirst(item))]
}
