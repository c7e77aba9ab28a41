import { Conditions } from './conditions.ts'
import { KnownRecords } from './known-records.ts'
import {
  type Access,
  isTold,
  narrower,
  ObjectRights,
  type Right,
  type Scope,
  type SystemPermission,
} from './object-rights.ts'
import { People } from './people.ts'
import { objectOf } from './world-parts.ts'
import type { Asker, Principal, World, WorldRecord, WorldShare, WorldUser } from './world.ts'

/** A user with a bundle of rights; the holder of a narrowed key is two of them, and both are asked. */
interface Part {
  readonly user: WorldUser
  readonly rights: ObjectRights
  readonly key: string
}

export type Acting = 'edit' | 'delete' | 'transfer'

/** Who asks; without parts for somebody who is no actor. */
export interface Actor {
  readonly user: WorldUser
  readonly parts: readonly Part[]
}

/** The rules of docs/access.md about records, sections 3 to 7, read once more in plain words. */
export class Rules {
  readonly people: People
  readonly records: KnownRecords
  readonly #conditions: Conditions
  readonly #world: World
  readonly #sharing: ReadonlyMap<string, readonly WorldShare[]>
  readonly #known = new Map<string, boolean>()
  readonly #principals = new Map<string, ReadonlySet<string>>()

  constructor(world: World) {
    this.#world = world
    this.people = new People(world)
    this.records = new KnownRecords(world)
    this.#sharing = Map.groupBy(world.shares, (share) => share.record)
    this.#conditions = new Conditions(world, this.records)
  }

  record(id: string): WorldRecord | undefined {
    return this.records.one(id)
  }

