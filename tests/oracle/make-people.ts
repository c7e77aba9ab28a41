import type { PermissionSetDefinition, Principal } from '@trellis/metamodel'

import type { Random } from './random.ts'
import type {
  Coded,
  GroupMember,
  Link,
  World,
  WorldField,
  WorldObject,
  WorldUser,
} from './world.ts'

const SCOPES = ['own', 'own_and_subordinates', 'department', 'department_and_below', 'all'] as const
const HIDDEN = ['none', 'masked'] as const
const ACCESS = ['none', 'masked', 'read', 'edit', 'edit'] as const

type PeopleOfWorld = Pick<
  World,
  | 'roles'
  | 'users'
  | 'departments'
  | 'groups'
  | 'groupMembers'
  | 'userDepartments'
  | 'queueMembers'
  | 'askers'
>

/** Random permission sets; the first ones reach far, so that not everything is refused. */
export function makeSets(
  random: Random,
  objects: readonly WorldObject[],
): Record<string, PermissionSetDefinition> {
  const sets: Record<string, PermissionSetDefinition> = {}
  const count = random.between(5, 12)
  for (let index = 0; index < count; index++) {
    const share = index < 3 ? 0.9 : 0.5
    const named = random
      .some(objects, share)
      .map((object) => [object.name, entry(random, object, rolledUpOf(objects, object))])
    const system = [
      ...(random.chance(0.08) ? (['view_all_data'] as const) : []),
      ...(random.chance(0.06) ? (['modify_all_data'] as const) : []),
      ...(random.chance(0.15) ? (['manage_users'] as const) : []),
      ...(random.chance(0.06) ? (['export'] as const) : []),
      ...(random.chance(0.2) ? (['erase'] as const) : []),
      ...(random.chance(0.3) ? (['import'] as const) : []),
      'api' as const,
    ]
    sets[`set${index}`] = {
      label: `Set ${index}`,
      system,
      objects: {
        ...Object.fromEntries(named),
        ...(random.chance(0.75) ? { user: usersEntry(random) } : {}),
        ...(random.chance(0.4) ? { department: { read: true, field_access: 'read' } } : {}),
      },
    }
  }
  return sets
}

type Entry = NonNullable<PermissionSetDefinition['objects']>[string]

/** What of an object is added up elsewhere. */
function rolledUpOf(objects: readonly WorldObject[], { name }: WorldObject): string[] {
  const rolledUp = objects.flatMap(({ fields }) => fields.flatMap((field) => field.rolledUp ?? []))
  return rolledUp.flatMap(({ child, of }) => (child === name && of !== undefined ? [of] : []))
}

function usersEntry(random: Random): Entry {
  return { read: true, ...(random.chance(0.2) ? { edit: true, edit_scope: 'all' } : {}) }
}

function entry(
  random: Random,
  { fields, master }: WorldObject,
  rolledUp: readonly string[],
): Entry {
  const choices = [...fields.map((field) => field.name), 'name', ...(master ? [] : ['owner'])]
  const limited = [
    ...random.some(choices, 0.25).map((field) => [field, random.pick(ACCESS)] as const),
    // What is added up is often hidden itself, which is what sums are good for.
    ...random.some(rolledUp, 0.4).map((field) => [field, random.pick(HIDDEN)] as const),
    ...random.some(partsOf(fields), 0.3).map((field) => [field, 'masked'] as const),
  ]
  const general = random.chance(0.25) ? random.pick(ACCESS) : undefined
  const masked = general === 'masked' ? choices : limited.flatMap(isMasked)
  const made = fields.filter(({ madeOf }) => madeOf !== undefined)
  const reveal = [...random.some(masked, 0.6), ...random.some(made, 0.4).map(({ name }) => name)]
  const scopes = master === undefined
  return {
    read: true,
    ...(random.chance(0.6) ? { create: true } : {}),
    ...(random.chance(0.6) ? { edit: true } : {}),
    ...(random.chance(0.4) ? { delete: true } : {}),
    ...(scopes && random.chance(0.35) ? { transfer: true } : {}),
    ...(random.chance(0.5) ? { export: true } : {}),
    ...(scopes && random.chance(0.7) ? { read_scope: random.pick(SCOPES) } : {}),
    ...(scopes && random.chance(0.5) ? { edit_scope: random.pick(SCOPES) } : {}),
    ...(scopes && random.chance(0.3) ? { delete_scope: random.pick(SCOPES) } : {}),
    ...(general === undefined ? {} : { field_access: general }),
    ...(limited.length > 0 ? { fields: Object.fromEntries(limited) } : {}),
    ...(reveal.length > 0 ? { reveal: [...new Set(reveal)] } : {}),
  }
}

/** What of the same record others are made of. */
function partsOf(fields: readonly WorldField[]): string[] {
  const paths = fields.flatMap(({ madeOf }) => madeOf ?? [])
  return [...new Set(paths.filter((path) => !path.includes('.')))]
}

function isMasked([field, access]: readonly [string, string]): string[] {
  return access === 'masked' ? [field] : []
}

