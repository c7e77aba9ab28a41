import { type FieldModel, resolveFieldPath, type ResolvedPath } from '@trellis/metamodel'
import { type RawBuilder, sql } from 'kysely'

import { CELL_WRITERS } from './cells.ts'
import type { ChosenReference, Output, ReferenceOutput } from './compile-emitter.ts'
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
  return shown.map((one) => {
    const { field } = one
    if (field.members && maskFor(from.reader, field) === undefined) {
      return { key: field.name, choices: showMembers(from, columns, one, hops) }
    }
    const path: ResolvedPath = { hops, field: shownPart(from, field) }
    const key = pathKey(path)
    const isMasked = maskFor(from.reader, field) !== undefined
    if (field.type.fileLimits && !isMasked) {
      return {
        key: field.name,
        cell: columns.add(`${key}.file`, from.file(path)),
        write: CELL_WRITERS.json,
      }
    }
    if (field.target === undefined || isMasked) {
      return {
        key: field.name,
        cell: columns.add(key, from.shownColumn(path)),
        write: cellWriter(from.reader, field),
      }
    }
    return showReference(from, columns, one, hops)
  })
}

function showReference(
  from: FromClause,
  columns: Columns,
  { field, parts }: Shown,
  hops: FieldModel[],
): ReferenceOutput {
  const path: ResolvedPath = { hops, field }
  const key = pathKey(path)
  const { id, name, tellName } = from.reference(path)
  return {
    key: field.name,
    id: columns.add(`${key}.id`, id),
    name: name === null ? null : columns.add(`${key}.name`, name),
    tellName,
    parts: showFields(from, columns, parts, [...hops, field]),
  }
}

/** A lookup of several objects: the one of its lookups that has a value, with the object that it leads to. */
function showMembers(
  from: FromClause,
  columns: Columns,
  { field, parts }: Shown,
  hops: FieldModel[],
): ChosenReference[] {
  return (field.members ?? []).map((member) => ({
    ...showReference(
      from,
      columns,
      { field: member, parts: parts.find((part) => part.field.name === member.name)?.parts ?? [] },
      hops,
    ),
    object: member.target ?? '',
  }))
}

/** What is read of a field that is only shown to be masked: of several lookups, what they come to. */
function shownPart({ reader }: FromClause, field: FieldModel): FieldModel {
  if (!field.members) return field
  const { objects } = reader.release.model
  const object = objects.get(field.object)
  return (object && resolveFieldPath(objects, object, `${field.name}.id`)?.field) ?? field
}

/** The key of a path among columns. */
export function pathKey({ hops, field }: ResolvedPath): string {
  return [...hops, field].map((one) => one.name).join('.')
}
