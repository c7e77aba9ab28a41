import { ORGANIZATION_OBJECTS } from '@trellis/metamodel'
import { type RawBuilder, sql } from 'kysely'

import type { Queryable } from '../db/index.ts'
import type { Release } from '../schema/release.ts'
import { Organization, type OrganizationData } from './organization.ts'

/** The objects whose records say who belongs where; `user` besides those that only say that. */
export const ORGANIZATION_SOURCES: ReadonlySet<string> = new Set(['user', ...ORGANIZATION_OBJECTS])

/** Tells every process that who belongs where has changed; to be run in the transaction that changes it. */
export async function touchOrganization(tx: Queryable, release: Release): Promise<void> {
  await tx.execute(
    sql`update ${release.physical.systemTable('_organization')} set version = version + 1`,
  )
}

/** SQL of the version, for a statement that asks for something else too. */
export function organizationVersion(release: Release): RawBuilder<string> {
  return sql<string>`(select version::text from ${release.physical.systemTable('_organization')})`
}

/** Reads who belongs where. What the model does not have is empty. */
export async function loadOrganization(db: Queryable, release: Release): Promise<Organization> {
  const read = <Row>(object: string, fields: Readonly<Record<string, RawBuilder<unknown>>>) =>
    readAll<Row>(db, release, object, fields)
  const [users, departments, memberships, groups, groupMembers, queueMembers] = await Promise.all([
    read<RawUser>('user', USER),
    read<OrganizationData['departments'][number]>('department', { parent: NOTHING, code: NOTHING }),
    read<OrganizationData['memberships'][number]>('user_department', {
      user: NOTHING,
      department: NOTHING,
    }),
    read<OrganizationData['groups'][number]>('user_group', { code: NOTHING }),
    read<RawGroupMember>('group_member', GROUP_MEMBER),
    read<OrganizationData['queueMembers'][number]>('queue_member', {
      queue: NOTHING,
      member: NOTHING,
    }),
  ])
  return new Organization({
    users: users.map(({ type, active, permission_sets: permissionSets, ...user }) => ({
      ...user,
      isQueue: type === 'queue',
      isActive: active,
      permissionSets: permissionSets ?? [],
    })),
    departments,
    memberships,
    groups,
    groupMembers: groupMembers.map(({ user_group: group, with_below: withBelow, ...member }) => ({
      ...member,
      group,
      withBelow,
    })),
    queueMembers,
    roles: release.model.roles,
  })
}

const NOTHING = sql`null`
const USER = {
  type: NOTHING,
  code: NOTHING,
  active: sql`true`,
  role: NOTHING,
  department: NOTHING,
  manager: NOTHING,
  permission_sets: NOTHING,
}
const GROUP_MEMBER = {
  user_group: NOTHING,
  user: NOTHING,
  role: NOTHING,
  department: NOTHING,
  with_below: sql`false`,
}

interface RawUser {
  id: string
  type: string | null
  code: string | null
  active: boolean
  role: string | null
  department: string | null
  manager: string | null
  permission_sets: readonly string[] | null
}

interface RawGroupMember {
  user_group: string
  user: string | null
  role: string | null
  department: string | null
  with_below: boolean
}

async function readAll<Row>(
  db: Queryable,
  { model, physical }: Release,
  name: string,
  fields: Readonly<Record<string, RawBuilder<unknown>>>,
): Promise<Row[]> {
  const object = model.objects.get(name)
  if (!object) return []
  const columns = Object.entries(fields).map(([field, absent]) => {
    const value = object.fields.has(field) ? physical.column(name, field) : absent
    return sql`${value} as ${physical.identifier(field)}`
  })
  return db.query<Row>(sql<Row>`
    select id, ${sql.join(columns, sql`, `)} from ${physical.table(name)} where deleted_at is null`)
}