  /** The actor, if the asker is one: neither inactive, nor deleted, nor a queue. */
  actor({ user: id, within }: Asker): Actor | undefined {
    const user = this.people.user(id)
    if (user === undefined || !user.isActive || user.isQueue) return undefined
    const bundles = within === null ? [user.sets] : [user.sets, [within]]
    const parts = bundles.map((sets) => ({
      user,
      rights: new ObjectRights(this.#world, sets),
      key: `${user.id} ${sets.join()}`,
    }))
    return { user, parts }
  }

  may({ parts }: Actor, right: Right, object: string): boolean {
    return parts.every((part) => part.rights.may(right, object))
  }

  has(permission: SystemPermission, { parts }: Actor): boolean {
    return parts.every(({ rights }) => rights.hasSystem(permission))
  }

  /** Whether the value behind a mask is told to who asks for it. */
  mayReveal({ parts }: Actor, object: string, field: string): boolean {
    return parts.every(({ rights }) => rights.mayReveal(object, field))
  }

  access({ parts }: Actor, object: string, path: string): Access {
    return parts
      .map((part) => part.rights.accessAlong(object, path))
      .reduce((one, other) => narrower(one, other))
  }

  isTold(actor: Actor, object: string, path: string): boolean {
    return isTold(this.access(actor, object, path))
  }

  canRead({ parts }: Actor, record: WorldRecord): boolean {
    return parts.every((part) => this.#reads(part, record, true))
  }

  /** Whether the actor may do something with a record besides reading it. */
  can(right: Acting, { parts }: Actor, record: WorldRecord): boolean {
    return parts.every((part) => this.#acts(part, right, record))
  }

  /** Whether the actor could read a deleted record if it were there. */
  couldRead(actor: Actor, record: WorldRecord): boolean {
    const live = { ...record, isDeleted: false }
    return this.records.as([live], () => this.canRead(actor, live))
  }

  /** Whether the actor could delete a record of the recycle bin if it were there. */
  couldDelete(actor: Actor, record: WorldRecord): boolean {
    const live = { ...record, isDeleted: false }
    return this.records.as(
      [live],
      () => this.canRead(actor, live) && this.can('delete', actor, live),
    )
  }

  /** Whether the recycle bin lists a record; what comes back with a master is not listed. */
  isInBin(actor: Actor, record: WorldRecord): boolean {
    const hasMasters = this.records.mastersOf(record).every((master) => !master.isDeleted)
    return record.isDeleted && hasMasters && this.couldDelete(actor, record)
  }

  #reads(part: Part, record: WorldRecord, throughChildren: boolean): boolean {
    if (!this.records.areAsKnown) return this.#findReads(part, record, throughChildren)
    const key = `${part.key} ${record.id} ${throughChildren}`
    const known = this.#known.get(key) ?? this.#findReads(part, record, throughChildren)
    this.#known.set(key, known)
    return known
  }

  #findReads(part: Part, record: WorldRecord, throughChildren: boolean): boolean {
    const { object } = record
    if (record.isDeleted || !part.rights.may('read', object)) return false
    if (objectOf(this.#world, object).master !== undefined) {
      const [master] = this.records.mastersOf(record)
      return master !== undefined && this.#reads(part, master, throughChildren)
    }
    if (!this.meetsRestrictions(part.user, record)) return false
    return (
      part.rights.hasAll('read', object) ||
      objectOf(this.#world, object).sharing !== 'private' ||
      this.#isInScope(part, 'read', record) ||
      this.#isInScope(part, 'edit', record) ||
      this.#isAbove(part, record) ||
      this.#isShared(part, record, false) ||
      (throughChildren && this.#readsChild(part, record))
    )
  }

  /** Whether a part of the rights lets the actor do something with a record that they read; a detail asks its master. */
  #acts(part: Part, right: Acting, record: WorldRecord): boolean {
    const { object } = record
    if (!this.#reads(part, record, true) || !part.rights.may(right, object)) return false
    const { master: field, sharing } = objectOf(this.#world, object)
    if (field !== undefined) {
      const [master] = this.records.mastersOf(record)
      return master !== undefined && this.#acts(part, 'edit', master)
    }
    return (
      part.rights.hasAll(right, object) ||
      this.#isInScope(part, right, record) ||
      this.#isAbove(part, record) ||
      (right === 'edit' && (sharing === 'read_write' || this.#isShared(part, record, true)))
    )
  }

  #isInScope(part: Part, right: 'read' | Acting, record: WorldRecord): boolean {
    return part.rights
      .scopes(right, record.object)
      .some((scope) => this.#scopeContains(part, scope, record.owner))
  }

  #scopeContains({ user }: Part, scope: Scope, ownerId: string | null): boolean {
    if (ownerId === null) return false
    if (scope === 'all' || ownerId === user.id) return true
    if (this.people.queuesOf(user.id).has(ownerId)) return true
    const owner = this.people.user(ownerId)
    if (owner === undefined || scope === 'own') return false
    if (scope === 'own_and_subordinates') return this.people.reportsTo(owner, user.id)
    const main = this.people.mainDepartment(owner)
    if (main === undefined) return false
    const departments = this.people.departmentsOf(user)
    return scope === 'department'
      ? departments.has(main)
      : this.people.isDepartmentWithin(main, departments)
  }

  #isAbove({ user }: Part, { object, owner: ownerId }: WorldRecord): boolean {
    const owner = this.people.user(ownerId)
    const { roleHierarchy } = objectOf(this.#world, object)
    return owner !== undefined && roleHierarchy && this.people.isRoleBelow(owner, user)
  }

  #isShared({ user }: Part, record: WorldRecord, forEdit: boolean): boolean {
    const principals = this.#principalsFor(user, record.object)
    const isByShare = this.#sharesOf(record).some(
      (share) => (!forEdit || share.access === 'edit') && principals.has(share.principal),
    )
    return isByShare || this.#isByRule(principals, record, forEdit)
  }

  #sharesOf(record: WorldRecord): readonly WorldShare[] {
    const shares = this.#sharing.get(record.id) ?? []
    const isMoved = this.records.asKnown(record.id)?.owner !== record.owner
    return shares.filter(
      ({ expiresAt, cause }) =>
        (expiresAt === null || expiresAt > this.#world.now) && !(isMoved && cause === 'manual'),
    )
  }

  #isByRule(principals: ReadonlySet<string>, record: WorldRecord, forEdit: boolean): boolean {
    return this.#world.sharingRules.some(({ object, definition }) => {
      const { active = true, access, owned_by: owners, where, to } = definition
      if (object !== record.object || !active || (forEdit && access !== 'edit')) return false
      if (!this.#isAmong(principals, to)) return false
      const isOfOwners =
        owners === undefined || this.#isAmong(this.#ownerPrincipals(record), owners)
      if (!isOfOwners) return false
      return where === undefined || this.#conditions.isTrue(where, record, undefined)
    })
  }

  #isAmong(principals: ReadonlySet<string>, named: readonly Principal[]): boolean {
    return named.some((principal) => principals.has(this.people.resolve(principal) ?? 'nobody'))
  }

  #ownerPrincipals({ owner: ownerId }: WorldRecord): ReadonlySet<string> {
    const owner = this.people.user(ownerId)
    return owner === undefined ? new Set() : this.people.principalsOf(owner)
  }

  /** The principals of somebody and, with the role hierarchy, of everybody below. */
  #principalsFor(user: WorldUser, object: string): ReadonlySet<string> {
    const own = this.people.principalsOf(user)
    if (!objectOf(this.#world, object).roleHierarchy) return own
    const known = this.#principals.get(user.id)
    if (known !== undefined) return known
    const below = [...this.people.all()].filter((one) => this.people.isRoleBelow(one, user))
    const all = new Set([...own, ...below.flatMap((one) => [...this.people.principalsOf(one)])])
    this.#principals.set(user.id, all)
    return all
  }

  #readsChild(part: Part, record: WorldRecord): boolean {
    return this.#world.objects.some(({ name, fields }) =>
      fields
        .filter((field) => field.sharesParent && field.target === record.object)
        .flatMap((field) => this.records.referringTo(record.id, name, field.name))
        .some((child) => child.id !== record.id && this.#reads(part, child, false)),
    )
  }

  /** Whether a record meets every restriction rule that means somebody. */
  meetsRestrictions(user: WorldUser, record: WorldRecord): boolean {
    const principals = this.people.principalsOf(user)
    return this.#world.restrictionRules.every(({ object, definition }) => {
      const { active = true, to, where } = definition
      if (object !== record.object || !active || !this.#isAmong(principals, to)) return true
      return this.#conditions.isTrue(where, record, user)
    })
  }
}
