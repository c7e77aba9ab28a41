import type { FieldModel, ObjectModel } from '@trellis/metamodel'

import type { Reader } from '../access/row-filter.ts'
import type { Failure } from '../errors.ts'
import { isFailure, isShowable, resolveShown, shownFields } from './field-path.ts'

/**
 * One thing shown of a record: a field, and of a reference also fields of the record it leads to. `id` and
 * `name` of that record are always shown.
 */
export interface Shown {
  field: FieldModel
  parts: readonly Shown[]
}

/** A selection while it grows: fields by name, in the order in which they were asked for. */
interface Selection extends Map<string, { field: FieldModel; parts: Selection }> {}

/** What is shown of every record, whatever is asked for (if it may be read). */
const ALWAYS = ['id', 'name', 'version'] as const

/** All fields of an object that the reader may look at. */
export function showAll(reader: Reader, object: ObjectModel): Shown[] {
  return shownFields(reader, object).map((field) => ({ field, parts: [] }))
}

/**
 * Resolves what is to be shown: fields and paths over to-one relations, which nest in their reference.
 * `id`, `name` and `version` are always with them.
 */
export function planSelect(
  reader: Reader,
  object: ObjectModel,
  paths: readonly string[],
): { shown: Shown[]; failures: Failure[] } {
  const selection: Selection = new Map()
  const failures: Failure[] = []
  for (const name of ALWAYS) {
    const field = object.fields.get(name)
    if (field && isShowable(reader, field)) selection.set(name, { field, parts: new Map() })
  }
  for (const [index, path] of paths.entries()) {
    const resolved = resolveShown(reader, { object, place: `select.${index}` }, path)
    if (isFailure(resolved)) failures.push(resolved)
    else addPath(selection, steps(reader, [...resolved.hops, resolved.field]))
  }
  return { shown: toShown(selection), failures }
}

/** The fields of a path; what is part of a lookup of several objects stands below that one. */
function steps({ release }: Reader, fields: readonly FieldModel[]): FieldModel[] {
  return fields.flatMap((field) => {
    const whole = release.model.objects.get(field.object)?.fields.get(field.partOf ?? '')
    return whole ? [whole, field] : [field]
  })
}

function addPath(selection: Selection, fields: readonly FieldModel[]): void {
  let at = selection
  for (const [depth, field] of fields.entries()) {
    // Every reference carries id and name anyway.
    if (depth > 0 && (field.name === 'id' || field.name === 'name')) return
    const entry = at.get(field.name) ?? { field, parts: new Map() }
    at.set(field.name, entry)
    at = entry.parts
  }
}

function toShown(selection: Selection): Shown[] {
  return Array.from(selection.values(), ({ field, parts }) => ({ field, parts: toShown(parts) }))
}
