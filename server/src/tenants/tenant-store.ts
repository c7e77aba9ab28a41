import { sql } from 'kysely'

import { isTenantName } from '../config.ts'
import {
  type Database,
  hasSqlState,
  loadTenants,
  MAIN_TENANT,
  type Nodes,
  type Queryable,
  type Tenant,
} from '../db/index.ts'
import { message, RequestError } from '../errors.ts'
import { physicalName } from '../schema/physical-map.ts'
import { loadMove, loadMoves, type Move } from './move-store.ts'

/** A tenant, and how much it holds. */
export interface TenantSeen {
  readonly name: string
  /** Where it lives; null means in the platform's own database. */
  readonly node: string | null
  readonly hosts: readonly string[]
  /** The release in force; null while it has none. */
  readonly release: number | null
  /** How many may sign in. */
  readonly people: number
  readonly bytes: number
  /** How far it has come to another node, or what it has left behind there. */
  readonly move: Move | undefined
}

/** A tenant and the host names by which people reach it. */
export interface TenantReached extends Tenant {
  readonly hosts: readonly string[]
}

/** The tenants with where they live and how they are reached, in the order of their names. */
export function loadReached(home: Queryable): Promise<TenantReached[]> {
  return home.query<TenantReached>(sql`
    select t.name, t.schema_name as "schemaName", t.node,
      array(select h.host from platform.tenant_host as h where h.tenant = t.name order by h.host) as hosts
    from platform.tenant as t order by t.name`)
}

/** The tenants with what they hold, in the order of their names. */
export async function listTenants(nodes: Nodes): Promise<TenantSeen[]> {
  const tenants = await loadReached(nodes.home)
  const moves = await loadMoves(nodes.home)
  return Promise.all(
    tenants.map(async ({ name, node, hosts, schemaName }) => {
      const held = await loadHeld(await nodes.of(node), name, schemaName)
      return { name, node, hosts, ...held, move: moves.find(({ tenant }) => tenant === name) }
    }),
  )
}

async function loadHeld(
  db: Queryable,
  name: string,
  schema: string,
): Promise<Pick<TenantSeen, 'release' | 'people' | 'bytes'>> {
  const [held] = await db.query<{ people: number; bytes: number; hasHead: boolean }>(sql`
    select to_regclass(format('%I._head', ${schema}::text)) is not null as "hasHead",
      (select count(*)::int from platform.sign_in as s where s.tenant = ${name} and s.is_active) as people,
      (select coalesce(sum(pg_total_relation_size(c.oid)), 0)::float8 from pg_class as c
        join pg_namespace as n on n.oid = c.relnamespace
        where n.nspname = ${schema} and c.relkind = 'r') as bytes`)
  const { people = 0, bytes = 0, hasHead = false } = held ?? {}
  return { people, bytes, release: hasHead ? await releaseOf(db, schema) : null }
}

async function releaseOf(db: Queryable, schema: string): Promise<number | null> {
  const [head] = await db.query<{ release: number }>(
    sql`select release from ${physicalName(schema, '_head')}`,
  )
  return head?.release ?? null
}

/**
 * Takes a name for a new tenant, and the schema of that name on its node. A node knows the tenants that live there;
 * the platform's own database knows all.
 * @throws RequestError malformed · duplicate
 */
export async function addTenant(
  nodes: Nodes,
  { name, node }: { name: string; node: string | null },
): Promise<void> {
  if (!isTenantName(name)) {
    throw new RequestError('malformed', {
      detail: message(
        `"${name}" cannot name a tenant: use lower-case letters, digits and _`,
        `“${name}”不能作为租户名：请使用小写字母、数字和下划线`,
      ),
    })
  }
  const db = await nodes.of(node)
  const [schema] = await db.query(sql`select 1 from pg_namespace where nspname = ${name}`)
  if (schema) throw nameTaken(name)
  try {
    await nodes.home.execute(
      sql`insert into platform.tenant (name, schema_name, node) values (${name}, ${name}, ${node})`,
    )
  } catch (error) {
    throw hasSqlState(error, '23505') ? nameTaken(name) : error
  }
  if (node === null) return
  await db.execute(sql`
    insert into platform.tenant (name, schema_name) values (${name}, ${name})
    on conflict (name) do update set node = null`)
}

