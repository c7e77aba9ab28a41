import { made } from './computed-values.ts'
import { fieldOf, objectOf, targetsOf } from './object-rights.ts'
import { oldValueOf, remembered } from './rows-of.ts'
import type { Actor, Rules } from './rules.ts'
import type { Asker, World, WorldField, WorldRecord } from './world.ts'

/** A record of the server's answer. */
export type Wire = Readonly<Record<string, unknown>>

const SYSTEM = ['id', 'created_at', 'created_by', 'updated_at', 'updated_by', 'version', 'locked']
const TOKEN = /zq[a-kmnp2-9]{9}/g

/** A world as one asker may see it, by the rules. */
export class View {
  readonly world: World
  readonly rules: Rules
  readonly actor: Actor
  readonly #readable = new Map<string, readonly WorldRecord[]>()
  #tokens: ReadonlySet<string> | undefined

  constructor(world: World, rules: Rules, asker: Asker) {
    const actor = rules.actor(asker)
    if (actor === undefined) throw new Error(`${asker.user} is no actor`)
    this.world = world
    this.rules = rules
    this.actor = actor
  }

  recordsOf(object: string): readonly WorldRecord[] {
    return this.rules.records.of(object)
  }

  readable(object: string): readonly WorldRecord[] {
    const known =
      this.#readable.get(object) ??
      this.recordsOf(object).filter((record) => this.rules.canRead(this.actor, record))
    this.#readable.set(object, known)
    return known
  }

  isTold(object: string, path: string): boolean {
    return this.rules.isTold(this.actor, object, path)
  }

  mayRead(object: string): boolean {
    return this.rules.may(this.actor, 'read', object)
  }

  /** Every field of an object, `name` and `owner` among them. */
  fieldsOf(object: string): WorldField[] {
    const { fields, master } = objectOf(this.world, object)
    const ground = master === undefined ? ['name', 'owner'] : ['name']
    return [...ground.flatMap((name) => fieldOf(this.world, object, name) ?? []), ...fields]
  }

  /** A value; of a formula what it comes to for the asker, to whom records that they may not see are not there. */
  valueOf(record: WorldRecord, name: string): unknown {
    if (name === 'owner') return record.owner
    const { madeOf } = fieldOf(this.world, record.object, name) ?? {}
    if (madeOf === undefined) return record.values[name]
    return made(madeOf.map((path) => this.valueAt(record, path)))
  }

  /** The value at a path, through references that the asker can follow. */
  valueAt(record: WorldRecord, path: string): unknown {
    const [name = '', ...rest] = path.split('.')
    const value = this.valueOf(record, name)
    if (rest.length === 0) return value
    const parent = this.rules.record(String(value))
    if (parent === undefined || !this.rules.canRead(this.actor, parent)) return null
    // A path through a lookup of several objects says which one it means.
    const isOfSeveral = fieldOf(this.world, record.object, name)?.targets !== undefined
    if (isOfSeveral && rest.shift() !== parent.object) return null
    return this.valueAt(parent, rest.join('.'))
  }

  /** The name of a record as a label may tell it; null where it may not. */
  labelOf(id: string): unknown {
    const record = this.rules.record(id)
    if (record === undefined || !this.rules.canRead(this.actor, record)) return null
    return this.isTold(record.object, 'name') ? record.values['name'] : null
  }

  /** Whether a value refers to a record that is deleted: it may read as empty. */
  isDangling(field: WorldField, value: unknown): boolean {
    if (targetsOf(field).length === 0 || typeof value !== 'string') return false
    return this.rules.record(value)?.isDeleted === true
  }

  /** Whether a value may read as empty or not: the rules do not say. */
  isUnclear(field: WorldField, value: unknown): boolean {
    return value === undefined || this.isDangling(field, value)
  }

  /** What is wrong with a record as it was answered. */
  compare(record: WorldRecord, wire: Wire): string[] {
    const fields = this.fieldsOf(record.object)
    const wrong = fields.flatMap((field) => this.#compareField(record, field, wire))
    const known = new Set([...SYSTEM, ...fields.map((field) => field.name)])
    const unknown = Object.keys(wire).filter((key) => !known.has(key))
    return [...wrong, ...unknown.map((key) => `${record.id}.${key} is not among its fields`)]
  }

  #compareField(record: WorldRecord, field: WorldField, wire: Wire): string[] {
    const access = this.rules.access(this.actor, record.object, field.name)
    const expected = this.valueOf(record, field.name)
    const given = wire[field.name]
    const at = `${record.id}.${field.name} (${access})`
    if (access === 'none') return given == null ? [] : [`${at} is shown: ${JSON.stringify(given)}`]
    if (expected === undefined) return []
    const isRight =
      access === 'masked'
        ? isMasked(given, this.isDangling(field, expected) ? given : expected) ||
          (field.name === 'name' && isHiddenName(given, record))
        : this.isShown(field, given, expected)
    return isRight ? [] : [`${at} is ${JSON.stringify(given)} for ${JSON.stringify(expected)}`]
  }

  /** Whether a told value is answered as it is: a reference with the name that may be told. */
  isShown(field: WorldField, given: unknown, expected: unknown): boolean {
    if (this.isDangling(field, expected) && given === null) return true
    if (targetsOf(field).length === 0 || expected === null) return (given ?? null) === expected
    const { id, name, object } = (given ?? {}) as { id?: unknown; name?: unknown; object?: unknown }
    if (id !== expected || typeof id !== 'string') return false
    if (field.targets !== undefined && object !== this.rules.record(id)?.object) return false
    const label = this.labelOf(id)
    return label === null ? isHiddenName(name, this.rules.record(id)) : name === label
  }

  /** The words of a text that tell what the asker may not know; those of the question are theirs. */
  leaks(text: string, asked: string): string[] {
    this.#tokens ??= this.#allowedTokens()
    const own = new Set(asked.match(TOKEN))
    return [...new Set(text.match(TOKEN))].filter(
      (token) => this.#tokens?.has(token) !== true && !own.has(token),
    )
  }

  #allowedTokens(): ReadonlySet<string> {
    const allowed = new Set<string>()
    for (const record of this.world.records) {
      if (!this.rules.canRead(this.actor, record)) continue
      const past = remembered(record)
      for (const [name, value] of Object.entries(record.values)) {
        if (typeof value !== 'string' && !past.includes(name)) continue
        if (!this.isTold(record.object, name)) continue
        for (const token of String(value).match(TOKEN) ?? []) allowed.add(token)
        if (past.includes(name)) allowed.add(oldValueOf(record, name))
      }
    }
    // One's own name is told wherever one is met.
    for (const token of this.actor.user.name.match(TOKEN) ?? []) allowed.add(token)
    return allowed
  }
}

/** A name stands where people look for a text: nothing, or a text with stars. */
function isHiddenName(given: unknown, record: WorldRecord | undefined): boolean {
  if (given === null || isMasked(given, '')) return true
  return typeof given === 'string' && given.includes('****') && given !== record?.values['name']
}

function isMasked(given: unknown, expected: unknown): boolean {
  if (expected === null) return given === null
  if (typeof given !== 'object' || given === null) return false
  const keys = Object.keys(given)
  return keys.length === 1 && keys[0] === 'masked' && Reflect.get(given, 'masked') !== expected
}
