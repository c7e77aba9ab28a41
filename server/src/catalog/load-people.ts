import { type Model, pickLocale } from '@trellis/metamodel'
import { type RawBuilder, sql } from 'kysely'

import type { Actor } from '../access/actor.ts'
import { rightsOf } from '../access/load-actor.ts'
import { loadOrganization } from '../access/load-organization.ts'
import type { Organization } from '../access/organization.ts'
import type { Queryable } from '../db/index.ts'
import type { Release } from '../schema/release.ts'

/** An active user, as one who signs in. */
export interface Person {
  id: string
  name: string
  email: string
  permissionSets: readonly string[]
}

/** The active users of a tenant in the order of their ids, at most so many. */
export async function loadPeople(
  db: Queryable,
  { model, physical }: Release,
  limit: number,
): Promise<Person[]> {
  const user = model.objects.get('user')
  if (!user) return []
  const field = (name: string, absent: RawBuilder<unknown>): RawBuilder<unknown> =>
    user.fields.has(name) ? physical.column('user', name) : absent
  return db.query<Person>(sql`
    select id, name, coalesce(${field('email', sql`null`)}, '') as email,
      coalesce(${field('permission_sets', sql`null`)}, '{}'::text[]) as "permissionSets"
    from ${physical.table('user')}
    where deleted_at is null and ${field('active', sql`true`)}
      and ${field('type', sql`null`)} is distinct from 'queue'
    order by id limit ${limit}`)
}

/** Who belongs where by the records in force, under another model's roles. */
export function loadOrganizationUnder(
  db: Queryable,
  current: Release,
  { roles }: Model,
): Promise<Organization> {
  return loadOrganization(db, { ...current, model: { ...current.model, roles } })
}

/** A person as they would act under a release. */
export function actAs(person: Person, release: Release, organization: Organization): Actor {
  const place = organization.user(person.id)
  return {
    userId: person.id,
    tenant: '',
    name: person.name,
    email: person.email,
    role: place?.role ?? null,
    departmentId: place?.department ?? null,
    managerId: place?.manager ?? null,
    permissionSets: person.permissionSets,
    rights: rightsOf(release, person.permissionSets),
    organization,
    reach: organization.reachOf(person.id),
    accessSignature: '',
    locale: pickLocale(null),
    timeZone: 'Asia/Shanghai',
    by: 'system',
  }
}
