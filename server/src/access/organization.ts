import type { AccessScope, Principal, RoleDefinition } from '@trellis/metamodel'

/** Somebody who may own records: a person, or a queue whose members share what it owns. */
export interface OrganizationUser {
  readonly id: string
  readonly isQueue: boolean
  readonly isActive: boolean
  /** The name by which rules know a queue. */
  readonly code: string | null
  readonly role: string | null
  /** The main department; others are memberships. */
  readonly department: string | null
  readonly manager: string | null
  readonly permissionSets: readonly string[]
}

/** Who belongs where, as it is written in the records of a tenant. */
export interface OrganizationData {
  readonly users: readonly OrganizationUser[]
  readonly departments: readonly {
    readonly id: string
    readonly parent: string | null
    readonly code: string | null
  }[]
  readonly memberships: readonly { readonly user: string; readonly department: string }[]
  readonly groups: readonly { readonly id: string; readonly code: string | null }[]
  /** What belongs to a group: a user, everybody with a role, or everybody of a department. */
  readonly groupMembers: readonly {
    readonly group: string
    readonly user: string | null
    readonly role: string | null
    readonly department: string | null
    readonly withBelow: boolean
  }[]
  readonly queueMembers: readonly { readonly queue: string; readonly member: string }[]
  readonly roles: ReadonlyMap<string, RoleDefinition>
}

/** What one user reaches by their place in the organization. Lists name nobody twice. */
export interface Reach {
  /** The names by which shares and rules may mean this user, e.g. `user:<id>`, `role:sales_rep`, `everyone`. */
  readonly principals: ReadonlySet<string>
  /** The names by which they may mean somebody with a role below. */
  readonly principalsBelow: ReadonlySet<string>
  /** The owners whose records a scope contains; `all` is no list. */
  readonly owners: Readonly<Record<Exclude<AccessScope, 'all'>, readonly string[]>>
  /** Those whose role is below the user's. */
  readonly below: readonly string[]
}

const NOBODY: Reach = {
  principals: new Set(),
  principalsBelow: new Set(),
  owners: { own: [], own_and_subordinates: [], department: [], department_and_below: [] },
  below: [],
}

/**
 * Who belongs where at one moment: immutable, made once for each version of the records that say so. Circles in what
 * should be trees end the walk.
 */
export class Organization {
  readonly #data: OrganizationData
  readonly #users: ReadonlyMap<string, OrganizationUser>
  readonly #subordinates: ReadonlyMap<string, readonly string[]>
  readonly #parents: ReadonlyMap<string, string | null>
  readonly #departmentsOf: ReadonlyMap<string, readonly string[]>
  readonly #codes: ReadonlyMap<string, string>
  readonly #departmentsAbove: (id: string) => readonly string[]
  readonly #rolesAbove: (name: string) => readonly string[]
  readonly #queuesOf: ReadonlyMap<string, readonly string[]>
  readonly #groupsOf: (principals: ReadonlySet<string>) => readonly string[]
  readonly #principals = new Map<string, ReadonlySet<string>>()
  readonly #reaches = new Map<string, Reach>()
  readonly #members = new Map<string, readonly string[]>()

