import { masterFields, objectOf, targetsOf } from './world-parts.ts'
import type { World, WorldRecord } from './world.ts'

/** The records of a world, found in every way that rules ask for them; also as some of them are to be. */
export class KnownRecords {
  readonly #byId: ReadonlyMap<string, WorldRecord>
  readonly #byObject: ReadonlyMap<string, readonly WorldRecord[]>
  /** By the ids that they hold. */
  readonly #holding = new Map<unknown, WorldRecord[]>()
  #instead: ReadonlyMap<string, WorldRecord> | undefined

  readonly #world: World

  constructor(world: World) {
    const { records } = world
    this.#world = world
    this.#byId = new Map(records.map((record) => [record.id, record]))
    this.#byObject = Map.groupBy(records, (record) => record.object)
    for (const record of records) {
      for (const value of new Set(Object.values(record.values))) {
        if (typeof value !== 'string' || !this.#byId.has(value)) continue
        const known = this.#holding.get(value)
        if (known === undefined) this.#holding.set(value, [record])
        else known.push(record)
      }
    }
  }

  /** Whether they are as the world knows them. */
  get areAsKnown(): boolean {
    return this.#instead === undefined
  }

  one(id: string): WorldRecord | undefined {
    return this.#instead?.get(id) ?? this.#byId.get(id)
  }

  /** A record as the world knows it, whatever it is to be. */
  asKnown(id: string): WorldRecord | undefined {
    return this.#byId.get(id)
  }

  /** The records of an object as the world knows them. */
  of(object: string): readonly WorldRecord[] {
    return this.#byObject.get(object) ?? []
  }

  /** The records of an object, deleted ones too, that refer to another by a field, as the world knows them. */
  referringTo(id: string, object: string, field: string): WorldRecord[] {
    const holding = this.#holding.get(id) ?? []
    return holding.filter((one) => one.object === object && one.values[field] === id)
  }

  /** The masters of a detail; of two, the first decides who may see it. */
  mastersOf(record: WorldRecord): WorldRecord[] {
    const fields = masterFields(objectOf(this.#world, record.object))
    return fields.flatMap(({ name }) => this.one(String(record.values[name])) ?? [])
  }

  /** The living records that refer to one: details, with what refers to them, and others. */
  followersOf(record: WorldRecord): WorldRecord[] {
    return this.#world.objects.flatMap(({ name, fields }) =>
      fields
        .filter((field) => targetsOf(field).includes(record.object))
        .flatMap((field) => {
          const found = this.referringTo(record.id, name, field.name)
          const living = found.filter((one) => !one.isDeleted)
          if (field.type !== 'master_detail') return living
          return living.flatMap((one) => [one, ...this.followersOf(one)])
        }),
    )
  }

  /** What must not be locked while a record is deleted: it, its followers, and the masters of each. */
  touchedBy(record: WorldRecord): WorldRecord[] {
    return [record, ...this.followersOf(record)].flatMap((one) => [one, ...this.mastersOf(one)])
  }

  /** Judges with some records as they are to be. */
  as<Answer>(next: readonly WorldRecord[], judge: () => Answer): Answer {
    this.#instead = new Map(next.map((record) => [record.id, record]))
    try {
      return judge()
    } finally {
      this.#instead = undefined
    }
  }
}
