import {
  type FieldModel,
  isMoney,
  type ObjectModel,
  resolveFieldPath,
  type ResolvedPath,
} from '@trellis/metamodel'
import { type RawBuilder, sql } from 'kysely'

import { bindForReader } from '../access/bind-for-reader.ts'
import { opensParent } from '../access/opens-parent.ts'
import { type Reader, rowFilter } from '../access/row-filter.ts'
import { compileFormula, STORED_TIME_ZONE } from '../conditions/compile-formula.ts'
import { recordMoney, toCorporate } from '../conditions/convert-money.ts'
import { isReadable, isShowable } from './field-path.ts'
import { nameTeller, type TellName } from './mask-cells.ts'

/** A record in a statement: under one alias whether it may be seen or not, under another only if it may. */
interface Joined {
  object: ObjectModel
  /** Null only if there is no such record, or it is deleted. */
  existing: string
  /** Null also if the reader may not see it. */
  visible: string
}

/** What is stored reads moments by the clock of the house, whoever reads it. */
const STORED = { timeZone: STORED_TIME_ZONE }

/** Gives aliases that are used once in a statement. */
export class Aliases {
  #count = 0

  next(): string {
    return `t${this.#count++}`
  }
}

/**
 * The tables that a statement reads: an object, and by left joins on the primary key the records that its
 * references lead to. Such a join never multiplies rows. What the reader may not see is null.
 */
export class FromClause {
  readonly reader: Reader
  readonly object: ObjectModel
  readonly alias: string
  readonly aliases: Aliases
  readonly #root: Joined
  readonly #joined = new Map<string, Joined>()
  readonly #joins: RawBuilder<unknown>[] = []

  constructor(reader: Reader, object: ObjectModel, aliases: Aliases = new Aliases()) {
    this.reader = reader
    this.object = object
    this.aliases = aliases
    this.alias = aliases.next()
    this.#root = { object, existing: this.alias, visible: this.alias }
  }

  /**
   * The value of a field, reached over references, for whatever is made of it.
   * @throws Error if the reader may not know it: whoever plans a statement refuses that before
   */
  column(path: ResolvedPath): RawBuilder<unknown> {
    const hidden = [...path.hops, path.field].find((field) => !isReadable(this.reader, field))
    if (hidden) throw new Error(`${hidden.object}.${hidden.name} is not for this reader`)
    return this.shownColumn(path)
  }

  /**
   * An amount as sums tell it: in the currency of the organization, at the rate of its record's day.
   * @throws Error as `column` does
   */
  amount({ hops, field }: ResolvedPath): RawBuilder<unknown> {
    const amount = this.column({ hops, field })
    const { model, physical } = this.reader.release
    const object = model.objects.get(field.object)
    if (!object?.money || !isMoney(field)) return amount
    const ground = { model, physical }
    const money = recordMoney(ground, object, (one) => this.column({ hops, field: one }))
    return money ? toCorporate(ground, amount, money, field) : amount
  }

  /** The value of a field that may be masked: for a `cellWriter` alone. */
  shownColumn({ hops, field }: ResolvedPath): RawBuilder<unknown> {
    let at = this.#root
    for (const hop of hops) at = this.#join(at, hop)
    return this.#value(at, field)
  }

  /** What a record tells of the file that is the value of a field, as JSON. */
  file(path: ResolvedPath): RawBuilder<unknown> {
    return sql`(select json_build_object('id', f.id, 'name', f.name, 'size', f.size, 'type', f.type)::text
      from ${this.reader.release.physical.systemTable('_file')} as f where f.id = ${this.column(path)})`
  }

  /**
   * The id of the record that a reference leads to, and its name, which goes out through `tellName`; null if the
   * reader may not even look at it.
   */
  reference({ hops, field }: ResolvedPath): {
    id: RawBuilder<unknown>
    name: RawBuilder<unknown> | null
    tellName: TellName
  } {
    const target = this.#target(field)
    const name = target.fields.get('name')
    const tellName = nameTeller(this.reader, target.name)
    if (!name || !isShowable(this.reader, name)) {
      return { id: this.column({ hops, field }), name: null, tellName }
    }
    let at = this.#root
    for (const hop of [...hops, field]) at = this.#join(at, hop)
    return {
      id: this.#column(target, 'id', at.existing),
      name: this.#column(target, 'name', at.visible),
      tellName,
    }
  }

