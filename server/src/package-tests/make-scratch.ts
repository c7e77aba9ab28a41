import { randomBytes } from 'node:crypto'

import type { Model } from '@trellis/metamodel'
import { sql } from 'kysely'

import { createValueSeal } from '../access/value-seal.ts'
import type { Transaction } from '../db/index.ts'
import {
  assignNames,
  describeTables,
  PhysicalMap,
  physicalName,
  planSchema,
  quoteIdentifier,
  type Release,
  type TableShape,
} from '../schema/index.ts'

/** No release has it; processes that hear of one look what is in force. */
const RELEASE = 1

/**
 * Makes a schema with the empty tables of a model beside that of a tenant, within a transaction that is not going to be
 * committed. Rows are few and nobody else is there: what only makes it fast, or keeps writers apart, is left out.
 *
 * @param tenant the schema whose system tables it has, empty
 */
export async function makeScratch(tx: Transaction, tenant: string, model: Model): Promise<Release> {
  const schema = `trellis_test_${randomBytes(6).toString('hex')}`
  await tx.execute(sql`create schema ${physicalName(schema)}`)
  await tx.execute((await systemSql(tx, tenant, schema)).join(';\n'))
  const names = assignNames(model, {
    schema,
    tables: new Map(),
    columns: new Map(),
    usedTables: new Set(),
    usedColumns: new Set(),
  })
  const tables = [...describeTables(model, names, { hasTrigram: false })]
  const next = new Map(tables.map(([name, table]) => [name, needed(table)]))
  const steps = planSchema({ schema, before: new Map(), next, names })
  await tx.execute(steps.flatMap((step) => step.sql).join(';\n'))
  const key = randomBytes(32)
  return {
    number: RELEASE,
    model,
    physical: new PhysicalMap(names),
    seal: createValueSeal(() => [key]),
    derived: new Map(),
  }
}

/** The system tables of a tenant, without their rows, and the functions that indexes use. */
async function systemSql(tx: Transaction, tenant: string, schema: string): Promise<string[]> {
  const functions = await tx.query<{ text: string }>(sql`
    select regexp_replace(pg_get_functiondef(p.oid), 'FUNCTION \\S+?\\.', ${`FUNCTION ${schema}.`}) as text
    from pg_proc as p where p.pronamespace = ${tenant}::regnamespace and p.prokind = 'f' and p.proname like ${'\\_match%'}`)
  const tables = await tx.query<{ name: string }>(sql`
    select relname as name from pg_class
    where relnamespace = ${tenant}::regnamespace and relkind = 'r' and relname like ${'\\_%'}`)
  const own = quoteIdentifier(schema)
  return [
    ...functions.map(({ text }) => text),
    ...tables.map(({ name }) => {
      const table = quoteIdentifier(name)
      return `create table ${own}.${table} (like ${quoteIdentifier(tenant)}.${table} including all)`
    }),
    `insert into ${own}._head (release, epoch) values (${RELEASE}, 1)`,
    `insert into ${own}._organization (version) values (1)`,
  ]
}

/** What a table must have for the record engine to be right. */
function needed(table: TableShape): TableShape {
  const indexes = new Map([...table.indexes].filter(([, { isUnique }]) => isUnique))
  return { ...table, indexes, foreignKeys: new Map() }
}