function nameTaken(name: string): RequestError {
  return new RequestError('duplicate', {
    detail: message(`There is a tenant "${name}" already`, `租户“${name}”已存在`),
  })
}

/**
 * Says by which host names a tenant is reached, instead of those before.
 * @throws RequestError malformed · duplicate · not_found
 */
export async function setHosts(
  home: Database,
  name: string,
  hosts: readonly string[],
): Promise<void> {
  const wanted = [...new Set(hosts.map((host) => host.toLowerCase()))]
  const wrong = wanted.find((host) => !HOST.test(host))
  if (wrong !== undefined) {
    throw new RequestError('malformed', {
      detail: message(
        `"${wrong}" is no host name, such as crm.example.cn`,
        `“${wrong}”不是主机名，例如 crm.example.cn`,
      ),
    })
  }
  await home.inTransaction(async (tx) => {
    const [tenant] = await tx.query(
      sql`select 1 from platform.tenant where name = ${name} for key share`,
    )
    if (!tenant) throw unknownTenant(name)
    await tx.execute(sql`delete from platform.tenant_host where tenant = ${name}`)
    for (const host of wanted) await addHost(tx, name, host)
    await tellTenantsChanged(tx)
  })
}

const HOST = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/

async function addHost(tx: Queryable, name: string, host: string): Promise<void> {
  const added = await tx.execute(sql`
    insert into platform.tenant_host (host, tenant) values (${host}, ${name}) on conflict do nothing`)
  if (added > 0) return
  throw new RequestError('duplicate', {
    detail: message(`"${host}" leads to another tenant`, `“${host}”已指向其他租户`),
  })
}

/** The channel on which processes hear that a tenant came, went, moved or is reached otherwise. */
export const TENANTS_CHANNEL = 'trellis_tenants'

/** Tells all processes that the tenants are others, or elsewhere. */
export async function tellTenantsChanged(db: Queryable): Promise<void> {
  await db.execute(sql`select pg_notify(${TENANTS_CHANNEL}, '')`)
}

/** Everything of a tenant that lies above its schema, in the order in which it may go. */
export const ABOVE = [
  'session',
  'api_key',
  'one_time_token',
  'second_factor',
  'linked_identity',
  'sign_in',
] as const

/**
 * Removes a tenant with everything that it holds. There is no way back.
 * @throws RequestError not_found · conflict for the tenant that every installation has
 */
export async function dropTenant(nodes: Nodes, name: string): Promise<void> {
  if (name === MAIN_TENANT.name) {
    throw new RequestError('conflict', {
      detail: message('The main tenant stays', '主租户不能删除'),
    })
  }
  const tenant = (await loadTenants(nodes.home)).find((one) => one.name === name)
  if (!tenant) throw unknownTenant(name)
  if (await loadMove(nodes.home, name)) {
    throw new RequestError('conflict', {
      detail: message(
        'It moves, or its old copy is still there (tenant move)',
        '正在迁移，或旧副本尚在（tenant move）',
      ),
    })
  }
  // What it holds goes first: as long as it is known, the rest can be dropped again.
  await removeFrom(await nodes.of(tenant.node), tenant)
  await nodes.home.execute(sql`delete from platform.tenant where name = ${name}`)
  await tellTenantsChanged(nodes.home)
}

async function removeFrom(db: Database, { name, schemaName, node }: Tenant): Promise<void> {
  await db.inTransaction(
    async (tx) => {
      await tx.query(sql`select 1 from platform.tenant where name = ${name} for update`)
      await tx.execute(sql`drop schema if exists ${physicalName(schemaName)} cascade`)
      for (const table of ABOVE) {
        await tx.execute(sql`delete from ${physicalName('platform', table)} where tenant = ${name}`)
      }
      if (node !== null) await tx.execute(sql`delete from platform.tenant where name = ${name}`)
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