  /**
   * Which rows of the object are read: those that are not deleted and that the reader may see. `isWholesale` is as of
   * `RowsAsked`.
   */
  visibleRows({ isWholesale = false }: { isWholesale?: boolean } = {}): RawBuilder<boolean> {
    const { reader, object, alias } = this
    const deleted = this.#column(object, 'deleted_at', alias)
    const filter = rowFilter(reader, { object, right: 'read', alias, isWholesale })
    return filter === null
      ? sql<boolean>`${deleted} is null`
      : sql<boolean>`${deleted} is null and ${filter}`
  }

  /** The clause; to be asked for when everything that joins has been added. */
  toSql(): RawBuilder<unknown> {
    return sql`${this.#table(this.object, this.alias)}${sql.join(this.#joins, sql``)}`
  }

  /**
   * A field of a joined record. A formula is computed of what the reader may see of the records that it reads, also a
   * stored one, unless they may see all records that it could read.
   */
  #value(at: Joined, field: FieldModel): RawBuilder<unknown> {
    const { formula, isVirtual } = field
    const isComputed =
      formula && (isVirtual === true || !this.#seesInputs(at.object, formula.inputs))
    if (!isComputed) return this.#column(at.object, field.name, at.visible)
    const value = compileFormula(field, { column: (path) => this.#columnAt(at, path) }, (typed) =>
      bindForReader(this.reader, typed, isVirtual === true ? {} : STORED),
    )
    if (at === this.#root) return value
    // Of a record that is not there it is nothing, whatever it makes of empty fields.
    return sql`case when ${this.#column(at.object, 'id', at.visible)} is not null then ${value} end`
  }

  #seesInputs(object: ObjectModel, inputs: readonly string[]): boolean {
    const { objects } = this.reader.release.model
    return inputs.every((path) => {
      const resolved = resolveFieldPath(objects, object, path)
      return resolved?.hops.every((hop) => {
        const asked = { object: this.#target(hop), right: 'read', alias: 't' } as const
        return opensParent(this.reader, hop) || rowFilter(this.reader, asked) === null
      })
    })
  }

  #columnAt(from: Joined, path: string): RawBuilder<unknown> {
    const { objects } = this.reader.release.model
    const resolved = resolveFieldPath(objects, from.object, path)
    if (!resolved) throw new Error(`${from.object.name} has no field ${path}`)
    let at = from
    for (const hop of resolved.hops) at = this.#join(at, hop)
    return this.#value(at, resolved.field)
  }

  #join(from: Joined, field: FieldModel): Joined {
    const key = `${from.visible}.${field.name}`
    const known = this.#joined.get(key)
    if (known) return known
    const object = this.#target(field)
    const existing = this.aliases.next()
    const id = this.#column(object, 'id', existing)
    const deleted = this.#column(object, 'deleted_at', existing)
    this.#joins.push(
      sql` left join ${this.#table(object, existing)} on ${id} = ${this.#column(from.object, field.name, from.visible)} and ${deleted} is null`,
    )
    const visible = opensParent(this.reader, field) ? existing : this.#joinVisible(object, existing)
    const joined = { object, existing, visible }
    this.#joined.set(key, joined)
    return joined
  }

  #joinVisible(object: ObjectModel, existing: string): string {
    const alias = this.aliases.next()
    const filter = rowFilter(this.reader, { object, right: 'read', alias })
    if (filter === null) return existing
    const same = sql`${this.#column(object, 'id', alias)} = ${this.#column(object, 'id', existing)}`
    this.#joins.push(sql` left join ${this.#table(object, alias)} on ${same} and ${filter}`)
    return alias
  }

  #target(field: FieldModel): ObjectModel {
    const target = this.reader.release.model.objects.get(field.target ?? '')
    if (!target) throw new Error(`${field.object}.${field.name} leads to no object`)
    return target
  }

  #table(object: ObjectModel, alias: string): RawBuilder<unknown> {
    const { physical } = this.reader.release
    return sql`${physical.table(object.name)} as ${physical.identifier(alias)}`
  }

  #column(object: ObjectModel, field: string, alias: string): RawBuilder<unknown> {
    return this.reader.release.physical.column(object.name, field, alias)
  }
}