/** Random users in trees of roles, departments and managers, groups and queues. */
export function makePeople(random: Random, sets: readonly string[]): PeopleOfWorld {
  const roles = Array.from({ length: random.between(3, 7) }, (_, index) => ({
    name: `role${index}`,
    parent: random.maybe(range('role', index), 0.85),
  }))
  const departments = makeTree(random, 'D', random.between(3, 7))
  const users: WorldUser[] = []
  const count = random.between(7, 14)
  for (let index = 0; index < count; index++) {
    users.push(makeUser(random, { index, users, roles, departments, sets }))
  }
  const queues = Array.from({ length: random.between(1, 3) }, (_, index) =>
    makeQueue(random, index, departments),
  )
  const groups = Array.from({ length: random.between(1, 3) }, (_, index) =>
    coded(random, `G${index}`, null, index > 0 && random.chance(0.15)),
  )
  const people = { roles, departments, groups, users: [...users, ...queues] }
  return {
    ...people,
    groupMembers: makeGroupMembers(random, people, users),
    userDepartments: makeLinks(random, users, departments, 0.12),
    queueMembers: makeLinks(random, queues, users, 0.3),
    askers: makeAskers(random, users, sets),
  }
}

interface UserParts {
  readonly index: number
  readonly users: readonly WorldUser[]
  readonly roles: World['roles']
  readonly departments: readonly Coded[]
  readonly sets: readonly string[]
}

function makeUser(
  random: Random,
  { index, users, roles, departments, sets }: UserParts,
): WorldUser {
  const isDeleted = index > 3 && random.chance(0.08)
  const chosen = random.some(sets.slice(index < 4 ? 0 : 1), 0.25)
  return {
    id: random.id(),
    name: `${random.token()} user`,
    isQueue: false,
    isActive: !isDeleted && (index < 4 || random.chance(0.85)),
    isDeleted,
    code: null,
    role: random.maybe(roles, 0.85)?.name ?? null,
    department: random.maybe(departments, 0.85)?.id ?? null,
    manager: random.maybe(users, 0.7)?.id ?? null,
    sets: chosen.length > 0 ? chosen : [random.pick(sets)],
  }
}

function makeQueue(random: Random, index: number, departments: readonly Coded[]): WorldUser {
  return {
    id: random.id(),
    name: `${random.token()} queue`,
    isQueue: true,
    isActive: true,
    isDeleted: index > 0 && random.chance(0.3),
    code: `Q${index}`,
    role: null,
    department: random.maybe(departments, 0.3)?.id ?? null,
    manager: null,
    sets: [],
  }
}

function coded(random: Random, code: string, parent: string | null, isDeleted: boolean): Coded {
  return { id: random.id(), code, parent, isDeleted }
}

function makeTree(random: Random, prefix: string, count: number): Coded[] {
  const tree: Coded[] = []
  for (let index = 0; index < count; index++) {
    const parent = random.maybe(tree, 0.8)?.id ?? null
    tree.push(coded(random, `${prefix}${index}`, parent, index > 1 && random.chance(0.1)))
  }
  return tree
}

function makeGroupMembers(
  random: Random,
  { groups, roles, departments }: Pick<World, 'groups' | 'roles' | 'departments'>,
  users: readonly WorldUser[],
): GroupMember[] {
  return groups.flatMap((group) =>
    Array.from({ length: random.between(1, 4) }, (): GroupMember => {
      const kind = random.pick(['user', 'role', 'department'])
      return {
        id: random.id(),
        group: group.id,
        user: kind === 'user' ? random.pick(users).id : null,
        role: kind === 'role' ? random.pick(roles).name : null,
        department: kind === 'department' ? random.pick(departments).id : null,
        withBelow: kind !== 'user' && random.chance(0.5),
        isDeleted: random.chance(0.1),
      }
    }),
  )
}

function makeLinks(
  random: Random,
  from: readonly { id: string }[],
  to: readonly { id: string }[],
  probability: number,
): Link[] {
  return from.flatMap((one) =>
    random.some(to, probability).map((other) => ({
      id: random.id(),
      from: one.id,
      to: other.id,
      isDeleted: random.chance(0.12),
    })),
  )
}

/** Every active user, and keys of some of them. */
function makeAskers(
  random: Random,
  users: readonly WorldUser[],
  sets: readonly string[],
): World['askers'] {
  const active = users.filter((user) => user.isActive && !user.isDeleted)
  const keys = random.some(active, 0.35).map(({ id }) => ({ user: id, within: random.pick(sets) }))
  return [...active.map(({ id }) => ({ user: id, within: null })), ...keys]
}

/** A random principal of a rule, by role, department, group, queue, or everybody. */
export function makePrincipal(
  random: Random,
  world: Pick<World, 'roles' | 'departments' | 'groups' | 'users'>,
): Principal {
  const role = random.pick(world.roles).name
  const department = random.pick(world.departments).code
  const choices: Principal[] = [
    { role },
    { role_and_below: role },
    { department },
    { department_and_below: department },
    { group: random.pick(world.groups).code },
    { queue: random.pick(world.users.filter((user) => user.isQueue)).code ?? '' },
  ]
  return random.chance(0.06) ? { everyone: true } : random.pick(choices)
}

function range(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${index}`)
}
