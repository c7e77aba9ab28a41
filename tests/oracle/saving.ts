import { ObjectRights } from './object-rights.ts'
import type { Acting, Actor, Rules } from './rules.ts'
import { fieldOf, objectOf, targetsOf } from './world-parts.ts'
import type { World, WorldRecord, WorldShare } from './world.ts'

/** What becomes of an attempt to write. */
export type Verdict = 'done' | 'absent' | 'forbidden' | 'locked' | 'refused'

type Sharing = Pick<WorldShare, 'access' | 'principal'>

/** Section 5 of the rules: what is judged before anything is written. */
export class Saving {
  readonly #world: World
  readonly #rules: Rules

  constructor(world: World, rules: Rules) {
    this.#world = world
    this.#rules = rules
  }

  /** A new record, of which these values were given; the others are as they are when nobody gives them. */
  create(actor: Actor, record: WorldRecord, given: readonly string[]): Verdict {
    const { object, owner } = record
    if (!this.#rules.may(actor, 'create', object)) return 'forbidden'
    if (!this.#mayWrite(actor, object, given)) return 'refused'
    const masters = this.#rules.records.mastersOf(record)
    if (masters.length === 0 && owner !== actor.user.id) {
      if (!this.#mayWrite(actor, object, ['owner'])) return 'refused'
      if (!this.#canOwn(actor, record)) return 'refused'
    }
    if (!masters.every((master) => this.#rules.canRead(actor, master))) return 'refused'
    if (!masters.every((master) => this.#rules.can('edit', actor, master))) return 'forbidden'
    if (masters.some((master) => master.isLocked)) return 'locked'
    if (!this.#refersWell(actor, record, given)) return 'refused'
    return this.#mayBe(actor, record, (part) => {
      return this.#rules.canRead(part, record) || this.#rules.may(part, 'transfer', object)
    })
  }

  /** The record with some of its values, or its owner, to be others. */
  update(actor: Actor, record: WorldRecord, next: WorldRecord): Verdict {
    const { object } = record
    if (!this.#rules.may(actor, 'read', object)) return 'forbidden'
    if (!this.#rules.canRead(actor, record)) return 'absent'
    if (!this.#rules.can('edit', actor, record)) return 'forbidden'
    const isMoved = next.owner !== record.owner
    const isOther = (name: string): boolean => next.values[name] !== record.values[name]
    const changed = Object.keys(next.values).filter(isOther)
    const written = isMoved ? [...changed, 'owner'] : changed
    if (!this.#mayWrite(actor, object, written)) return 'refused'
    if (record.isLocked) return 'locked'
    const hasTransfer = isMoved && this.#rules.can('transfer', actor, record)
    if (isMoved && !hasTransfer && !this.#takes(actor, next)) return 'forbidden'
    if (isMoved && !this.#canOwn(actor, next)) return 'refused'
    if (!this.#refersWell(actor, next, changed)) return 'refused'
    const masters = this.#rules.records.mastersOf(next)
    if (masters.some((master) => master.isLocked)) return 'locked'
    // Of two masters the second may be out of sight, and then stays as it is.
    const seen = masters.filter((master) => this.#rules.canRead(actor, master))
    if (!seen.every((master) => this.#rules.can('edit', actor, master))) return 'forbidden'
    return this.#mayBe(actor, next, (part) => hasTransfer || this.#rules.can('edit', part, next))
  }

  remove(actor: Actor, record: WorldRecord): Verdict {
    if (!this.#rules.may(actor, 'read', record.object)) return 'forbidden'
    if (!this.#rules.canRead(actor, record)) return 'absent'
    if (!this.#rules.can('delete', actor, record)) return 'forbidden'
    const touched = this.#rules.records.touchedBy(record)
    return touched.some((one) => one.isLocked) ? 'locked' : 'done'
  }

  /** Other records become one with the first, which takes some of their values. */
  merge(actor: Actor, all: readonly WorldRecord[], taken: WorldRecord['values']): Verdict {
    const [survivor, ...others] = all
    if (survivor === undefined) return 'refused'
    const { object } = survivor
    const rights = ['read', 'edit', 'delete'] as const
    if (!rights.every((right) => this.#rules.may(actor, right, object))) return 'forbidden'
    const isKnown = (name: string): boolean => this.#rules.access(actor, object, name) !== 'none'
    if (!Object.keys(taken).every(isKnown)) return 'refused'
    if (!all.every((one) => this.#rules.canRead(actor, one))) return 'absent'
    if (!all.every((one) => this.#rules.can('edit', actor, one))) return 'forbidden'
    if (!others.every((one) => this.#rules.can('delete', actor, one))) return 'forbidden'
    const held = [...all, ...all.flatMap((one) => this.#rules.records.mastersOf(one))]
    if (held.some((one) => one.isLocked)) return 'locked'
    return this.update(actor, survivor, {
      ...survivor,
      values: { ...survivor.values, ...taken },
    })
  }

  /** Sharing a record by hand. */
  share(actor: Actor, record: WorldRecord, { access, principal }: Sharing): Verdict {
    if (!this.#rules.may(actor, 'read', record.object)) return 'forbidden'
    if (!this.#rules.canRead(actor, record)) return 'absent'
    const mayEdit = this.#rules.can('edit', actor, record)
    if (!this.mayShare(actor, record) || (access === 'edit' && !mayEdit)) return 'forbidden'
    return principal === `user:${record.owner}` ? 'refused' : 'done'
  }

  /** Whether somebody says with whom a record is shared; with details it is their masters that are. */
  mayShare(actor: Actor, record: WorldRecord): boolean {
    if (record.owner === null) return false
    const may = (right: Acting): boolean => this.#rules.can(right, actor, record)
    return may('transfer') || may('delete') || (this.#takes(actor, record) && may('edit'))
  }

  /** Out of the recycle bin, for good. */
  erase(actor: Actor, record: WorldRecord): Verdict {
    const mayDelete = this.#rules.may(actor, 'delete', record.object)
    if (!this.#rules.has('erase', actor) || !mayDelete) return 'forbidden'
    if (!record.isDeleted) return this.#rules.canRead(actor, record) ? 'refused' : 'absent'
    return this.#rules.couldDelete(actor, record) ? 'done' : 'absent'
  }

  /** A deleted record is judged as it is to be: there again, after its masters. */
  restore(actor: Actor, record: WorldRecord): Verdict {
    if (!this.#rules.may(actor, 'read', record.object)) return 'forbidden'
    const next = this.#withMasters(record).map((one) => ({ ...one, isDeleted: false }))
    const masters = this.#rules.records.mastersOf(record)
    const hasLiveMaster = masters[0]?.isDeleted !== true
    return this.#rules.records.as(next, () => {
      const [restored = record] = next
      if (!this.#rules.canRead(actor, restored)) return 'absent'
      if (!this.#rules.can('delete', actor, restored)) return hasLiveMaster ? 'forbidden' : 'absent'
      if (this.#world.merges.some(({ merged }) => merged === record.id)) return 'refused'
      if (masters.some((master) => master.isDeleted)) return 'refused'
      return masters.some((master) => master.isLocked) ? 'locked' : 'done'
    })
  }

  #withMasters(record: WorldRecord): WorldRecord[] {
    const [master] = this.#rules.records.mastersOf(record)
    return [record, ...(master ? this.#withMasters(master) : [])]
  }

  /** Judges the record as it is to be, by each part of a narrowed key; restriction rules in any case. */
  #mayBe(actor: Actor, next: WorldRecord, isOpen: (part: Actor) => boolean): Verdict {
    const parts = actor.parts.map((part) => ({ user: actor.user, parts: [part] }))
    const isAllowed = this.#rules.records.as(
      [next],
      () => this.#rules.meetsRestrictions(actor.user, next) && parts.every(isOpen),
    )
    return isAllowed ? 'done' : 'forbidden'
  }

  /** Whether somebody takes a record, for themself or for a queue of their own. */
  #takes({ user }: Actor, { owner }: WorldRecord): boolean {
    if (owner === null) return false
    return owner === user.id || this.#rules.people.queuesOf(user.id).has(owner)
  }

  #canOwn(actor: Actor, { object, owner: ownerId }: WorldRecord): boolean {
    const owner = this.#rules.people.user(ownerId)
    const asRecord = ownerId === null ? undefined : this.#rules.record(ownerId)
    if (owner === undefined || asRecord === undefined || !owner.isActive) return false
    if (owner.id !== actor.user.id && !this.#rules.canRead(actor, asRecord)) return false
    return owner.isQueue || new ObjectRights(this.#world, owner.sets).may('read', object)
  }

  /** Derived fields follow from the others; nobody writes them. */
  #mayWrite(actor: Actor, object: string, names: readonly string[]): boolean {
    return names
      .filter((name) => fieldOf(this.#world, object, name)?.madeOf === undefined)
      .every((name) => this.#rules.access(actor, object, name) === 'edit')
  }

  #refersWell(actor: Actor, record: WorldRecord, names: readonly string[]): boolean {
    const { fields } = objectOf(this.#world, record.object)
    const filed = fields.filter(({ type, name }) => type === 'file' && names.includes(name))
    if (!filed.every(({ name }) => this.#mayTake(actor, record, name))) return false
    return fields
      .filter((field) => targetsOf(field).length > 0 && names.includes(field.name))
      .map((field) => record.values[field.name])
      .every((id) => {
        if (id === null || id === undefined) return true
        const target = this.#rules.record(String(id))
        return target !== undefined && this.#rules.canRead(actor, target)
      })
  }

  /** A file is put into a record by who uploaded it, and only once. */
  #mayTake(actor: Actor, record: WorldRecord, field: string): boolean {
    const id = record.values[field]
    const { value, uploadedBy } = this.#world.files.find((file) => file.id === id) ?? {}
    if (value === null) return uploadedBy === actor.user.id
    return id === null || (value?.record === record.id && value.field === field)
  }
}