  constructor(data: OrganizationData) {
    this.#data = data
    this.#users = new Map(data.users.map((user) => [user.id, user]))
    this.#subordinates = grouped(
      data.users.flatMap(({ id, manager }) => (manager === null ? [] : [[manager, id] as const])),
    )
    const parents = new Map(data.departments.map(({ id, parent }) => [id, parent]))
    this.#parents = parents
    this.#departmentsOf = grouped(
      data.memberships.map(({ user, department }) => [user, department] as const),
    )
    this.#codes = new Map(
      data.departments.flatMap(({ id, code }) => (code === null ? [] : [[id, code] as const])),
    )
    this.#departmentsAbove = (id) =>
      pathUp(id, (at) => parents.get(at) ?? null).filter((one) => parents.has(one))
    this.#rolesAbove = (name) => pathUp(name, (at) => data.roles.get(at)?.parent ?? null)
    this.#queuesOf = grouped(
      data.queueMembers
        .filter(({ queue }) => this.#users.has(queue))
        .map(({ queue, member }) => [member, queue] as const),
    )
    this.#groupsOf = groupFinder(data)
  }

  /** How many users and queues there are. */
  get size(): number {
    return this.#users.size
  }

  /** The user; undefined if there is none with this id. */
  user(id: string): OrganizationUser | undefined {
    return this.#users.get(id)
  }

  /** What a user reaches. Somebody unknown reaches nothing. */
  reachOf(userId: string): Reach {
    const known = this.#reaches.get(userId)
    if (known) return known
    const user = this.#users.get(userId)
    const reach = user ? this.#makeReach(user) : NOBODY
    this.#reaches.set(userId, reach)
    return reach
  }

  /** The ids of all users and queues that principals mean. */
  membersOf(principals: readonly Principal[]): readonly string[] {
    const names = principals.map(principalName)
    const key = names.join('|')
    const known = this.#members.get(key)
    if (known) return known
    const members = this.#data.users
      .filter(({ id }) => names.some((name) => this.#principalsOf(id).has(name)))
      .map(({ id }) => id)
    this.#members.set(key, members)
    return members
  }

  #makeReach(user: OrganizationUser): Reach {
    const { id } = user
    const own = unique([id, ...(this.#queuesOf.get(id) ?? [])])
    const departments = this.#departments(user)
    const below = this.#below(user)
    return {
      principals: this.#principalsOf(id),
      principalsBelow: new Set(below.flatMap((one) => [...this.#principalsOf(one)])),
      owners: {
        own,
        own_and_subordinates: unique([...own, ...this.#allSubordinates(id)]),
        department: unique([...own, ...this.#staff((department) => [department], departments)]),
        department_and_below: unique([...own, ...this.#staff(this.#departmentsAbove, departments)]),
      },
      below,
    }
  }

  /** Departments that are not there (deleted ones, which may still be referred to) do not count. */
  #departments({ id, department }: OrganizationUser): readonly string[] {
    return unique([
      ...(department === null ? [] : [department]),
      ...(this.#departmentsOf.get(id) ?? []),
    ]).filter((one) => this.#parents.has(one))
  }

  #allSubordinates(id: string): string[] {
    const found = new Set<string>()
    const waiting = [...(this.#subordinates.get(id) ?? [])]
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      if (found.has(next) || next === id) continue
      found.add(next)
      waiting.push(...(this.#subordinates.get(next) ?? []))
    }
    return [...found]
  }

  /** Those whose main department, or what is above it, is one of these. */
  #staff(
    above: (department: string) => readonly string[],
    departments: readonly string[],
  ): string[] {
    const asked = new Set(departments)
    return this.#data.users
      .filter(
        ({ department }) => department !== null && above(department).some((one) => asked.has(one)),
      )
      .map(({ id }) => id)
  }

  #below({ id, role }: OrganizationUser): string[] {
    if (role === null) return []
    return this.#data.users
      .filter((other) => other.id !== id && other.role !== null && other.role !== role)
      .filter((other) => this.#rolesAbove(other.role ?? '').includes(role))
      .map((other) => other.id)
  }

  #principalsOf(id: string): ReadonlySet<string> {
    const known = this.#principals.get(id)
    if (known) return known
    const user = this.#users.get(id)
    const found = user ? this.#makePrincipals(user) : new Set<string>()
    this.#principals.set(id, found)
    return found
  }

  #makePrincipals(user: OrganizationUser): Set<string> {
    const { id, isQueue, code, role } = user
    const departments = this.#departments(user)
    const names = new Set([`user:${id}`, ...(isQueue ? [] : ['everyone'])])
    if (isQueue && code !== null) names.add(`queue_code:${code}`)
    for (const queue of this.#queuesOf.get(id) ?? []) {
      names.add(`queue:${queue}`)
      const queueCode = this.#users.get(queue)?.code
      if (queueCode != null) names.add(`queue_code:${queueCode}`)
    }
    if (role !== null) {
      names.add(`role:${role}`)
      for (const above of this.#rolesAbove(role)) names.add(`role_and_below:${above}`)
    }
    for (const department of departments) this.#addDepartment(names, department)
    for (const group of this.#groupsOf(names)) names.add(group)
    return names
  }

  #addDepartment(names: Set<string>, id: string): void {
    names.add(`department:${id}`)
    const code = this.#codes.get(id)
    if (code !== undefined) names.add(`department_code:${code}`)
    for (const above of this.#departmentsAbove(id)) {
      names.add(`department_and_below:${above}`)
      const aboveCode = this.#codes.get(above)
      if (aboveCode !== undefined) names.add(`department_and_below_code:${aboveCode}`)
    }
  }
}

/** The name under which a rule's principal is found among those of a user. */
export function principalName(principal: Principal): string {
  const [[kind, value] = ['everyone', true]] = Object.entries(principal)
  if (kind === 'everyone') return 'everyone'
  return kind === 'role' || kind === 'role_and_below' ? `${kind}:${value}` : `${kind}_code:${value}`
}

// A group's members are named by what its members are named by, so that groups follow roles and departments.
function groupFinder({
  groups,
  groupMembers,
}: OrganizationData): (principals: ReadonlySet<string>) => readonly string[] {
  const codes = new Map(groups.map(({ id, code }) => [id, code]))
  const named = groupMembers.map(({ group, user, role, department, withBelow }) => ({
    group,
    names: [
      ...(user === null ? [] : [`user:${user}`]),
      ...(role === null ? [] : [`${withBelow ? 'role_and_below' : 'role'}:${role}`]),
      ...(department === null
        ? []
        : [`${withBelow ? 'department_and_below' : 'department'}:${department}`]),
    ],
  }))
  return (principals) =>
    named
      .filter(({ group, names }) => codes.has(group) && names.some((name) => principals.has(name)))
      .flatMap(({ group }) => {
        const code = codes.get(group)
        return [`group:${group}`, ...(code == null ? [] : [`group_code:${code}`])]
      })
}

/** The node itself and everything above it. */
function pathUp(from: string, parentOf: (id: string) => string | null): string[] {
  const path = [from]
  for (let at = parentOf(from); at !== null && !path.includes(at); at = parentOf(at)) path.push(at)
  return path
}

function grouped(pairs: readonly (readonly [string, string])[]): Map<string, string[]> {
  const found = new Map<string, string[]>()
  for (const [key, value] of pairs) {
    const list = found.get(key)
    if (list) list.push(value)
    else found.set(key, [value])
  }
  return found
}

function unique(ids: readonly string[]): string[] {
  return [...new Set(ids)]
}

/** No organization at all: of the house itself, and where there are no users. */
export const NO_ORGANIZATION = new Organization({
  users: [],
  departments: [],
  memberships: [],
  groups: [],
  groupMembers: [],
  queueMembers: [],
  roles: new Map(),
})
