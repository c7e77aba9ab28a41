import { sql } from 'kysely'

import type { Queryable, Transaction } from '../db/index.ts'
import { physicalName } from '../schema/physical-map.ts'
import { ABOVE } from './tenant-store.ts'

/** Lets a transaction write what lies above the schema of a tenant that lives elsewhere. */
export async function allowAway(tx: Transaction, tenant: string): Promise<void> {
  await tx.query(sql`select set_config('trellis.moves', ${tenant}, true)`)
}

/** Removes what lies above the schema of a tenant. */
export async function removeAbove(tx: Transaction, tenant: string): Promise<void> {
  await allowAway(tx, tenant)
  for (const table of ABOVE) {
    await tx.execute(sql`delete from ${physicalName('platform', table)} where tenant = ${tenant}`)
  }
}

/** Copies what lies above the schema of a tenant to another server, in place of what is there. */
export async function copyAbove(from: Queryable, to: Transaction, tenant: string): Promise<void> {
  await removeAbove(to, tenant)
  for (const name of [...ABOVE, 'recovery_code']) {
    const table = physicalName('platform', name)
    const [all] = await from.query<{ rows: string }>(sql`
      select coalesce(jsonb_agg(to_jsonb(t)), '[]')::text as rows from ${table} as t where t.tenant = ${tenant}`)
    await to.execute(sql`
      insert into ${table} select * from jsonb_populate_recordset(null::${table}, ${all?.rows ?? '[]'}::jsonb)`)
  }
}

/** Lets the numbers of a schema go on where they stand. */
export async function copySequences(from: Queryable, to: Queryable, schema: string): Promise<void> {
  const sequences = await from.query<{ name: string; value: string | null }>(sql`
    select sequencename as name, last_value::text as value from pg_sequences where schemaname = ${schema}`)
  for (const { name, value } of sequences) {
    if (value === null) continue
    const path = `"${schema}"."${name}"`
    await to.query(sql`select setval(${path}::regclass, ${value}::bigint)`)
  }
}
