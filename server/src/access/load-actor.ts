import { compileRights, isTimeZone, type Locale, pickLocale, type Rights } from '@trellis/metamodel'
import { type RawBuilder, sql } from 'kysely'

import type { Database } from '../db/index.ts'
import type { Release } from '../schema/release.ts'
import type { Actor } from './actor.ts'
import { loadOrganization, organizationVersion } from './load-organization.ts'
import { narrowRights } from './narrow-rights.ts'
import type { Organization } from './organization.ts'
import { placeSignature } from './rules-of-actor.ts'
import { ShortMemory } from './short-memory.ts'

/** Who acts, and how they signed in. */
export interface ActorAsked {
  readonly tenant: string
  readonly userId: string
  readonly by: Actor['by']
  /** Acts with no more than this permission set allows. */
  readonly within?: string | null
  /** Nothing that another process has done may be missed, as for who asks who they are. */
  readonly isNow?: boolean
}

const REMEMBERED_MS = 800
const MOST_REMEMBERED = 10_000
const DEFAULT_TIME_ZONE = 'Asia/Shanghai'

/**
 * The users of a tenant as actors. A user is remembered for a second, so that a change of their record, or of who belongs
 * where, on another server bites here within that time even if its notification is lost.
 */
export class Actors {
  readonly #db: Database
  readonly #known = new ShortMemory<UserRow | undefined>(REMEMBERED_MS, MOST_REMEMBERED)

  constructor(db: Database) {
    this.#db = db
  }

