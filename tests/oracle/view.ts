import { made } from './computed-values.ts'
import type { Actor, Rules } from './rules.ts'
import { fieldOf, objectOf, targetsOf } from './world-parts.ts'
import type {
  Asker,
  Value,
  World,
  WorldChange,
  WorldField,
  WorldFile,
  WorldRecord,
} from './world.ts'

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
  #changes: ReadonlyMap<string, readonly WorldChange[]> | undefined

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
    const expected = this.valueOf(record, field.name)
    const given = wire[field.name]
    if (this.isAnswered(record, field, given, expected)) return []
    const access = this.rules.access(this.actor, record.object, field.name)
    const at = `${record.id}.${field.name} (${access})`
    return [`${at} is ${JSON.stringify(given)} for ${JSON.stringify(expected)}`]
  }

  /** Whether a value that a record has, or had, is answered as it may be: told, masked, or not at all. */
  isAnswered(record: WorldRecord, field: WorldField, given: unknown, expected: unknown): boolean {
    const access = this.rules.access(this.actor, record.object, field.name)
    if (access === 'none') return given == null
    if (expected === undefined) return true
    if (access !== 'masked') return this.isShown(field, given, expected)
    return (
      isMasked(given, this.isDangling(field, expected) ? given : expected) ||
      (field.name === 'name' && isHiddenName(given, expected))
    )
  }

  /** Whether a record is named as it may be to who sees it, or does not. */
  isNamed(given: unknown, record: WorldRecord, isSeen: boolean): boolean {
    if (isSeen && this.isTold(record.object, 'name')) return given === record.values['name']
    return isHiddenName(given, record.values['name'])
  }

  /** Whether a told value is answered as it is: a reference with the name that may be told. */
  isShown(field: WorldField, given: unknown, expected: unknown): boolean {
    if (this.isDangling(field, expected) && given === null) return true
    if (field.type === 'file' && expected !== null) return this.#isFile(given, expected)
    if (targetsOf(field).length === 0 || expected === null) return (given ?? null) === expected
    const { id, name, object } = (given ?? {}) as { id?: unknown; name?: unknown; object?: unknown }
    if (id !== expected || typeof id !== 'string') return false
    if (field.targets !== undefined && object !== this.rules.record(id)?.object) return false
    const label = this.labelOf(id)
    return label === null
      ? isHiddenName(name, this.rules.record(id)?.values['name'])
      : name === label
  }

  #isFile(given: unknown, expected: unknown): boolean {
    const { id, name } = (given ?? {}) as { id?: unknown; name?: unknown }
    return id === expected && name === this.fileOf(expected)?.name
  }

  fileOf(id: unknown): WorldFile | undefined {
    return this.world.files.find((file) => file.id === id)
  }

  /** What was changed of a record. */
  changesOf(id: string): readonly WorldChange[] {
    this.#changes ??= Map.groupBy(this.world.changes, ({ record }) => record)
    return this.#changes.get(id) ?? []
  }

  /** The record that is left of one that was merged, if the asker sees it. */
  survivorOf(id: string): WorldRecord | undefined {
    const merge = this.world.merges.find(({ merged }) => merged === id)
    const survivor = merge && this.rules.record(merge.survivor)
    return survivor && this.rules.canRead(this.actor, survivor) ? survivor : undefined
  }

  /** Whether a record was taken in by one that the asker sees, and they could have seen it too. */
  #isKnownAsMerged(record: WorldRecord): boolean {
    return this.survivorOf(record.id) !== undefined && this.rules.couldRead(this.actor, record)
  }

  /** What the history tells that a record was and became. */
  #pastOf({ id, object }: WorldRecord): Value[] {
    return this.changesOf(id)
      .filter(({ field }) => this.isTold(object, field))
      .flatMap(({ old, next }) => [old, next])
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
    const allow = (value: unknown): void => {
      for (const token of String(value).match(TOKEN) ?? []) allowed.add(token)
    }
    for (const record of this.world.records) {
      const isRead = this.rules.canRead(this.actor, record)
      if (isRead) {
        for (const [name, value] of Object.entries(record.values)) {
          if (typeof value === 'string' && this.isTold(record.object, name)) allow(value)
        }
      }
      if (isRead || this.#isKnownAsMerged(record)) this.#pastOf(record).forEach(allow)
      const isNamed = this.rules.isInBin(this.actor, record) || this.#isKnownAsMerged(record)
      if (isNamed && this.isTold(record.object, 'name')) allow(record.values['name'])
    }
    for (const { name, content, value, uploadedBy } of this.world.files) {
      const record = value && this.rules.record(value.record)
      const isOwn = value === null && uploadedBy === this.actor.user.id
      const isSeen =
        record && (this.rules.canRead(this.actor, record) || this.#isKnownAsMerged(record))
      if (isOwn || (isSeen && this.isTold(record.object, value.field))) allow(`${name} ${content}`)
    }
    // One's own name is told wherever one is met.
    allow(this.actor.user.name)
    return allowed
  }
}

/** A name stands where people look for a text: nothing, or a text with stars. */
function isHiddenName(given: unknown, name: unknown): boolean {
  if (given === null || isMasked(given, '')) return true
  return typeof given === 'string' && given.includes('****') && given !== name
}

function isMasked(given: unknown, expected: unknown): boolean {
  if (expected === null) return given === null
  if (typeof given !== 'object' || given === null) return false
  const keys = Object.keys(given)
  return keys.length === 1 && keys[0] === 'masked' && Reflect.get(given, 'masked') !== expected
}
