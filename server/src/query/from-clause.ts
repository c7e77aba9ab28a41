import type { FieldModel, ObjectModel, ResolvedPath } from '@trellis/metamodel'
import { type RawBuilder, sql } from 'kysely'

import { opensParent } from '../access/opens-parent.ts'
import { type Reader, rowFilter } from '../access/row-filter.ts'
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

  /** The value of a field that may be masked: for a `cellWriter` alone. */
  shownColumn({ hops, field }: ResolvedPath): RawBuilder<unknown> {
    let at = this.#root
    for (const hop of hops) at = this.#join(at, hop)
    return this.#column(at.object, field.name, at.visible)
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
