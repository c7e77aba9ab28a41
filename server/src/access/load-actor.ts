import { compileRights, type Locale, pickLocale, type Rights } from '@trellis/metamodel'
import { type RawBuilder, sql } from 'kysely'

import type { Database } from '../db/index.ts'
import type { Release } from '../schema/release.ts'
import type { Actor } from './actor.ts'
import { narrowRights } from './narrow-rights.ts'
import { ShortMemory } from './short-memory.ts'

/** Who acts, and how they signed in. */
export interface ActorAsked {
  readonly tenant: string
  readonly userId: string
  readonly by: Actor['by']
  /** Acts with no more than this permission set allows. */
  readonly within?: string | null
}

const REMEMBERED_MS = 1000
const MOST_REMEMBERED = 10_000
const DEFAULT_TIME_ZONE = 'Asia/Shanghai'

/**
 * The users of a tenant as actors. A user is remembered for a second, so that a change of their
 * record on another server bites here within that time.
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
    const user = await this.#known.get(key, () => loadUser(this.#db, release, asked.userId))
    return user === undefined || !user.isActive ? undefined : actorOf(release, user, asked)
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
  return user === undefined || !user.isActive ? undefined : actorOf(release, user, asked)
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
      ${field('locale')} as locale, ${field('time_zone')} as "timeZone"
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
    timeZone: isTimeZone(row.timeZone) ? row.timeZone : DEFAULT_TIME_ZONE,
  }
}

const knownTimeZones = new Set<string>()

function isTimeZone(name: string | null): name is string {
  if (name === null) return false
  if (knownTimeZones.has(name)) return true
  try {
    const isKnown = new Intl.DateTimeFormat('en', { timeZone: name }).format(0) !== ''
    knownTimeZones.add(name)
    return isKnown
  } catch {
    return false
  }
}

function actorOf(release: Release, user: UserRow, { tenant, by, within }: ActorAsked): Actor {
  return {
    userId: user.id,
    tenant,
    name: user.name,
    email: user.email,
    role: user.role,
    departmentId: user.department,
    managerId: user.manager,
    permissionSets: user.permissionSets,
    rights: rightsOf(release, user.permissionSets, within ?? null),
    locale: user.locale,
    timeZone: user.timeZone,
    by,
    ...(within == null ? {} : { within }),
  }
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
