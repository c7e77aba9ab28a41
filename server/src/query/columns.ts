import type { FieldModel, ResolvedPath } from '@trellis/metamodel'
import { type RawBuilder, sql } from 'kysely'

import type { Output } from './compile-emitter.ts'
import type { FromClause } from './from-clause.ts'
import { cellWriter, maskFor } from './mask-cells.ts'
import type { Shown } from './plan-select.ts'

/** The columns of a statement, each of them once, in the order in which they were asked for. */
export class Columns {
  readonly #cells = new Map<string, { index: number; expression: RawBuilder<unknown> }>()

  /** The place of a column; equal keys are equal columns. */
  add(key: string, expression: RawBuilder<unknown>): number {
    const known = this.#cells.get(key)
    if (known) return known.index
    const index = this.#cells.size
    this.#cells.set(key, { index, expression })
    return index
  }

  toSql(): RawBuilder<unknown> {
    return sql.join(Array.from(this.#cells.values(), (cell) => cell.expression))
  }

  /** All columns in one: a JSON array of texts, as they would come by themselves. */
  toJson(): RawBuilder<unknown> {
    return sql`to_json(array[${sql.join(Array.from(this.#cells.values(), (cell) => sql`(${cell.expression})::text`))}]::text[])`
  }
}

/** Adds the columns of what is shown of a record, and says how they become JSON. */
export function showFields(
  from: FromClause,
  columns: Columns,
  shown: readonly Shown[],
  hops: FieldModel[] = [],
): Output[] {
  return shown.map(({ field, parts }) => {
    const path: ResolvedPath = { hops, field }
    const key = pathKey(path)
    if (field.target === undefined || maskFor(from.reader, field) !== undefined) {
      return {
        key: field.name,
        cell: columns.add(key, from.shownColumn(path)),
        write: cellWriter(from.reader, field),
      }
    }
    const { id, name, tellName } = from.reference(path)
    return {
      key: field.name,
      id: columns.add(`${key}.id`, id),
      name: name === null ? null : columns.add(`${key}.name`, name),
      tellName,
      parts: showFields(from, columns, parts, [...hops, field]),
    }
  })
}

/** The key of a path among columns. */
export function pathKey({ hops, field }: ResolvedPath): string {
  return [...hops, field].map((one) => one.name).join('.')
}
