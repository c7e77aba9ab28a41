import { type Expression, expressionReferences } from '../expression/index.ts'
import { resolveFieldPath } from './field-path.ts'
import type { FieldModel, Model } from './model.ts'

type Objects = Pick<Model, 'objects'>

/** The fields that the value of a field is made of: of its record, of those it refers to, of those that refer to it. */
export function fieldDependencies(model: Objects, field: FieldModel): FieldModel[] {
  const { derive } = field.definition
  const paths = [
    ...(derive === undefined ? [] : expressionReferences(derive as Expression).fields),
    ...(field.formula?.reads ?? []),
  ]
  return [...along(model, field.object, paths), ...rolledUp(model, field)]
}

function along(model: Objects, name: string, paths: readonly string[]): FieldModel[] {
  const object = model.objects.get(name)
  return paths.flatMap((path) => {
    const resolved = object && resolveFieldPath(model.objects, object, path)
    return resolved ? [...resolved.hops, resolved.field] : []
  })
}

// Read from the definition: a roll-up of itself has no resolved form.
function rolledUp(model: Objects, { object, type, definition }: FieldModel): FieldModel[] {
  if (type.name !== 'roll_up') return []
  const { via = '', field, where } = definition
  const relationship = model.objects.get(object)?.relationships.get(via)
  if (!relationship) return []
  const named = where === undefined ? [] : expressionReferences(where as Expression).fields
  const paths = [relationship.field, ...(field === undefined ? [] : [field]), ...named]
  return along(model, relationship.object, paths)
}

/** Computed fields that need each other, each circle once, beginning anywhere in it. */
export function dependencyCircles(model: Objects): FieldModel[][] {
  const circles: FieldModel[][] = []
  const done = new Set<FieldModel>()
  const visit = (field: FieldModel, trail: readonly FieldModel[]): void => {
    const start = trail.indexOf(field)
    if (start >= 0) circles.push(trail.slice(start))
    if (start >= 0 || done.has(field)) return
    for (const next of fieldDependencies(model, field)) visit(next, [...trail, field])
    done.add(field)
  }
  for (const object of model.objects.values()) {
    for (const field of object.fields.values()) visit(field, [])
  }
  return circles
}

/** How many computed values deep a value is made: 0 of plain fields alone, else more than that of any that it reads. */
export function computedRank(model: Objects, field: FieldModel): number {
  const ranks = fieldDependencies(model, field)
    .filter(({ type, definition }) => type.isComputed === true || definition.derive !== undefined)
    .map((one) => computedRank(model, one) + 1)
  return Math.max(0, ...ranks)
}
