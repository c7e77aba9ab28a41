import type { FieldModel, ObjectModel, ResolvedPath } from '@trellis/metamodel'
import { type RawBuilder, sql } from 'kysely'

import { type Reader, rowFilter } from '../access/row-filter.ts'
import { isReadable } from './field-path.ts'

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

  /** The value of a field, reached over references. */
  column({ hops, field }: ResolvedPath): RawBuilder<unknown> {
    let at = this.#root
    for (const hop of hops) at = this.#join(at, hop)
    return this.#column(at.object, field.name, at.visible)
  }

  /** The id of the record that a reference leads to, and its name; null if that is not for the reader. */
  reference({ hops, field }: ResolvedPath): {
    id: RawBuilder<unknown>
    name: RawBuilder<unknown> | null
  } {
    const target = this.#target(field)
    const name = target.fields.get('name')
    if (!name || !isReadable(this.reader, name)) {
      return { id: this.column({ hops, field }), name: null }
    }
    let at = this.#root
    for (const hop of [...hops, field]) at = this.#join(at, hop)
    return {
      id: this.#column(target, 'id', at.existing),
      name: this.#column(target, 'name', at.visible),
    }
  }

  /** Which rows of the object are read: those that are not deleted and that the reader may see. */
  visibleRows(): RawBuilder<boolean> {
    const deleted = this.#column(this.object, 'deleted_at', this.alias)
    const filter = rowFilter(this.reader, { object: this.object, right: 'read', alias: this.alias })
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
    const joined = { object, existing, visible: this.#joinVisible(object, existing) }
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
