import { type FieldModel, type Model, type ObjectModel, ownFields } from '@trellis/metamodel'

/** A field that may be chosen, by its path from the object. */
export interface FieldChoice {
  path: string
  field: FieldModel
  /** The reference that the path crosses; undefined for the object's own fields. */
  via: FieldModel | undefined
}

/** The fields of an object, its own first; with `deep` those of its parents, one hop away, too. */
export function fieldChoices(model: Model, object: ObjectModel, deep: boolean): FieldChoice[] {
  const own = ownFields(object.fields.values()).map((field): FieldChoice => ({
    path: field.name,
    field,
    via: undefined,
  }))
  if (!deep) return own
  const parents = [...object.fields.values()].flatMap((via): FieldChoice[] => {
    const target = via.target === undefined ? undefined : model.objects.get(via.target)
    if (!target || via.name.endsWith('_by')) return []
    const way = via.partOf === undefined ? via.name : `${via.partOf}.${via.target ?? ''}`
    return ownFields(target.fields.values())
      .filter((field) => !field.isSystem || field.name === 'name')
      .map((field) => ({ path: `${way}.${field.name}`, field, via }))
  })
  return [...own, ...parents]
}
