import { fieldOf } from './world-parts.ts'
import type { PermissionSetDefinition, World } from './world.ts'

export type Right = 'create' | 'read' | 'edit' | 'delete' | 'transfer' | 'export'
export type Access = 'none' | 'masked' | 'read' | 'edit'
export type Scope = NonNullable<ObjectEntry['edit_scope']>
export type SystemPermission = NonNullable<PermissionSetDefinition['system']>[number]
type ObjectEntry = NonNullable<PermissionSetDefinition['objects']>[string]

const WIDTH: readonly Access[] = ['none', 'masked', 'read', 'edit']
const SYSTEM_FIELDS = 'id created_at created_by updated_at updated_by version locked'.split(' ')
const OF_MANAGERS = ['department', 'user_department', 'user_group', 'group_member', 'queue_member']

/** What some permission sets add up to: sections 2 and 6 of the rules. */
export class ObjectRights {
  readonly #world: World
  readonly #sets: readonly PermissionSetDefinition[]
  readonly #known = new Map<string, Access>()

  constructor(world: World, names: readonly string[]) {
    this.#world = world
    this.#sets = names.flatMap((name) => world.sets[name] ?? [])
  }

  hasSystem(permission: SystemPermission): boolean {
    return this.#sets.some((set) => set.system?.includes(permission))
  }

  /** Whether a right, if one has it, reaches every record of an object. */
  hasAll(right: Right, object: string): boolean {
    if (this.hasSystem('modify_all_data') || isOfManagers(right, object)) return true
    return right === 'read' && this.hasSystem('view_all_data')
  }

  may(right: Right, object: string): boolean {
    if (this.hasSystem('modify_all_data')) return true
    if (isOfManagers(right, object)) {
      return this.hasSystem('manage_users') && this.may('read', object)
    }
    if (this.hasAll(right, object)) return true
    const isGiven = this.#entries(object).some((entry) => entry[right])
    if (!isGiven && !(right === 'export' && this.hasSystem('export'))) return false
    return right === 'read' || this.may('read', object)
  }

  /** The scopes that a right comes with, one for each set that gives it. */
  scopes(right: 'read' | 'edit' | 'delete' | 'transfer', object: string): Scope[] {
    return this.#entries(object)
      .filter((entry) => entry[right])
      .map((entry) => {
        const edit = entry.edit_scope ?? 'own'
        if (right === 'read') return entry.read_scope ?? 'own'
        return right === 'delete' ? (entry.delete_scope ?? edit) : edit
      })
  }

  /** Access to a field; `none` for one of an object that may not be read at all. */
  access(object: string, name: string): Access {
    const key = `${object}.${name}`
    const known = this.#known.get(key) ?? this.#findAccess(object, name)
    this.#known.set(key, known)
    return known
  }

  /** Of a field that is made of others, these are told, or would be told too. */
  mayReveal(object: string, name: string): boolean {
    const isListed = this.#entries(object).some((entry) => entry.reveal?.includes(name))
    if (this.access(object, name) !== 'masked' || !isListed) return false
    const parts = fieldOf(this.#world, object, name)?.madeOf ?? []
    return parts.every((path) => this.#opensAlong(object, path))
  }

  #opensAlong(object: string, path: string): boolean {
    const [name = '', ...rest] = path.split('.')
    if (!isTold(this.access(object, name)) && !this.mayReveal(object, name)) return false
    const target = fieldOf(this.#world, object, name)?.target ?? ''
    return rest.length === 0 || this.#opensAlong(target, rest.join('.'))
  }

  #findAccess(object: string, name: string): Access {
    if (!this.may('read', object)) return 'none'
    if (SYSTEM_FIELDS.includes(name)) return 'read'
    const own = this.#ownAccess(object, name)
    const field = fieldOf(this.#world, object, name)
    return (field?.madeOf ?? []).reduce<Access>(
      (least, path) => narrower(least, this.#leastAlong(object, path)),
      own,
    )
  }

  /** Access to a field of a parent: as far as every field on the way is told. */
  accessAlong(object: string, path: string): Access {
    const [name = '', ...rest] = path.split('.')
    const here = this.access(object, name)
    if (rest.length === 0) return here
    const field = fieldOf(this.#world, object, name)
    if (!isTold(here)) return 'none'
    // A path through a lookup of several objects says through which of them.
    const [target = '', ...below] = field?.targets ? rest : [field?.target, ...rest]
    return this.accessAlong(target, below.join('.'))
  }

  /** What is made of a field behind a reference is told as far as both are. */
  #leastAlong(object: string, path: string): Access {
    const [name = '', ...rest] = path.split('.')
    const here = this.access(object, name)
    if (rest.length === 0) return here
    const target = fieldOf(this.#world, object, name)?.target ?? ''
    return narrower(here, this.#leastAlong(target, rest.join('.')))
  }

  #ownAccess(object: string, name: string): Access {
    if (this.hasSystem('modify_all_data')) return 'edit'
    const given = this.#entries(object).map(
      (entry): Access => entry.fields?.[name] ?? entry.field_access ?? 'edit',
    )
    const least: Access = this.hasSystem('view_all_data') ? 'read' : 'none'
    return given.reduce(wider, least)
  }

  #entries(object: string): ObjectEntry[] {
    return this.#sets.flatMap((set) => set.objects?.[object] ?? [])
  }
}

function isOfManagers(right: Right, object: string): boolean {
  return OF_MANAGERS.includes(object) && ['create', 'edit', 'delete'].includes(right)
}

/** Whether a value may be told. */
export function isTold(access: Access): boolean {
  return access === 'read' || access === 'edit'
}

export function narrower(one: Access, other: Access): Access {
  return WIDTH.indexOf(one) < WIDTH.indexOf(other) ? one : other
}

const wider = (one: Access, other: Access): Access => (narrower(one, other) === one ? other : one)
