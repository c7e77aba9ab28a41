import { resolveFieldPath } from './field-path.ts'
import type { FieldModel, Model } from './model.ts'

/** A stored formula, seen from one of the records that it reads. */
export interface FormulaDependent {
  field: FieldModel
  /** The references that lead from the formula's record to the one that is read; none if it is the same. */
  hops: readonly FieldModel[]
  /** What the formula reads of that record. */
  reads: ReadonlySet<string>
}

/** The stored formulas of a model by the object of the records that they read, their own among them. */
export function formulaDependents(
  model: Pick<Model, 'objects'>,
): ReadonlyMap<string, readonly FormulaDependent[]> {
  const found = new Map<string, FormulaDependent[]>()
  for (const object of model.objects.values()) {
    for (const field of object.fields.values()) {
      if (!field.formula || field.isVirtual === true) continue
      for (const [name, one] of placesRead(model, field)) {
        found.set(name, [...(found.get(name) ?? []), one])
      }
    }
  }
  return found
}

/** Each record that a formula reads, once: its object, the way to it, and what is read there. */
function placesRead(
  model: Pick<Model, 'objects'>,
  field: FieldModel,
): [string, FormulaDependent][] {
  const places = new Map<string, [string, FormulaDependent & { reads: Set<string> }]>()
  const object = model.objects.get(field.object)
  for (const path of field.formula?.inputs ?? []) {
    const resolved = object && resolveFieldPath(model.objects, object, path)
    const all = resolved ? [...resolved.hops, resolved.field] : []
    for (const [depth, { object: of, name }] of all.entries()) {
      const hops = all.slice(0, depth)
      const key = hops.map((hop) => hop.name).join('.')
      const place = places.get(key) ?? [of, { field, hops, reads: new Set<string>() }]
      place[1].reads.add(name)
      places.set(key, place)
    }
  }
  return [...places.values()]
}
