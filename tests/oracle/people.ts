import type { Coded, Principal, World, WorldUser } from './world.ts'

/** Who belongs where: section 1 of the rules. */
export class People {
  readonly #world: World
  readonly #users: ReadonlyMap<string, WorldUser>
  readonly #departments: ReadonlyMap<string, Coded>
  readonly #roleParents: ReadonlyMap<string, string | null>
  readonly #principals = new Map<string, ReadonlySet<string>>()

  constructor(world: World) {
    this.#world = world
    this.#users = new Map(alive(world.users).map((user) => [user.id, user]))
    this.#departments = new Map(alive(world.departments).map((one) => [one.id, one]))
    this.#roleParents = new Map(world.roles.map((role) => [role.name, role.parent]))
  }

  /** Somebody who counts: not deleted. */
  user(id: string | null): WorldUser | undefined {
    return id === null ? undefined : this.#users.get(id)
  }

  all(): Iterable<WorldUser> {
    return this.#users.values()
  }

  /** The main department, if it still counts. */
  mainDepartment(user: WorldUser): string | undefined {
    return this.#departments.get(user.department ?? '')?.id
  }

  departmentsOf(user: WorldUser): ReadonlySet<string> {
    const further = alive(this.#world.userDepartments)
      .filter((link) => link.from === user.id)
      .map((link) => link.to)
    const main = this.mainDepartment(user)
    const all = main === undefined ? further : [main, ...further]
    return new Set(all.filter((id) => this.#departments.has(id)))
  }

  queuesOf(userId: string): ReadonlySet<string> {
    const links = alive(this.#world.queueMembers).filter((link) => link.to === userId)
    return new Set(links.map((link) => link.from).filter((id) => this.#users.has(id)))
  }

  isDepartmentWithin(id: string, above: ReadonlySet<string>): boolean {
    return this.#departmentsUp(id).some((one) => above.has(one))
  }

  /** Whether somebody's role is below another's; a role is not below itself. */
  isRoleBelow(user: WorldUser, above: WorldUser): boolean {
    if (above.role === null || user.role === above.role) return false
    return this.#rolesUp(user.role).includes(above.role)
  }

  /** Whether somebody reports to another over any number of managers. */
  reportsTo(user: WorldUser, boss: string): boolean {
    const [, ...above] = upwards(user.id, (one) => this.user(this.user(one)?.manager ?? null)?.id)
    return above.includes(boss)
  }

  /** Every principal that a user has, written as in a share; `queue:` and `everyone` besides. */
  principalsOf(user: WorldUser): ReadonlySet<string> {
    const known = this.#principals.get(user.id) ?? this.#findPrincipals(user)
    this.#principals.set(user.id, known)
    return known
  }

  /** A principal of a rule, written as in a share; undefined if its code names nobody. */
  resolve(principal: Principal): string | undefined {
    if ('everyone' in principal) return 'everyone'
    if ('role' in principal) return `role:${principal.role}`
    if ('role_and_below' in principal) return `role_and_below:${principal.role_and_below}`
    if ('group' in principal) return named('group', principal.group, this.#world.groups)
    if ('queue' in principal) {
      const queues = alive(this.#world.users).filter((user) => user.isQueue)
      return named('queue', principal.queue, queues)
    }
    return 'department' in principal
      ? named('department', principal.department, this.#world.departments)
      : named('department_and_below', principal.department_and_below, this.#world.departments)
  }

  #findPrincipals(user: WorldUser): ReadonlySet<string> {
    const departments = this.departmentsOf(user)
    const found = new Set([`user:${user.id}`])
    if (!user.isQueue) found.add('everyone')
    if (user.role !== null) found.add(`role:${user.role}`)
    for (const role of this.#rolesUp(user.role)) found.add(`role_and_below:${role}`)
    for (const id of departments) {
      found.add(`department:${id}`)
      for (const above of this.#departmentsUp(id)) found.add(`department_and_below:${above}`)
    }
    for (const id of this.queuesOf(user.id)) found.add(`queue:${id}`)
    if (user.isQueue) found.add(`queue:${user.id}`)
    for (const group of this.#groupsOf(user, departments)) found.add(`group:${group}`)
    return found
  }

  #groupsOf(user: WorldUser, departments: ReadonlySet<string>): string[] {
    const groups = new Set(alive(this.#world.groups).map((group) => group.id))
    return alive(this.#world.groupMembers)
      .filter((member) => {
        if (member.user === user.id) return true
        const { role, department, withBelow } = member
        const roles = withBelow ? this.#rolesUp(user.role) : [user.role]
        if (role !== null && roles.includes(role)) return true
        if (department === null || !this.#departments.has(department)) return false
        const above = new Set([department])
        return [...departments].some((id) =>
          withBelow ? this.isDepartmentWithin(id, above) : id === department,
        )
      })
      .map((member) => member.group)
      .filter((group) => groups.has(group))
  }

  #rolesUp(role: string | null): string[] {
    return upwards(role, (one) => this.#roleParents.get(one))
  }

  #departmentsUp(id: string): string[] {
    const living = (one: string | null | undefined): string | undefined =>
      this.#departments.get(one ?? '')?.id
    return upwards(living(id), (one) => living(this.#departments.get(one)?.parent))
  }
}

/** Where a way begins, and all that it leads over. */
function upwards(from: Id, above: (id: string) => Id): string[] {
  const found: string[] = []
  for (let at = from; typeof at === 'string' && !found.includes(at); at = above(at)) found.push(at)
  return found
}

type Id = string | null | undefined

function alive<One extends { readonly isDeleted: boolean }>(all: readonly One[]): One[] {
  return all.filter((one) => !one.isDeleted)
}

type Nameable = Pick<WorldUser, 'id' | 'code' | 'isDeleted'>

function named(kind: string, code: string, all: readonly Nameable[]): string | undefined {
  const found = alive(all).find((one) => one.code === code)
  return found && `${kind}:${found.id}`
}
