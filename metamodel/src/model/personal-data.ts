import { fieldDependencies } from './field-dependencies.ts'
import type { FieldModel, Model, ObjectModel } from './model.ts'

/** What of the records of an object is personal data. */
export interface PersonalData {
  /** The fields that are marked as personal. */
  marked: readonly FieldModel[]
  /** Fields whose value is made of those. */
  made: readonly FieldModel[]
}

/** The fields of an object that are marked as personal data. Each can lose its value, or it were not published. */
export function personalFields({ fields }: Pick<ObjectModel, 'fields'>): FieldModel[] {
  return [...fields.values()].filter(({ definition }) => definition.personal === true)
}

/** The fields of an object that are personal data, and those that are computed from them. */
export function personalData(model: Pick<Model, 'objects'>, object: ObjectModel): PersonalData {
  const fields = [...object.fields.values()]
  const marked = personalFields(object)
  const found = new Set(marked)
  for (let size = -1; size !== found.size;) {
    size = found.size
    for (const field of fields) {
      if (fieldDependencies(model, field).some((one) => found.has(one))) found.add(field)
    }
  }
  return { marked, made: [...found].filter((field) => !marked.includes(field)) }
}

/** Whether a value of a field can be taken away: a text that must not be empty gets another one instead. */
export function canLose({ isRequired, isReadOnly, type }: FieldModel): boolean {
  const isText = type.name === 'text' || type.name === 'long_text'
  return !isReadOnly && type.name !== 'auto_number' && (!isRequired || isText)
}
