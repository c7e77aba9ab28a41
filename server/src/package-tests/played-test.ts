import {
  compileEvaluator,
  type Expression,
  type FieldModel,
  isTestExpression,
  objectScope,
  type ObjectModel,
  referredObjects,
} from '@trellis/metamodel'
import { uuidv7 } from 'uuidv7'

import { userValues } from '../access/actor.ts'
import type { Context } from '../access/context.ts'
import { loadActor } from '../access/load-actor.ts'
import { systemActor } from '../access/system-context.ts'
import { message, RequestError } from '../errors.ts'
import type { Release } from '../schema/release.ts'
import type { ScratchDatabase } from './scratch-database.ts'

type Values = Readonly<Record<string, unknown>>

/** A test while it is being run: its database, and the records that it has made so far. */
export class PlayedTest {
  readonly db: ScratchDatabase
  readonly #release: Release
  /** Who owns what the house makes: a user who is nowhere else. */
  readonly #house: string
  readonly #records: Map<string, { object: string; id: string }>

  /** @param before goes on from there */
  constructor(db: ScratchDatabase, release: Release, before?: PlayedTest) {
    this.db = db
    this.#release = release
    this.#house = before ? before.#house : uuidv7()
    this.#records = new Map(before ? before.#records : [])
  }

  /** The object of the model that goes by a name. */
  object(name: string): ObjectModel {
    const object = this.#release.model.objects.get(name)
    if (!object) throw new Error(`There is no object ${name}`)
    return object
  }

  /** Notes what a record is called in the test. */
  made(record: string, object: string, id: string): void {
    this.#records.set(record, { object, id })
  }

  /** @throws RequestError not_found, if it was refused or is not made yet */
  idOf(record: string): string {
    const found = this.#records.get(record)
    if (found) return found.id
    throw new RequestError('not_found', {
      detail: message(`"${record}" was not made`, `“${record}”尚未创建`),
    })
  }

  /** A request of a user of the test, or of the house itself. @throws RequestError forbidden of one who is not active */
  async contextOf(as: string | undefined): Promise<Context> {
    const release = this.#release
    const common = { db: this.db, release, now: new Date(), requestId: '' }
    const tenant = release.physical.names.schema
    if (as === undefined) {
      return { ...common, actor: systemActor(this.#house, tenant), cause: 'system' }
    }
    const asked = { tenant, userId: this.idOf(as), by: 'session' } as const
    const actor = await loadActor(this.db, release, asked)
    if (actor) return { ...common, actor, cause: 'user' }
    throw new RequestError('forbidden', {
      detail: message(`"${as}" is not active`, `“${as}”未启用`),
    })
  }

  /** The values of a step as a request has them. */
  requestValues(context: Context, object: ObjectModel, values: Values): Values {
    const entries = Object.entries(values).map(([name, value]) => {
      const field = object.fields.get(name)
      return [name, field ? this.#requestValue(context, object, field, value) : value]
    })
    return Object.fromEntries(entries)
  }

  #requestValue(context: Context, object: ObjectModel, field: FieldModel, value: unknown): unknown {
    if (referredObjects(field).length > 0 && typeof value === 'string') {
      const id = this.idOf(value)
      return field.members ? { object: this.#records.get(value)?.object, id } : id
    }
    return isTestExpression(value) ? this.#evaluate(context, object, field, value) : value
  }

  #evaluate(context: Context, object: ObjectModel, field: FieldModel, value: unknown): unknown {
    const scope = objectScope(context.release.model, object, 'record')
    const { actor, now } = context
    return compileEvaluator(
      value as Expression,
      scope,
      field.type.expressionType,
    )({
      record: () => null,
      user: userValues(actor),
      now: now.toISOString(),
      timeZone: actor.timeZone,
    })
  }
}