  /** The actor; undefined for a user who is gone or not active. */
  async load(release: Release, asked: ActorAsked): Promise<Actor | undefined> {
    const key = `${release.number} ${asked.tenant} ${asked.userId}`
    const load = (): Promise<UserRow | undefined> => loadUser(this.#db, release, asked.userId)
    const user = await this.#known.get(key, load, asked.isNow)
    if (user === undefined || !user.isActive) return undefined
    const organization = await organizationOf(this.#db, release, user)
    return actorOf(release, user, { asked, organization })
  }

  /** Forgets every user, after something about one of them was changed here. */
  forget(): void {
    this.#known.forgetAll()
  }
}

/**
 * Loads an actor afresh; undefined for a user who is gone or not active.
 *
 * @example await loadActor(db, release, { tenant: 'main', userId, by: 'system' })
 */
export async function loadActor(
  db: Database,
  release: Release,
  asked: ActorAsked,
): Promise<Actor | undefined> {
  const user = await loadUser(db, release, asked.userId)
  if (user === undefined || !user.isActive) return undefined
  const organization = await organizationOf(db, release, user)
  return actorOf(release, user, { asked, organization })
}

const ORGANIZATION = Symbol('organization')

/** Who belongs where in the version that the user was read with, or a later one; read once for all actors of a release. */
async function organizationOf(
  db: Database,
  release: Release,
  user: UserRow,
): Promise<Organization> {
  const version = BigInt(user.organizationVersion)
  const known = release.derived.get(ORGANIZATION) as KnownOrganization | undefined
  const organization = await (known && known.version >= version
    ? known.organization
    : readOrganization(db, release, version))
  // A user who is there, but not for the organization, was made past the record engine.
  return organization.user(user.id) ? organization : readOrganization(db, release, version)
}

interface KnownOrganization {
  readonly version: bigint
  readonly organization: Promise<Organization>
}

function readOrganization(db: Database, release: Release, version: bigint): Promise<Organization> {
  const made: KnownOrganization = { version, organization: loadOrganization(db, release) }
  release.derived.set(ORGANIZATION, made)
  made.organization.catch(() => {
    if (release.derived.get(ORGANIZATION) === made) release.derived.delete(ORGANIZATION)
  })
  return made.organization
}

/**
 * Remembers what is known of who belongs where, for a transaction that is taken back to this moment.
 * @returns puts it back
 */
export function keepOrganization({ derived }: Release): () => void {
  const known = derived.get(ORGANIZATION)
  return () => {
    if (known === undefined) derived.delete(ORGANIZATION)
    else derived.set(ORGANIZATION, known)
  }
}

/** The name of a department, for its members to see; null if there is none. */
export async function loadDepartmentName(
  db: Database,
  { model, physical }: Release,
  id: string,
): Promise<string | null> {
  if (!model.objects.has('department')) return null
  const [row] = await db.query(sql<{ name: string }>`
    select name from ${physical.table('department')} where id = ${id} and deleted_at is null`)
  return row?.name ?? null
}

interface UserRow {
  readonly id: string
  readonly name: string
  readonly email: string
  readonly role: string | null
  readonly department: string | null
  readonly manager: string | null
  readonly permissionSets: readonly string[]
  readonly locale: Locale
  readonly timeZone: string
  readonly isActive: boolean
  readonly organizationVersion: string
}

/** The fields of the object `user` that make an actor, with what stands for a field that is not there. */
const ACTOR_FIELDS = {
  email: sql`''`,
  role: sql`null`,
  department: sql`null`,
  manager: sql`null`,
  permission_sets: sql`null`,
  active: sql`true`,
  locale: sql`null`,
  time_zone: sql`null`,
} as const
type ActorField = keyof typeof ACTOR_FIELDS

async function loadUser(db: Database, release: Release, id: string): Promise<UserRow | undefined> {
  if (!release.model.objects.has('user')) return undefined
  const field = (name: ActorField): RawBuilder<unknown> => userField(release, name)
  const [row] = await db.query(sql<RawUser>`
    select id, name, ${field('email')} as email, ${field('role')} as role,
      ${field('department')} as department, ${field('manager')} as manager,
      ${field('permission_sets')} as "permissionSets", ${field('active')} as "isActive",
      ${field('locale')} as locale, ${field('time_zone')} as "timeZone",
      ${organizationVersion(release)} as "organizationVersion"
    from ${release.physical.table('user')} where id = ${id} and deleted_at is null`)
  return row === undefined ? undefined : userOf(row)
}

type RawUser = Omit<UserRow, 'locale' | 'timeZone' | 'permissionSets' | 'email'> & {
  readonly email: string | null
  readonly permissionSets: readonly string[] | null
  readonly locale: string | null
  readonly timeZone: string | null
}

function userField(release: Release, name: ActorField): RawBuilder<unknown> {
  const isThere = release.model.objects.get('user')?.fields.has(name) === true
  return isThere ? release.physical.column('user', name) : ACTOR_FIELDS[name]
}

function userOf(row: RawUser): UserRow {
  return {
    ...row,
    email: row.email ?? '',
    permissionSets: row.permissionSets ?? [],
    locale: pickLocale(row.locale),
    timeZone: timeZoneOf(row.timeZone),
  }
}

function timeZoneOf(name: string | null): string {
  return name !== null && isTimeZone(name) ? name : DEFAULT_TIME_ZONE
}

function actorOf(
  release: Release,
  user: UserRow,
  {
    asked: { tenant, by, within },
    organization,
  }: { asked: ActorAsked; organization: Organization },
): Actor {
  const rights = rightsOf(release, user.permissionSets, within ?? null)
  const reach = organization.reachOf(user.id)
  return {
    userId: user.id,
    tenant,
    name: user.name,
    email: user.email,
    role: user.role,
    departmentId: user.department,
    managerId: user.manager,
    permissionSets: user.permissionSets,
    rights,
    organization,
    reach,
    accessSignature: `${rights.signature}|${signatureOf(release, organization, user.id)}`,
    locale: user.locale,
    timeZone: user.timeZone,
    by,
    ...(within == null ? {} : { within }),
  }
}

const signatures = new WeakMap<Organization, Map<string, string>>()

function signatureOf({ model }: Release, organization: Organization, userId: string): string {
  const known = signatures.get(organization) ?? new Map<string, string>()
  signatures.set(organization, known)
  const signature =
    known.get(userId) ?? placeSignature(model, organization.reachOf(userId), organization)
  known.set(userId, signature)
  return signature
}

const RIGHTS = Symbol('rights')

/** The sum of permission sets in a release, within the bounds of one more if it is named. */
export function rightsOf(
  release: Release,
  sets: readonly string[],
  within: string | null = null,
): Rights {
  const known = knownRights(release)
  const key = JSON.stringify([[...sets].toSorted(), within])
  const rights = known.get(key) ?? compile(release, sets, within)
  known.set(key, rights)
  return rights
}

function compile(release: Release, sets: readonly string[], within: string | null): Rights {
  const rights = compileRights(release.model, sets)
  return within === null ? rights : narrowRights(rights, compileRights(release.model, [within]))
}

function knownRights({ derived }: Release): Map<string, Rights> {
  const known = derived.get(RIGHTS)
  if (known instanceof Map) return known
  const made = new Map<string, Rights>()
  derived.set(RIGHTS, made)
  return made
}
