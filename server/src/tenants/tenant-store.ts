import { sql } from 'kysely'

import { isTenantName } from '../config.ts'
import { type Database, hasSqlState, MAIN_TENANT, type Queryable } from '../db/index.ts'
import { message, RequestError } from '../errors.ts'
import { physicalName } from '../schema/physical-map.ts'

/** A tenant, and how much it holds. */
export interface TenantSeen {
  readonly name: string
  readonly createdAt: string
  /** The release in force; null while it has none. */
  readonly release: number | null
  /** How many may sign in. */
  readonly people: number
  readonly bytes: number
}

/** The tenants of this database with what they hold, in the order of their names. */
export async function listTenants(db: Database): Promise<TenantSeen[]> {
  const tenants = await db.query<
    Omit<TenantSeen, 'release'> & { schema: string; hasHead: boolean }
  >(sql`
    select t.name, t.schema_name as schema, t.created_at as "createdAt",
      to_regclass(format('%I._head', t.schema_name)) is not null as "hasHead",
      (select count(*)::int from platform.sign_in as s where s.tenant = t.name and s.is_active) as people,
      (select coalesce(sum(pg_total_relation_size(c.oid)), 0)::float8 from pg_class as c
        join pg_namespace as n on n.oid = c.relnamespace
        where n.nspname = t.schema_name and c.relkind = 'r') as bytes
    from platform.tenant as t order by t.name`)
  return Promise.all(
    tenants.map(async ({ schema, hasHead, ...tenant }) => ({
      ...tenant,
      release: hasHead ? await releaseOf(db, schema) : null,
    })),
  )
}

async function releaseOf(db: Queryable, schema: string): Promise<number | null> {
  const [head] = await db.query<{ release: number }>(
    sql`select release from ${physicalName(schema, '_head')}`,
  )
  return head?.release ?? null
}

/** Whether there is such a tenant. */
export async function hasTenant(db: Queryable, name: string): Promise<boolean> {
  const found = await db.query(sql`select 1 from platform.tenant where name = ${name}`)
  return found.length > 0
}

/**
 * Takes a name for a new tenant, and the schema of that name.
 * @throws RequestError malformed · duplicate
 */
export async function addTenant(db: Database, name: string): Promise<void> {
  if (!isTenantName(name)) {
    throw new RequestError('malformed', {
      detail: message(
        `"${name}" cannot name a tenant: use lower-case letters, digits and _`,
        `“${name}”不能作为租户名：请使用小写字母、数字和下划线`,
      ),
    })
  }
  const [schema] = await db.query(sql`select 1 from pg_namespace where nspname = ${name}`)
  if (schema) throw nameTaken(name)
  try {
    await db.execute(sql`insert into platform.tenant (name, schema_name) values (${name}, ${name})`)
  } catch (error) {
    throw hasSqlState(error, '23505') ? nameTaken(name) : error
  }
}

function nameTaken(name: string): RequestError {
  return new RequestError('duplicate', {
    detail: message(`There is a tenant "${name}" already`, `租户“${name}”已存在`),
  })
}

/** Everything of a tenant that lies above its schema, in the order in which it may go. */
const ABOVE = [
  'session',
  'api_key',
  'one_time_token',
  'second_factor',
  'linked_identity',
  'sign_in',
] as const

/**
 * Removes a tenant with everything that it holds, in one transaction. There is no way back.
 * @throws RequestError not_found · conflict for the tenant that every installation has
 */
export async function dropTenant(db: Database, name: string): Promise<void> {
  if (name === MAIN_TENANT.name) {
    throw new RequestError('conflict', {
      detail: message('The main tenant stays', '主租户不能删除'),
    })
  }
  await db.inTransaction(
    async (tx) => {
      const [found] = await tx.query<{ schema: string }>(
        sql`select schema_name as schema from platform.tenant where name = ${name} for update`,
      )
      if (!found) throw unknownTenant(name)
      await tx.execute(sql`drop schema if exists ${physicalName(found.schema)} cascade`)
      for (const table of ABOVE) {
        await tx.execute(sql`delete from ${physicalName('platform', table)} where tenant = ${name}`)
      }
      await tx.execute(sql`delete from platform.tenant where name = ${name}`)
    },
    { statementTimeoutMs: 0, lockTimeoutMs: 10_000 },
  )
}

/** What somebody is told who names a tenant that is not there. */
export function unknownTenant(name: string): RequestError {
  return new RequestError('not_found', {
    detail: message(`There is no tenant "${name}"`, `没有租户“${name}”`),
  })
}
